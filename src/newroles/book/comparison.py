"""Which findings differ between two finished books?"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from newroles.book.manifest import MANIFEST
from newroles.errors import InputError
from newroles.findings import load_findings


def compare(run_a: str | Path, run_b: str | Path) -> pd.DataFrame:
    """Which findings differ between two books?

    run_a, run_b: folders of published books. Returns one row a finding of either, in order of id: id, chapter, value_a,
    value_b, change (blank where not numbers), status (same, changed, only in a, only in b), statement_a, statement_b.
    Raises InputError when a folder holds no book.
    """
    sides = []
    for folder in (Path(run_a), Path(run_b)):
        if not (folder / MANIFEST).is_file():
            raise InputError(f"{folder} holds no book made by newroles run (no {MANIFEST}).")
        sides.append(load_findings(folder / "findings"))
    rows = []
    for name in sorted({*sides[0], *sides[1]}):
        a, b = sides[0].get(name), sides[1].get(name)
        value_a, value_b = (side.value if side else None for side in (a, b))
        numbers = isinstance(value_a, (int, float)) and isinstance(value_b, (int, float))
        if a is None or b is None:
            status = "only in b" if a is None else "only in a"
        else:
            status = "same" if (value_a, a.low, a.high, a.n) == (value_b, b.low, b.high, b.n) else "changed"
        rows.append(
            {
                "id": name,
                "chapter": (a or b).chapter,  # type: ignore[union-attr]
                "value_a": value_a,
                "value_b": value_b,
                "change": value_b - value_a if numbers else None,  # type: ignore[operator]
                "status": status,
                "statement_a": a.statement if a else "",
                "statement_b": b.statement if b else "",
            }
        )
    columns = ["id", "chapter", "value_a", "value_b", "change", "status", "statement_a", "statement_b"]
    return pd.DataFrame(rows, columns=columns)
