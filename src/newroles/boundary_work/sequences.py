"""What follows what? Acts that come next in the same document, against the same acts in any other order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.few_clusters.clustered_shares import MIN_TEAMS, cluster_of, clustered_shares, totals_by_cluster

CONTEST = "BW-COMP-CON"
ANSWERS: Mapping[str, str] = {"negotiation": "BW-COLL-NEG", "repair": "BW-REP", "escalation": "BW-COMP-DEF"}
NO_ANSWER, ANY_ANSWER = "no answer", "any answer"
_STATES = {"family": "families", "form": "forms", "tone": "tone"}
_NEEDED = ["segment", "team", "document", "place", "forms", "families", "tone"]
_CELLS = 8_000_000  # numbers held at a time while orders are drawn


class _Sequence(NamedTuple):
    """Acts in order of document and place, which of them have a next act, and in which document (from 0) each is."""

    acts: pd.DataFrame
    first: npt.NDArray[np.intp]
    document: npt.NDArray[np.intp]


def transitions(
    acts: pd.DataFrame,
    states: str = "family",
    permutations: int = 1000,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Which kind of act is followed by which more often, or less, than the order of acts in their documents would give?

    `acts`: ACTS. `states`: family, form or tone. A step is an act and the next one of the same document. An act with several
    forms (or families) has several states, and its step counts once for each pair of them, so the shares of a row may add
    up to more than 1. An act without a settled tone has no state when states are tones; it still stands in its place.

    Chance means that the acts of each document come in any order: what a document is about, and what it holds, stay. The
    expected count is exact: in a document with k acts, of which A are in the first state, B in the second and AB in both,
    (A B - AB) / k. p values and z come from `permutations` random orders; p = (1 + orders at least as extreme) / (1 + orders).

    Returns one row per pair of states of which one step exists or is expected, in order of from and to by how common they
    are: from_state, to_state, count (steps), n (steps that start from that state), share (count / n), expected (steps),
    sd, z, p_low, p_high, p_two_sided (twice the smaller, at most 1), documents (with the step), segments (ids of the acts
    that come second).

    Raises InputError for other states, missing columns, and no document with two acts.

    Source: Bakeman, Robinson and Quera 1996, Testing sequential association: estimating exact p values using sampled
    permutations, Psychological Methods 1(1), 4-15.

    >>> acts = pd.DataFrame({"segment": list("abcd"), "team": "A", "document": ["d", "d", "d", "e"], "place": [0, 1, 2, 0],
    ...     "forms": [("x",), ("y",), ("x",), ("y",)], "families": [("x",), ("y",), ("x",), ("y",)], "tone": ""})
    >>> table = transitions(acts, permutations=0)
    >>> table[["from_state", "to_state", "count", "share", "expected"]].round(2).values.tolist()[1]
    ['x', 'y', 1, 1.0, 0.67]
    """
    if states not in _STATES:
        raise InputError(f"There are no states '{states}'. {did_you_mean(states, _STATES)}")
    run = _in_sequence(acts)
    held = [(state,) if isinstance(state, str) else tuple(state) for state in run.acts[_STATES[states]]]
    common = pd.Series([state for each in held for state in each if state]).value_counts()
    kinds = sorted(common.index, key=lambda state: (-common[state], state))
    has = np.array([[kind in each for kind in kinds] for each in held], dtype=np.float32).reshape(len(held), len(kinds))
    count = has[run.first].T @ has[run.first + 1]
    expected = _expected(has, has, run)
    drawn = _Tally(count)
    for order in _orders(run, permutations, rng, has.shape[1]):
        drawn.add(_steps(has, has, order, run.first))
    starts = has[run.first].sum(axis=0)
    rows: list[dict[str, Any]] = []
    for i, j in np.argwhere((count > 0) | (expected > 1e-9)):
        second = run.first[(has[run.first, i] > 0) & (has[run.first + 1, j] > 0)] + 1
        rows.append(
            {"from_state": kinds[i], "to_state": kinds[j], "count": int(count[i, j]), "n": int(starts[i])}
            | {"share": float(count[i, j] / starts[i]) if starts[i] else np.nan, "expected": float(expected[i, j])}
            | drawn.at(i, j, float(expected[i, j]))
            | {"documents": len(np.unique(run.document[second])), "segments": tuple(run.acts["segment"].iloc[second])}
        )
    return pd.DataFrame(rows)


