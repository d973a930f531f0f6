"""Of what tone and form are the acts, between whom, in which team, when, and by which method? Shares that respect clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from newroles.boundary_work.acts import BoundaryActs
from newroles.boundary_work.code_axes import TONES
from newroles.errors import InputError, did_you_mean
from newroles.few_clusters.clustered_shares import MIN_TEAMS, cluster_of, clustered_shares, totals_by_cluster

MONTHS = (0, 6, 12)
_SEVERAL = {"form": "forms", "family": "families"}
_COLUMNS = {"method": "document_method"}
_NEEDED = ["segment", "team", "document", "method", "tone", "forms", "families"]
_SHARES = ["estimate", "low", "high", "n", "count", "teams", "documents", "method", "note", "segments"]


def tone_profile(
    acts: pd.DataFrame, by: str | Sequence[str] = (), min_teams: int = MIN_TEAMS, level: float = 0.95
) -> pd.DataFrame:
    """What share of acts is constructive, destructive, or depends: over all, or by role pair, team, form or method?

    `acts`: ACTS. `by`: columns of it (actor_role and target_role for role pairs; team; method), or form or family: an act
    with several forms counts once under each. `min_teams`: a group with acts from so many teams has teams for clusters;
    one with fewer has documents, and then speaks of those teams only.

    Returns one row per group and tone, groups with most acts first (categories in their own order): the columns `by`
    (method as document_method), tone, estimate, low, high (shares, 0-1; `clustered_shares`), n (acts of a settled tone),
    count (of this tone), teams, documents, method (how the interval was made), note (blank, or why there is no interval,
    or of whom it speaks, and how many acts have no settled tone), segments (ids of the acts of this tone).

    Raises InputError for acts without a column that is asked for, and no acts.

    >>> acts = pd.DataFrame({"segment": ["s1", "s2", "s3"], "team": ["A", "B", "B"], "document": ["d1", "d2", "d3"],
    ...     "method": "interview", "months_since": [-1, 3, 8], "tone": ["destructive", "constructive", "constructive"],
    ...     "forms": "", "families": ""})
    >>> tone_profile(acts)[["tone", "estimate", "low", "high", "n", "segments"]].round(2).values.tolist()[0]
    ['constructive', 0.67, 0.04, 0.99, 3, ('s2', 's3')]
    """
    marks = pd.DataFrame({tone: acts["tone"].eq(tone) for tone in TONES} if "tone" in acts else {})
    return _profile(acts, marks, "tone", by, min_teams, level, settled=True)


def form_profile(
    acts: pd.DataFrame,
    by: str | Sequence[str] = (),
    kind: str = "family",
    min_teams: int = MIN_TEAMS,
    level: float = 0.95,
) -> pd.DataFrame:
    """What share of acts has each form, or a form of each family: over all, or by role pair, team, tone or method?

    `kind`: "family" or "form". The rest as for `tone_profile`. Forms overlap: the shares of a group add up to more than 1.

    Returns one row per group and family (or form) that occurs at all, as `tone_profile` does; n is all acts of the group.

    Raises InputError as `tone_profile` does, and for another kind.

    >>> acts = pd.DataFrame({"segment": ["s1", "s2"], "team": "A", "document": ["d1", "d2"], "method": "interview",
    ...     "tone": "", "forms": [("a1", "b"), ("b",)], "families": [("a", "b"), ("b",)]})
    >>> form_profile(acts)[["family", "estimate", "n", "segments"]].values.tolist()
    [['b', 1.0, 2, ('s1', 's2')], ['a', 0.5, 2, ('s1',)]]
    """
    if kind not in _SEVERAL:
        raise InputError(f"There is no kind '{kind}' of form. {did_you_mean(kind, _SEVERAL)}")
    column = _SEVERAL[kind]
    held = acts[column].explode().dropna() if column in acts else pd.Series(dtype="str")
    common = held.value_counts()
    marks = pd.DataFrame({code: acts[column].map(lambda codes, c=code: c in codes) for code in common.index})
    return _profile(acts, marks, kind, by, min_teams, level, settled=False)


def with_months(acts: pd.DataFrame, edges: Sequence[int] = MONTHS) -> pd.DataFrame:
    """In which stretch of time since the new role came was each act? Acts with a column `months`, in order of time.

    `edges`: whole months, rising: where a stretch begins. The first stretch is all before them, the last has no end. Acts
    without a month are left out.

    >>> acts = pd.DataFrame({"months_since": pd.array([-2, 0, 5, 30, None], dtype="Int64")})
    >>> with_months(acts, (0, 6))["months"].tolist()
    ['before 0', '0 to 5', '0 to 5', '6 or later']
    """
    if "months_since" not in acts:
        raise InputError("The acts have no column months_since: make them with `boundary_acts` and the table teams.")
    if not edges or any(one >= other for one, other in pairwise(edges)):
        raise InputError(f"edges are rising whole months, for example {MONTHS}; they are {tuple(edges)}.")
    known = acts[acts["months_since"].notna()]
    place = np.searchsorted(list(edges), known["months_since"].to_numpy(dtype=float), side="right")
    between = [f"{one} to {other - 1}" if other - 1 > one else f"{one}" for one, other in pairwise(edges)]
    labels = pd.Index([f"before {edges[0]}", *between, f"{edges[-1]} or later"])
    return known.assign(months=pd.Categorical(labels[place], categories=labels, ordered=True))


def tone_over_time(
    acts: pd.DataFrame, edges: Sequence[int] = MONTHS, min_teams: int = MIN_TEAMS, level: float = 0.95
) -> pd.DataFrame:
    """Do acts become more constructive, or more destructive, as the new role settles in? Shares by months since it came.

    Returns `tone_profile` by `months` (see `with_months`), stretches in order of time. Teams differ between stretches, so a
    change can be one of teams: compare `teams` and read the profile by team beside it.

    >>> acts = pd.DataFrame({"segment": ["s1", "s2", "s3"], "team": ["A", "B", "B"], "document": ["d1", "d2", "d3"],
    ...     "method": "interview", "months_since": [-1, 3, 8], "tone": ["destructive", "constructive", "constructive"],
    ...     "forms": "", "families": ""})
    >>> tone_over_time(acts)[["months", "tone", "estimate", "n"]].values.tolist()[::3]
    [['before 0', 'constructive', 0.0, 1], ['0 to 5', 'constructive', 1.0, 1], ['6 to 11', 'constructive', 1.0, 1]]
    """
    return tone_profile(with_months(acts, edges), "months", min_teams, level)


def tone_by_method(acts: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Do interviews, observations and documents tell the same story of the tone? Differences within the same teams.

    Only teams that were studied by both methods count: a team's acts by the one are set against its acts by the other. The
    difference is Mantel and Haenszel's: that of the shares in each team, weighted by n1 n2 / (n1 + n2). Its interval, cut off at -1 and 1, takes
    teams for a sample: v = m / (m - 1) sum(w^2 (d - D)^2) / (sum w)^2 over m teams, t with m - 1 degrees of freedom.

    Returns one row per pair of methods and tone: first, second, tone, share_first, share_second (over those teams),
    estimate (share by the first less share by the second, within teams), low, high (blank below two teams), n (acts),
    teams, method, note, segments (ids of the acts of this tone by either).

    Raises InputError for missing columns.

    Source: Mantel and Haenszel 1959, JNCI 22, 719-748, for the weights; the variance is linearised between teams.

    >>> acts = pd.DataFrame({"segment": list("abcd"), "team": ["A", "A", "B", "B"], "document": list("wxyz"),
    ...     "method": ["interview", "observation"] * 2, "tone": ["constructive", "destructive"] * 2, "forms": "", "families": ""})
    >>> tone_by_method(acts)[["first", "second", "tone", "estimate", "teams"]].values.tolist()[0]
    ['interview', 'observation', 'constructive', 1.0, 2]
    """
    _need(acts, _NEEDED)
    told = acts[acts["tone"].ne("") & acts["team"].notna()]
    rows: list[dict[str, Any]] = []
    for first, second in combinations(sorted(told["method"].unique()), 2):
        n = pd.crosstab(told["team"], told["method"]).reindex(columns=[first, second])
        n = n[(n > 0).all(axis=1)]
        both = told[told["team"].isin(n.index) & told["method"].isin([first, second])]
        for tone in TONES:
            mine = both[both["tone"] == tone]
            y = pd.crosstab(mine["team"], mine["method"]).reindex(index=n.index, columns=[first, second], fill_value=0)
            weight = n[first] * n[second] / (n[first] + n[second])
            within = y[first] / n[first] - y[second] / n[second]
            difference = float((weight * within).sum() / weight.sum()) if len(n) else np.nan
            reach = np.nan
            if len(n) > 1:
                spread = (weight**2 * (within - difference) ** 2).sum() / weight.sum() ** 2 * len(n) / (len(n) - 1)
                reach = float(stats.t.ppf((1 + level) / 2, len(n) - 1) * np.sqrt(spread))
            share = [float(y[m].sum() / n[m].sum()) if len(n) else np.nan for m in (first, second)]
            rows.append(
                {"first": first, "second": second, "tone": tone, "share_first": share[0], "share_second": share[1]}
                | {"estimate": difference, "low": max(difference - reach, -1.0), "high": min(difference + reach, 1.0)}
                | {
                    "n": len(both),
                    "teams": len(n),
                    "method": f"Mantel-Haenszel difference within teams; {level:.0%} interval (t)",
                }
                | {"note": "" if len(n) > 1 else "no interval: fewer than two teams were studied by both methods"}
                | {"segments": tuple(mine["segment"])}
            )
    columns = ["first", "second", "tone", "share_first", "share_second", "estimate", "low", "high", "n", "teams"]
    return pd.DataFrame(rows, columns=[*columns, "method", "note", "segments"])


