"""How much does agreement hang on what counts as a unit? From marked stretches of text to ratings of units.

The same coding gives one figure a character, another a sentence, another a document. Per character long passages weigh
more and the text that nobody coded counts as agreement; per document it hardly matters where a code was put. Krippendorff's
alpha for unitising, which takes boundaries themselves as data, isn't computed: characters as units and matched spans
bracket what it asks.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from newroles.coding.chance_corrected import quotient
from newroles.coding.distances import Floats, Integers
from newroles.coding.marked_spans import Marks, read_marks
from newroles.coding.pairs_of_coders import mean_of_pairs
from newroles.coding.rating_table import RatingTable, read_ratings
from newroles.coding.reliability import chosen, replicate, summary
from newroles.coding.resampling import cluster_resamples, resamples
from newroles.errors import InputError

_COLUMNS = ["code", "unit", "threshold", "statistic", "value", "se", "low", "high", "n_units", "n_coders", "note"]
_ONE_CLUSTER = "no interval: a single document"

# overlaps of .1 to 1, as shares of the text that either coder marked
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def agreement_by_unit(
    spans: pd.DataFrame,
    documents: pd.DataFrame,
    cuts: Mapping[str, pd.DataFrame] | None = None,
    by: Sequence[str] = (),
    readings: pd.DataFrame | None = None,
    statistics: str | Iterable[str] = "all",
    thresholds: Sequence[float] = THRESHOLDS,
    n_boot: int = 1000,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """How does each statistic move with the choice of unit: character, sentence, segment, document, role, span?

    `spans`: one row is one code given by one coder to one stretch: document, start, end (exclusive, counted from 0),
    coder, code. `documents`: one row a document: document, length (characters), and the columns named in `by`. `cuts`:
    for each further kind of unit ("sentence", "segment") a table of document, start, end. `by`: columns of `documents`
    whose groups of documents are units too ("role": all that was said about a role). `readings`: document, coder, one
    row for each document that a coder read; without it every coder is taken to have read every document, so that no
    code means "doesn't apply". `statistics` as in agreement(), for ratings of 1 and 0.

    A coder gave a code to a unit if a stretch so coded lies at least partly in it. Unit "span" has the F1 of
    span_agreement at each of `thresholds`.

    Returns one row a code, unit, threshold and statistic: code, unit, threshold (blank but for spans), statistic, value,
    se, low, high (both from `n_boot` resamples of documents, or of groups for units in `by`, since units of a document
    aren't independent; blank for a single one), n_units (that two coders read; for spans, spans), n_coders, note.

    Raises InputError for missing columns, unknown documents, and stretches outside their document, naming the row.

    >>> import pandas as pd
    >>> spans = pd.DataFrame({"document": "d1", "start": [0, 75], "end": [125, 200], "coder": ["ann", "bo"], "code": "care"})
    >>> documents = pd.DataFrame({"document": ["d1"], "length": [1000]})
    >>> found = agreement_by_unit(spans, documents, statistics=["cohen_kappa", "gwet_ac1"], thresholds=[0.2, 0.5], n_boot=0)
    >>> found.loc[found["unit"] != "document", ["unit", "threshold", "statistic", "value"]].round(3).values.tolist()
    [['character', nan, 'cohen_kappa', 0.314], ['character', nan, 'gwet_ac1', 0.808], ['span', 0.2, 'f1', 1.0], ['span', 0.5, 'f1', 0.0]]
    """
    rng = np.random.default_rng() if rng is None else rng
    marks = read_marks(spans, documents, readings)
    statistics = statistics if isinstance(statistics, str) else list(statistics)
    missing = [column for column in by if column not in documents.columns]
    if missing:
        raise InputError(
            f"documents has no column {missing[0]!r} to group by; its columns are {', '.join(documents.columns)}."
        )
    rows: list[dict[str, object]] = []
    for code in marks.codes:
        for units in _all_units(marks, code, documents, cuts or {}, by):
            rows += [{"code": code, **row} for row in _rows(units, statistics, n_boot, rng)]
        rows += [{"code": code, **row} for row in _span_rows(marks, code, thresholds, n_boot, rng)]
    return pd.DataFrame(rows, columns=_COLUMNS)


@dataclass(frozen=True)
class _Units:
    """Ratings of one kind of unit, the weight of each, and the document or group it belongs to."""

    kind: str
    ratings: pd.DataFrame
    weights: Floats
    clusters: pd.Series


def _all_units(
    marks: Marks, code: str, documents: pd.DataFrame, cuts: Mapping[str, pd.DataFrame], by: Sequence[str]
) -> Iterator[_Units]:
    stretches = marks.stretches(code)
    yield _units_of("character", marks, code, stretches, (stretches["end"] - stretches["start"]).to_numpy(dtype=float))
    for kind, cut in cuts.items():
        places = marks.check_places(cut, f"cuts[{kind!r}]")
        yield _units_of(kind, marks, code, places, np.ones(len(places)))
    whole = documents[["document", "length"]].rename(columns={"length": "end"}).assign(start=0)
    of_documents = _units_of("document", marks, code, whole, np.ones(len(whole)))
    yield of_documents
    for column in by:
        groups = documents[column].to_numpy()
        ratings = of_documents.ratings.groupby(groups).max()
        yield _Units(column, ratings, np.ones(len(ratings)), pd.Series(ratings.index))


def _units_of(kind: str, marks: Marks, code: str, places: pd.DataFrame, weights: Floats) -> _Units:
    return _Units(kind, marks.ratings(code, places), weights, places["document"].reset_index(drop=True))


def _rows(
    units: _Units, statistics: str | list[str], n_boot: int, rng: np.random.Generator
) -> Iterator[dict[str, object]]:
    rated = units.ratings.notna().any(axis=1).to_numpy()
    table = read_ratings(units.ratings[rated], "nominal", keep_rows=True)
    found, names = pd.factorize(units.clusters[rated])
    table, clusters = _alike_once(table, units.weights[rated], found)
    names_of_statistics = chosen(statistics, table)
    several = len(names) > 1
    width = len(table.categories) * (len(table.coders) + 2)
    draws = cluster_resamples(clusters, table.times, n_boot if several else 0, rng, width)
    replicates = replicate(table, names_of_statistics, draws)
    for name in names_of_statistics:
        row = summary(name, table, replicates[name], use_formula=False)
        if not several and n_boot:
            row["note"] = "; ".join(filter(None, [str(row["note"]), _ONE_CLUSTER]))
        yield {"unit": units.kind, "threshold": np.nan, **row}


def _alike_once(table: RatingTable, weights: Floats, clusters: Integers) -> tuple[RatingTable, Integers]:
    """The table with rows that are alike in ratings and cluster kept once, their weights added up."""
    rows, place = np.unique(np.column_stack([clusters, table.codes]), axis=0, return_inverse=True)
    times = np.bincount(place.ravel(), weights).astype(float)
    return replace(table, codes=rows[:, 1:], times=times), rows[:, 0]


# Spans as units ------------------------------------------------------------------------------------------------------


def span_agreement(
    spans: pd.DataFrame,
    documents: pd.DataFrame,
    thresholds: Sequence[float] = THRESHOLDS,
    readings: pd.DataFrame | None = None,
    n_boot: int = 1000,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """How often do coders mark the same stretch, when "the same" means an overlap of at least so much?

    `spans`, `documents`, `readings` as in agreement_by_unit. Two spans match when the text in both is at least
    `threshold` of the text in either (0 excluded, 1 for equal spans); every span matches at most one other, in the way
    that gives most matches. A coder's overlapping spans of one code are one span.

    Returns one row a code and threshold: code, unit ("span"), threshold, statistic ("f1": twice the matches over the
    spans of both, mean of pairs of coders, 0 to 1), value, se, low, high (from resamples of documents), n_units (spans of
    all coders), n_coders, note.

    Raises InputError as agreement_by_unit does and for a threshold outside 0 to 1.

    >>> import pandas as pd
    >>> spans = pd.DataFrame({"document": "d1", "start": [0, 10], "end": [90, 100], "coder": ["ann", "bo"], "code": "care"})
    >>> documents = pd.DataFrame({"document": ["d1"], "length": [300]})
    >>> span_agreement(spans, documents, [0.5, 0.8, 0.9], n_boot=0)[["threshold", "value"]].values.tolist()
    [[0.5, 1.0], [0.8, 1.0], [0.9, 0.0]]
    """
    rng = np.random.default_rng() if rng is None else rng
    marks = read_marks(spans, documents, readings)
    rows = [{"code": code, **row} for code in marks.codes for row in _span_rows(marks, code, thresholds, n_boot, rng)]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _span_rows(
    marks: Marks, code: str, thresholds: Sequence[float], n_boot: int, rng: np.random.Generator
) -> Iterator[dict[str, object]]:
    for threshold in thresholds:
        if not 0 < threshold <= 1:
            raise InputError(
                f"The threshold {threshold} is not an overlap: give a share above 0, up to 1 for equal spans."
            )
    documents = list(marks.lengths.index)
    everything = np.ones((len(documents), 1))
    several = len(documents) > 1
    draws = list(resamples(everything[:, 0], n_boot if several else 0, rng, len(documents)))
    spans = sum(len(marks.spans(code, coder, document)[0]) for coder in marks.coders for document in documents)
    given, matched_at = _matches(marks, code, documents, thresholds)
    for threshold, matched in zip(thresholds, matched_at, strict=True):
        value = float(_f1(given, matched, everything)[0])
        replicates = np.concatenate([_f1(given, matched, batch) for batch in draws]) if draws else np.empty(0)
        replicates = replicates[~np.isnan(replicates)]
        low, high = np.percentile(replicates, [2.5, 97.5]) if len(replicates) else (np.nan, np.nan)
        se = float(replicates.std(ddof=1)) if len(replicates) > 1 else np.nan
        notes = ["not defined: nobody gave a code"] if np.isnan(value) else []
        notes += [_ONE_CLUSTER] if n_boot and not several else []
        row = ["span", threshold, "f1", value, se, low, high, spans, len(marks.coders), "; ".join(notes)]
        yield dict(zip(_COLUMNS[1:], row, strict=True))


def _matches(marks: Marks, code: str, documents: list[Hashable], thresholds: Sequence[float]) -> tuple[Floats, Floats]:
    """For each pair of coders and document that both read: spans given by the two; and for each threshold, spans matched."""
    pairs = list(itertools.combinations(marks.coders, 2))
    given = np.zeros((len(pairs), len(documents)))
    matched = np.zeros((len(thresholds), *given.shape))
    for i, (one, other) in enumerate(pairs):
        for j, document in enumerate(documents):
            if (document, one) in marks.read and (document, other) in marks.read:
                first, second = marks.spans(code, one, document), marks.spans(code, other, document)
                given[i, j] = len(first[0]) + len(second[0])
                overlap = _overlap(first, second)
                matched[:, i, j] = [_most_matches(overlap >= threshold) for threshold in thresholds]
    return given, matched


def _overlap(first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]) -> Floats:
    """The text in both spans over the text in either, for each span of the first with each of the second."""
    starts, ends = np.maximum.outer(first[0], second[0]), np.minimum.outer(first[1], second[1])
    both = np.maximum(ends - starts, 0)
    either = np.add.outer(first[1] - first[0], second[1] - second[0]) - both
    return both / either if both.size else np.zeros(both.shape)


def _most_matches(fit: np.ndarray) -> int:
    if not fit.any():
        return 0
    return int((sparse.csgraph.maximum_bipartite_matching(sparse.csr_array(fit), perm_type="column") >= 0).sum())


def _f1(given: Floats, matched: Floats, draws: Floats) -> Floats:
    return mean_of_pairs([quotient(2 * m @ draws, g @ draws) for g, m in zip(given, matched, strict=True)])
