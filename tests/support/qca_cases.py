"""Known cases of qualitative comparative analysis: R's answers in folders, and Lipset's (1959) small tables.

Lipset (1959), Some social requisites of democracy, American Political Science Review 53(1), 69-105; crisp and fuzzy scores as in
Rihoux and Ragin (eds) (2009), Configurational Comparative Methods, Sage (data sets LC and LF of R's QCA).
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

COMMITTED = Path(__file__).resolve().parents[1] / "reference" / "qca"
CASES = (
    "random_crisp_5cond",
    "random_fuzzy_5cond",
    "random_fuzzy_6cond",
    "lipset_crisp_LC",
    "lipset_fuzzy_LF_incl08",
    "cvf_ethnic_protest",
)

LIPSET_CONDITIONS = ["DEV", "URB", "LIT", "IND", "STB"]
LIPSET = """case,DEV,URB,LIT,IND,STB,SURV
AU,.81,.12,.99,.73,.43,.05
BE,.99,.89,.98,1,.98,.95
CZ,.58,.98,.98,.9,.91,.89
EE,.16,.07,.98,.01,.91,.12
FI,.58,.03,.99,.08,.58,.77
FR,.98,.03,.99,.81,.95,.95
DE,.89,.79,.99,.96,.31,.05
GR,.04,.09,.13,.36,.43,.06
HU,.07,.16,.88,.07,.13,.42
IE,.72,.05,.98,.01,.95,.92
IT,.34,.1,.41,.47,.58,.05
NL,.98,1,.99,.94,.99,.95
PL,.02,.17,.59,0,0,.12
PT,.01,.02,.01,.11,.01,.05
RO,.01,.03,.17,0,.84,.21
ES,.03,.3,.09,.21,.2,.06
SE,.95,.13,.99,.67,.91,.95
UK,.98,.99,.99,1,.98,.95
"""


@dataclass(frozen=True)
class QcaCase:
    """One case: the scores, how R was called, and what it answered."""

    data: pd.DataFrame
    outcome: str
    conditions: list[str]
    incl_cut: float
    expected: dict[str, Any]
    folder: Path

    def table(self, name: str) -> pd.DataFrame:
        """One of R's tables."""
        return pd.read_csv(self.folder / f"expected_{name}.csv", dtype={"OUT": str})

    def models(self, name: str) -> list[list[str]]:
        """R's models, each a list of terms."""
        texts = self.expected[name]
        return [text.split(" + ") for text in ([texts] if isinstance(texts, str) else texts)]


def qca_case(name: str, request: pytest.FixtureRequest) -> QcaCase:
    """A case by name: kept with the tests, or else in ../shared (the test is skipped where that is absent)."""
    folder = COMMITTED / name
    if not folder.exists():
        folder = request.getfixturevalue("shared") / "reference" / "qca" / name
    about = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    data = pd.read_csv(folder / "input_data.csv")
    cut, outcome = (re.search(pattern, about["notes"]) for pattern in (r"incl\.cut=([\d.]+)", r"outcome (\w+)"))
    assert cut
    assert outcome
    conditions = [column for column in data.columns if column not in ("case", outcome[1])]
    return QcaCase(data, outcome[1], conditions, float(cut[1]), about["expected"], folder)


def lipset(crisp: bool = False) -> pd.DataFrame:
    """Eighteen countries: five conditions and the survival of democracy between the wars, fuzzy or crisp scores."""
    scores = pd.read_csv(io.StringIO(LIPSET), index_col="case")
    return (scores > 0.5).astype(int) if crisp else scores
