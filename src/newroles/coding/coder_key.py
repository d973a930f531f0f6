"""Who is which coder: names that stay out of the study, in a sheet of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from newroles.coding.study_writing import write_private
from newroles.datasets import Study
from newroles.datasets.codings import ADJUDICATOR
from newroles.datasets.sheets import harmless, read_sheet
from newroles.errors import InputError

_OURS = re.compile(r"coder_(\d{1,9})")


def default_key(study: Study) -> Path:
    """Where are the names of this study's coders kept? Beside its folder, so that handing on the study names nobody."""
    path = study.path.resolve()
    return path.with_name(f"{path.name}.coders.csv")


def assign_coders(people: Iterable[str], study: Study, key: Path) -> tuple[dict[str, str], list[str]]:
    """Which coder does each person become in this study?

    `people`: names as a tool has them. `key`: the sheet that says who is which coder (columns coder and name; one coder may
    have several names, as tools differ); it needn't be there yet. People whom it doesn't name get the next free coder_1,
    coder_2, ..., in alphabetical order.

    Returns the coder of each name, those of the key included, and sentences for the analyst.

    Raises InputError for a key in the study's folder, and for one that is wrong (naming the row).
    """
    if key.resolve().is_relative_to(study.path.resolve()):
        raise InputError(
            f"{key} lies in the study's folder: the names of coders are kept apart from it. Name another place."
        )
    if key.suffix.lower() != ".csv" or not key.parent.is_dir():
        raise InputError(f"{key} can't keep the names of coders: expected a .csv file in a folder that is there.")
    names = read_key(key) if key.is_file() else {}
    held = set(study.codings["coder"]) - {ADJUDICATOR} if study.has("codings") else set()
    strangers = [name for name in sorted(people) if name not in names]
    taken = {int(found[1]) for coder in held | set(names.values()) if (found := _OURS.fullmatch(coder))}
    notes = []
    if strangers and (nameless := sorted(held - set(names.values()))):
        notes.append(
            f"The study has coders whom {key.name} doesn't name ({', '.join(nameless)}), and new people in this file were "
            "taken for others. If one of them is the same person, put the tables kept as .before back, say so in that file "
            "(columns coder and name), and import again."
        )
    return names | {name: f"coder_{n}" for n, name in enumerate(strangers, start=max(taken, default=0) + 1)}, notes


def read_key(key: Path) -> dict[str, str]:
    """Which coder is each person, as this sheet says? Raises InputError that names the row and column at fault."""
    table = read_sheet(key, ["coder", "name"])
    names: dict[str, str] = {}
    for row, (coder, name) in zip(table.index, table[["coder", "name"]].itertuples(index=False), strict=True):
        for column, cell in (("coder", coder), ("name", name)):
            if pd.isna(cell):
                raise InputError(f"{key.name}, row {row}, column {column}: blank. Fill it in, or delete the row.")
        if coder == ADJUDICATOR:
            raise InputError(
                f"{key.name}, row {row}, column coder: '{coder}' stands for what was settled afterwards. Use another code."
            )
        if names.setdefault(name, coder) != coder:
            raise InputError(
                f"{key.name}, row {row}, column name: '{name}' is '{names[name]}' further up and '{coder}' here. Keep one."
            )
    return names


def write_key(key: Path, names: Mapping[str, str]) -> None:
    """Put people whom the sheet doesn't name yet below those whom it does; only its owner may read it."""
    columns = ["coder", "name"]
    held = read_sheet(key, columns) if key.is_file() else pd.DataFrame(columns=columns, dtype="str")
    new = [(coder, name) for name, coder in names.items() if name not in set(held["name"])]
    if new:
        table = pd.concat([held, pd.DataFrame(new, columns=columns)], ignore_index=True)
        safe = table.map(lambda cell: harmless(cell) if isinstance(cell, str) else cell)
        write_private(key, safe.to_csv(index=False, lineterminator="\n"))
