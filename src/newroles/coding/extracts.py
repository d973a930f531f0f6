"""From a segment's id back to its extract: where it lies, who coded it how, what was settled, and its words for those with access.

A study holds no words. The words are read from the analyst's own safe store, and returned to be shown on a screen; nothing
here writes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from newroles.coding.label_sets import without_adjudications
from newroles.coding.workflow import study_codebook, study_consensus
from newroles.datasets import Codebook, Study
from newroles.errors import InputError, nearest

_PLACE = ["segment", "document", "start", "end", "method", "on", "team", "actor_role", "target_role"]
_ANSWERS = {1.0: "", 0.0: "ruled out: ", None: "couldn't tell: "}


def locate(segments: pd.DataFrame, ids: Iterable[str]) -> pd.DataFrame:
    """Where does each of these extracts lie, and who acts on whom in it?

    segments: the study's table of that name. ids: segment ids, such as a result's column segments.

    Returns one row per id, in the order asked: segment, document, start, end (characters from 0, the end not included), method,
    on, team, actor_role, target_role.

    Raises InputError for an id that isn't in the table, with the nearest that is.

    >>> from newroles.datasets import load_study
    >>> locate(load_study("example_study").segments, ["S00002"])[["segment", "document", "start", "end"]].values.tolist()
    [['S00002', 'D0001', 1526, 2313]]
    """
    lacking = [name for name in _PLACE if name not in segments]
    if lacking:
        raise InputError(f"The table segments has no column {', '.join(lacking)}; needed are {', '.join(_PLACE)}.")
    wanted, known = list(dict.fromkeys(map(str, ids))), set(segments["segment"])
    for each in wanted:
        if each not in known:
            raise InputError(f"There is no segment '{each}'. {_nearest(each, segments['segment'])}")
    return segments.set_index("segment", drop=False).loc[wanted, _PLACE].reset_index(drop=True)


def words_of(place: pd.Series, texts: str | Path) -> str:
    """Which words does the extract hold, in the analyst's own store of texts?

    place: one row of `locate`. texts: a folder with one file per document, <document>.txt, in UTF-8 and with the line ends that
    the document had when it was coded. Characters are code points; a byte-order mark isn't counted, a \\r\\n is two.

    Returns the words from start up to end. Raises InputError when the position isn't known, the document's name leads out of the
    folder, and the file is absent, isn't UTF-8 or ends before the extract does.
    """
    folder, name = Path(texts), f"{place['document']}.txt"
    if not folder.is_dir():
        raise InputError(f"{folder} isn't a folder. Name the one in which the documents' texts lie, one .txt each.")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise InputError(
            f"Segment {place['segment']}: the document name '{place['document']}' leads out of {folder}, so nothing is read. "
            "A document's text is expected within the folder."
        )
    if not path.is_file():
        raise InputError(
            f"Segment {place['segment']} lies in the document {place['document']}, and {folder} has no {name}. Put the "
            "document's text there under that name, or name another folder."
        )
    if pd.isna(place["start"]) or pd.isna(place["end"]):
        raise InputError(
            f"Segment {place['segment']}: the table segments doesn't say where in {place['document']} it starts and ends. Fill "
            "in start and end, or look it up in the coding tool."
        )
    try:
        text = path.read_bytes().decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} isn't UTF-8 (byte {error.start}). Save it as UTF-8 text.") from None
    start, end = int(place["start"]), int(place["end"])
    if end > len(text):
        raise InputError(
            f"Segment {place['segment']} ends at character {end}, and {name} has {len(text)}. It is another version of the "
            "document than the one that was coded."
        )
    return text[start:end]


def describe_extracts(study: Study, ids: Iterable[str], texts: str | Path | None = None) -> str:
    """Where do these extracts lie, who coded them how, and what was settled? As text for a terminal.

    texts: the folder of `words_of`; None shows no words.

    Raises InputError as `locate` and `words_of` do; then nothing is shown.
    """
    places = locate(study.segments, ids)
    words = {} if texts is None else {row["segment"]: words_of(row, texts) for _, row in places.iterrows()}
    codings = study.codings if study.has("codings") else None
    mine = None if codings is None else codings[codings["unit_kind"].eq("segment")]
    if mine is not None:
        mine = mine[mine["unit"].isin(places["segment"])]
    used = [] if mine is None else list(mine["codebook"].unique())
    books = {id: study_codebook(study, id) for id in used}
    stands = {id: _what_stands(study, book) for id, book in books.items()}
    parts = []
    for _, place in places.iterrows():
        lines = _where(place)
        rows = None if mine is None else mine[mine["unit"] == place["segment"]]
        if rows is None or rows.empty:
            lines.append("  not coded yet")
        else:
            for id, given in rows.groupby("codebook", sort=False):
                book = books[str(id)]
                lines += [
                    f"  coded with {id}",
                    *_given(given, book),
                    f"    {_settled(stands[str(id)], place['segment'])}",
                ]
        if place["segment"] in words:
            lines += [f"  words, from {place['document']}.txt:", words[place["segment"]]]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _where(place: pd.Series) -> list[str]:
    """The lines that say where an extract lies and who acts in it."""
    known = pd.notna(place["start"]) and pd.notna(place["end"])
    span = f"characters {place['start']} to {place['end']} (from 0)" if known else "characters not known"
    day = f"{place['on']:%Y-%m-%d}" if pd.notna(place["on"]) else "date not known"
    team = f"team {place['team']}" if pd.notna(place["team"]) else "about no one team"
    ends = [place[name] if pd.notna(place[name]) else "nobody" for name in ("actor_role", "target_role")]
    return [
        f"{place['segment']}: document {place['document']} ({place['method']}), {span}",
        f"  {team}, {day}; {ends[0]} -> {ends[1]}",
    ]


def _given(rows: pd.DataFrame, book: Codebook) -> list[str]:
    """One line per coder and round: the codes given, ruled out, and not to be told."""
    lines = []
    for (coder, round), codes in without_adjudications(rows).groupby(["coder", "round"], sort=True):
        said = []
        for value, before in _ANSWERS.items():
            chosen = codes["value"].isna() if value is None else codes["value"].clip(upper=1).eq(value)
            if chosen.any():
                said.append(before + ", ".join(_named(code, book) for code in codes.loc[chosen, "code"]))
        lines.append(f"    {coder}, round {round}: {'; '.join(said)}")
    return lines


def _named(code: str, book: Codebook) -> str:
    return f"{book.name(code)} ({code})" if code in book.ids else f"{code} (not in the book)"


def _what_stands(study: Study, book: Codebook) -> pd.DataFrame | InputError:
    try:
        return study_consensus(study, book).audit
    except InputError as problem:  # ratings, say, which have no consensus
        return problem


def _settled(audit: pd.DataFrame | InputError, segment: str) -> str:
    """What the coders and the adjudicators came to on one extract."""
    if isinstance(audit, InputError):
        return f"what stands can't be told: {audit}"
    rows = audit[audit["unit"] == segment]
    kept = rows[rows["decision"] == "kept"]
    codes = kept["code_name"] + " (" + kept["code"] + ", " + kept["how"] + ")"
    parts = [f"settled: {', '.join(codes) or 'no code'}"]
    for decision in ("dropped", "open"):
        names = rows.loc[rows["decision"] == decision, "code_name"]
        if len(names):
            parts.append(f"{decision}: {', '.join(names)}")
    return "; ".join(parts)


def _nearest(word: str, ids: pd.Series) -> str:
    """The nearest id; all of them would be too many to list."""
    guess = nearest(word, ids)
    count = f"The table segments has {len(ids):,} ids" + (f", such as {ids.iloc[0]}." if len(ids) else ".")
    return f"Did you mean '{guess}'? {count}" if guess else count
