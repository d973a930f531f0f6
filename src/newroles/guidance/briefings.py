"""Which briefings are there to hand round? A PDF for each role, each audience and each pair of them, and infographics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.guidance.advice_for import AFFECTED, Advice, advice_for
from newroles.guidance.briefing_words import briefing_source
from newroles.guidance.edition import Edition, edition_of
from newroles.guidance.infographics import description_of, infographic_source
from newroles.guidance.judging import Judged
from newroles.guidance.typesetting import Typesetter
from newroles.guidance.vocabulary import AUDIENCES, WHEN
from newroles.phrases import inside

MOST_PAGES = 2
USUAL = 7  # recommendations on two pages: where the first search begins
MOST_CARDS = 4  # under one moment of an infographic: more can't be taken in at a glance
COLUMNS = ("role", "audience", "kind", "path", "pages", "bytes", "shown", "recommendations", "note")


def write_briefings(
    judged: Judged, folder: str | Path, roles: Mapping[str, str], made: str, only: Sequence[str] | None = None
) -> pd.DataFrame:
    """Write the briefings and infographics, and say what there is.

    judged: recommendations with their evidence resolved; folder: where the files go; roles: role id to name, for the roles
    that the guidance names; made: a sentence on how and from what they were made; only: names of files without their ending
    (`briefing_name`), to write a few of them.

    One row per file: role, audience ("" for all), kind (pdf, svg, png), path (within the folder), pages, bytes, shown (how
    many recommendations the page shows), recommendations (how many there are), note. A pair with no advice has a row too:
    its kind is `none`, its path is blank and its note says why.

    Raises InputError for a role without a name, an unknown name in `only`, or a briefing that can't be made to fit.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    named = [each.role for each in judged.guidance.collections if each.role != "all"]
    for role in sorted({role for each in judged.guidance for role in each.roles if role != "all"} | set(named)):
        if role not in roles:
            raise InputError(f"The role '{role}' has advice but no name. {did_you_mean(role, roles)}")
    wanted = [(role, audience) for role in ["", *named] for audience in ["", *AUDIENCES] if role or audience]
    names = {briefing_name(role, audience): (role, audience) for role, audience in wanted}
    for name in only or ():
        if name not in names:
            raise InputError(f"There is no briefing '{name}'. {did_you_mean(name, names)}")
    page, picture = Typesetter("briefing.typ"), Typesetter("infographic.typ")
    edition = edition_of(judged, roles, made)
    rows: list[dict[str, Any]] = []
    guess = USUAL
    for name, (role, audience) in names.items():
        if only is not None and name not in only:
            continue
        advice = advice_for(judged.guidance, role, audience)
        if not advice:
            rows.append(_row(advice, kind="none", note=_why_none(advice, edition)))
            continue
        rows.append(_write_pdf(page, edition, advice, target / f"{name}.pdf", guess))
        guess = rows[-1]["shown"] or guess  # what fitted last time is where the next search begins
        if not (role and audience):
            rows += _write_infographic(picture, edition, advice, target / name)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def briefing_name(role: str = "", audience: str = "") -> str:
    """What is the briefing's file called, without its ending?

    >>> briefing_name("peer_support_worker", "team_managers"), briefing_name(audience="educators")
    ('peer-support-worker-for-team-managers', 'for-educators')
    """
    return (f"{role}-for-{audience}" if role and audience else role or f"for-{audience}").replace("_", "-")


def _write_pdf(page: Typesetter, edition: Edition, advice: Advice, path: Path, guess: int) -> dict[str, Any]:
    most = len(advice.clear)
    fitted = page.most_that_fit(partial(briefing_source, edition, advice), most, MOST_PAGES, guess)
    if fitted is None or (most and not fitted.shown):
        first = (advice.clear or advice.unclear)[0]
        raise InputError(
            f"The briefing {path.name} takes more than {MOST_PAGES} pages with a single recommendation: shorten the texts of "
            f"'{first.id}' in {first.file}."
        )
    path.write_bytes(fitted.pdf)
    size = len(fitted.pdf)
    return _row(advice, kind="pdf", path=path.name, pages=fitted.pages, bytes=size, shown=fitted.shown)


def _write_infographic(picture: Typesetter, edition: Edition, advice: Advice, path: Path) -> list[dict[str, Any]]:
    words = partial(infographic_source, edition, advice)
    cards = _cards_that_fit(picture, words)
    if not any(cards):
        first = advice.all[0]
        raise InputError(
            f"The infographic {path.name} takes more than a page with one card for each moment: shorten the action of "
            f"'{first.id}' in {first.file}."
        )
    source = words(cards)
    shown = sum(len(moment["cards"]) for moment in source["moments"])
    drawn, pages = picture.svg(source, source["title"], description_of(source))
    made = {"svg": drawn.encode("utf-8"), "png": picture.png(source)[0]}
    rows = []
    for kind, content in made.items():
        path.with_suffix(f".{kind}").write_bytes(content)
        rows.append(_row(advice, kind=kind, path=f"{path.name}.{kind}", pages=pages, bytes=len(content), shown=shown))
    return rows


def _cards_that_fit(picture: Typesetter, words: Callable[[tuple[int, ...]], dict[str, Any]]) -> tuple[int, ...]:
    """How many cards fit under each moment? As many under each as fit under all, then one more where there is room."""
    alike = picture.most_that_fit(lambda n: words((n,) * len(WHEN)), MOST_CARDS, 1, MOST_CARDS - 1)
    cards = [alike.shown if alike else 0] * len(WHEN)
    for moment in range(len(WHEN)):
        while 0 < cards[moment] < MOST_CARDS:
            more = [*cards[:moment], cards[moment] + 1, *cards[moment + 1 :]]
            if picture.pdf(words(tuple(more)))[1] > 1:
                break
            cards = more
    return tuple(cards)


def _row(advice: Advice, **parts: Any) -> dict[str, Any]:
    blank = {"path": "", "pages": 0, "bytes": 0, "shown": 0, "note": ""}
    return {"role": advice.role, "audience": advice.audience, "recommendations": len(advice), **blank, **parts}


def _why_none(advice: Advice, edition: Edition) -> str:
    """Why there is no briefing, as a sentence for the index."""
    where = f" where {inside(edition.several(advice.role))} come in" if advice.role else ""
    whom = inside(AUDIENCES[advice.audience]) if advice.audience else "anybody"
    expects = " or says what they can expect of others" if advice.audience in AFFECTED else ""
    return f"No advice asks anything of {whom}{where}{expects}."
