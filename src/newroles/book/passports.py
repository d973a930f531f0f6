"""What is known of a role, gathered from the register and the published and open tables: the tables of its passport."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from newroles.book.role_sources import RoleSources, entry, standing
from newroles.roles import normalise_title

GROUPS = {
    "service_users": "Service users",
    "new_roles": "People in the role",
    "existing_roles": "People in bordering roles",
    "introduction": "How it is brought in",
}
"""Whom a finding of role_evidence is about, in words and in the order of the page."""

SOURCE = ["source", "source_name", "confidence"]

# heading: the facts of role_facts that belong under it, and what the register says where there is none of them
_PARTICULARS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "Known since": (("introduced", "pilot_sites"), "since"),
    "Where it comes from": (("origin", "stands_on", "eligible_professions"), ""),
    "Band in training": (("band_in_training",), "band_trainee"),
    "Band once qualified": (
        ("band_qualified", "band_usual", "band_recommended", "band_most_common", "banding"),
        "band",
    ),
    "Training": (("training", "training_length", "smallest_cohort"), "training"),
    "Supervised by": (("supervised_by",), "supervised_by"),
    "Regulation": (("regulated", "regulator", "register", "first_on_register"), "regulator"),
    "Scope and limits": (("scope", "limits"), ""),
    "How far it has spread": (
        ("trusts_employing", "spread", "team_children_covered", "team_schools_covered"),
        "",
    ),
}
_FACT_WORDS = {
    "pilot_sites": "pilot sites",
    "stands_on": "stands on",
    "eligible_professions": "open to",
    "band_usual": "usually",
    "band_recommended": "recommended",
    "band_most_common": "most common",
    "banding": "banding",
    "training_length": "length",
    "smallest_cohort": "trainees together, at least",
    "regulated": "regulated by law",
    "regulator": "regulator",
    "register": "register",
    "first_on_register": "first on the register",
    "trusts_employing": "trusts that employ it",
    "team_children_covered": "covered by a team",
    "team_schools_covered": "covered by a team",
}


def particulars(role: str, sources: RoleSources) -> pd.DataFrame:
    """What is a role's band, training, supervision, regulation, and where does it work?

    Returns one row a statement, headings in the order of the page: heading, text (blank: nothing was found), and the
    source's address, name and confidence (blank where it is the register, whose sources stand at the end of the page).

    >>> from newroles.roles import load_register
    >>> table = particulars("physician_associate", RoleSources(load_register()))
    >>> table.loc[table["heading"] == "Supervised by", "text"].tolist()
    ['A doctor']
    """
    facts = sources.published("role_facts")
    facts = facts[facts["role"] == role]
    described = entry(role, sources.register_of(role))
    rows: list[dict[str, Any]] = []
    for heading, (wanted, in_register) in _PARTICULARS.items():
        found = facts[facts["fact"].isin(wanted)]
        rows += [
            {"heading": heading, "text": _fact_text(fact)} | {key: fact[key] for key in SOURCE}
            for fact in sorted(found.to_dict("records"), key=lambda fact: wanted.index(fact["fact"]))
        ]
        if found.empty and in_register:
            said = described.get(in_register)
            rows.append({"heading": heading, "text": _register_text(said, in_register, sources)})
    settings = sources.published("role_settings")
    settings = settings[settings["role"] == role].assign(heading="Where it works").rename(columns={"setting": "text"})
    rows += [{"heading": "Where it works", "text": None}] * settings.empty
    rows += [{str(key): value for key, value in row.items()} for row in settings.to_dict("records")]
    return pd.DataFrame(rows, columns=["heading", "text", *SOURCE])


def names_over_time(role: str, sources: RoleSources) -> pd.DataFrame:
    """By which titles has a role been known, and when?

    Returns one row a title: title, kind (name, former name, abbreviation, trainee, variant, ...), valid_from, valid_to
    (as far as known: a year, month or day), remark (what else it may mean, where it is used), source, source_name and
    confidence (blank: the register).

    >>> from newroles.roles import load_register
    >>> table = names_over_time("physician_associate", RoleSources(load_register()))
    >>> table.loc[table["title"] == "PA", "remark"].tolist()
    ['may also mean personal assistant']
    """
    register = sources.register_of(role)
    described = entry(role, register)
    known = sources.aliases_of(role).drop_duplicates(["alias", "valid_from", "valid_to"])
    published = sources.published("role_aliases")
    published = published[published["role"] == role]
    rows: list[dict[str, Any]] = []
    for row in known.to_dict("records"):
        dated: dict[str, Any] = next((each for each in described["names"] if _is_name(each, row)), {})
        remarks = [f"may also mean {row['also']}"] if row["also"] else []
        same = published[published["alias"] == row["written"]]
        former = same["kind"].eq("former_name") == (row["kind"] == "former_name")
        rows.append(
            {"title": row["written"], "kind": row["kind"].replace("_", " ")}
            | {"valid_from": dated.get("from"), "valid_to": dated.get("to")}
            | _from_source(same[former] if len(same) > 1 else same, remarks)
        )
    listed = {row["title"] for row in rows}
    for title, others in published[~published["alias"].isin(listed)].groupby("alias", sort=False):
        rows.append(
            {"title": title, "kind": str(others["kind"].iloc[0]).replace("_", " ")}
            | {"valid_from": _text(others["valid_from"].iloc[0]), "valid_to": _text(others["valid_to"].iloc[0])}
            | _from_source(others, [])
        )
    return pd.DataFrame(rows, columns=["title", "kind", "valid_from", "valid_to", "remark", *SOURCE])


def borders(role: str, sources: RoleSources) -> pd.DataFrame:
    """On which roles does a role border, and what does a source say of it?

    Both ways round: a new role's borders, and the new roles that border on an existing one.
    Returns one row a pair: bordering (id of a role, a group or a service), name, is_role, ground (blank: named in the
    register only), source, source_name, confidence.

    >>> from newroles.roles import load_register
    >>> table = borders("registered_nurse", RoleSources(load_register()))
    >>> "nursing_associate" in table["bordering"].tolist()
    True
    """
    pairs, register = sources.published("boundary_pairs"), sources.register
    own = pairs[pairs["role"] == role]
    rows = [
        {"bordering": row["bordering"], "name": row["bordering_name"], "ground": row["ground"]}
        | {key: row[key] for key in SOURCE}
        for row in own.to_dict("records")
    ]
    rows += [
        {"bordering": row["role"], "name": sources.name(row["role"]), "ground": row["ground"]}
        | {key: row[key] for key in SOURCE}
        for row in pairs[pairs["bordering"] == role].to_dict("records")
    ]
    described = entry(role, sources.register_of(role))
    listed = list(described["borders_on"]) + [
        other["id"] for other in register.roles.to_dict("records") if role in other["borders_on"]
    ]
    have = {row["bordering"] for row in rows}
    rows += [
        {"bordering": other, "name": sources.name(other)}
        for other in dict.fromkeys(map(str, listed))
        if other not in have
    ]
    table = pd.DataFrame(rows, columns=["bordering", "name", "ground", *SOURCE])
    table.insert(2, "is_role", table["bordering"].isin([*register.ids, *sources.project_register.ids]))
    return table


def kinds_of_change(role: str, sources: RoleSources) -> pd.DataFrame:
    """Which kinds of skill-mix change did we read in the descriptions of a role, and why?

    Returns the rows of role_type_codings for the role, with name (of the kind). Empty for a role that wasn't coded.
    """
    coded = sources.published("role_type_codings")
    coded = coded[coded["role"] == role]
    return coded.assign(name=coded["code"].map(sources.kinds.name)).reset_index(drop=True)


def national_numbers(role: str, role_figures: pd.DataFrame) -> pd.DataFrame:
    """Which counts, targets and forecasts of a role have been published?

    role_figures: the published table. Returns one row a number or range: what, number (in words, with the source's
    hedge), unit, when, scope, place, note, source, source_name, confidence.

    >>> from newroles.datasets import load_published
    >>> table = national_numbers("nursing_associate", load_published("role_figures"))
    >>> table.loc[table["what"] == "in post per trust", "number"].tolist()
    ['2 to 120']
    """
    own = role_figures[role_figures["role"] == role]
    rows: list[dict[str, Any]] = []
    for row in own.to_dict("records"):
        number = _number(row["value"], str(row["unit"]), _text(row["qualifier"]))
        before = rows[-1] if rows else {}
        kind, what = row["kind"], str(row["measure"]).replace("_", " ")
        if kind == "range_high" and before.get("what") == what and before.get("when") == row["period_label"]:
            before["number"] += f" to {number}"
            before["note"] = before["note"] or _text(row["note"])
            continue
        unit = "" if str(row["unit"]).startswith("share") else str(row["unit"])
        rows.append(
            {"what": f"{what}, {kind}" if kind in ("target", "forecast") else what, "number": number, "unit": unit}
            | {"when": row["period_label"], "scope": _text(row["scope"]), "place": _text(row["place"])}
            | {"note": _text(row["note"])}
            | {key: row[key] for key in SOURCE}
        )
    return pd.DataFrame(rows, columns=["what", "number", "unit", "when", "scope", "place", "note", *SOURCE])


def conflicts_about(role: str, sources: RoleSources) -> pd.DataFrame:
    """Where do sources contradict each other about a role?

    Returns the rows of the published table conflicts whose topic begins with one of the role's names (in the plural).

    >>> from newroles.roles import load_register
    >>> conflicts_about("nursing_associate", RoleSources(load_register()))["we_use"].tolist()
    ['January 2019', '2 to 120']
    """
    table, known = sources.published("conflicts"), sources.aliases_of(role)
    names = known.loc[known["kind"].isin(["name", "former_name"]), "alias"]
    plurals = {f"{name.replace(' ', '')}s" for name in names}  # without gaps: the register writes "nonmedical"

    def begins_with_a_name(topic: str) -> bool:
        parts = topic.split("_")
        return any("".join(parts[:end]) in plurals for end in range(1, len(parts) + 1))

    return table[table["topic"].map(begins_with_a_name).astype(bool)].reset_index(drop=True)


def role_index(sources: RoleSources) -> pd.DataFrame:
    """Which roles does the register in force hold, and how much is known of each?

    Returns one row a role, in the register's order: role, name, family, standing (new, earlier wave, existing), kinds
    (the primary kind of change; blank: not coded), case_study, numbers and evidence (published numbers, a
    range being one, and rows of role_evidence), has_page (whether the project has a page of it).
    """
    register = sources.register
    coded = sources.published("role_type_codings")
    primary = coded[coded["primary"] == "yes"].set_index("role")["code"].map(sources.kinds.name)
    figures = sources.published("role_figures")
    evidence = sources.published("role_evidence")["role"].value_counts()
    ids = pd.Series(register.ids)
    return pd.DataFrame(
        {
            "role": ids,
            "name": ids.map(register.name),
            "family": register.roles["family"].str.replace("_", " ").to_numpy(),
            "standing": ids.map(lambda role: standing(role, register)),
            "kinds": ids.map(primary),
            "case_study": [bool(value is True) for value in register.roles.get("case_study", [False] * len(ids))],
            "numbers": ids.map(lambda role: len(national_numbers(role, figures))).astype(int),
            "evidence": ids.map(evidence).fillna(0).astype(int),
            "has_page": ids.isin(sources.project_register.ids),
        }
    )


def _fact_text(fact: Mapping[Any, Any]) -> str:
    value, unit, qualifier, when = (_text(fact[key]) for key in ("value", "unit", "qualifier", "date"))
    if "band" in unit:
        value = f"band {value}"
    elif unit and unit != "year":
        value = f"{value} {unit}"
    if qualifier.endswith((" in", " of", " from")):
        value, qualifier = f"{qualifier} {value}", ""
    dated = (
        when
        if when and when[:4] not in value + qualifier and not fact["fact"].startswith(("introduced", "origin"))
        else ""
    )
    remark = ", ".join(part for part in (qualifier, dated) if part)
    word = _FACT_WORDS.get(str(fact["fact"]), "")
    text = f"{word}: {value}" if word else value
    return text[:1].upper() + text[1:] + (f" ({remark})" if remark else "")


def _register_text(said: Any, field: str, sources: RoleSources) -> str | None:
    if said is None or not str(said).strip():
        return None
    if str(said) in sources.register.ids or str(said) in sources.project_register.ids:
        return sources.name(str(said))
    if str(said) == "none":
        return "No regulator"
    return f"Band {said}" if field.startswith("band") else str(said)[:1].upper() + str(said)[1:]


def _from_source(rows: pd.DataFrame, remarks: list[str]) -> dict[str, Any]:
    if rows.empty:
        return {"remark": "; ".join(remarks)}
    row = rows.iloc[0]
    place = [f"used in {row['place']}"] if _text(row["place"]) else []
    note = [_text(row["note"])] if _text(row["note"]) else []
    return {"remark": "; ".join([*place, *note, *remarks])} | {key: row[key] for key in SOURCE}


def _is_name(name: Mapping[str, Any], row: Mapping[Any, Any]) -> bool:
    """Is this the entry of the register from which the row of aliases was made?"""
    if normalise_title(name["name"]) != row["alias"]:
        return False
    start, said = row["valid_from"], name.get("from")
    return pd.isna(start) if said is None else not pd.isna(start) and str(start.date()).startswith(str(said))


def _number(value: float, unit: str, qualifier: str) -> str:
    number = f"{value:.0%}" if unit.startswith("share") else f"{value:,.0f}"
    return f"{number} ({qualifier})" if "," in qualifier else f"{qualifier} {number}".strip()


def _text(value: Any) -> str:
    return "" if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)) else str(value)
