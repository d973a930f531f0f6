"""Which codes of a codebook are forms of boundary work, which say its tone, and what tone does a form prompt?

Nothing here knows the id of a code: a study's own codebook works as the project's does, if its codes say on which `axis`
they lie (form or tone).
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from newroles.datasets import Codebook
from newroles.errors import InputError, did_you_mean

TONES = ("constructive", "destructive", "depends")


class CodeAxes(NamedTuple):
    """The codes of a book that make an act, as `code_axes` reads them.

    `forms`: one row per code that is a form, in the book's order, indexed by its id: name, family, family_name, prompt
    (its default tone, "" when the book gives none). `tones`: code id -> constructive, destructive or depends.
    `headings`: ids of codes that only head others and are never given to an extract.
    """

    forms: pd.DataFrame
    tones: dict[str, str]
    headings: frozenset[str]


def code_axes(codebook: Codebook) -> CodeAxes:
    """Which codes of this book are forms, and which are tones?

    A form is a code on the axis `form` that isn't a heading (`group_only`). Its family is the uppermost code that it
    stands under on that axis, or itself. A tone is a code on the axis `tone` that isn't a heading; its name says which:
    Constructive, Destructive or Depends. `default_tone` of a form is the book's prompt to the coder.

    Raises InputError for a book without forms or without tones, and for a tone of another name.

    >>> from newroles.datasets import load_codebook
    >>> axes = code_axes(load_codebook("boundary_work"))
    >>> axes.forms.loc["BW-COLL-NEG"].tolist()
    ['Negotiating', 'BW-COLL', 'Collaborative boundary work', 'constructive']
    >>> axes.tones
    {'BW-TONE-CON': 'constructive', 'BW-TONE-DES': 'destructive', 'BW-TONE-DEP': 'depends'}
    """
    codes = codebook.codes.set_index("id")
    axis = codes["axis"] if "axis" in codes else pd.Series(None, index=codes.index, dtype="object")
    heading = codes["group_only"].eq(True) if "group_only" in codes else pd.Series(False, index=codes.index)
    for needed, what in (
        ("form", "what is done at the line"),
        ("tone", "whether an act is constructive or destructive"),
    ):
        if not (axis.eq(needed) & ~heading).any():
            held = sorted(axis.dropna().astype("str").unique())
            raise InputError(
                f"The codebook '{codebook.id}' has no code on the axis '{needed}' ({what}); it has "
                f"{', '.join(held) or 'no axes'}. Acts need both: add `axis: {needed}` to those codes in {codebook.path.name}."
            )
    tones = {}
    for code, name in codes.loc[axis.eq("tone") & ~heading, "name"].items():
        tones[str(code)] = _tone(str(name), f"the code {code} on the axis tone is called", codebook)
    given = codes["default_tone"] if "default_tone" in codes else pd.Series(None, index=codes.index, dtype="object")
    parents = codes["parent"].to_dict()
    rows = {}
    for code in codes.index[axis.eq("form") & ~heading]:
        family = code
        while pd.notna(parents[family]) and axis[parents[family]] == "form":
            family = parents[family]
        prompt = "" if pd.isna(given[code]) else _tone(str(given[code]), f"default_tone of {code} is", codebook)
        rows[code] = (codes.loc[code, "name"], family, codes.loc[family, "name"], prompt)
    forms = pd.DataFrame.from_dict(rows, orient="index", columns=["name", "family", "family_name", "prompt"])
    return CodeAxes(forms.astype("str").rename_axis("form"), tones, frozenset(codes.index[heading]))


def joint_tone(tones: list[str]) -> str:
    """What tone has an act to which these tones were given? Two different ones: it depends. None: "".

    >>> joint_tone(["constructive", "destructive"]), joint_tone(["destructive"] * 2), joint_tone([])
    ('depends', 'destructive', '')
    """
    held = set(tones) - {""}
    return "" if not held else held.pop() if len(held) == 1 else "depends"


def _tone(word: str, what: str, codebook: Codebook) -> str:
    tone = word.strip().casefold()
    if tone not in TONES:
        raise InputError(
            f"Codebook '{codebook.id}' ({codebook.path.name}): {what} '{word}'; expected {', '.join(TONES)}. "
            f"{did_you_mean(tone, TONES)}"
        )
    return tone