def what_follows(
    acts: pd.DataFrame,
    code: str = CONTEST,
    answers: Mapping[str, str] = ANSWERS,
    names: Mapping[str, str] | None = None,
    permutations: int = 1000,
    rng: np.random.Generator | None = None,
    min_teams: int = MIN_TEAMS,
    level: float = 0.95,
) -> pd.DataFrame:
    """After a contest, what comes next in the same document: negotiation, repair, escalation, or no answer at all?

    `acts`: ACTS. `code`: the form (or family) that is followed. `answers`: what to look for in the next act: word -> form or
    family. `names`: the codes that the book has (`BoundaryActs.names`), so that one which never occurs is not taken for a
    slip. A next act can give several answers; "any answer" is at least one of them, "no answer" none. A contest that is the
    last act of its document has no next act and doesn't count.

    Returns one row per answer, then any answer and no answer: answer, code, estimate (share of next acts that give it), low,
    high (`clustered_shares`: teams, or documents where there are fewer than `min_teams`), n (contests with a next act),
    count, last (contests without one), otherwise (share among next acts after other acts), expected (share if the acts of
    each document came in any order: steps expected over n), p_low, p_high, p_two_sided (by `permutations` such orders, of
    the count), teams, documents, method, segments (ids of the acts that answer).

    Raises InputError for an unknown code, missing columns, no answers, and no document with two acts. Source: as `transitions`.

    >>> acts = pd.DataFrame({"segment": list("abcd"), "team": "A", "document": ["d", "d", "e", "e"], "place": [0, 1, 0, 1],
    ...     "forms": [("ask",), ("talk",), ("ask",), ("go",)], "tone": "", "families": [("ask",), ("talk",), ("ask",), ("go",)]})
    >>> table = what_follows(acts, "ask", {"talking": "talk"}, permutations=0)
    >>> table[["answer", "estimate", "n", "segments"]].values.tolist()
    [['talking', 0.5, 2, ('b',)], ['any answer', 0.5, 2, ('b',)], ['no answer', 0.5, 2, ('d',)]]
    """
    if not answers:
        raise InputError("answers is empty: say what to look for, for example {'repair': 'BW-REP'}.")
    run = _in_sequence(acts)
    own = [{*forms, *families} for forms, families in zip(run.acts["forms"], run.acts["families"], strict=True)]
    known = set(names) if names is not None else set().union(*own)
    for wanted in (code, *answers.values()):
        if wanted not in known:
            where = "The codebook has no" if names is not None else "No act has the"
            raise InputError(f"{where} form or family '{wanted}'. {did_you_mean(wanted, known)}")
    contest = np.array([[code in held] for held in own], dtype=np.float32)
    gives = np.array([[answer in held for answer in answers.values()] for held in own], dtype=bool)
    some = gives.any(axis=1, keepdims=True)
    reply = np.hstack([gives, some, ~some]).astype(np.float32)
    count, expected = contest[run.first].T @ reply[run.first + 1], _expected(contest, reply, run)
    drawn = _Tally(count)
    for order in _orders(run, permutations, rng, reply.shape[1]):
        drawn.add(_steps(contest, reply, order, run.first))
    after = contest[run.first, 0] > 0
    second, others = run.first[after] + 1, run.first[~after] + 1
    n, following = len(second), run.acts.iloc[second]
    clusters, what = cluster_of(following, min_teams)
    marks = pd.DataFrame(reply[second] > 0)
    shares = clustered_shares(*totals_by_cluster(clusters, marks), level)
    otherwise = reply[others].mean(axis=0, dtype=float) if len(others) else np.full(reply.shape[1], np.nan)
    rows = []
    for j, answer in enumerate([*answers, ANY_ANSWER, NO_ANSWER]):
        p = drawn.at(0, j, float(expected[0, j]))
        rows.append(
            {"answer": answer, "code": answers.get(answer, ""), "estimate": float(shares.estimate[j])}
            | {"low": float(shares.low[j]), "high": float(shares.high[j]), "n": n, "count": int(count[0, j])}
            | {"last": int(contest.sum()) - n, "otherwise": float(otherwise[j])}
            | {"expected": float(expected[0, j] / n) if n else np.nan}
            | {name: p[name] for name in ("p_low", "p_high", "p_two_sided")}
            | {"teams": following["team"].nunique(), "documents": following["document"].nunique()}
            | {"method": f"share of next acts; Wilson interval of {level:.0%}, effective n and t between {what}s"}
            | {"segments": tuple(following["segment"][marks[j].to_numpy()])}
        )
    return pd.DataFrame(rows)