def tone_against_prompt(found: BoundaryActs, min_teams: int = MIN_TEAMS, level: float = 0.95) -> pd.DataFrame:
    """How often do the coders overrule the tone that the codebook prompts for a form? A prompt isn't a finding.

    `found`: the acts with their forms. Acts without a settled tone, and forms without a prompt, don't count.

    Returns one row per form, the most overruled first: form, name, prompt, estimate (share of its acts whose tone isn't the
    prompted one), low, high, n, count (overruled), constructive, destructive, depends (acts), teams, documents, method,
    note, segments (ids of the acts that overrule it).

    >>> from newroles.boundary_work.acts import acts_of_study
    >>> from newroles.datasets import load_study
    >>> table = tone_against_prompt(acts_of_study(load_study("example_study"), n_boot=0)).set_index("form")
    >>> table.loc["BW-COLL-NEG", ["prompt", "name"]].tolist()
    ['constructive', 'Negotiating']
    """
    rows = found.forms[found.forms["prompt"].ne("")].merge(found.acts[_NEEDED], on="segment")
    rows = rows[rows["tone"].ne("")]
    tables = []
    for (form, name, prompt), group in rows.groupby(["form", "name", "prompt"], sort=False):
        shares = _shares(group, pd.DataFrame({"overruled": group["tone"].ne(str(prompt))}), min_teams, level)
        tones = {tone: int(group["tone"].eq(tone).sum()) for tone in TONES}
        tables.append({"form": form, "name": name, "prompt": prompt, **tones, **shares[0]})
    columns = ["form", "name", "prompt", "estimate", "low", "high", "n", "count", *TONES, *_SHARES[5:]]
    table = pd.DataFrame(tables, columns=columns)
    return table.sort_values(["estimate", "n", "form"], ascending=[False, False, True], ignore_index=True)


