"""The networks that R's answers belong to: ours in tests/reference, published ones in ../shared."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from newroles.networks import RoleNetwork, build

OURS = [
    "net_d12_3roles", "net_d25_isolates", "net_d40_4roles", "net_d100_5roles",
    "net_dw20_4roles", "net_u30_3roles", "net_uw18_3roles",
]  # fmt: skip
PUBLISHED = ["hightech_advice_dept", "sampson_samplike", "lazega_advice_practice_status", "faux_mesa_high_race"]


def read_case(folder: Path) -> tuple[RoleNetwork, dict[str, Any]]:
    """The network of one case, and what its case.json expects of it."""
    people = pd.read_csv(folder / "input_nodes.csv").rename(columns={"id": "person"})
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    directed = not case["notes"].startswith("undirected")
    return build(people, pd.read_csv(folder / "input_edges.csv"), directed=directed), case["expected"]
