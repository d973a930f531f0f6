"""The acts behind each path and each team, as lists on a page: ids of extracts, never their words, with links to and fro."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

import pandas as pd
from IPython.display import display

from newroles.boundary_work import NO_TEAM, act_anchor, team_anchor
from newroles.disclosure import SmallNumbers
from newroles.errors import InputError
from newroles.figures.networks import in_words
from newroles.figures.style import need_columns, number
from newroles.tables import badge, checked_name, csv_link, evidence, protected

_BEHIND = ["how", "term", "path", "anchor", "team", "acts", "settled", "of_tone", "documents", "agreement"]
_BEHIND += ["agreement_lowest", "lowest_name", "contradicts", "outcome"]
_ACTS = ["segment", "team", "document", "method", "on", "months_since", "actor_role", "target_role", "forms", "tone"]
_ACTS += ["coders", "agreement_lowest", "lowest_name"]


def show_paths_behind(
    behind: pd.DataFrame,
    name: str,
    title: str,
    kind: str,
    source: str,
    back: str = "",
    note: str = "",
    if_empty: str = "",
    anchors: Sequence[str] = (),
    coverage: str = "",
    small_numbers: SmallNumbers | None = None,
) -> None:
    """Show, path by path, its teams and the way to the acts of each.

    behind, back: see `paths_html`. name: lower-case words joined by hyphens, unique on the page; the address of the whole is
    `#tab-NAME`. title: what is listed, a sentence. if_empty: what is said where there are no rows; anchors: addresses of paths
    that lead there then. The other arguments: as for `tables.show_table`.
    Raises InputError as `paths_html` does, for a missing title, and for a study without small_numbers.
    """
    if behind.empty and if_empty:
        _show_instead(if_empty, kind, name, anchors)
        return
    behind, done = protected(behind, kind, small_numbers, name)
    _show(paths_html(behind, back), behind, name, title, kind, source, (note, done), coverage)


def show_acts_of_teams(
    acts: pd.DataFrame,
    name: str,
    title: str,
    kind: str,
    source: str,
    names: Mapping[str, str] | None = None,
    behind: pd.DataFrame | None = None,
    note: str = "",
    if_empty: str = "",
    coverage: str = "",
    small_numbers: SmallNumbers | None = None,
) -> None:
    """Show, team by team, its acts: who acted on whom, how, in what tone, and how well coders agreed; never their words.

    acts, names, behind: see `acts_html`. The other arguments: as for `show_paths_behind`.
    Raises InputError as `acts_html` does, for a missing title, and for a study without small_numbers.
    """
    if acts.empty and if_empty:
        _show_instead(if_empty, kind, name, ())
        return
    acts, done = protected(acts, kind, small_numbers, name)
    _show(acts_html(acts, names, behind), acts, name, title, kind, source, (note, done), coverage)


def paths_html(behind: pd.DataFrame, back: str = "") -> str:
    """A section for each path, with a table of its teams, as accessible HTML.

    behind: one row per path and team, as `boundary_work.teams_behind` returns it. back: the page of the solutions; each path
    leads back to its own (`#tab-paths-constructive`, `#tab-paths-not-constructive`, ...).
    A section has the path's anchor as its id; a team leads to `#` and its `team_anchor`. Everything is escaped. A team that
    contradicts the path has ≠ and, for a screen reader, the words "without the outcome".
    Raises InputError when a column is missing or there are no rows.
    """
    need_columns(behind, _BEHIND, "paths_html", "a team on a path")
    return "".join(_path(anchor, rows, back) for anchor, rows in behind.groupby("anchor", sort=False))


def acts_html(acts: pd.DataFrame, names: Mapping[str, str] | None = None, behind: pd.DataFrame | None = None) -> str:
    """A section for each team, with a table of its acts, as accessible HTML; first a line with a link to each.

    acts: one row per act, as `boundary_work.acts_listed` returns it. names: what roles are called; left out, the id in words.
    behind: as for `paths_html`; each team's section leads back to the paths that it is on.
    A team's section has the id `team_anchor(team)`, that of acts about no one team `NO_TEAM`, an act's row `act_anchor(segment)`.
    Acts stand under their document, with how it came about and when: in months from the arrival of the team's new role, else
    the date. Everything is escaped.
    Raises InputError when a column is missing or there are no rows.

    >>> act = {"segment": "S1", "team": "T1", "document": "D1", "method": "interview", "on": None, "months_since": 2, "actor_role": "nurse",
    ...        "target_role": "peer_worker", "forms": "Buffering", "tone": "", "coders": 1, "agreement_lowest": None, "lowest_name": ""}
    >>> html = acts_html(pd.DataFrame([act]))
    >>> '<th scope="row" id="act-S1"><code>S1</code><br>not settled</th><td>Nurse → Peer worker</td><td>Buffering</td>' in html
    True
    """
    need_columns(acts, _ACTS, "acts_html", "an act")
    called = in_words(list(pd.unique(acts[["actor_role", "target_role"]].to_numpy().ravel())), names)
    groups = [
        (None if pd.isna(team) else str(team), rows) for team, rows in acts.groupby("team", sort=False, dropna=False)
    ]
    links = "".join(f'<a href="#{_address(team)}">{escape(team or "no one team")}</a> ' for team, _ in groups)
    sections = "".join(_team(team, rows, called, behind) for team, rows in groups)
    return f'<nav class="nr-teams" aria-label="Teams whose acts are listed">{links}</nav>{sections}'


def _path(anchor: Hashable, rows: pd.DataFrame, back: str) -> str:
    first = rows.iloc[0]
    tone, outcome = str(first["outcome"]).removeprefix("~"), str(first["outcome"]).replace("~", "not-")
    how = str(first["how"])
    head = f"{how[:1].upper()}{how[1:]}: {first['path']}"
    way = f' <a href="{escape(f"{back}#tab-paths-{outcome}", quote=True)}">Back to the paths</a>' if back else ""
    code = escape(str(first["term"])).replace("*", "*<wbr>")
    mark = ' <span aria-hidden="true">≠</span><span class="visually-hidden"> (without the outcome)</span>'
    body = "".join(
        f'<tr><th scope="row"><a href="#{team_anchor(str(row["team"]))}">{escape(str(row["team"]))}</a>'
        f"{mark if row['contradicts'] else ''}</th>"
        f'<td class="nr-number">{row["acts"]}</td><td class="nr-number">{row["of_tone"]} of {row["settled"]}</td>'
        f'<td class="nr-number">{row["documents"]}</td><td>{_mean(row)}</td></tr>'
        for row in rows.to_dict("records")
    )
    heads = ("Acts", f"{tone.capitalize()}, of a settled tone", "Documents")
    numbers = "".join(f'<th scope="col" class="nr-number">{escape(text)}</th>' for text in heads)
    return (
        f'<section id="{escape(str(anchor), quote=True)}"><h3 id="{escape(str(anchor), quote=True)}--title">{escape(head)}</h3>'
        f"<p><code>{code}</code>{way}</p>"
        + _table(
            f"{anchor}--title",
            f'<th scope="col">Team</th>{numbers}<th scope="col">Coders\' agreement: mean, and least</th>',
            f"<tbody>{body}</tbody>",
        )
        + "</section>"
    )


def _team(team: str | None, rows: pd.DataFrame, called: Mapping[str, str], behind: pd.DataFrame | None) -> str:
    address = _address(team)
    acts, documents = len(rows), rows["document"].nunique()
    counted = f"{acts} act{'' if acts == 1 else 's'} in {documents} document{'' if documents == 1 else 's'}"
    paths = pd.DataFrame() if behind is None or team is None else behind[behind["team"].astype(str).eq(team)]
    ways = "; ".join(
        f'<a href="#{escape(str(row["anchor"]), quote=True)}">{escape(str(row["how"]))} where {escape(str(row["path"]))}</a>'
        for row in paths.to_dict("records")
    )
    on = f"<p>On the path{'' if len(paths) == 1 else 's'}: {ways}.</p>" if ways else ""
    bodies = "".join(
        f'<tbody><tr><th scope="rowgroup" colspan="4" class="nr-family">{escape(where)}</th></tr>'
        f"{''.join(_act(row, called) for row in of_document)}</tbody>"
        for where, of_document in groupby(rows.to_dict("records"), _where)
    )
    heads = ("Act, and its tone", "Who, towards whom", "Forms", "Coders, and what they agreed least on")
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    return (
        f'<section id="{address}"><h3 id="{address}--title">{escape(team or "About no one team")}: {counted}</h3>{on}'
        + _table(f"{address}--title", head, bodies)
        + "</section>"
    )


def _act(row: Mapping[Hashable, Any], called: Mapping[str, str]) -> str:
    segment, tone = str(row["segment"]), str(row["tone"]) or "not settled"
    return (
        f'<tr><th scope="row" id="{act_anchor(segment)}"><code>{escape(segment)}</code><br>{escape(tone)}</th>'
        f"<td>{escape(called[str(row['actor_role'])])} → {escape(called[str(row['target_role'])])}</td>"
        f"<td>{escape(str(row['forms']))}</td><td>{row['coders']}: {_least(row)}</td></tr>"
    )


def _where(row: Mapping[Hashable, Any]) -> str:
    """The document that tells of the act, how it came about, and when."""
    return ", ".join(filter(None, (str(row["document"]), str(row["method"]).replace("_", " "), _when(row))))


def _when(row: Mapping[Hashable, Any]) -> str:
    if pd.notna(row["months_since"]):
        return f"month {int(row['months_since'])}".replace("-", "−")
    return "" if pd.isna(row["on"]) else pd.Timestamp(row["on"]).date().isoformat()


def _least(row: Mapping[Hashable, Any]) -> str:
    if pd.isna(row["agreement_lowest"]):
        return "not known"
    return f"{escape(str(row['lowest_name']))} {number(float(row['agreement_lowest']), 2)}"


def _mean(row: Mapping[Hashable, Any]) -> str:
    return "not known" if pd.isna(row["agreement"]) else f"{number(float(row['agreement']), 2)}; {_least(row)}"


def _address(team: str | None) -> str:
    return NO_TEAM if team is None else team_anchor(team)


def _table(labelled: str, head: str, bodies: str) -> str:
    label = escape(labelled, quote=True)
    return (
        f'<div class="nr-scroll-table" role="region" tabindex="0" aria-labelledby="{label}">'
        f'<table class="nr-grid" aria-labelledby="{label}"><thead><tr>{head}</tr></thead>{bodies}</table></div>'
    )


def _show(
    body: str, table: pd.DataFrame, name: str, title: str, kind: str, source: str, notes: Sequence[str], coverage: str
) -> None:
    if not title.strip():
        raise InputError("The list has no title: say in a sentence what it lists.")
    remark = "".join(f'<p class="nr-note">{escape(words)}</p>' for words in notes if words)
    told = f'<div class="nr-evidence">{evidence(kind, source, coverage)}{csv_link(table, name)}</div>'
    html = f'<div class="nr-behind" id="tab-{checked_name(name)}"><p class="nr-title">{escape(title)}</p>{told}{remark}{body}</div>'
    display({"text/html": html, "text/plain": title}, raw=True)


def _show_instead(text: str, kind: str, name: str, anchors: Sequence[str]) -> None:
    """A note; the addresses that would have led to what isn't shown lead here."""
    spots = "".join(f'<span id="{escape(anchor, quote=True)}"></span>' for anchor in anchors)
    html = f'<p class="nr-notice" id="tab-{checked_name(name)}">{spots}{badge(kind)} {escape(text)}</p>'
    display({"text/html": html, "text/plain": text}, raw=True)