def _in_sequence(acts: pd.DataFrame) -> _Sequence:
    missing = [column for column in _NEEDED if column not in acts]
    if missing:
        raise InputError(f"The acts have no column {', '.join(missing)}; make them with `boundary_acts`.")
    number = pd.Series(pd.factorize(acts["document"])[0], index=acts.index)
    order = np.lexsort([acts["place"].to_numpy(), number.to_numpy()])
    document = number.to_numpy()[order]
    first = np.flatnonzero(document[1:] == document[:-1])
    if not len(first):
        raise InputError("No document has two acts, so nothing follows anything. Code more than one act of a document.")
    return _Sequence(acts.iloc[order].reset_index(drop=True), first, document)


def _expected(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32], run: _Sequence) -> npt.NDArray[np.float64]:
    """Steps from one state to another, on average over every order of the acts in each document."""
    size = np.bincount(run.document).astype(float)
    ones, others = (_sums(marks, run.document) for marks in (one, other))
    both = one.astype(float).T @ (other / size[run.document][:, np.newaxis])
    steps: npt.NDArray[np.float64] = (ones / size[:, np.newaxis]).T @ others - both
    return steps


def _sums(marks: npt.NDArray[np.float32], document: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    sums = np.zeros((document.max() + 1, marks.shape[1]))
    np.add.at(sums, document, marks)
    return sums


def _orders(
    run: _Sequence, permutations: int, rng: np.random.Generator | None, states: int
) -> Iterator[npt.NDArray[np.intp]]:
    """Random orders of the acts within their documents, some at a time: orders x acts."""
    if permutations < 0:
        raise InputError(f"permutations is {permutations}; expected 0 or more.")
    rng = np.random.default_rng() if rng is None else rng
    acts = len(run.document)
    batch = max(1, _CELLS // (acts * max(states, 1)))
    for start in range(0, permutations, batch):
        yield np.argsort(run.document + rng.random((min(batch, permutations - start), acts)), axis=1)


def _steps(
    one: npt.NDArray[np.float32],
    other: npt.NDArray[np.float32],
    order: npt.NDArray[np.intp],
    first: npt.NDArray[np.intp],
) -> npt.NDArray[np.float32]:
    """Steps between states in each of these orders: orders x states x states."""
    counts: npt.NDArray[np.float32] = one[order[:, first]].transpose(0, 2, 1) @ other[order[:, first + 1]]
    return counts


class _Tally:
    """How many drawn counts were as low, or as high, as the observed ones, and how they scatter."""

    def __init__(self, observed: npt.NDArray[np.float32]) -> None:
        self.observed, self.n = observed, 0
        self.low, self.high, self.total, self.squares = (np.zeros(observed.shape) for _ in range(4))

    def add(self, drawn: npt.NDArray[np.float32]) -> None:
        self.n += len(drawn)
        self.low += (drawn <= self.observed).sum(axis=0)
        self.high += (drawn >= self.observed).sum(axis=0)
        self.total += drawn.sum(axis=0, dtype=float)
        self.squares += (drawn.astype(float) ** 2).sum(axis=0)

    def at(self, i: int, j: int, expected: float) -> dict[str, float]:
        """sd, z and p values of one pair of states; blank when nothing was drawn."""
        if not self.n:
            return dict.fromkeys(("sd", "z", "p_low", "p_high", "p_two_sided"), np.nan)
        mean = self.total[i, j] / self.n
        sd = float(np.sqrt(max(self.squares[i, j] / self.n - mean**2, 0.0)))
        low, high = (float((1 + tally[i, j]) / (1 + self.n)) for tally in (self.low, self.high))
        z = float((self.observed[i, j] - expected) / sd) if sd > 0 else np.nan
        return {"sd": sd, "z": z, "p_low": low, "p_high": high, "p_two_sided": min(1.0, 2 * min(low, high))}
