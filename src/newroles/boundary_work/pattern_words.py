"""Sentences on between whom acts run, what follows a contest, who contests back, who stands between, and whether contact goes with contest."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from newroles.boundary_work.sequences import ANY_ANSWER, NO_ANSWER
from newroles.phrases import counted, listed

LEVEL = 0.05
"""A two-sided p below it counts as a difference from chance."""


def pairs_in_words(pairs: pd.DataFrame) -> str:
    """Between how many pairs of roles do acts run, and between which most? pairs: as `pair_table` returns it, roles named.

    >>> pairs = pd.DataFrame({"actor_role": ["Nurse", "Peer"], "target_role": ["Peer", "Nurse"], "acts": [3, 1],
    ...     "net": [-1.0, 0.0], "net_low": [None, None], "net_high": [None, None]})
    >>> pairs_in_words(pairs)
    'Acts run between 2 ordered pairs of roles, most from Nurse to Peer (3 acts, net tone −1.00).'
    """
    top = pairs[pairs["acts"] == pairs["acts"].max()]
    runs = [f"from {row['actor_role']} to {row['target_role']}" for _, row in top.iterrows()]
    n = counted(int(top["acts"].iloc[0]), "act")
    if len(top) == len(pairs) > 2:
        return f"Acts run between {len(pairs)} ordered pairs of roles, {n} each."
    if len(top) > 2:
        return f"Acts run between {len(pairs)} ordered pairs of roles; {len(top)} of them have most, {n} each."
    first = top.iloc[0]
    within = (
        "" if pd.isna(first["net_low"]) else f", interval {_signed(first['net_low'])} to {_signed(first['net_high'])}"
    )
    tone = "no settled tone" if pd.isna(first["net"]) else f"net tone {_signed(first['net'])}{within}"
    told = f"({n}, {tone})" if len(top) == 1 else f"({n} each)"
    if len(pairs) == 1:
        return f"All acts run {runs[0]} {told}."
    return f"Acts run between {len(pairs)} ordered pairs of roles, most {listed(runs)} {told}."


def methods_in_words(table: pd.DataFrame) -> str:
    """Do methods tell the same of the tone, within the same teams? table: as `tone_by_method` returns it; in percentage points.

    >>> table = pd.DataFrame({"first": "interview", "second": "observation", "tone": ["constructive", "depends"],
    ...     "estimate": [0.08, 0.0], "low": [0.01, -0.1], "high": [0.16, 0.1]})
    >>> methods_in_words(table)
    'Of 2 differences one has an interval that leaves out zero: constructive acts are 8.0 points more by interview than by observation (1.0 to 16.0).'
    """
    known = table[table["estimate"].notna()]
    if known.empty:
        return "No team was studied by two methods, so they can't be compared."
    if known["low"].isna().all():
        return "No more than one team was studied by any two methods, so their difference has no interval."
    clear = known[(known["low"] > 0) | (known["high"] < 0)]
    first = "The one difference" if len(known) == 1 else f"Of {len(known)} differences"
    if clear.empty:
        return (
            f"{first} {'has an interval that holds zero' if len(known) == 1 else 'all have intervals that hold zero'}."
        )
    said = [_difference(row) for _, row in clear.iterrows()]
    how = "has" if len(known) == 1 else "one has" if len(said) == 1 else f"{len(said)} have"
    return f"{first} {how} {'intervals' if len(said) > 1 else 'an interval'} that leave{'s' * (len(said) == 1)} out zero: {'; '.join(said)}."


def follows_in_words(table: pd.DataFrame, why_not: str = "") -> str:
    """What comes next after a contest, against chance? table, why_not: as `followed` returns them.

    >>> table = pd.DataFrame({"answer": ["repair", "any answer", "no answer"], "estimate": [0.2, 0.2, 0.8], "low": [0.1, 0.1, 0.6],
    ...     "high": [0.4, 0.4, 0.9], "expected": [0.1, 0.1, 0.9]})
    >>> follows_in_words(table)
    'After a contest the next act is repair in 20% (interval 10% to 40%; 10% if acts came in any order) and something else in 80% (60% to 90%; 90%).'
    """
    if table.empty:
        return why_not
    rows = table.set_index("answer")
    shown = [answer for answer in rows.index if answer != ANY_ANSWER]
    said: list[str] = []
    for answer in shown:
        row = rows.loc[answer]
        within = (
            "" if pd.isna(row["low"]) else f"{'interval ' if not said else ''}{row['low']:.0%} to {row['high']:.0%}; "
        )
        chance = f"{row['expected']:.0%}{' if acts came in any order' if not said else ''}"
        name = "something else" if answer == NO_ANSWER else str(answer)
        said.append(f"{name} in {row['estimate']:.0%} ({within}{chance})")
    return f"After a contest the next act is {listed(said)}."


def follows_title(table: pd.DataFrame) -> str:
    """Which answers come more or less often than chance after a contest, as a finding? table: as `followed` returns it.

    >>> follows_title(pd.DataFrame({"answer": ["repair", "no answer"], "estimate": [0.2, 0.8], "expected": [0.1, 0.9],
    ...     "p_two_sided": [0.01, 0.01]}))
    'After a contest, repair comes next more often than by chance'
    """
    own = table[~table["answer"].isin([ANY_ANSWER, NO_ANSWER])]
    clear = own[own["p_two_sided"] < LEVEL]
    said: list[str] = []
    for how, rows in (
        ("more", clear[clear["estimate"] > clear["expected"]]),
        ("less", clear[clear["estimate"] < clear["expected"]]),
    ):
        if len(rows):
            verb = "comes" if len(rows) == 1 else "come"
            said.append(f"{listed(list(rows['answer']))} {verb + ' next ' if not said else ''}{how} often")
    if not said:
        return "What comes next after a contest is not clearly different from chance"
    return f"After a contest, {', '.join(said)} than by chance"


def steps_in_words(table: pd.DataFrame, why_not: str = "") -> str:
    """How many kinds of step are unlike chance? table, why_not: as `steps` returns them.

    >>> steps_in_words(pd.DataFrame({"count": [5, 1], "expected": [2.0, 3.0], "p_two_sided": [0.001, 0.4], "from_name": ["A", "B"],
    ...     "to_name": ["B", "A"]}))
    'Of 2 kinds of step one has a p below 0.05, where 0.1 would by chance; farthest from chance is b after a, more often than expected.'
    """
    if table.empty:
        return why_not
    tested = table[table["p_two_sided"].notna()]
    if tested.empty:
        return "The order of acts was not tested."
    clear, first = int((tested["p_two_sided"] < LEVEL).sum()), tested.iloc[0]
    how = "more often than expected" if first["count"] > first["expected"] else "less often than expected"
    have = "one has" if clear == 1 else f"{clear or 'none'} {'have' if clear else 'has'}"
    end = (
        f"; farthest from chance is {first['to_name'].lower()} after {first['from_name'].lower()}, {how}"
        if clear
        else ""
    )
    if len(tested) == 1:
        return f"One kind of step was found: {first['to_name'].lower()} after {first['from_name'].lower()} (p = {first['p_two_sided']:.3f})."
    kinds = f"Of {len(tested)} kinds of step"
    return f"{kinds} {have} a p below {LEVEL}, where {LEVEL * len(tested):.1f} would by chance{end}."


def mutual_in_words(table: pd.DataFrame, why_not: str = "") -> str:
    """Between which roles, and in how many teams, do both sides contest? table, why_not: as `contested_both_ways`, roles named.

    >>> mutual_in_words(pd.DataFrame({"role_a": ["Nurse"], "role_b": ["Peer"], "teams_both": [("t",)], "teams_one": [("u", "v")]}))
    'Both sides contest the line between one pair of roles, in some team; most often Nurse and Peer (1 team).'
    """
    if table.empty:
        return why_not
    teams = table["teams_both"].map(len)
    if not teams.max() and not table["teams_one"].map(len).max():
        return "No contested line is one of a team, so whether both sides contest it in a team can't be told."
    if not teams.max():
        return "In no team do both sides contest the line between them; in teams where it is contested, one side was seen to."
    top = table[teams == teams.max()]
    n = int((teams > 0).sum())
    pairs = f"{n} pairs" if n > 1 else "one pair"
    named = [f"{row['role_a']} and {row['role_b']}" for _, row in top.iterrows()]
    most = f"; most often {'; '.join(named)} ({counted(int(teams.max()), 'team')}{' each' if len(top) > 1 else ''})"
    return f"Both sides contest the line between {pairs} of roles, in some team{most if len(top) <= 2 else ''}."


def one_sided_in_words(table: pd.DataFrame, least: int, why_not: str = "") -> str:
    """How often does one side alone keep, shed or close? table, why_not: as `kept_by_one_side` returns them with this least.

    >>> one_sided_in_words(pd.DataFrame({"form_name": ["Hoarding"], "teams": [("t", "u")], "acts": [5]}), 2)
    'With 2 such acts or more between two roles of a team, one side alone acts so in 2 teams and pairs: hoarding (2).'
    """
    if table.empty:
        return why_not
    counts = table.assign(n=table["teams"].map(len)).groupby("form_name", sort=False)["n"].sum()
    each = [f"{str(name).lower()} ({n})" for name, n in counts.items()]
    acts = "one such act" if least == 1 else f"{least} such acts"
    total = int(counts.sum())
    return (
        f"With {acts} or more between two roles of a team, one side alone acts so in {total} "
        f"{'team and pair' if total == 1 else 'teams and pairs'}: {listed(each)}."
    )


def buffers_in_words(compared: pd.DataFrame, why_not: str = "") -> str:
    """Do third parties stand between those who compete more often than between others? compared: as `buffers_compared`.

    >>> buffers_in_words(pd.DataFrame({"compete": ["yes", "no"], "pairs": [10, 20], "buffered": [4, 2], "share": [0.4, 0.1]}))
    'Beside 4 of 10 pairs of roles that compete in their team a third role buffers or arranges (40%), and beside 2 of 20 that do not compete (10%).'
    """
    if compared.empty:
        return why_not or "No pair of roles in a team has an act between the two."
    rows = {row["compete"]: row for row in compared.to_dict("records")}
    third = "a third role buffers or arranges"
    if "yes" not in rows:
        no = rows["no"]
        return f"No two roles compete in any team; beside {no['buffered']} of {counted(no['pairs'], 'pair')} {third} ({no['share']:.0%})."
    yes = rows["yes"]
    pairs = f"{counted(yes['pairs'], 'pair')} of roles that {'competes in its' if yes['pairs'] == 1 else 'compete in their'} team"
    text = f"Beside {yes['buffered']} of {pairs} {third} ({yes['share']:.0%})"
    if "no" not in rows:
        return f"{text}; every pair with an act between the two competes."
    no = rows["no"]
    return f"{text}, and beside {no['buffered']} of {no['pairs']} that {'does' if no['pairs'] == 1 else 'do'} not compete ({no['share']:.0%})."


def contact_in_words(table: pd.DataFrame, counts: bool = True, why_not: str = "") -> str:
    """Do roles that work together more contest more? table, why_not: as `contests_and_contacts` returns them.

    counts: False says no numbers of pairs and teams. Read from ranks within teams; "clearly" is a two-sided p below 0.05.

    >>> table = pd.DataFrame({"measure": ["contests", "contest_share"], "correlation": "spearman", "estimate": [-0.1, None],
    ...     "p_two_sided": [0.3, None], "pairs": [90, 0], "teams": [8, 0]})
    >>> contact_in_words(table)
    'Roles that work together more do not clearly contest more or less often (rank correlation within teams −0.10, p = 0.300; 90 pairs in 8 teams).'
    """
    if table.empty:
        return why_not
    ranks = table[table["correlation"] == "spearman"].set_index("measure")
    words: Mapping[str, tuple[str, str, str]] = {
        "contests": ("contest more often", "contest less often", "contest more or less often"),
        "contest_share": (
            "contest in more of their acts",
            "contest in fewer of their acts",
            "contest in more or fewer of their acts",
        ),
    }
    said: list[str] = []
    for measure, (more, less, either) in words.items():
        row = ranks.loc[measure]
        if pd.isna(row["estimate"]):
            continue
        clear = row["p_two_sided"] < LEVEL
        what = (more if row["estimate"] > 0 else less) if clear else f"do not clearly {either}"
        r = f"{row['estimate']:+.2f}".replace("-", "−")
        base = f"; {counted(int(row['pairs']), 'pair')} in {counted(int(row['teams']), 'team')}" if counts else ""
        first = "rank correlation within teams " if not said else ""
        said.append(f"{what} ({first}{r}, p = {row['p_two_sided']:.3f}{base})")
    if not said:
        return "Contests don't vary within teams, so contact and contest can't be set against each other."
    return f"Roles that work together more {', and '.join(said)}."


def _signed(number: float) -> str:
    return f"{number + 0.0:+.2f}".replace("-", "−")


def _difference(row: pd.Series) -> str:
    """A difference between two methods, said of the one by which the share is larger or smaller."""
    more = row["estimate"] > 0
    low, high = (row["low"], row["high"]) if more else (-row["high"], -row["low"])
    what = "acts whose tone depends on the case" if row["tone"] == "depends" else f"{row['tone']} acts"
    size = f"{100 * abs(row['estimate']):.1f} points {'more' if more else 'fewer'}"
    return f"{what} are {size} by {row['first']} than by {row['second']} ({100 * low:.1f} to {100 * high:.1f})"
