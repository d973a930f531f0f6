"""How long does it take to check a study of 100,000 rows, against Frictionless validating the same files?

Not a test: run with `make benchmark`. Frictionless checks types, constraints, keys and references from the same schemas;
check_study also checks what needs more than one cell (headcount and WTE, order of dates) and looks for the nearest valid
values.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frictionless import validate

from newroles.datasets import check_study, datapackage

REPORTS, TIES, PEOPLE, TRUSTS = 50_000, 50_000, 4_000, 60


def write_large_study(folder: Path, faulty_rows: int = 0) -> Path:
    """An invented study with 100,000 rows of reports and ties; in `faulty_rows` reports the headcount is a word."""
    rng = np.random.default_rng(152665)
    folder.mkdir()
    meta = "title: Large invented study\nkind: invented\nplace: Nowhere\nperiod: 2023\nlicence: CC0-1.0\n"
    (folder / "study.yml").write_text(meta, encoding="utf-8")
    trusts = pd.DataFrame({"trust": [f"T{n:02d}" for n in range(TRUSTS)]})
    trusts = trusts.assign(name="Invented", region="London", icb="", sector="nhs", responded="yes", wte=3000)
    wte = rng.uniform(0, 40, REPORTS).round(2)
    reports = pd.DataFrame(
        {
            "report": [f"r{n}" for n in range(REPORTS)],
            "trust": rng.choice(trusts["trust"], REPORTS),
            "source": rng.choice(["interview", "advert", "esr"], REPORTS),
            "title": [f"Job title number {n}" for n in rng.integers(0, 9_000, REPORTS)],
            "reported_on": rng.choice(pd.date_range("2023-01-01", "2023-06-30").strftime("%Y-%m-%d"), REPORTS),
            "introduced": rng.choice(["2018", "2019-04", "2020-01-31", ""], REPORTS),
            "headcount": np.ceil(wte).astype(int).astype(str),
            "wte": wte,
            "band": rng.choice(["3", "4", "7", "8a"], REPORTS),
            "setting": "community",
            "counted_as_new": rng.choice(["yes", "no", "unsure"], REPORTS),
            "rationale": "",
        }
    )
    reports.loc[: faulty_rows - 1, "headcount"] = "several"
    people = pd.DataFrame(
        {"wave": 1, "person": [f"p{n}" for n in range(PEOPLE)], "team": "", "role": "registered_nurse"}
    )
    people = people.assign(role_kind="existing", band="5", responded="yes")
    pairs = rng.choice(PEOPLE * (PEOPLE - 1), TIES, replace=False)
    source, target = np.divmod(pairs, PEOPLE - 1)
    target += target >= source
    ties = pd.DataFrame({"wave": 1, "source": [f"p{n}" for n in source], "target": [f"p{n}" for n in target]})
    ties = ties.assign(relation="advice", weight=1)
    for name, table in {"trusts": trusts, "reports": reports, "people": people, "ties": ties}.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    return folder


@pytest.fixture(scope="module")
def large_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_large_study(tmp_path_factory.mktemp("large") / "study")


@pytest.fixture(scope="module")
def large_faulty_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_large_study(tmp_path_factory.mktemp("faulty") / "study", faulty_rows=REPORTS)


def test_check_study(benchmark, large_study: Path) -> None:
    problems = benchmark.pedantic(check_study, args=(large_study,), rounds=3)
    assert problems.empty


def test_check_study_with_an_error_in_every_report(benchmark, large_faulty_study: Path) -> None:
    problems = benchmark.pedantic(check_study, args=(large_faulty_study,), rounds=3)
    assert len(problems) == REPORTS


def test_frictionless(benchmark, large_study: Path) -> None:
    descriptor = large_study / "datapackage.json"
    descriptor.write_text(json.dumps(datapackage(large_study)), encoding="utf-8")
    report = benchmark.pedantic(validate, args=(str(descriptor),), rounds=1)
    descriptor.unlink()
    assert report.valid
