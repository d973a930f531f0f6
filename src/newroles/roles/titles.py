"""Which role does a job title mean? Exact names, then dated decisions; resemblance only ever suggests."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.roles.decisions import DECISION_COLUMNS, Decisions
from newroles.roles.known_names import known_names
from newroles.roles.register import Register, load_register
from newroles.roles.wording import TitleParts, normalise_title, take_apart, title_parts, without_status

HOW = ("exact", "decision", "suggestion", "none")
_ASSIGNED = [
    "role",
    "how",
    "score",
    "accepted",
    "name",
    "matched_as",
    "kind",
    "trainee",
    "grade",
    "band",
    "place",
    "note",
]


def match_titles(
    titles: Iterable[object],
    decisions: pd.DataFrame | None = None,
    on: object = None,
    register: Register | None = None,
    suggest_from: float = 75.0,
) -> pd.DataFrame:
    """Which role of the register does each job title mean, and how do we know?

    `titles` is a column or list of texts. `decisions` is the study's table title_decisions: title, role (blank: not a
    role of the register), valid_from, valid_to, decided_by, decided_on, reason. `on` is the date of the titles, one
    for all or one per title (blank: any date): only names and decisions in force on it count. `register` is the
    project's own by default. `suggest_from` is the least resemblance (0-100) worth suggesting.

    A title is read whole, then without brackets, then without what follows dashes, commas and slashes, each also
    without trainee and grade words. How it was matched:

    - decision: somebody decided; beats every name. A decision about "PA (admin)" holds for that title only, one about
      "PA" also for "PA (Band 7)".
    - exact: the title is a name, abbreviation or trainee title that only one role had on that date.
    - suggestion: it resembles a name, or may mean several roles. Not accepted: somebody has to decide.
    - none: nothing resembles it, or it is blank.

    Returns one row per title, in order, duplicates kept, with the titles' index: title, role (the suggested one where
    how is suggestion: use accepted_roles to count), how, score (100 for exact and decision; else resemblance 0-100,
    or 100 divided by the number of meanings of an ambiguous title; blank for none), accepted (True for exact and
    decision), name (of the role), matched_as (the words that matched), kind (name, former_name, abbreviation,
    trainee), trainee, grade, band, place, note (why it isn't accepted).

    Raises InputError for a single text instead of a list, a date that can't be read, dates that don't fit the titles,
    and, naming the rows, for decisions that contradict each other, have no title, or name a role that the register
    lacks.

    >>> matches = match_titles(["EMHPs (Band 5) - North MHST", "PA", "Nursing Asociate"])
    >>> matches[["role", "how"]].values.tolist()[1:]
    [['physician_associate', 'suggestion'], ['nursing_associate', 'suggestion']]
    >>> matches["accepted"].tolist()
    [True, False, False]
    """
    if isinstance(titles, str):
        raise InputError(
            f"match_titles takes a list or column of titles, got the single text '{titles}'. Write ['{titles}']."
        )
    column = titles if isinstance(titles, pd.Series) else pd.Series(list(titles), dtype=object)
    register = load_register() if register is None else register
    settled, known = Decisions.read(decisions, register), known_names(register)
    asked = pd.DataFrame({"title": column.astype("str"), "day": _days(on, column)})
    parts = {title: take_apart(title) for title in asked["title"].unique()}
    each = asked.drop_duplicates().reset_index(drop=True)
    answers = []
    for title, day in each.itertuples(index=False):
        when = None if pd.isna(day) else day
        answers.append(
            known.doubt(settled.look_up(parts[title], when), parts[title], when) or known.look_up(parts[title], when)
        )
    resemblances = known.resembling([parts[title].stated for title in each["title"]], suggest_from)
    filled = [found or likely for found, likely in zip(answers, resemblances, strict=True)]
    names = dict(zip(register.roles["id"], register.roles["name"], strict=True))
    rows = [_row(answer, parts[title], names) for answer, title in zip(filled, each["title"], strict=True)]
    result = each.join(pd.DataFrame(rows, columns=_ASSIGNED))
    matches = asked.merge(result, on=["title", "day"], how="left").set_axis(column.index)
    types = dict.fromkeys(_ASSIGNED, "str") | {"score": float, "accepted": bool, "trainee": bool}
    return matches[["title", *_ASSIGNED]].astype(types)


def accepted_roles(matches: pd.DataFrame) -> pd.Series:
    """Which role does each title count for? Suggestions never count.

    `matches` is the result of match_titles. Returns one role per row, blank where nothing was accepted or the
    decision was that the title is no role of the register.

    >>> accepted_roles(match_titles(["EMHP", "Nursing Asociate"])).isna().tolist()
    [False, True]
    """
    return matches["role"].where(matches["accepted"]).rename("role").astype("str")


def unmatched(matches: pd.DataFrame, register: Register | None = None) -> pd.DataFrame:
    """Which titles still need a decision, and which roles are nearest?

    `matches` is the result of match_titles.

    Returns one row per distinct title that isn't accepted, most frequent first: title, count (rows), note, nearest_1
    to nearest_3 (roles: the suggested one, then the most similar, at least 40 of 100) and score_1 to score_3. Titles
    that differ only in spelling, band, grade or place are one, unless the note says that the title is ambiguous.
    Blank titles are left out.

    >>> unmatched(match_titles(["Nursing Asociate", "EMHP"]))[["title", "count", "nearest_1"]].values.tolist()
    [['Nursing Asociate', 1, 'nursing_associate']]
    """
    known = known_names(load_register() if register is None else register)
    table = _open_titles(matches)
    nearest = []
    for title, role, score in zip(table["title"], table.pop("role"), table.pop("score"), strict=True):
        others = [(near, alike) for near, alike in known.nearest(take_apart(title).stated, 3) if near != role]
        nearest.append(([(role, score)] if pd.notna(role) else []) + others)
    for place in range(3):
        table[f"nearest_{place + 1}"] = pd.Series(
            [n[place][0] if len(n) > place else None for n in nearest], dtype="str"
        )
        table[f"score_{place + 1}"] = pd.Series(
            [n[place][1] if len(n) > place else np.nan for n in nearest], dtype=float
        )
    return table


def titles_to_list(
    matches: pd.DataFrame,
    trusts: pd.Series,
    register: Register | None = None,
    most: int = 12,
    at_least: int = 0,
) -> pd.DataFrame:
    """Which titles without a role may be shown to readers, who could tell a trust by the words that it alone uses?

    `matches` is the result of match_titles; `trusts` says of which trust each of its rows is, in the same order. `most`:
    how many titles to list. `at_least`: how many trusts must have used a title before it is shown (0: one is enough).

    Returns one row a title: title, count (reports), nearest (id of the nearest role), note (why it isn't matched). With
    `at_least` 0 the most frequent come first; else the titles stand in alphabetical order, which tells nothing about
    counts that are hidden later, and the last row holds all the others together.

    Raises InputError when there isn't one trust for each row.

    >>> said = pd.Series(["Music Host", "music host", "Pat's Helper"])
    >>> titles_to_list(match_titles(said), pd.Series(["A", "B", "B"]), at_least=2)[["title", "count"]].values.tolist()
    [['Music Host', 2], ['1 other title', 1]]
    """
    if len(trusts) != len(matches):
        raise InputError(
            f"There are {len(trusts)} trusts for {len(matches)} matches; give one per row, in the same order."
        )
    table = unmatched(matches, register).assign(trusts=_open_titles(matches, trusts)["trusts"])
    table = table.rename(columns={"nearest_1": "nearest"})[["title", "count", "nearest", "note", "trusts"]]
    shown = table[table["trusts"] >= at_least].head(most)
    rest = table.drop(index=shown.index)
    listed = shown.drop(columns="trusts")
    if not at_least:
        return listed.reset_index(drop=True)
    listed = listed.sort_values("title", key=lambda title: title.str.casefold(), kind="stable")
    if len(rest):
        words = f"{len(rest)} other title{'s' * (len(rest) > 1)}"
        others = {"title": [words], "count": [rest["count"].sum()], "nearest": [None], "note": [""]}
        listed = pd.concat([listed, pd.DataFrame(others).astype(listed.dtypes.to_dict())])
    return listed.reset_index(drop=True)


def coverage(matches: pd.DataFrame, weights: pd.Series | None = None) -> pd.DataFrame:
    """What share of titles, reports and staff has a role, and how was it found?

    `matches` is the result of match_titles, one row a report. `weights` is one number a row, such as the reports'
    headcount, in the same order; a blank weight is not known, and counts in no share.

    Returns one row for each of exact, decision, suggestion, none: how, titles (distinct, after spelling),
    titles_share, reports, reports_share and, with weights, weight, weight_share and weight_not_known (reports without
    one). Shares are 0-1, of all titles, reports and known weight; a title matched in two ways on two dates counts in
    both. Blank shares mean that there was nothing to share.

    Raises InputError for weights of another length, or negative ones.

    >>> coverage(match_titles(["EMHP", "EMHP", "Nursing Asociate"]))[["how", "reports_share"]].round(2).values.tolist()
    [['exact', 0.67], ['decision', 0.0], ['suggestion', 0.33], ['none', 0.0]]
    """
    spelt = matches["title"].map(normalise_title, na_action="ignore")
    table = pd.DataFrame({"how": HOW})
    by_how = spelt.groupby(matches["how"])
    table["titles"] = table["how"].map(by_how.nunique()).fillna(0).astype(int)
    table["titles_share"] = table["titles"] / (spelt.nunique() or np.nan)
    table["reports"] = table["how"].map(by_how.size()).fillna(0).astype(int)
    table["reports_share"] = table["reports"] / (len(matches) or np.nan)
    if weights is None:
        return table
    if len(weights) != len(matches):
        raise InputError(
            f"There are {len(weights)} weights for {len(matches)} matches; give one per row, in the same order."
        )
    known = pd.Series(
        pd.to_numeric(pd.Series(weights), errors="raise").to_numpy(dtype=float, na_value=np.nan), matches.index
    )
    if (known < 0).any():
        raise InputError(f"A weight can't be negative: found {known.min()}.")
    table["weight"] = table["how"].map(known.groupby(matches["how"]).sum()).fillna(0.0)
    table["weight_share"] = table["weight"] / (known.sum() or np.nan)
    table["weight_not_known"] = table["how"].map(known.isna().groupby(matches["how"]).sum()).fillna(0).astype(int)
    return table


def decisions_to_make(matches: pd.DataFrame) -> pd.DataFrame:
    """Which rows does the table title_decisions still lack?

    Returns one row per distinct title without an accepted role, in the layout of title_decisions and ready to be
    filled in: title, role (blank on purpose, so that nothing is accepted by default), valid_from, valid_to,
    decided_by, decided_on, and in reason what there is to know: the suggested role or why the title is ambiguous.
    Most frequent first.

    >>> decisions_to_make(match_titles(["Nursing Asociate"]))[["title", "role", "reason"]].values.tolist()
    [['Nursing Asociate', '', 'suggested: nursing_associate (97)']]
    """
    left = _open_titles(matches)
    resembles = (
        "suggested: "
        + left["role"].astype("str").fillna("")
        + " ("
        + left["score"].map("{:.0f}".format).astype("str")
        + ")"
    )
    reason = left["note"].where(left["note"].ne(""), resembles.where(left["role"].notna(), ""))
    table = pd.DataFrame("", index=left.index, columns=DECISION_COLUMNS)
    return table.assign(title=left["title"], reason=reason).astype("str")


def _open_titles(matches: pd.DataFrame, trusts: pd.Series | None = None) -> pd.DataFrame:
    """The distinct titles that aren't accepted: title, count, note, role (suggested) and score, most frequent first.

    trusts: of which trust each row of the matches is; then also trusts, how many different ones used the title.
    """
    of = trusts if trusts is None else trusts.to_numpy()
    left = matches.assign(of=of)
    left = left.loc[~left["accepted"] & left["title"].notna(), ["title", "role", "score", "note", "of"]]
    left = left.assign(whole=left["title"].map(normalise_title), core=title_parts(left["title"])["core"].to_numpy())
    left = left[left["whole"].ne("")]
    alike = left["core"].where(left["note"].eq("") & left["core"].ne(""), left["whole"])
    left = left.assign(alike=alike, plain=left["title"].where(left["whole"].eq(alike)))
    left = left.sort_values("score", ascending=False, kind="stable")
    table = left.drop_duplicates("alike").set_index("alike")[["title", "note", "role", "score"]]
    groups = left.groupby("alike")
    table = table.assign(
        title=groups["plain"].first().fillna(table.index.to_series()),
        count=groups.size(),
        trusts=groups["of"].nunique(),
    )
    table = table.loc[alike.drop_duplicates()].sort_values("count", ascending=False, kind="stable")
    columns = ["title", "count", "note", "role", "score"]
    return table.reset_index(drop=True)[columns if trusts is None else [*columns, "trusts"]]


def _row(answer: dict[str, object], parts: TitleParts, names: dict[str, str]) -> dict[str, object]:
    role, how = answer.get("role"), str(answer["how"])
    _, trainee, grade = without_status(parts.segments[0] if parts.segments else "")
    accepted = how in {"exact", "decision"}
    place = answer.get("place", "; ".join([*parts.segments[1:], *parts.bracketed]))
    return {
        "role": role,
        "how": how,
        "score": 100.0 if accepted else answer.get("score", np.nan),
        "accepted": accepted,
        "name": names[str(role)] if role else None,
        "matched_as": answer.get("matched_as", ""),
        "kind": answer.get("kind", ""),
        "trainee": bool(answer.get("trainee", trainee or parts.says_trainee)),
        "grade": answer.get("grade", grade),
        "band": parts.band,
        "place": place,
        "note": answer.get("note", ""),
    }


def _days(on: object, column: pd.Series) -> pd.Series:
    """One date per title."""
    if isinstance(on, pd.Series | pd.Index | np.ndarray | list | tuple):
        if len(on) != len(column):
            raise InputError(f"There are {len(on)} dates for {len(column)} titles; give one date, or one per title.")
        given = pd.Series(on).set_axis(column.index)
    else:
        given = pd.Series([on] * len(column), index=column.index, dtype=object)
    try:
        return pd.to_datetime(given, format="ISO8601").dt.tz_localize(None).dt.normalize()
    except (ValueError, TypeError) as error:
        raise InputError(
            f"A date of the titles can't be read ({error}). Write dates as 2023-06-30, or leave them blank."
        ) from error
