"""Is a plain version plain? School grade by Flesch and Kincaid, words of many syllables, abbreviations nobody spelled out."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from newroles.errors import InputError
from newroles.guidance.cards import Guidance
from newroles.phrases import listed

AIM, LIMIT = 8.0, 9.0
"""Grades of a plain version: above the first it deserves another look, above the second the build stops."""

WELL_KNOWN = ("NHS", "GP", "UK")
"""Abbreviations that need no spelling out: more people know them than know what they stand for."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ABBREVIATION = re.compile(r"\b[A-Z][A-Za-z&]*?[A-Z](?:[A-Z&]*[A-Z])?(?=s?\b)")
_LATIN = re.compile(r"\b(?:e\.g|i\.e|etc|viz|cf|et al)\b\.?", re.IGNORECASE)
_SMALL_WORDS = {"a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to", "with"}
_AMERICAN = (("isation", "ization"), ("ise", "ize"), ("ising", "izing"), ("yse", "yze"), ("our", "or"), ("lled", "led"))
_HARD_SYLLABLES = 4
_MOST_SHOWN = 5


def readability(text: str) -> pd.Series:
    """How many years of schooling does this text ask for?

    Returns grade (Flesch and Kincaid's: 8 means readable after eight years of school in the United States, at about 13 or
    14), words, sentences, longest_sentence (in words), hard_words (a tuple: words of four or more syllables, hardest first)
    and abbreviations (a tuple: those that the text doesn't spell out). A text without a word has no grade.

    Source: Kincaid, Fishburne, Rogers and Chissom (1975), Research Branch Report 8-75, Naval Technical Training: grade =
    0.39 words per sentence + 11.8 syllables per word - 15.59. The formula knows word and sentence length only: a low grade
    doesn't prove that a text is clear.

    >>> round(readability("The cat sat on the mat.")["grade"], 2)
    -1.45
    """
    parts = sentences(text)
    lengths = [len(_WORD.findall(part)) for part in parts]
    words = _WORD.findall(text)
    grade = float("nan")
    if words:
        grade = 0.39 * len(words) / len(parts) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    hard = sorted(
        {word.lower() for word in words if syllables(word) >= _HARD_SYLLABLES}, key=lambda w: (-syllables(w), w)
    )
    return pd.Series(
        {
            "grade": grade,
            "words": len(words),
            "sentences": len(parts),
            "longest_sentence": max(lengths, default=0),
            "hard_words": tuple(hard),
            "abbreviations": unexplained(text),
        }
    )


def sentences(text: str) -> list[str]:
    """Where does each sentence end? After a full stop, question or exclamation mark that a space follows, or at a new line.

    >>> sentences("Ask first. Then, for 2.5 days, wait!")
    ['Ask first.', 'Then, for 2.5 days, wait!']
    """
    return [part.strip() for part in re.split(r"(?<=[.!?])[\"'’”)]*\s+|\n+", text) if _WORD.search(part)]


def syllables(word: str) -> int:
    """How many syllables does an English word have?

    Looked up in the syllable counts that the package pysyllables made from the CMU Pronouncing Dictionary (North American
    speech); British spellings are looked up in American spelling too, compounds by their parts. A word that isn't there is
    counted by its groups of vowels, a silent e left out.

    >>> [syllables(word) for word in ("role", "supervisor", "organisation", "well-being", "psychiatrist's", "adverts")]
    [1, 4, 5, 3, 4, 2]
    """
    word = word.lower().replace("’", "'").strip("'-")
    if not word:
        return 0
    if "-" in word:
        return sum(syllables(part) for part in word.split("-"))
    for spelling in _spellings(word):
        if (known := _in_dictionary(spelling)) is not None:
            return known
    stem = word.removesuffix("'s").removesuffix("s")
    if stem != word and (known := _in_dictionary(stem)) is not None:
        return known + bool(re.search(r"([sxz]|ch|sh)$", stem))
    return _by_vowels(word)


def unexplained(text: str) -> tuple[str, ...]:
    """Which abbreviations does this text use without spelling them out?

    Spelled out means: the words stand before it, "mental health practitioner (MHP)", or behind it, "MHP (mental health
    practitioner)". Latin ones (e.g., i.e., etc.) never are. NHS, GP and UK need it not.

    >>> unexplained("Ask a CAP, e.g. by phone. Ask a peer support worker (PSW) in the NHS. The PSW knows.")
    ('CAP', 'e.g.')
    """
    used = dict.fromkeys(_ABBREVIATION.findall(text))
    short = [each for each in used if each not in WELL_KNOWN and not _spelled_out(each, text)]
    return (*short, *dict.fromkeys(match.lower() for match in _LATIN.findall(text)))


