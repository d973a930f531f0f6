"""Which role variants an invented study knows, from the register and invented, and what each is called."""

from __future__ import annotations

import itertools
import re
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.simulate.spec import StudySpec

# invented local roles and local names are a theme and a kind: none of them is a title of the register
THEMES = (
    "Allotment", "Bereavement", "Bright Mornings", "Canal Walk", "Choir", "Cookery", "Digital Inclusion", "Doorstep",
    "Evening Haven", "Fresh Start", "Garden", "Hearing Voices", "Homecoming", "Hopeful Futures", "Kinship", "Lantern",
    "Letterbox", "Music", "New Horizons", "Open Door", "Poetry", "Quiet Room", "Reading", "Safe Landing", "Sleep",
    "Stepping Stones", "Storytelling", "Tenancy", "Welcome", "Woodland",
)  # fmt: skip
KINDS = (
    "Ambassador",
    "Animator",
    "Champion",
    "Companion",
    "Enabler",
    "Facilitator",
    "Guide",
    "Host",
    "Maker",
    "Mentor",
)
LOCAL_BANDS = ("3", "4", "5", "6")


def draw_variants(register: pd.DataFrame, spec: StudySpec, rng: np.random.Generator) -> pd.DataFrame:
    """Which roles could turn up, and how common is each?

    `register`: the codes of the codebook `roles`, one row per role. Its roles marked new come first in popularity
    (those of the case studies before the others), then its earlier wave, then invented local roles up to
    `role_variants` in all, each group in random order: `base_share = commonest_share * rank ** -popularity_decay`.
    Existing roles of the register come on top, at `existing_role_share`.

    Roles of the register that began after the study's first year are left out.

    Returns one row per role: role, kind (new, earlier_wave, local, existing), rank (blank for existing), base_share,
    since (first possible year of introduction), band, band_trainee, posts (people in a trust of median size), and what
    the role is called, as lists of text: names, other_names, abbreviations, trainee_titles, local_names; `unclear`
    holds those of them that the register ends before the study or calls ambiguous.

    Raises InputError when the register alone has more new roles than `role_variants`, or when there aren't enough
    invented names to go round.
    """
    began = register["since"].map(lambda since: _year(since, spec.earliest_introduction))
    known = register[began <= spec.period_start.year].assign(since=began.clip(lower=spec.earliest_introduction))
    known = pd.DataFrame([_from_register(row, spec) for row in known.to_dict("records")])
    known["order"] = rng.random(len(known))
    ranked = known[known["kind"] != "existing"].sort_values(["group", "order"])
    wanted = spec.role_variants - len(ranked)
    if wanted < 0:
        raise InputError(
            f"role_variants: {spec.role_variants} is fewer than the {len(ranked)} new roles of the register."
        )
    titles = known[["names", "other_names", "abbreviations", "trainee_titles"]].to_numpy().ravel()
    taken = {title.casefold() for several in titles for title in several}
    names = [f"{theme} {kind}" for theme, kind in itertools.product(THEMES, KINDS)]
    names = [name for name in rng.permutation(names).tolist() if name.casefold() not in taken]
    if wanted + 2 * len(known) > len(names):
        raise InputError(
            f"role_variants: {spec.role_variants} is more than the invented names go round; expected at "
            f"most {len(names) - 2 * len(known) + len(ranked)}."
        )
    local = pd.DataFrame(
        {
            "role": [f"local_{number:03d}" for number in range(1, wanted + 1)],
            "kind": "local",
            "names": [[name] for name in names[:wanted]],
            "since": spec.earliest_introduction,
            "band": rng.choice(LOCAL_BANDS, wanted),
        }
    )
    local["band_trainee"] = local["band"]
    for column in ("other_names", "abbreviations", "trainee_titles", "unclear"):
        local[column] = [[] for _ in range(wanted)]
    variants = pd.concat([ranked, local, known[known["kind"] == "existing"]], ignore_index=True)
    ranks = np.arange(1, spec.role_variants + 1)
    variants["rank"] = pd.array([*ranks, *[pd.NA] * (len(variants) - len(ranks))], dtype="Int64")
    shares = spec.commonest_share * ranks ** -float(spec.popularity_decay)
    variants["base_share"] = np.append(shares, np.full(len(variants) - len(ranks), spec.existing_role_share)).round(6)
    variants["posts"] = np.exp(rng.normal(np.log(spec.posts_median), spec.posts_spread, len(variants))).round(1)
    spare = iter(names[wanted:])
    variants["local_names"] = [[] if kind == "local" else [next(spare), next(spare)] for kind in variants["kind"]]
    return variants[[
        "role", "kind", "rank", "base_share", "since", "band", "band_trainee", "posts", "names",
        "other_names", "abbreviations", "trainee_titles", "local_names", "unclear",
    ]]  # fmt: skip


def _from_register(code: dict[Hashable, Any], spec: StudySpec) -> dict[str, Any]:
    """One role of the register as a variant, with the names that had been in use when the study began."""
    start = spec.period_start.year
    kind = {True: "new", "true": "new", "earlier_wave": "earlier_wave"}.get(code["new"], "existing")
    dated = code["names"] if isinstance(code.get("names"), list) else []
    known = [each for each in dated if _year(each.get("from"), 0) <= start]
    former = [each["name"] for each in known if _year(each.get("to"), start) < start]
    doubtful = [each["abbreviation"] for each in code["ambiguous"]] if isinstance(code.get("ambiguous"), list) else []
    return {
        "role": code["id"],
        "kind": kind,
        "group": {"new": 1, "earlier_wave": 2, "existing": 3}[kind] - bool(code.get("case_study") is True),
        "since": code["since"],
        "band": _first_band(code.get("band")),
        "band_trainee": _first_band(code.get("band_trainee")),
        "names": [code["name"]],
        "other_names": [each["name"] for each in known if each["name"] != code["name"]],
        "abbreviations": _listed(code.get("abbreviations")),
        "trainee_titles": _listed(code.get("trainee_titles")),
        "unclear": [*former, *doubtful],
    }


def _listed(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _year(value: Any, otherwise: int) -> int:
    found = re.match(r"\d{4}", str(value))
    return int(found.group()) if found else otherwise


def _first_band(value: Any) -> str:
    found = re.search(r"8[a-d]|[1-9]", str(value))
    return found.group() if found else ""