def _profile(
    acts: pd.DataFrame,
    marks: pd.DataFrame,
    kind: str,
    by: str | Sequence[str],
    min_teams: int,
    level: float,
    settled: bool,
) -> pd.DataFrame:
    wanted = [by] if isinstance(by, str) else list(by)
    _need(acts, [*_NEEDED, *(column for column in wanted if column not in _SEVERAL)])
    if acts.empty:
        raise InputError("There are no acts, so there is no profile of them. See what was left out, and why.")
    rows = acts.reset_index(drop=True).assign(_at=np.arange(len(acts)))
    for column in wanted:
        if column in _SEVERAL:
            rows = rows.assign(**{column: rows[_SEVERAL[column]]}).explode(column)
    kinds = list(marks.columns)
    values = marks.to_numpy(dtype=bool)
    tables: list[dict[str, Any]] = []
    for key, group in _groups(rows, wanted):
        told = group[group["tone"].ne("")] if settled else group
        marked = pd.DataFrame(values[told["_at"].to_numpy()], columns=kinds)
        silent = len(group) - len(told)
        for code, share in zip(kinds, _shares(told, marked, min_teams, level), strict=True):
            note = "; ".join(filter(None, [share["note"], f"{silent} without a settled tone" if silent else ""]))
            tables.append({**key, kind: code, **share, "note": note})
    names = [_COLUMNS.get(column, column) for column in wanted]
    return pd.DataFrame(tables, columns=[*names, kind, *_SHARES])


