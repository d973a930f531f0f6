"""How job titles are worded: one spelling, and the parts of a title that don't say which role it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from newroles.errors import InputError

# One spelling for words that titles write in several ways, applied in this order to lower-case words.
_ONE_SPELLING = {
    "well being": "wellbeing",
    "health care": "healthcare",
    "co ordinator": "coordinator",
    "non medical": "nonmedical",
    "multi professional": "multiprofessional",
    "multi disciplinary": "multidisciplinary",
    "pre registration": "preregistration",
    "mh": "mental health",
    "cyp": "children and young people",
    "snr": "senior",
    "asst": "assistant",
    "assoc": "associate",
}
_SPELLINGS = re.compile(rf"\b(?:{'|'.join(_ONE_SPELLING)})\b")
_BAND = re.compile(
    r"\b(?:(?:afc|a4c)\s*)?(?:band|bd)\s*:?\s*(8\s?[a-d]|[2-9])(?:\s*(?:/|-|–|to)\s*(?:band\s*)?(8\s?[a-d]|[2-9]))?(?![\w.])"
    r"|\bb(8[a-d]|[2-9])\b|\b(8[a-d])\b",
    re.IGNORECASE,
)
_CONTRACT = re.compile(
    r"\b(?:f/t|p/t|full[\s-]?time|part[\s-]?time|fixed[\s-]term|permanent|temporary|maternity cover|secondment"
    r"|bank staff|\d+(?:\.\d+)?\s*(?:wte|fte|hours|hrs))(?!\w)",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]?")
_BREAKS = re.compile(r"\s[-–—]+|[-–—]+(?=\s|$)|[–—/,:;|]")
_TRAINEE = {"trainee", "student", "apprentice", "apprenticeship"}
_GRADE = {"senior", "lead", "principal", "deputy", "junior", "chief"}


@dataclass(frozen=True)
class TitleParts:
    """A title taken apart, every text in one spelling.

    `whole` is all of it, `stated` all but band and contract, `segments` the pieces between dashes, commas and
    slashes, and `bracketed` what stood in brackets, both without band and contract.
    """

    whole: str
    stated: str
    segments: tuple[str, ...]
    bracketed: tuple[str, ...]
    band: str
    contract: str

    @property
    def says_trainee(self) -> bool:
        """Does a piece of its own say that this is a trainee, as in "Nursing Associate (trainee)"?"""
        return any(piece in {*_TRAINEE, "in training"} for piece in (*self.segments[1:], *self.bracketed))


def normalise_title(text: str) -> str:
    """How is this title written in one spelling, so that two spellings of it compare equal?

    Lower case; single spaces for punctuation; "&" as "and"; no plural or possessive s; one form for words with
    several spellings (well-being, health care, MH); bands as "band 5". Nothing that tells titles apart is removed.

    >>> normalise_title("Children’s Well-being  Practitioners")
    'children wellbeing practitioner'
    >>> normalise_title("Support, Time & Recovery Worker (B4)")
    'support time and recovery worker band 4'
    """
    tidy = unicodedata.normalize("NFKC", str(text)).replace("’", "'").replace("‘", "'").replace("`", "'")
    tidy = re.sub(r"\b([A-Z]{2,})'?s\b", r"\1", tidy)
    tidy = _BAND.sub(lambda found: f" band {_band_of(found)} ", tidy).lower()
    tidy = re.sub(r"[&+]", " and ", tidy).replace("'", "")
    tidy = re.sub(r"[^\w]|_", " ", tidy)
    tidy = " ".join(_singular(word) for word in tidy.split())
    return _SPELLINGS.sub(lambda found: _ONE_SPELLING[found.group()], tidy)


def title_parts(titles: Iterable[object]) -> pd.DataFrame:
    """What does each title say besides the role: band, grade, trainee, team or place, contract?

    `titles` is a column or list of texts; blanks are allowed.

    Returns one row per title, in order: title (as given), core (the words left for the role, in one spelling), band
    ("5", "8a", "5/6"), grade (senior, lead, ...), trainee (True or False), place (what stood in brackets or after a
    dash, comma or slash, joined by "; "), contract ("full time", "0.8 wte"); a part that the title lacks is blank.

    >>> title_parts(["Senior Peer Support Workers (CMHT North), Band 4"]).drop(columns="title").values.tolist()
    [['peer support worker', '4', 'senior', False, 'cmht north', '']]
    """
    texts = _as_list(titles)
    taken = [take_apart(text) for text in texts]
    status = [without_status(parts.segments[0] if parts.segments else "") for parts in taken]
    return pd.DataFrame(
        {
            "title": pd.Series(texts, dtype="str"),
            "core": pd.Series([core for core, _, _ in status], dtype="str"),
            "band": pd.Series([parts.band for parts in taken], dtype="str"),
            "grade": pd.Series([grade for _, _, grade in status], dtype="str"),
            "trainee": pd.Series([t or p.says_trainee for (_, t, _), p in zip(status, taken, strict=True)], dtype=bool),
            "place": pd.Series(["; ".join([*p.segments[1:], *p.bracketed]) for p in taken], dtype="str"),
            "contract": pd.Series([parts.contract for parts in taken], dtype="str"),
        }
    )


def take_apart(title: object) -> TitleParts:
    """What are the pieces of this title? A blank title has none.

    >>> take_apart("Nursing Associate (B4) - Ward 3").segments
    ('nursing associate', 'ward 3')
    """
    text = "" if _is_blank(title) else unicodedata.normalize("NFKC", str(title))
    rest = _CONTRACT.sub(" ", _BAND.sub(" ", text))
    segments = [normalise_title(piece) for piece in _BREAKS.split(_BRACKETS.sub(" ", rest))]
    bracketed = [normalise_title(found.group(1)) for found in _BRACKETS.finditer(rest)]
    contracts = [" ".join(found.group().lower().replace("-", " ").split()) for found in _CONTRACT.finditer(text)]
    return TitleParts(
        whole=normalise_title(text),
        stated=normalise_title(rest),
        segments=tuple(piece for piece in segments if piece),
        bracketed=tuple(piece for piece in bracketed if piece),
        band="/".join(_band_of(found) for found in _BAND.finditer(text)),
        contract="; ".join(contracts),
    )


def without_status(spelt: str) -> tuple[str, bool, str]:
    """The words of a title without trainee and grade, whether it was a trainee's, and the grade.

    >>> without_status("senior trainee nursing associate")
    ('nursing associate', True, 'senior')
    """
    words, trainee, grade = spelt.split(), False, ""
    if words[-2:] == ["in", "training"]:
        words, trainee = words[:-2], True
    while len(words) > 1 and words[0] in _TRAINEE | _GRADE:
        trainee, grade = trainee or words[0] in _TRAINEE, words[0] if words[0] in _GRADE else grade
        words = words[1:]
    while len(words) > 1 and words[-1] in _TRAINEE | {"lead"}:
        trainee, grade = trainee or words[-1] in _TRAINEE, "lead" if words[-1] == "lead" else grade
        words = words[:-1]
    return " ".join(words), trainee, grade


def _band_of(found: re.Match[str]) -> str:
    return "/".join(group.lower().replace(" ", "") for group in found.groups() if group)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _is_blank(title: object) -> bool:
    return title is None or (not isinstance(title, str) and bool(pd.isna(title)))  # type: ignore[call-overload]


def _as_list(titles: Iterable[object]) -> list[object]:
    if isinstance(titles, str):
        raise InputError(f"Expected a list or column of titles, got the single text '{titles}'. Write ['{titles}'].")
    return list(titles)
