"""What the sources of the trusts that answered say about the roles they have, and what the coders settled."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.simulate.spec import SOURCES, StudySpec
from newroles.simulate.titles import write_titles

# payroll and adverts were never asked whether a role is new, nor why it came
ASKED = ("interview", "questionnaire", "workforce_plan")
# how precisely each source dates a role: the first so many characters of YYYY-MM-DD
DATE_LENGTH = {"interview": 4, "questionnaire": 7, "advert": 0, "workforce_plan": 4, "esr": 10}
SETTLED_REASONS = {
    "abbreviation": "The trust's contact spelled the abbreviation out",
    "other_name": "The trust's contact confirmed which role is meant",
    "local": "The job description names the role",
}


def draw_sources(trusts: pd.DataFrame, spec: StudySpec, rng: np.random.Generator) -> pd.DataFrame:
    """Which sources did each trust that answered give, and on which day?

    Each is either interviewed or fills in the questionnaire, on some day of the period; documents come at the rates
    `documents_held`, within a month of it. Returns one row per trust and source: trust, source, reported_on.
    """
    answered = trusts.loc[trusts["responded"], "trust"]
    days = (spec.period_end - spec.period_start).days
    rows = []
    for trust in answered:
        spoken = "questionnaire" if rng.random() < spec.questionnaire_share else "interview"
        held = [spoken, *(name for name, share in spec.documents_held.items() if rng.random() < share)]
        day = int(rng.integers(0, days + 1))
        for source in SOURCES:
            later = 0 if source == spoken else int(rng.integers(-30, 31))
            if source in held:
                on = spec.period_start + dt.timedelta(days=int(np.clip(day + later, 0, days)))
                rows.append({"trust": trust, "source": source, "reported_on": pd.Timestamp(on)})
    return pd.DataFrame(rows)


def draw_newness_windows(trusts: pd.DataFrame, spec: StudySpec, rng: np.random.Generator) -> pd.Series:
    """For how many years does each trust call a role new? Years by trust."""
    years = rng.choice(list(spec.newness_windows), len(trusts), p=list(spec.newness_windows.values()))
    return pd.Series(years, index=pd.Index(trusts["trust"]), name="newness_years")


def draw_reports(
    present: pd.DataFrame, sources: pd.DataFrame, newness_years: pd.Series, spec: StudySpec, rng: np.random.Generator
) -> pd.DataFrame:
    """What did each source report?

    `present`: one row per role that a trust has, with house_title (see `draw_adoption`, `draw_house_titles`).
    `sources`: one row per source of a trust. `newness_years`: by trust. A source reports a role unless it misses it,
    with probability `miss`; it gives figures at the rate `counts_given`. Interviews, questionnaires and workforce plans
    call the role new when it came within the trust's own window, in years; adverts and payroll don't say.

    Returns the `reports` table of a study folder, one row per role as one source reported it, with more columns that
    belong to the truth: role, kind, form and house_title.

    Raises InputError when no source reports anything.
    """
    possible = sources.merge(present, on="trust", how="inner")
    reports = possible[rng.random(len(possible)) >= possible["source"].map(spec.miss)].reset_index(drop=True)
    n = len(reports)
    if n == 0:
        raise InputError(
            "No source reports any role: expected smaller probabilities in `miss`, or more trusts or roles."
        )
    figures = rng.random(n) < reports["source"].map(spec.counts_given)
    headcount = (
        (reports["headcount"] * np.exp(rng.normal(0, spec.count_error, n))).round().clip(lower=1).astype("Int64")
    )
    wte = (headcount.astype("float64") * reports["contract"]).round(1).clip(upper=headcount.astype("float64"))
    age_years = (reports["reported_on"] - reports["introduced"]).dt.days / 365.25
    new = np.where(age_years <= reports["trust"].map(newness_years), "yes", "no")
    asked = reports["source"].isin(ASKED)
    reports["counted_as_new"] = pd.Series(np.where(rng.random(n) < spec.unsure, "unsure", new)).where(asked, "")
    reports["title"] = write_titles(reports["house_title"], reports["band"], spec, rng)
    reports["headcount"] = headcount.where(figures)
    reports["wte"] = wte.where(figures)
    reports["rationale"] = reports["rationale"].where(asked, "")
    lengths = reports["source"].map(DATE_LENGTH)
    reports["introduced"] = [
        text[:length] for text, length in zip(reports["introduced"].dt.strftime("%Y-%m-%d"), lengths, strict=True)
    ]
    order = reports["source"].map({source: i for i, source in enumerate(SOURCES)})
    reports = reports.assign(order=order, shuffled=rng.random(n)).sort_values(["trust", "order", "shuffled"])
    reports.insert(0, "report", [f"R{number:0{max(4, len(str(n)))}d}" for number in range(1, n + 1)])
    columns = ["report", "trust", "source", "title", "reported_on", "introduced", "headcount", "wte", "band", "setting",
               "counted_as_new", "rationale"]  # fmt: skip
    return reports[[*columns, "role", "kind", "form", "house_title"]].reset_index(drop=True)


def draw_title_decisions(
    reports: pd.DataFrame, variants: pd.DataFrame, spec: StudySpec, rng: np.random.Generator
) -> pd.DataFrame:
    """Which unclear titles have the coders settled, and as what?

    Unclear are local names of a role of the register, its former names, and its ambiguous abbreviations. Of those that
    mean only one role in these reports a share `decided` is settled, correctly. An abbreviation is settled for the
    years of the study only, the others without an end.

    `reports`: with kind, role, form and house_title. Returns the `title_decisions` table of a study folder.
    """
    doubtful = {title.casefold() for titles in variants["unclear"] for title in titles}
    titles = reports[["house_title", "form", "kind", "role"]].assign(key=reports["house_title"].str.casefold())
    one_meaning = titles.groupby("key")["role"].transform("nunique") == 1
    unclear = titles[one_meaning & ((titles["form"] == "local") | titles["key"].isin(doubtful))]
    unclear = unclear.drop_duplicates("key").sort_values("key")
    settled = unclear[rng.random(len(unclear)) < spec.decided]
    first, last = spec.period_start.replace(month=1, day=1), spec.period_end.replace(month=12, day=31)
    days_later = rng.integers(15, 75, len(settled))
    return pd.DataFrame(
        {
            "title": settled["house_title"],
            "role": settled["role"],
            "valid_from": pd.Timestamp(first),
            "valid_to": pd.Series(pd.Timestamp(last), index=settled.index).where(settled["form"] == "abbreviation"),
            "decided_by": rng.choice(["coder_1", "coder_2"], len(settled)),
            "decided_on": pd.Timestamp(spec.period_end) + pd.to_timedelta(days_later, unit="D"),
            "reason": settled["form"].map(SETTLED_REASONS),
        }
    ).reset_index(drop=True)
