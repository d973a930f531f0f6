"""Writing an invented study: its folder, and beside it, never in it, the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from newroles.datasets.schemas import TABLES
from newroles.errors import InputError
from newroles.simulate.assembly import LARGE, SimulatedStudy, study
from newroles.simulate.spec import StudySpec, regional_shape

EXAMPLE_SEED = 2023
EXAMPLE_TRUSTS = 51


def write(simulated: SimulatedStudy, folder: str | Path, workers: int = 1) -> Path:
    """Write an invented study for others to read, and the truth beside it.

    The study goes to `folder` (study.yml and one file a table: CSV, or Parquet for a table of more than 200,000 rows),
    the truth to `<folder>.truth.yml`. Very many events are drawn and written block by block, by so many `workers`. The
    same study gives the same bytes. Returns the folder.

    Raises InputError when the folder holds anything, or the truth's file exists: nothing is overwritten.
    """
    folder, truth = Path(folder), truth_file(folder)
    _refuse_occupied(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        if simulated.has(name):
            _write_table(folder, name, getattr(simulated, name))
    if not simulated.has("events"):
        _write_blocks(folder / "events.parquet", simulated.event_blocks(workers))
    _write_yaml(folder / "study.yml", dict(simulated.meta))
    _write_yaml(truth, {"about": f"What was planted in the invented study {folder.name}/.", **simulated.truth})
    return folder


def write_example(
    folder: str | Path,
    seed: int = EXAMPLE_SEED,
    trusts: int = EXAMPLE_TRUSTS,
    teams: int | None = None,
    waves: int | None = None,
    people_per_team: int | None = None,
    events: int | None = None,
    workers: int = 1,
) -> Path:
    """Write the invented example study and its truth; another seed or size gives another study.

    `trusts`: organisations in the sampling frame; `teams`: case teams; `waves`: of the network; `people_per_team`:
    before the new role comes; `events`: about how many rows of that table. What isn't given is as in `StudySpec`.

    Returns the folder. Raises InputError as `write`, `regional_shape` and `StudySpec` do, and for a negative seed.
    """
    if seed < 0:
        raise InputError(f"The seed {seed} is negative: expected a whole number, 0 or more.")
    if workers < 1:
        raise InputError(f"{workers} workers can't work: expected at least one.")
    asked = {
        "teams": {"case_teams": teams, "waves": waves},
        "people": {"people_per_team": people_per_team},
        "events": {"rows": events},
    }
    sizes = {part: {name: n for name, n in given.items() if n is not None} for part, given in asked.items()}
    spec = StudySpec.from_values({**regional_shape(trusts), **sizes})
    _refuse_occupied(Path(folder))
    simulated = study(spec, np.random.default_rng(seed))
    seeded = {"seed": seed, **simulated.truth}
    return write(replace(simulated, meta={**simulated.meta, "seed": seed}, truth=seeded), folder, workers)


def truth_file(folder: str | Path) -> Path:
    """Where is the truth of this invented study? Beside its folder, so that no chapter reads it by accident."""
    folder = Path(folder)
    return folder.with_name(f"{folder.name}.truth.yml")


def read_truth(folder: str | Path) -> dict[str, Any]:
    """What was planted in this invented study? The content of the file beside its folder.

    Raises InputError when there is no such file.
    """
    path = truth_file(folder)
    if not path.is_file():
        raise InputError(f"There is no {path}: the truth of an invented study lies beside its folder.")
    content: dict[str, Any] = yaml.load(
        path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )
    return content


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """The table as its CSV file shows it: ISO dates, yes and no, no decimal point without decimals, blanks empty."""
    columns = {}
    for name, column in table.items():
        if pd.api.types.is_bool_dtype(column):
            columns[name] = column.map({True: "yes", False: "no"})
        elif pd.api.types.is_datetime64_any_dtype(column):
            columns[name] = column.dt.strftime("%Y-%m-%d" if _whole_days(column) else "%Y-%m-%dT%H:%M:%S")
        elif pd.api.types.is_float_dtype(column):
            columns[name] = column.map(lambda number: f"{number:.10g}", na_action="ignore")
        else:
            columns[name] = column
    return pd.DataFrame(columns)


def _refuse_occupied(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not an empty folder, and nothing is overwritten: name a new one, or empty it.")
    if (truth := truth_file(folder)).exists():
        raise InputError(f"{truth} exists, and nothing is overwritten: name another folder, or remove the file.")


def _whole_days(column: pd.Series) -> bool:
    return bool((column.dropna().dt.normalize() == column.dropna()).all())


def _write_table(folder: Path, name: str, table: pd.DataFrame) -> None:
    if len(table) > LARGE:
        table.to_parquet(folder / f"{name}.parquet", index=False)
        return
    text = as_text(table).to_csv(index=False, lineterminator="\n")
    (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="\n")


def _write_blocks(path: Path, blocks: Iterator[pd.DataFrame]) -> None:
    writer: pq.ParquetWriter | None = None
    try:
        for block in filter(len, blocks):
            rows = pa.Table.from_pandas(block, preserve_index=False)
            writer = writer or pq.ParquetWriter(path, rows.schema)
            writer.write_table(rows.cast(writer.schema))
    finally:
        if writer:
            writer.close()


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(content, Dumper=dumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)
    path.write_text(text, encoding="utf-8", newline="\n")
