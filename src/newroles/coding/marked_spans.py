"""Where in which document did each coder give each code? Marked stretches of text, checked and ready to compare."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from newroles.coding.naming import quoted
from newroles.errors import InputError, did_you_mean

Positions = npt.NDArray[np.int64]

_NOTHING = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class Marks:
    """The stretches of each code, coder and document, without overlaps; who read what; how long the documents are."""

    lengths: pd.Series
    coders: tuple[str, ...]
    codes: tuple[str, ...]
    read: frozenset[tuple[Hashable, str]]
    places: dict[tuple[str, str, Hashable], tuple[Positions, Positions]]

    def spans(self, code: str, coder: str, document: Hashable) -> tuple[Positions, Positions]:
        """Starts and ends (exclusive), in order."""
        return self.places.get((code, coder, document), _NOTHING)

    def stretches(self, code: str) -> pd.DataFrame:
        """The documents cut wherever a coder's span of the code begins or ends: document, start, end."""
        parts = []
        for document, length in self.lengths.items():
            edges = [np.array([0, length], dtype=np.int64)]
            edges += [edge for coder in self.coders for edge in self.spans(code, coder, document)]
            cut = np.unique(np.concatenate(edges))
            parts.append(pd.DataFrame({"document": document, "start": cut[:-1], "end": cut[1:]}))
        return pd.concat(parts, ignore_index=True)

    def ratings(self, code: str, places: pd.DataFrame) -> pd.DataFrame:
        """Did each coder give the code in each place? 1, 0, or blank where the coder didn't read the document."""
        found = np.full((len(places), len(self.coders)), np.nan)
        starts, ends = places["start"].to_numpy(), places["end"].to_numpy()
        for document, rows in places.reset_index(drop=True).groupby("document").indices.items():
            for column, coder in enumerate(self.coders):
                if (document, coder) in self.read:
                    found[rows, column] = _touched(self.spans(code, coder, document), starts[rows], ends[rows])
        return pd.DataFrame(found, columns=list(self.coders))

    def check_places(self, places: pd.DataFrame, name: str) -> pd.DataFrame:
        """The table of places, when all lie in known documents."""
        _check_places(places, self.lengths, name, ("document", "start", "end"))
        return places


def _touched(spans: tuple[Positions, Positions], starts: Positions, ends: Positions) -> npt.NDArray[np.bool_]:
    """Does any span lie at least partly between start and end?"""
    before = np.searchsorted(spans[0], ends, side="left")  # spans that begin before the place ends; the last ends last
    last_end = np.concatenate([[-1], spans[1]])[before]
    return last_end > starts


def read_marks(spans: pd.DataFrame, documents: pd.DataFrame, readings: pd.DataFrame | None) -> Marks:
    """Which stretches did each coder mark, and which documents did each read?

    The tables are those of agreement_by_unit. Overlapping spans of one coder and code become one.

    Raises InputError for missing columns, repeated documents, fewer than two coders, spans outside their document, and
    a coder who marked a document that the readings say they didn't read.
    """
    _need(documents, ("document", "length"), "documents")
    repeated = documents.loc[documents["document"].duplicated(), "document"]
    if len(repeated):
        raise InputError(f"documents has {quoted(repeated.iloc[0])} twice; one row a document is expected.")
    lengths = documents.set_index("document")["length"]
    wrong = lengths[~(lengths > 0)]
    if len(wrong):
        raise InputError(
            f"documents: {quoted(wrong.index[0])} has length {wrong.iloc[0]}; the number of its characters is expected."
        )
    _check_places(spans, lengths, "spans", ("document", "start", "end", "coder", "code"))
    coders = set(spans["coder"])
    if readings is not None:
        _check_readings(spans, readings, lengths)
        coders |= set(readings["coder"])
        read = frozenset(zip(readings["document"], readings["coder"], strict=True))
    else:
        read = frozenset((document, coder) for document in lengths.index for coder in coders)
    if len(coders) < 2:
        raise InputError(
            f"Agreement needs two coders; the spans come from {len(coders)}. A coder who read and marked nothing is "
            "named in readings (document, coder)."
        )
    groups = spans.sort_values(["start", "end"]).groupby(["code", "coder", "document"])
    places = {key: _joined(rows["start"].to_numpy(), rows["end"].to_numpy()) for key, rows in groups}
    codes = tuple(sorted(set(spans["code"])))
    return Marks(lengths, tuple(sorted(coders)), codes, read, places)  # type: ignore[arg-type]


def _joined(starts: Positions, ends: Positions) -> tuple[Positions, Positions]:
    """Spans in order of their start, with overlapping ones made one; spans that only touch stay two."""
    reach = np.maximum.accumulate(ends)
    first = np.concatenate([[True], starts[1:] >= reach[:-1]])
    last = np.concatenate([first[1:], [True]])
    return starts[first].astype(np.int64), reach[last].astype(np.int64)


def _need(table: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(f"{name} has no column {', '.join(missing)}; needed are {', '.join(columns)}.")


def _check_places(places: pd.DataFrame, lengths: pd.Series, name: str, columns: tuple[str, ...]) -> None:
    _need(places, columns, name)
    blank = places[list(columns)].isna()
    if blank.any(axis=None):
        row, column = np.argwhere(blank.to_numpy())[0]
        raise InputError(f"{name}, row {places.index[row]}: {columns[column]} is blank.")
    unknown = places[~places["document"].isin(lengths.index)]
    if len(unknown):
        row = unknown.iloc[0]
        raise InputError(
            f"{name}, row {unknown.index[0]}: document {quoted(row['document'])} is not in documents. "
            + did_you_mean(str(row["document"]), lengths.index)
        )
    for column in ("start", "end"):
        numeric = pd.to_numeric(places[column], errors="coerce")
        odd = places[numeric.isna() | (numeric % 1 != 0)]
        if len(odd):
            raise InputError(
                f"{name}, row {odd.index[0]}: {column} is {quoted(odd[column].iloc[0])}; a whole number of characters is expected."
            )
    length = places["document"].map(lengths)
    wrong = places[(places["start"] < 0) | (places["start"] >= places["end"]) | (places["end"] > length)]
    if len(wrong):
        row = wrong.iloc[0]
        raise InputError(
            f"{name}, row {wrong.index[0]}: characters {row['start']} to {row['end']} of {quoted(row['document'])}, which has "
            f"{lengths[row['document']]}. A start from 0, an end (exclusive) after it and within the document are expected."
        )


def _check_readings(spans: pd.DataFrame, readings: pd.DataFrame, lengths: pd.Series) -> None:
    _need(readings, ("document", "coder"), "readings")
    unknown = readings[~readings["document"].isin(lengths.index)]
    if len(unknown):
        name = unknown["document"].iloc[0]
        raise InputError(
            f"readings: document {quoted(name)} is not in documents. {did_you_mean(str(name), lengths.index)}"
        )
    merged = spans.merge(readings[["document", "coder"]].drop_duplicates(), how="left", indicator=True)
    unread = merged[merged["_merge"] == "left_only"]
    if len(unread):
        row = unread.iloc[0]
        raise InputError(
            f"readings: coder {quoted(row['coder'])} marked document {quoted(row['document'])} but isn't said to have read it. "
            "Add the row to readings."
        )
