"""Which combinations of conditions occur, in which cases, and does the outcome go with them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from newroles.boundary_work.set_fit import sufficiency_fit
from newroles.boundary_work.set_scores import SAME, SetScores, set_scores
from newroles.errors import InputError

MOST_CONDITIONS = 12
TABLE_COLUMNS = ("row", "n", "incl", "pri", "out", "cases", "with_outcome", "without_outcome")


@dataclass(frozen=True)
class TruthTable:
    """Which combinations of conditions occur, and is each consistent enough with the outcome to count as sufficient?

    table: one row per observed configuration, by its number (index `row`: the conditions read as a binary number, plus 1, as in
    R's QCA); the conditions (0, 1), n (cases with membership above 0.5), incl (consistency), pri, out (1, 0, or "?" where n
    is below n_cut) and cases (tuple of the cases' names).
    contradictions: the rows of `table` whose cases disagree: with_outcome and without_outcome (cases above, below 0.5 in it).
    ambiguous: cases with a score of exactly 0.5 in a condition, which belong to no row; their scores still enter incl and pri.
    notes: one row per thing a reader should know: about, note. scores: the set scores used; outcome: "Y", or "~Y" negated;
    codes: for each case the number of its row less 1, or -1 for an ambiguous one.
    """

    table: pd.DataFrame
    scores: SetScores
    codes: np.ndarray
    incl_cut: float
    n_cut: int
    pri_cut: float

    @property
    def conditions(self) -> list[str]:
        """The conditions, in the order in which terms are written."""
        return list(self.scores.conditions)

    @property
    def outcome(self) -> str:
        """The outcome analysed: "Y", or "~Y" for its negation."""
        return self.scores.outcome

    @property
    def ambiguous(self) -> tuple[object, ...]:
        """Cases with a score of exactly 0.5 in a condition, which belong to no row."""
        return tuple(self.scores.cases[i] for i in np.flatnonzero(self.codes < 0))

    @cached_property
    def contradictions(self) -> pd.DataFrame:
        """In which rows do cases of the same configuration stand on both sides of 0.5 in the outcome, and which cases are these?"""
        y = self.scores.y
        sides = {"with_outcome": y > 0.5 + SAME, "without_outcome": y < 0.5 - SAME}
        rows = {
            row: [np.flatnonzero((self.codes == row - 1) & side) for side in sides.values()] for row in self.table.index
        }
        both = [row for row, members in rows.items() if all(len(cases) for cases in members)]
        kept = self.table.drop(columns="cases").loc[both]
        for i, name in enumerate(sides):
            kept[name] = named(self.scores, [rows[row][i] for row in both], kept.index)
        return kept

    @cached_property
    def notes(self) -> pd.DataFrame:
        """What should a reader of this truth table know? One row per note: about, note."""
        return notes_on(self.scores, self.table, self.contradictions, self.ambiguous)

    def full(self) -> pd.DataFrame:
        """Which configurations are logically possible, observed or not?

        Returns all 2^k rows with the columns of `table`; one without a case has n 0, blank incl and pri, out "?" and no cases.
        """
        k = len(self.conditions)
        codes = np.arange(2**k)
        empty = pd.DataFrame(bits_of(codes, k), columns=self.conditions, index=pd.Index(codes + 1, name="row"))
        empty = empty.assign(
            n=0, incl=np.nan, pri=np.nan, out="?", cases=pd.Series([()] * len(codes), index=empty.index)
        )
        rest = empty.drop(index=self.table.index).astype({"out": object})
        return pd.concat([self.table, rest]).sort_index() if len(rest) else self.table.copy()


def truth_table(
    data: pd.DataFrame,
    outcome: str,
    conditions: Sequence[str],
    incl_cut: float = 0.8,
    n_cut: int = 1,
    pri_cut: float = 0.0,
) -> TruthTable:
    """Which combinations of conditions are consistently followed by the outcome, and in which cases?

    data: one row per case with set scores from 0 (out) to 1 (in); a case is named by the column `case` or `team`, or the
    index. outcome: a column; "~Y" analyses its negation. conditions: up to 12 columns. incl_cut: the least consistency
    for out 1 (0.8 is common with fuzzy sets, 1 with crisp ones). n_cut: the fewest cases for a row to be used at all.
    pri_cut: the least PRI for out 1 as well (0: off).

    Returns a `TruthTable`. A case belongs to the row in which its membership is above 0.5; one with a score of exactly 0.5 in
    a condition belongs to none and is listed. Membership of every case counts in the consistency of every row.

    Raises InputError for scores outside 0 to 1 or blank (naming case, column and value), unknown or repeated columns, the
    outcome among the conditions, more than 12 conditions, no condition that varies, and a cut that can't be one.

    Source: Ragin (2008), Redesigning Social Inquiry, University of Chicago Press, ch. 7; numbers agree with R's QCA 3.23.

    >>> from newroles.boundary_work.truth_table import truth_table
    >>> teams = pd.DataFrame({"agreed": [1, 1, 0, 0], "time": [1, 1, 1, 0], "good": [1, 0.9, 0.2, 0]}, index=list("abcd"))
    >>> truth_table(teams, "good", ["agreed", "time"]).table[["agreed", "time", "n", "out", "cases"]].to_dict("records")[-1]
    {'agreed': 1, 'time': 1, 'n': 2, 'out': 1, 'cases': ('a', 'b')}
    """
    scores = set_scores(data, outcome, conditions)
    refuse_cuts(incl_cut, n_cut, pri_cut)
    refuse_conditions(scores)
    k = len(scores.conditions)
    place = 1 << np.arange(k - 1, -1, -1)
    codes = np.where(scores.at_half.any(axis=1), -1, (scores.x > 0.5) @ place)
    if (codes < 0).all():
        raise InputError(
            "Every case has a score of exactly 0.5 in a condition and so belongs to no configuration: calibrate with a "
            "crossover that no case sits on."
        )
    observed, n = np.unique(codes[codes >= 0], return_counts=True)
    bits = bits_of(observed, k)
    member = np.ones((len(scores.y), len(observed)))
    for j in range(k):
        member = np.minimum(member, np.where(bits[:, j] == 1, scores.x[:, [j]], 1 - scores.x[:, [j]]))
    fit = sufficiency_fit(member, scores.y)
    passed = fit.incl >= incl_cut - SAME
    if pri_cut > 0:
        passed &= fit.pri >= pri_cut - SAME
    index = pd.Index(observed + 1, name="row")
    columns: dict[str, object] = {name: bits[:, j] for j, name in enumerate(scores.conditions)}
    columns |= {"n": n, "incl": fit.incl, "pri": fit.pri}
    out = [int(ok) if count >= n_cut else "?" for ok, count in zip(passed, n, strict=True)]
    columns["out"] = pd.Series(out, index=index, dtype=object)
    columns["cases"] = named(scores, [np.flatnonzero(codes == code) for code in observed], index)
    return TruthTable(pd.DataFrame(columns, index=index), scores, codes, float(incl_cut), int(n_cut), float(pri_cut))


def bits_of(codes: np.ndarray, k: int) -> np.ndarray:
    """Configuration numbers as rows of 0 and 1, the first condition the most significant."""
    return np.asarray((codes[:, None] >> np.arange(k - 1, -1, -1)) & 1)


def named(scores: SetScores, members: Sequence[np.ndarray], index: pd.Index) -> pd.Series:
    """Names of cases, one tuple per row."""
    return pd.Series([tuple(scores.cases[i] for i in rows) for rows in members], index=index, dtype=object)


def notes_on(
    scores: SetScores, table: pd.DataFrame, contradictions: pd.DataFrame, ambiguous: Sequence[object]
) -> pd.DataFrame:
    """What should a reader of this truth table know? One row per note: about, note."""
    k, cases = len(scores.conditions), len(scores.cases)
    notes = []
    for name, unvaried in zip(scores.conditions, constant(scores), strict=True):
        if unvaried:
            notes.append(
                (name, f"The condition '{name}' doesn't vary: every case has it, or none; it can't tell them apart.")
            )
    if (scores.y > 0.5).all() or (scores.y < 0.5).all():
        side = "above" if scores.y[0] > 0.5 else "below"
        notes.append((scores.outcome, f"The outcome '{scores.outcome}' doesn't vary: every case is {side} 0.5 in it."))
    if ambiguous:
        which = first_few(ambiguous)
        notes.append(
            (
                "scores of 0.5",
                f"In no row, for a score of exactly 0.5 in a condition: {which}. Their scores still count.",
            )
        )
    if cases < 2**k:
        notes.append(
            (
                "cases and conditions",
                f"{cases} cases can't fill the {2**k} configurations of {k} conditions; {len(table)} are observed, "
                f"{2**k - len(table)} are not. Fewer conditions would leave less to assumption.",
            )
        )
    if len(contradictions):
        rows = first_few(contradictions.index.tolist())
        notes.append(
            (
                "contradictions",
                f"In {len(contradictions)} of {len(table)} rows cases disagree in the outcome: row {rows}.",
            )
        )
    repeated = sorted({str(case) for i, case in enumerate(scores.cases) if case in scores.cases[:i]})
    if repeated:
        notes.append(
            ("cases", f"More than one row is named {first_few(repeated)}: each is counted as a case of its own.")
        )
    return pd.DataFrame(notes, columns=["about", "note"]).astype("str")


def first_few(names: Sequence[object], most: int = 8) -> str:
    """Names joined by commas, the first eight and how many more."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(str(name) for name in names[:most]) + rest


def constant(scores: SetScores) -> np.ndarray:
    """Which conditions put every case on the same side of 0.5?"""
    above, below = scores.x > 0.5 + SAME, scores.x < 0.5 - SAME
    return np.asarray(~(above.any(axis=0) & below.any(axis=0)))


def refuse_conditions(scores: SetScores) -> None:
    """Raise InputError for too many conditions, a name that the table uses itself, or no condition that varies."""
    k = len(scores.conditions)
    if k > MOST_CONDITIONS:
        raise InputError(
            f"{k} conditions make {2**k:,} configurations; at most {MOST_CONDITIONS} are accepted, and far fewer can be "
            f"supported by {len(scores.cases)} cases. Choose those that theory needs, or join some into one set."
        )
    taken = next((condition for condition in scores.conditions if condition in TABLE_COLUMNS), None)
    if taken:
        raise InputError(
            f"A condition is called '{taken}', a column that the truth table has itself: rename the condition."
        )
    if (scores.x == scores.x[0]).all():
        raise InputError(
            f"No condition varies: all {len(scores.cases)} cases have the same scores in {first_few(scores.conditions)}, so there "
            "is nothing to compare. Check the calibration thresholds."
        )


def refuse_cuts(incl_cut: float, n_cut: int, pri_cut: float) -> None:
    """Raise InputError for cut-offs that can't be cut-offs."""
    if not 0 < incl_cut <= 1:
        raise InputError(f"incl_cut={incl_cut}: the least consistency is a number above 0, up to 1; 0.8 is common.")
    if not 0 <= pri_cut <= 1:
        raise InputError(f"pri_cut={pri_cut}: the least PRI is a number from 0 (off) to 1.")
    if isinstance(n_cut, bool) or not isinstance(n_cut, int | float | np.number) or not n_cut >= 1 or n_cut % 1:
        raise InputError(f"n_cut={n_cut}: the fewest cases in a row is a whole number of 1 or more.")