def hard_to_read(guidance: Guidance, grade: float = AIM) -> pd.DataFrame:
    """Which plain versions ask for more schooling than they should, and what makes them hard?

    Returns one row a recommendation whose plain version is above the grade or holds an abbreviation that isn't spelled out:
    recommendation, file, grade, words, longest_sentence (in words), hardest_sentence, hard_words, abbreviations (joined by
    commas).
    """
    rows = []
    for each in guidance.recommendations:
        found = readability(each.plain)
        if found["grade"] > grade or found["abbreviations"]:
            rows.append(
                {
                    "recommendation": each.id,
                    "file": each.file,
                    "grade": round(found["grade"], 1),
                    "words": found["words"],
                    "longest_sentence": found["longest_sentence"],
                    "hardest_sentence": max(sentences(each.plain), key=lambda part: readability(part)["grade"]),
                    "hard_words": ", ".join(found["hard_words"][:_MOST_SHOWN]),
                    "abbreviations": ", ".join(found["abbreviations"]),
                }
            )
    columns = ["recommendation", "file", "grade", "words", "longest_sentence", "hardest_sentence", "hard_words"]
    return pd.DataFrame(rows, columns=[*columns, "abbreviations"])


def clear_english(guidance: Guidance, aim: float = AIM, limit: float = LIMIT) -> list[str]:
    """Is every plain version plain enough to publish?

    Returns a warning for each that is above the aim, though within the limit: file, id, grade and how to mend it.

    Raises InputError, naming file, id, grade, sentence and how to mend, when a plain version is above the limit or holds an
    abbreviation that isn't spelled out. All of them are named at once.
    """
    found = hard_to_read(guidance, grade=aim)
    too_hard = (found["grade"] > limit) | found["abbreviations"].ne("")
    if too_hard.any():
        raise InputError("\n".join(_how_to_mend(row, limit) for row in found[too_hard].to_dict("records")))
    return [_how_to_mend(row, aim) for row in found.to_dict("records")]


def _how_to_mend(row: dict, limit: float) -> str:
    """A sentence or three about one plain version: what is hard, where, and what to do."""
    parts = [f"{row['file']}, {row['recommendation']}, plain: grade {row['grade']:.1f}."]
    if row["grade"] > limit:
        parts = [f"{row['file']}, {row['recommendation']}, plain: grade {row['grade']:.1f}, above {limit:g}."]
        parts.append(f'Hardest sentence: "{row["hardest_sentence"]}"')
        parts.append(f"Split sentences (the longest has {row['longest_sentence']} words)")
        parts[-1] += f" and use shorter words for {row['hard_words']}." if row["hard_words"] else "."
    if row["abbreviations"]:
        short = row["abbreviations"].split(", ")
        parts.append(f"Spell out {listed(short)} on first use, or do without.")
    return " ".join(parts)


def _in_dictionary(word: str) -> int | None:
    from pysyllables import get_syllable_count  # reads its word list when imported

    return get_syllable_count(word)


def _spellings(word: str) -> Iterable[str]:
    yield word
    for british, american in _AMERICAN:
        if british in word:
            yield word.replace(british, american)


def _by_vowels(word: str) -> int:
    """Groups of vowels, without a silent e at the end; at least one."""
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = re.search(r"[^aeiouyl]e$|[^aeiouytd]ed$|[^aeiouycghlsxz]es$", word) is not None
    return max(1, groups - silent)


def _spelled_out(short: str, text: str) -> bool:
    letters = re.sub(r"[^A-Za-z]", "", short).lower()
    before = re.findall(rf"((?:[\w'’-]+[ ]){{1,{2 * len(letters)}}})\({re.escape(short)}s?\)", text)
    behind = re.findall(rf"\b{re.escape(short)}s? \(([^)]+)\)", text)
    return any(_initials(words).endswith(letters) for words in before) or any(
        _initials(words).startswith(letters) for words in behind
    )


def _initials(words: str) -> str:
    """First letters of words, hyphenated ones counted apart, small words left out."""
    return "".join(word[0] for word in re.split(r"[\s-]+", words.lower().strip()) if word and word not in _SMALL_WORDS)
