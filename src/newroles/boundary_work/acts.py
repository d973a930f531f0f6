"""Who did what across which boundary? From coded segments to acts: actor, target, forms, tone, team, time, agreement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from newroles.boundary_work.code_axes import CodeAxes, code_axes, joint_tone
from newroles.coding import Consensus, code_agreement
from newroles.coding.code_agreement import AGREEMENT
from newroles.coding.workflow import study_codebook, study_consensus
from newroles.datasets import Codebook, Study
from newroles.errors import InputError, did_you_mean

_SEGMENT = ["segment", "team", "document", "method", "actor_role", "target_role", "on"]
_ACTS = ["segment", "team", "document", "method", "on", "months_since", "place", "actor_role", "target_role"]
_ACTS += ["tone", "prompted", "forms", "families", "coders"]


@dataclass(frozen=True, eq=False)
class BoundaryActs:
    """The acts of a study, what they rest on, and what was left out.

    `acts`: one row per act, ordered by document and place: segment, team (blank: about no one team), document, method, on,
    months_since (whole months from the calendar month in which the team's new role came, negative before; blank when
    either isn't known), place (0, 1, ... among the acts of its document), actor_role, target_role, tone (constructive,
    destructive, depends; "" when none was settled), prompted (what the default tones of its forms would have said), forms
    and families (tuples of code ids, in the book's order), coders (how many coded the segment).

    `forms`: one row per act and form: segment, form, name, family, family_name, prompt (the form's default tone),
    agreement (of the coders on that code over all segments: Gwet's AC1), agreement_low, agreement_high (95 %; blank where
    one coder did all).

    `tones`: one row per act and tone code that was kept: segment, code, name, tone, and agreement as in `forms`.

    `left_out`: one row per reason why segments coded with the book are no act here: what, reason, count, segments (ids).
    `notes`: likewise, what to know of acts that are here. `names`: what each form and family is called, by id.
    """

    acts: pd.DataFrame
    forms: pd.DataFrame
    tones: pd.DataFrame
    left_out: pd.DataFrame
    notes: pd.DataFrame
    names: dict[str, str]


def acts_of_study(
    study: Study, rng: np.random.Generator | None = None, n_boot: int = 1000, codebook: str = "boundary_work"
) -> BoundaryActs:
    """Which acts at the boundaries between roles does this study hold, by what its coders came to?

    `rng`, `n_boot`: of the resamples of segments behind the intervals of agreement. `codebook`: its id; the study's own
    file is read if its study.yml names one.

    Returns BoundaryActs (see `boundary_acts`), by the rule of `study_consensus`.

    Raises InputError as `study_codebook`, `study_consensus` and `boundary_acts` do.

    >>> from newroles.datasets import load_study
    >>> found = acts_of_study(load_study("example_study"), n_boot=0)
    >>> act = found.acts.iloc[0]
    >>> act["segment"], act["actor_role"], act["target_role"], act["tone"], act["forms"]
    ('S00001', 'assistant_psychologist', 'health_care_assistant', 'destructive', ('BW-COMP-CRE',))
    """
    book = study_codebook(study, codebook)
    teams = study.teams if study.has("teams") else None
    result = study_consensus(study, book)
    return boundary_acts(study.segments, result, book, teams, code_agreement(study.codings, book, rng, n_boot))


def has_acts(study: Study, codebook: str = "boundary_work") -> bool:
    """Does this study hold any act? study: with segments and codings.

    Raises InputError as `acts_of_study` does: for a codebook without forms or tones, and codings that can't be put together.
    """
    return not acts_of_study(study, n_boot=0, codebook=codebook).acts.empty


def boundary_acts(
    segments: pd.DataFrame,
    coding: Consensus,
    codebook: Codebook,
    teams: pd.DataFrame | None = None,
    agreement: pd.DataFrame | None = None,
) -> BoundaryActs:
    """Which of these segments are acts across a boundary, of which forms and which tone?

    `segments`: the study's table: segment, team, document, method, start, actor_role, target_role, on. `coding`: what the
    coders came to, as `consensus` returns it, for this `codebook`. `teams`: with team and introduced, for the months since
    the new role came. `agreement`: as `coding.code_agreement` returns it.

    An act is a segment that keeps at least one form, with a role that acts on another role. Left out, and listed with
    their ids: segments that keep no form (none applies, only a heading, only a tone, or forms still open); those that name
    no actor, or no target; and those in which a role acts on itself, which is a line within a profession, not across
    roles. Acts of a document follow each other by their start, or in the table's order where that isn't known for all; what
    is left out makes no gap.

    Tone is read from the tone codes alone. Two different tones on one segment make "depends"; none makes "". What the forms'
    default tones say, by the same rule, stands in `prompted` and changes nothing.

    Returns BoundaryActs. Raises InputError for a book without forms or tones, a code outside the book, a coded segment that
    the table doesn't have, a segment that it has twice, and missing columns.

    Source of the three parts of an act (form, roles on either side, tone): the codebook, which names its sources.
    """
    _check(segments, coding, codebook)
    axes = code_axes(codebook)
    coded = coding.audit.groupby("unit")["of"].first()
    table = segments[segments["segment"].isin(coded.index)].reset_index(drop=True)
    kept = _kept(coding, codebook, table["segment"])
    forms = kept[kept["code"].isin(axes.forms.index)]
    tones = kept[kept["code"].isin(list(axes.tones))]
    reason = _reasons(table, forms, tones, kept, coding, axes)
    left_out = _listed(table["segment"], reason, "segments left out")
    acts = table[reason.eq("")]
    acts = acts[[*_SEGMENT, *(["start"] if "start" in acts else [])]]
    acts = _in_order(acts.assign(months_since=_months_since(acts, teams)))
    acts["coders"] = acts["segment"].map(coded).astype("int64")
    here = set(acts["segment"])
    forms, tones = forms[forms["unit"].isin(here)], tones[tones["unit"].isin(here)]
    form_rows = _with_agreement(forms.join(axes.forms, on="code"), agreement)
    form_rows = form_rows.rename(columns={"unit": "segment", "code": "form"})
    tone_rows = _with_agreement(tones.assign(tone=tones["code"].map(axes.tones)), agreement)
    tone_rows = tone_rows.rename(columns={"unit": "segment", "code_name": "name"})
    by_act = form_rows.groupby("segment")
    acts["tone"] = _by_segment(acts, tone_rows.groupby("segment")["tone"].agg(lambda given: joint_tone(list(given))))
    acts["prompted"] = _by_segment(acts, by_act["prompt"].agg(lambda given: joint_tone(list(given))))
    held = {segment: (tuple(rows["form"]), tuple(rows["family"].unique())) for segment, rows in by_act}
    acts["forms"] = pd.Series([held[segment][0] for segment in acts["segment"]], index=acts.index, dtype="object")
    acts["families"] = pd.Series([held[segment][1] for segment in acts["segment"]], index=acts.index, dtype="object")
    names = axes.forms["name"].to_dict() | dict(zip(axes.forms["family"], axes.forms["family_name"], strict=True))
    return BoundaryActs(
        acts=acts[_ACTS],
        forms=form_rows[["segment", "form", "name", "family", "family_name", "prompt", *AGREEMENT]],
        tones=tone_rows[["segment", "code", "name", "tone", *AGREEMENT]],
        left_out=left_out,
        notes=_notes(acts, tone_rows, coding, axes, agreement),
        names={str(code): str(name) for code, name in names.items()},
    )


def _check(segments: pd.DataFrame, coding: Consensus, codebook: Codebook) -> None:
    missing = [column for column in _SEGMENT if column not in segments]
    if missing:
        raise InputError(f"segments has no column {', '.join(missing)}; needed are {', '.join(_SEGMENT)}.")
    twice = segments.loc[segments["segment"].duplicated(), "segment"]
    if len(twice):
        raise InputError(f"segments, column segment: '{twice.iloc[0]}' is there twice. Each extract needs its own id.")
    for where, rows in (("coding", coding.coding), ("audit", coding.audit)):
        wrong = rows[~rows["code"].isin(codebook.ids)]
        if len(wrong):
            unit, code = wrong.iloc[0][["unit", "code"]]
            raise InputError(
                f"The {where} gives segment '{unit}' the code '{code}', which isn't in the codebook '{codebook.id}'. "
                f"{did_you_mean(code, codebook.ids)}"
            )
        lost = rows.loc[~rows["unit"].isin(segments["segment"]), "unit"]
        if len(lost):
            raise InputError(
                f"The {where} codes '{lost.iloc[0]}', which is no segment of the table segments. "
                "Add its row there, or delete its codings."
            )


def _kept(coding: Consensus, codebook: Codebook, segments: pd.Series) -> pd.DataFrame:
    """The codes that are kept, in the order of the segments and then of the book."""
    code = {code: place for place, code in enumerate(codebook.ids)}
    unit = {segment: place for place, segment in enumerate(segments)}
    kept = coding.coding.drop_duplicates(["unit", "code"])[["unit", "code", "code_name"]]
    order = np.lexsort([kept["code"].map(code).to_numpy(), kept["unit"].map(unit).to_numpy()])
    return kept.iloc[order].reset_index(drop=True)


def _reasons(
    table: pd.DataFrame,
    forms: pd.DataFrame,
    tones: pd.DataFrame,
    kept: pd.DataFrame,
    coding: Consensus,
    axes: CodeAxes,
) -> pd.Series:
    """Why each coded segment is no act; "" where it is one. The first reason that holds."""
    segment, audit = table["segment"], coding.audit
    is_open = audit["decision"].eq("open") & audit["code"].isin(axes.forms.index)
    heading = kept.loc[kept["code"].isin(axes.headings), "unit"]
    actor, target = table["actor_role"], table["target_role"]
    has_form = segment.isin(forms["unit"])
    cases = [
        (~has_form & segment.isin(audit.loc[is_open, "unit"]), "forms still open: coders differ and nobody settled it"),
        (~has_form & segment.isin(heading), "only a heading of the codebook was given"),
        (~has_form & segment.isin(tones["unit"]), "a tone without a form"),
        (~has_form, "no form applies"),
        (actor.isna() & target.isna(), "no actor and no target named"),
        (actor.isna(), "no actor named"),
        (target.isna(), "no target named"),
        (actor.eq(target), "within one role: the actor acts on its own role"),
    ]
    reason = pd.Series("", index=table.index, dtype="str")
    for holds, why in reversed(cases):
        reason = reason.mask(holds, why)
    return reason


def _months_since(acts: pd.DataFrame, teams: pd.DataFrame | None) -> pd.Series:
    """Whole months from the calendar month of the arrival; blank where the arrival isn't known to the month."""
    if teams is None or "introduced" not in teams:
        return pd.Series(pd.NA, index=acts.index, dtype="Int64")
    introduced = (
        teams.dropna(subset=["introduced"]).drop_duplicates("team").set_index("team")["introduced"].astype("str")
    )
    parts = introduced[introduced.str.fullmatch(r"\d{4}-\d{2}(-\d{2})?")].str.split("-")
    arrival = acts["team"].map(parts.map(lambda part: 12 * int(part[0]) + int(part[1])))
    on = pd.to_datetime(acts["on"])
    return (12 * on.dt.year + on.dt.month - arrival.astype("float64")).astype("Int64")


def _in_order(acts: pd.DataFrame) -> pd.DataFrame:
    """Acts by document, in the order of the table, and within it by start if all of the document's are known."""
    document = pd.Series(pd.factorize(acts["document"])[0], index=acts.index)
    start = pd.to_numeric(acts["start"]).astype("float64") if "start" in acts else pd.Series(np.nan, index=acts.index)
    known = start.notna().groupby(document).transform("all")
    ordered = acts.iloc[np.lexsort([start.where(known, 0.0).to_numpy(), document.to_numpy()])].reset_index(drop=True)
    return ordered.assign(place=ordered.groupby("document").cumcount())


def _by_segment(acts: pd.DataFrame, values: pd.Series) -> pd.Series:
    held = values.to_dict()
    return pd.Series([held.get(segment, "") for segment in acts["segment"]], index=acts.index, dtype="str")


def _with_agreement(rows: pd.DataFrame, agreement: pd.DataFrame | None) -> pd.DataFrame:
    if agreement is None:
        return rows.assign(**dict.fromkeys(AGREEMENT, np.nan)).reset_index(drop=True)
    return rows.join(agreement[AGREEMENT], on="code").reset_index(drop=True)


def _listed(segments: pd.Series, reason: pd.Series, what: str) -> pd.DataFrame:
    """One row per reason, the commonest first: what, reason, count, segments."""
    held = segments[reason.ne("")].groupby(reason[reason.ne("")], sort=False).agg(tuple)
    rows = sorted(((what, why, len(ids), ids) for why, ids in held.items()), key=lambda row: (-row[2], row[1]))
    return pd.DataFrame(rows, columns=["what", "reason", "count", "segments"]).astype({"count": "int64"})


def _notes(
    acts: pd.DataFrame, tones: pd.DataFrame, coding: Consensus, axes: CodeAxes, agreement: pd.DataFrame | None
) -> pd.DataFrame:
    """What to know of the acts: what, reason, count, segments; a row for each thing that holds of some act."""
    segment, audit = acts["segment"], coding.audit
    several = tones.groupby("segment")["tone"].nunique()
    unsettled = audit["decision"].eq("open")
    open_tone = audit.loc[unsettled & audit["code"].isin(list(axes.tones)), "unit"]
    open_form = audit.loc[unsettled & audit["code"].isin(axes.forms.index), "unit"]
    heading = coding.coding.loc[coding.coding["code"].isin(axes.headings), "unit"]
    facts = [
        ("tone", "two different tones stand on one act; read as depends", segment.isin(several.index[several > 1])),
        ("tone", "no tone was settled", acts["tone"].eq("")),
        ("tone", "a further tone is still open", segment.isin(open_tone) & acts["tone"].ne("")),
        ("form", "a further form is still open", segment.isin(open_form)),
        ("form", "a heading of the codebook was given, too, and isn't counted", segment.isin(heading)),
        ("agreement", "one coder alone coded the segment", acts["coders"].eq(1)),
        ("agreement", "no agreement is known: no two coders coded the same segment",
         pd.Series(agreement is None or agreement.empty, index=acts.index)),
        ("time", "the day, or the month in which the new role came, isn't known", acts["months_since"].isna()),
        ("team", "about no one team", acts["team"].isna()),
    ]  # fmt: skip
    rows = [(what, why, int(holds.sum()), tuple(segment[holds])) for what, why, holds in facts if holds.any()]
    return pd.DataFrame(rows, columns=["what", "reason", "count", "segments"]).astype({"count": "int64"})
