"""What has been published on the effects of new roles, for whom, and by how strong a design? Gaps are named, too."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.phrases import listed

GROUPS: Mapping[str, str] = {
    "service_users": "Service users",
    "new_roles": "People in new roles",
    "existing_roles": "People in the roles beside them",
}
STRENGTHS: Mapping[str, str] = {
    "review": "Review of studies",
    "study": "Single study",
    "account": "Account or report",
    "purpose": "Purpose or expectation",
}
"""From the strongest kind of source to the weakest."""
NOTHING = "Nothing found"
_ALL_ROLES = "cross_role"
_DESIGNS: Mapping[str, Sequence[str]] = {
    "review": ("umbrella review", "systematic review", "scoping review", "review of reviews", "review"),
    "study": (
        "comparative case study", "early evaluation with interviews", "focus groups", "interviews",
        "interviews in British Columbia", "interviews on three roles",
        "interviews, within a three-part design with a survey and case studies", "national survey",
        "study in general practice", "study of a new role", "study of eight community teams", "study of role boundaries",
        "study of students", "survey", "survey of junior doctors", "survey of medical directors",
        "workforce census, read in a copy",
    ),
    "account": (
        "account of a meeting", "account of one trust", "pen portrait of the New Roles study",
        "press report beside an evaluation and a guide", "report",
    ),
    "purpose": (
        "evaluation announced", "expectation of the New Roles study", "realist evaluation, results not read",
        "stated purpose", "stated purpose and debate", "terms of funding",
    ),
}  # fmt: skip


def strength_of(design: str) -> str:
    """How strong is a source of this design: review, study, account or purpose?

    A review or a study is empirical. No design known here is named as a comparison of places with and without a role, before
    and after; reviews may rest on such studies. A purpose or an expectation is no finding.

    Raises InputError for a design that isn't known.

    >>> strength_of("umbrella review"), strength_of("stated purpose")
    ('review', 'purpose')
    """
    for strength, designs in _DESIGNS.items():
        if design in designs:
            return strength
    raise InputError(
        f"The design '{design}' isn't known: say how strong it is. {did_you_mean(design, [d for ds in _DESIGNS.values() for d in ds])}"
    )


def published_effects(evidence: pd.DataFrame, names: Mapping[str, str], group: str = "") -> pd.DataFrame:
    """What do sources say about a group, and how do they know?

    `evidence`: the published table role_evidence. `names`: role id -> name. `group`: a key of `GROUPS`; blank: all three. What
    helps or hinders an introduction isn't an effect and is left out.

    Returns one row per finding, the strongest sources first, then by role: role, role_name, group, group_name, finding,
    strength, strength_name, design_and_size (design, with n and what it counts), year, source_name, source, confidence.

    Raises InputError for an unknown group, or a role or design that isn't known.

    >>> rows = pd.DataFrame({"role": ["cross_role"], "group": ["new_roles"], "finding": ["More pay."], "design": ["survey"]})
    >>> rows = rows.assign(qualifier=None, n=[8], n_of=["people"], year=[2020], source="", source_name="A", confidence="A")
    >>> published_effects(rows, {})[["role_name", "design_and_size"]].values.tolist()
    [['New roles in general', 'Survey, 8 people']]
    """
    if group and group not in GROUPS:
        raise InputError(f"There is no group '{group}'. {did_you_mean(group, GROUPS)}")
    rows = evidence[evidence["group"].isin([group] if group else list(GROUPS))].copy()
    known = {**names, _ALL_ROLES: "New roles in general"}
    for role in rows["role"]:
        if role not in known:
            raise InputError(f"The role '{role}' has no name. {did_you_mean(str(role), known)}")
    rows["role_name"] = rows["role"].map(known)
    rows["group_name"] = rows["group"].map(GROUPS)
    rows["strength"] = rows["design"].map(strength_of)
    rows["strength_name"] = rows["strength"].map(STRENGTHS)
    rows["design_and_size"] = [_design_and_size(row) for row in rows.to_dict("records")]
    order = [*STRENGTHS]
    rows = rows.sort_values(["strength", "role_name"], key=lambda s: s.map(order.index) if s.name == "strength" else s, kind="stable")  # fmt: skip
    kept = ["role", "role_name", "group", "group_name", "finding", "strength", "strength_name", "design_and_size"]
    return rows[[*kept, "year", "source_name", "source", "confidence"]].reset_index(drop=True)


def evidence_map(evidence: pd.DataFrame, roles: Sequence[str], names: Mapping[str, str]) -> pd.DataFrame:
    """For which roles and groups is anything known, and by how strong a source at best?

    `evidence`: the published table role_evidence. `roles`: ids that have a row whatever is known; other roles with a finding
    follow, and new roles in general come last. `names`: role id -> name.

    Returns one row per role: role, role_name, and for each group of `GROUPS` the strongest kind of source (words of
    `STRENGTHS`), or "Nothing found". That tells where anybody looked, not how often an effect occurs.

    Raises InputError as `published_effects`.

    >>> from newroles.datasets import load_published
    >>> from newroles.roles import load_register
    >>> names = load_register().roles.set_index("id")["name"].to_dict()
    >>> table = evidence_map(load_published("role_evidence"), ["nursing_associate"], names).set_index("role")
    >>> table.loc["nursing_associate", "existing_roles"], table.loc["nursing_associate", "service_users"]
    ('Purpose or expectation', 'Nothing found')
    """
    rows = published_effects(evidence, names)
    others = sorted(set(rows["role"]) - set(roles) - {_ALL_ROLES}, key=lambda role: names[role])
    general = [_ALL_ROLES] if rows["role"].eq(_ALL_ROLES).any() else []
    order = [*roles, *others, *general]
    for role in roles:
        if role not in names:
            raise InputError(f"The role '{role}' has no name. {did_you_mean(role, names)}")
    best = rows.drop_duplicates(["role", "group"])  # rows come strongest first
    table = best.set_index(["role", "group"])["strength_name"].unstack().reindex(index=order, columns=list(GROUPS))  # noqa: PD010
    table = table.astype(object).where(table.notna(), NOTHING)
    table.insert(0, "role_name", [names.get(role, "New roles in general") for role in order])
    return table.rename_axis(columns=None).reset_index(names="role")


def reviews_in_numbers(evidence: pd.DataFrame, numbers: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """How large and how good are the reviews that speak of a group?

    `evidence`, `numbers`: the published tables role_evidence and evidence_numbers. `names`: role id -> name.

    Returns one row per number of a source that is a review: study, shown (the number in words: shares in per cent, others with
    their unit), what_it_counts, year, role_name, source_name. No row where there is no such number.
    """
    rows = published_effects(evidence, names)
    reviews = rows.loc[rows["strength"].eq("review"), "source"]
    found = numbers[numbers["source"].isin(reviews)].copy()
    known = {**names, _ALL_ROLES: "New roles in general"}
    found["role_name"] = found["role"].map(known)
    found["shown"] = [
        f"{value:.0%}" if unit == "share" else f"{value:,.0f} {unit.removesuffix('s') if value == 1 else unit}"
        for value, unit in zip(found["value"], found["unit"], strict=True)
    ]
    return found[["study", "shown", "what_it_counts", "year", "role_name", "source_name"]].reset_index(drop=True)


def gaps_in_words(table: pd.DataFrame, roles: Sequence[str]) -> str:
    """For how many of these roles is each group known about, and where is nothing known, as sentences?

    `table`: as `evidence_map` returns it; `roles`: the ids that are counted.

    >>> table = pd.DataFrame({"role": ["a", "b"], "role_name": ["A", "B"], "service_users": [NOTHING, "Single study"]})
    >>> table = table.assign(new_roles=NOTHING, existing_roles="Purpose or expectation")
    >>> gaps_in_words(table, ["a", "b"]).split(";")[0]
    'Of 2 roles, 1 has a study or review that says something about service users'
    """
    counted = table[table["role"].isin(roles)]
    empirical = {group: int(counted[group].isin([STRENGTHS["review"], STRENGTHS["study"]]).sum()) for group in GROUPS}
    said = []
    for i, (group, n) in enumerate(empirical.items()):
        whom = GROUPS[group][0].lower() + GROUPS[group][1:]
        n_words = "none" if n == 0 else str(n)
        verb = "has" if n < 2 else "have"
        said.append(
            f"{n_words} {verb} a study or review that says something about {whom}"
            if i == 0
            else f"{n_words} about {whom}"
        )
    silent = counted[(counted[list(GROUPS)] == NOTHING).all(axis=1)]["role_name"].tolist()
    more = f" Of {listed(silent)} nothing was found about any group." if silent else ""
    return f"Of {len(counted)} roles, {'; '.join(said)}.{more}"


def purposes_in_words(rows: pd.DataFrame) -> str:
    """How many of the statements are no findings but purposes or expectations, in a sentence?

    `rows`: as `published_effects` returns them.

    >>> purposes_in_words(pd.DataFrame({"strength": ["review", "purpose"]}))
    'Of the 2 statements, 1 is a purpose or an expectation, which nobody has measured.'
    """
    n = int(rows["strength"].eq("purpose").sum())
    if not n:
        return f"None of the {len(rows)} statements is only a purpose or an expectation."
    verb = "is a purpose or an expectation" if n == 1 else "are purposes or expectations"
    return f"Of the {len(rows)} statements, {n} {verb}, which nobody has measured."


def _design_and_size(row: Mapping[Hashable, Any]) -> str:
    design = str(row["design"])
    words = design[0].upper() + design[1:]
    if pd.isna(row["n"]):
        return words
    about = "" if pd.isna(row["qualifier"]) else f"{row['qualifier']} "
    return f"{words}, {about}{row['n']:,.0f} {row['n_of']}"
