"""Can the published statements carry advice? Each has an id of its own, a sentence, a source with an address and a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from newroles.errors import InputError
from newroles.guidance.review import rows_by_id
from newroles.guidance.values import unfit

FACTS_TABLE = "guidance_evidence"
_COLUMNS = ("fact", "says", "direction", "source", "source_name", "n", "year", "confidence")
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
_MOST_SHOWN = 20


def checked_facts(facts: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The published statements by id, once it is sure that each can be cited.

    facts: the table guidance_evidence, one row a statement. Raises InputError with one line for each thing that is wrong, naming the
    file, the fact and the column.
    """
    missing = [column for column in _COLUMNS if column not in facts]
    if missing:
        raise InputError(f"The table {FACTS_TABLE} lacks {', '.join(missing)}.")
    problems = [
        f"{FACTS_TABLE}.csv, fact '{row['fact']}'{problem}"
        for row in facts.to_dict("records")
        for problem in _wrong(row)
    ]
    twice = facts.loc[facts["fact"].duplicated(), "fact"]
    problems += [f"{FACTS_TABLE}.csv: the fact '{id}' is there twice; give one of them another id." for id in twice]
    if problems:
        raise one_error(problems)
    return rows_by_id(facts)


def one_error(problems: Iterable[str]) -> InputError:
    """All that is wrong as one error, a line each; of very many the first."""
    shown = list(dict.fromkeys(problems))
    more = [f"and {len(shown) - _MOST_SHOWN} more."] if len(shown) > _MOST_SHOWN else []
    return InputError("\n".join(shown[:_MOST_SHOWN] + more))


def _wrong(row: dict[Any, Any]) -> Iterable[str]:
    """What is wrong with one row, each after the name of its column."""
    for column in ("fact", "says", "source_name"):
        text = "" if pd.isna(row[column]) else str(row[column]).strip()
        if column != "source_name" and not text:
            yield f", {column}: expected a text. It is empty."
        if problem := unfit(text):
            yield f", {column}: {problem}"
    addresses, names = (
        [part.strip() for part in str(row[column]).split(";")] if pd.notna(row[column]) else []
        for column in ("source", "source_name")
    )
    if not addresses or not all(addresses) or not names or not all(names):
        yield ": no source; give its address and its name."
    elif len(addresses) != len(names):
        yield (
            f": {len(addresses)} addresses in source, {len(names)} names in source_name; give one name for each, joined by "
            "semicolons."
        )
    for address in addresses:
        if address and not _ADDRESS.fullmatch(address):  # a page makes a link of it
            yield f", source: '{address}' isn't a web address; it begins with https:// and holds no space, quotation mark, < or >."