def _groups(rows: pd.DataFrame, by: list[str]) -> list[tuple[dict[str, Any], pd.DataFrame]]:
    """The groups, the largest first; categories in their own order; a blank is a group of its own."""
    if not by:
        return [({}, rows)]
    held = [(key, group) for key, group in rows.groupby(by, sort=True, observed=True, dropna=False)]
    if not any(isinstance(rows[column].dtype, pd.CategoricalDtype) for column in by):
        held.sort(key=lambda pair: -len(pair[1]))
    return [({_COLUMNS.get(c, c): value for c, value in zip(by, key, strict=True)}, group) for key, group in held]


def _shares(acts: pd.DataFrame, marks: pd.DataFrame, min_teams: int, level: float) -> list[Mapping[str, Any]]:
    """The share of these acts that have each mark, in the order of the marks."""
    clusters, what = cluster_of(acts, min_teams)
    counts, sizes = totals_by_cluster(clusters, marks)
    found = clustered_shares(counts, sizes, level)
    teams, documents, n = acts["team"].nunique(), acts["document"].nunique(), len(acts)
    if n == 0:
        note = "no share: no acts of a settled tone"
    elif len(sizes) < 2:
        note = f"no interval: all acts are in one {what}"
    elif what == "document":
        which = "this team" if teams == 1 else f"these {teams} teams" if teams else "these documents"
        note = f"about {which} only: documents are the clusters"
    else:
        note = ""
    method = f"share of acts; Wilson interval of {level:.0%}, effective n and t between {what}s"
    values = marks.to_numpy(dtype=bool)
    segment = acts["segment"].to_numpy()
    return [
        {"estimate": float(found.estimate[k]), "low": float(found.low[k]), "high": float(found.high[k])}
        | {"n": n, "count": int(counts[:, k].sum()), "teams": teams, "documents": documents}
        | {"method": method, "note": note, "segments": tuple(segment[values[:, k]])}
        for k in range(marks.shape[1])
    ]


def _need(acts: pd.DataFrame, columns: Sequence[str]) -> None:
    for column in columns:
        if column not in acts:
            valid = [*acts.columns, *_SEVERAL]
            raise InputError(f"The acts have no column '{column}'. {did_you_mean(column, valid)}")
