"""How trusts write down the titles of roles: house names, bands, teams, capitals, plurals and slips of the pen."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from newroles.simulate.spec import TITLE_FORMS, StudySpec

TEAMS = ("CMHT", "Crisis Team", "Perinatal", "Older Adults", "Early Intervention", "CAMHS", "Ward 3", "Community")


def draw_house_titles(
    present: pd.DataFrame, variants: pd.DataFrame, spec: StudySpec, rng: np.random.Generator
) -> pd.DataFrame:
    """What does each trust call each role that it has?

    One trust uses one form of title for one role: its name, another or former name, an abbreviation, the trainee title
    or a local name, with weights `title_forms` among the forms that the role has.

    Returns `present` with two more columns: form and house_title. Where the trust speaks of trainees, `band` is theirs.
    """
    wording = variants.set_index("role")[["names", "abbreviations", "other_names", "trainee_titles", "local_names"]]
    options = {
        role: {form: texts for form, texts in zip(TITLE_FORMS, row, strict=True) if texts}
        for role, row in zip(wording.index, wording.itertuples(index=False), strict=True)
    }
    forms, titles = [], []
    for role in present["role"]:
        available = list(options[role])
        weights = np.array([spec.title_forms[form] for form in available], dtype=float)
        weights = weights / weights.sum() if weights.sum() else np.full(len(available), 1 / len(available))
        form = str(rng.choice(available, p=weights))
        forms.append(form)
        titles.append(str(rng.choice(options[role][form])))
    named = present.assign(form=forms, house_title=titles)
    trainees = (named["form"] == "trainee") & (named["band_trainee"] != "")
    named["band"] = named["band_trainee"].where(trainees, named["band"])
    return named.drop(columns="band_trainee")


def write_titles(house_titles: pd.Series, bands: pd.Series, spec: StudySpec, rng: np.random.Generator) -> pd.Series:
    """How does a source write this title down? Each kind of mess comes independently, at the rate of its parameter.

    `house_titles`, `bands`: one per report. Returns the messy titles, in the same order.
    """
    rates = (spec.ampersand, spec.plural, spec.typo, spec.odd_case, spec.band_in_title, spec.team_in_title)
    chance = rng.random((len(house_titles), len(rates))) < np.array(rates)
    styles = rng.random((len(house_titles), 4))
    written = []
    for title, band, (ampersand, plural, typo, odd_case, with_band, with_team), (where, case, style, team) in zip(
        house_titles, bands, chance, styles, strict=True
    ):
        text = str(title)
        if ampersand:
            text = text.replace(" and ", " & ")
        if plural:
            text = pluralise(text)
        if typo:
            text = mistype(text, where)
        if odd_case:
            text = text.upper() if case < 0.5 else text.lower()
        if with_band and band:
            text = _pick(
                (f"{text} (Band {band})", f"{text} B{band}", f"Band {band} {text}", f"{text}, band {band}"), style
            )
        if with_team:
            name = _pick(TEAMS, team)
            text = _pick((f"{text} - {name}", f"{text} ({name})", f"{name} {text}", f"{text}, {name}"), style)
        written.append(text)
    return pd.Series(written, index=house_titles.index, dtype="str")


def pluralise(title: str) -> str:
    """Several people of this title: the noun takes the plural, also before "in" and "of".

    >>> pluralise("Clinical Associate in Psychology"), pluralise("PSW")
    ('Clinical Associates in Psychology', 'PSWs')
    """
    head, preposition, rest = re.match(r"(.*?)( in | of | for |$)(.*)", title).groups()  # type: ignore[union-attr]
    if head.endswith("s"):
        return title
    plural = head[:-1] + "ies" if re.search(r"[^aeiouAEIOU]y$", head) else head + "s"
    return plural + preposition + rest


def mistype(title: str, where: float) -> str:
    """One slip in a word of five letters or more: a letter dropped, doubled or swapped with the next.

    `where`, 0-1, decides which slip and which letter; titles of short words stay as they are.

    >>> mistype("Nursing Associate", 0.5), mistype("PSW", 0.5)
    ('Nursing Asssociate', 'PSW')
    """
    inner = [at for word in re.finditer(r"[A-Za-z]{5,}", title) for at in range(word.start() + 1, word.end() - 2)]
    if not inner:
        return title
    slip, at = divmod(int(where * 3 * len(inner)), len(inner))
    i = inner[at]
    if slip == 0:
        return title[:i] + title[i + 1 :]
    if slip == 1:
        return title[:i] + title[i] + title[i:]
    return title[:i] + title[i + 1] + title[i] + title[i + 2 :]


def _pick(choices: tuple[str, ...], uniform: float) -> str:
    return choices[int(uniform * len(choices))]
