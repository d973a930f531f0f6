"""What people do at the boundaries of a new role in an invented study, and the conditions under which they do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.simulate.forms import COLLABORATIVE, COMPETITIVE, FORMS, OTHER_FORMS, answer_probabilities, draw_forms
from newroles.simulate.parameters import (
    Section,
    count,
    parameter,
    refuse_other_keys,
    refuse_shares_beyond_one,
    share,
)
from newroles.simulate.recipes import TONES, conditions_of, recipes_that_hold, refuse_unclear_recipes
from newroles.simulate.staffing import bordering_roles, existing_staff
from newroles.simulate.teams import TeamsSpec

METHODS = ("interview", "observation", "document")
_SEGMENT_COLUMNS = ["segment", "team", "document", "method", "start", "end", "actor_role", "target_role", "on"]
_HIDDEN_COLUMNS = ["follow", "kind", "tone", "forms", "effect", "direction"]


@dataclass(frozen=True)
class ActsSpec(Section):
    """How many acts are there at the boundaries, of which form and tone, and under which conditions?"""

    # conditions and recipes
    thresholds: Mapping[str, float] = parameter(
        {"leadership_support": 3, "role_agreed": 3, "supervision_time": 2, "vacancy_rate": 0.12},
        "unit of the indicator",
        "a condition holds in a team whose indicator is this high or higher",
    )
    constructive: Mapping[str, str] = parameter(
        {"clear_and_supervised": "role_agreed*supervision_time", "led_and_staffed": "leadership_support*~vacancy_rate"},
        "recipe: * and, ~ not",
        "either way leads to mostly constructive acts",
        text=True,
    )
    destructive: Mapping[str, str] = parameter(
        {"unclear_and_short": "~role_agreed*vacancy_rate"},
        "recipe: * and, ~ not",
        "one way to mostly destructive acts",
        text=True,
    )
    constructive_when_recipe: float = share(0.85, "probability", "an act in a team with a constructive recipe")
    destructive_when_recipe: float = share(0.85, "probability", "an act in a team with a destructive recipe")
    tones_without_recipe: Mapping[str, float] = share(
        {"constructive": 0.25, "destructive": 0.25, "depends": 0.5},
        "share of acts",
        "a team without a recipe is seldom mostly constructive or mostly destructive",
    )
    exceptions: float = share(
        0.02, "probability", "a team acts as if no recipe held: cases that the recipes don't explain"
    )
    # segments
    case_acts: float = parameter(60, "acts per team", "case teams are interviewed, observed and read about")
    panel_acts: float = parameter(20, "acts per team", "other teams are interviewed only, enough to tell their tone")
    effect_mentions: float = parameter(4, "segments per team", "talk of effects rather than of acts")
    nothing: float = share(0.05, "share of segments", "extracts to which no code applies")
    segments_per_document: float = parameter(8, "segments", "mean number in a document", low=1)
    methods: Mapping[str, float] = share(
        {"interview": 0.5, "observation": 0.35, "document": 0.15}, "share of documents", "how case teams are studied"
    )
    months_before: int = count(2, "months", "case teams are visited this long before the role arrives")
    observation_days: int = count(3, "days", "field notes of one observation run over so many days", 1)
    # who and how
    between_new_and_existing: float = share(0.75, "probability", "the new role and one on which it borders, either way")
    forms_per_act: Mapping[int, float] = share(
        {1: 0.6, 2: 0.3, 3: 0.1}, "forms: share of acts", "an act can have several forms"
    )
    form_weights: Mapping[str, float] = parameter(
        {**COMPETITIVE, **COLLABORATIVE, **OTHER_FORMS}, "weight", "from common to rare"
    )
    competitive_when_destructive: float = parameter(3, "ratio of weights", "competitive forms in a destructive act")
    collaborative_when_constructive: float = parameter(
        3, "ratio of weights", "collaborative forms in a constructive act"
    )
    answered: float = share(0.5, "probability", "a contest is answered by the next act of the document")
    answers: Mapping[str, float] = share(
        {"BW-COLL-NEG": 0.5, "BW-REP": 0.2, "BW-COMP-DEF": 0.3}, "share of answers", "negotiation, repair, escalation"
    )
    # effects
    effect_weights: Mapping[str, float] = parameter(
        {"EFF-SU-CONT": 3, "EFF-SU-ACC": 3, "EFF-SU-CLAR": 1, "EFF-NR-CLAR": 2, "EFF-NR-RET": 1, "EFF-ER-MOR": 3,
         "EFF-ER-SUP": 3, "EFF-ER-TASK": 1.5},
        "weight",
        "domains of the codebook effects that people speak of",
    )  # fmt: skip
    better: Mapping[str, float] = share(
        {"EFF-SU-CONT": 0.25, "EFF-SU-ACC": 0.7, "EFF-SU-CLAR": 0.3, "EFF-NR-CLAR": 0.6, "EFF-NR-RET": 0.3,
         "EFF-ER-MOR": 0.15, "EFF-ER-SUP": 0.1, "EFF-ER-TASK": 0.5},
        "share of mentions",
        "mostly in line with the planted outcomes",
    )  # fmt: skip
    worse: Mapping[str, float] = share(
        {"EFF-SU-CONT": 0.25, "EFF-SU-ACC": 0.1, "EFF-SU-CLAR": 0.3, "EFF-NR-CLAR": 0.15, "EFF-NR-RET": 0.3,
         "EFF-ER-MOR": 0.65, "EFF-ER-SUP": 0.7, "EFF-ER-TASK": 0.2},
        "share of mentions",
        "the rest is mixed; talk of morale stays bad although burnout falls again later",
    )  # fmt: skip

    def _refuse_contradictions(self) -> None:
        refuse_unclear_recipes(self.constructive, self.destructive, self.thresholds)
        refuse_other_keys("tones_without_recipe", self.tones_without_recipe, TONES)
        refuse_other_keys("methods", self.methods, METHODS)
        refuse_other_keys("form_weights", self.form_weights, FORMS)
        for name in ("better", "worse"):
            refuse_other_keys(name, getattr(self, name), tuple(self.effect_weights))
        for name in ("tones_without_recipe", "methods", "forms_per_act", "answers"):
            refuse_shares_beyond_one(name, getattr(self, name))
        if set(self.forms_per_act) - {1, 2, 3}:
            raise InputError(f"forms_per_act: {sorted(self.forms_per_act)} forms are asked for; expected 1, 2 or 3.")
        if sum(weight > 0 for weight in self.form_weights.values()) < max(self.forms_per_act):
            raise InputError(f"form_weights: fewer than {max(self.forms_per_act)} forms have a weight above zero.")
        if not (self.competitive_when_destructive and self.collaborative_when_constructive):
            raise InputError(
                "competitive_when_destructive and collaborative_when_constructive are ratios: expected more than 0."
            )
        for code in self.answers:
            if code not in FORMS:
                raise InputError(f"answers: unknown form '{code}'. {did_you_mean(code, FORMS)}")
        if not sum(self.effect_weights.values()):
            raise InputError("effect_weights: all weights are zero; expected at least one above zero.")
        for code in self.effect_weights:
            if self.better[code] + self.worse[code] > 1 + 1e-9:
                raise InputError(f"better and worse: the shares of '{code}' add up to more than 1.")
        if self.nothing == 1:
            raise InputError("nothing: a share of 1 leaves no room for acts; expected less than 1.")

    def weights_by_tone(self) -> dict[str, dict[str, float]]:
        """How much does each form weigh in an act of each tone?"""
        heavier = {
            "constructive": (COLLABORATIVE, self.collaborative_when_constructive),
            "destructive": (COMPETITIVE, self.competitive_when_destructive),
            "depends": ({}, 1.0),
        }
        return {
            tone: {code: self.form_weights[code] * (ratio if code in fitting else 1) for code in FORMS}
            for tone, (fitting, ratio) in heavier.items()
        }


def draw_acts(
    teams: pd.DataFrame,
    indicators: pd.DataFrame,
    register: pd.DataFrame,
    teams_spec: TeamsSpec,
    spec: ActsSpec,
    rng: np.random.Generator,
    people_per_team: int = 24,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Which acts at the boundaries were heard, seen or read of, between whom, of which form and tone?

    `teams`: see `draw_introductions`; case and panel teams that got a new role are studied. `indicators`: context
    indicators (columns) by team (index), without blanks. `people_per_team`: how large the teams are, which decides
    which existing roles they have (`existing_staff`).

    **Tone.** A condition holds in a team when its indicator is at or above its threshold; a recipe holds when all that
    it asks for does. With probability `exceptions` a team acts as if no recipe held. Each act of a team is
    constructive with probability `constructive_when_recipe` where a constructive recipe holds, destructive with
    probability `destructive_when_recipe` where a destructive one does (the rest falls on the two other tones in equal
    parts), and otherwise follows `tones_without_recipe`. A team is mostly constructive, or mostly destructive, when
    more than half of all its acts are.

    **Form.** An act has 1 to 3 forms, drawn one after the other without putting back, each time in proportion to its
    weight; competitive forms weigh `competitive_when_destructive` times as much in a destructive act, and
    collaborative ones `collaborative_when_constructive` times as much in a constructive one. When an act is a contest
    (one of its forms is BW-COMP-CON), the next act of the same document is an answer with probability `answered`: its
    first form comes from `answers`. So, for an act of a given tone, P(some form is an answer, after a contest) =
    answered + (1 - answered) x P(some form is an answer, otherwise).

    **Who.** With probability `between_new_and_existing` the new role and an existing role of the team on which it
    borders (any existing role where it borders on none), either of them acting; else two existing roles of the team.
    Before the new role has come it can't act yet, and is acted upon only.

    **Segments.** The numbers of acts and of mentions of effects in a team are Poisson. Further segments to which
    nothing applies make up the share `nothing` of all, in expectation. All lie in random order in documents of
    `segments_per_document` on average, dated between `months_before` months before the arrival (other panel teams: the
    arrival) and the end of the panel. A mention of an effect has one domain, in proportion to `effect_weights`, and is
    better, worse or else mixed with the probabilities of that domain.

    Returns (segments, truth). `segments`: one row per segment, with the columns of the table `segments` and columns
    that belong to the truth: follow (case or panel), kind (act, effect or nothing), tone, forms (list of codes),
    effect, direction (codes). `truth`: by team its conditions, the recipes that hold, whether it is an exception, and
    the expected shares of tones; by segment its kind, tone, forms, effect and direction; and the probabilities that an
    act is an answer, by tone, after a contest and otherwise.

    Raises InputError for a team without an indicator that a recipe needs.
    """
    studied = teams[teams["follow"].isin(["case", "panel"]) & teams["new_role"].ne("")].reset_index(drop=True)
    tones, team_truth = _draw_team_tones(studied, indicators, spec, rng)
    segments, at = _draw_layout(studied, teams_spec, spec, rng)
    tone = (rng.random(len(segments))[:, np.newaxis] >= tones.cumsum(axis=1)[at][:, :2]).sum(axis=1)
    is_act, is_effect = (segments["kind"].eq(kind).to_numpy() for kind in ("act", "effect"))
    segments["tone"] = np.where(is_act, np.array(TONES)[tone], "")
    segments = _with_roles(segments, studied, at, is_act, register, people_per_team, spec, rng)
    forms: list[list[str]] = [[] for _ in range(len(segments))]
    documents = segments.loc[is_act, "document"].to_numpy()
    weights = spec.weights_by_tone()
    drawn = draw_forms(tone[is_act], documents, weights, spec.forms_per_act, spec.answered, spec.answers, rng)
    for position, codes in zip(np.flatnonzero(is_act), drawn, strict=True):
        forms[position] = codes
    segments["forms"] = pd.Series(forms, index=segments.index, dtype="object")
    domain, direction = _draw_effects(len(segments), spec, rng)
    segments["effect"] = np.where(is_effect, domain, "")
    segments["direction"] = np.where(is_effect, direction, "")
    segments = segments[[*_SEGMENT_COLUMNS, *_HIDDEN_COLUMNS]]
    hidden = segments[["kind", "tone", "forms", "effect", "direction"]].to_dict("records")
    truth = {
        "teams": team_truth,
        "segments": dict(zip(segments["segment"], hidden, strict=True)),
        "answers": answer_probabilities(weights, spec.forms_per_act, spec.answered, spec.answers),
    }
    return segments, truth


def _draw_team_tones(
    studied: pd.DataFrame, indicators: pd.DataFrame, spec: ActsSpec, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, Any]]:
    """Expected shares of tones, a row per team, and what stands behind them."""
    holds = conditions_of(studied["team"], indicators, spec.thresholds)
    exception = rng.random(len(studied)) < spec.exceptions
    c, d = spec.constructive_when_recipe, spec.destructive_when_recipe
    leading_to = {
        "constructive": [c, (1 - c) / 2, (1 - c) / 2],
        "destructive": [(1 - d) / 2, d, (1 - d) / 2],
    }
    without = [spec.tones_without_recipe[tone] for tone in TONES]
    recipes = {"constructive": spec.constructive, "destructive": spec.destructive}
    truth, rows = {}, []
    for team, conditions, odd in zip(studied["team"], holds.to_dict("records"), exception.tolist(), strict=True):
        met = recipes_that_hold(conditions, recipes)
        expected = leading_to[met[0][1]] if met and not odd else without
        rows.append(expected)
        truth[str(team)] = {
            "conditions": {str(key): bool(value) for key, value in conditions.items()},
            "recipes": [name for name, _ in met],
            "exception": bool(odd),
            "expected_tones": {tone: round(each, 6) for tone, each in zip(TONES, expected, strict=True)},
        }
    return np.array(rows, dtype=float).reshape(len(studied), len(TONES)), truth


def _draw_layout(
    studied: pd.DataFrame, teams_spec: TeamsSpec, spec: ActsSpec, rng: np.random.Generator
) -> tuple[pd.DataFrame, np.ndarray]:
    """Segments without content, in the order of team, day and place in the document, and the team's row of each."""
    case = studied["follow"].eq("case").to_numpy()
    acts = np.where(case, spec.case_acts, spec.panel_acts)
    nothing = (acts + spec.effect_mentions) * spec.nothing / (1 - spec.nothing)
    counts = [rng.poisson(mean, len(studied)) for mean in (acts, np.full(len(studied), spec.effect_mentions), nothing)]
    at = np.concatenate([np.repeat(np.arange(len(studied)), each) for each in counts])
    kind = np.repeat(["act", "effect", "nothing"], [each.sum() for each in counts])
    order = np.lexsort([rng.random(len(at)), at])
    at, kind, n = at[order], kind[order], len(at)
    opens_document = _first_of_each(at) | (rng.random(n) < 1 / spec.segments_per_document)
    document = np.cumsum(opens_document) - 1
    team_of = at[opens_document]
    method = np.where(case[team_of], rng.choice(METHODS, len(team_of), p=list(spec.methods.values())), METHODS[0])
    arrival = studied["start_month"].astype("float").to_numpy()
    opens = _month_start(arrival - np.where(case, spec.months_before, 0), teams_spec)[team_of]
    days = (_month_start(np.array(teams_spec.months), teams_spec) - opens).astype(int)
    day = np.floor(rng.random(len(team_of)) * days).astype(int)
    day = day[np.lexsort([day, team_of])]
    later = np.floor(rng.random(n) * np.where(method == "observation", spec.observation_days, 1)[document]).astype(int)
    later = later[np.lexsort([later, document])]
    on = opens[document] + np.minimum(day[document] + later, days[document] - 1)
    gap = np.ceil(rng.exponential(600, n)).astype(int)
    length = np.clip(np.exp(rng.normal(np.log(280), 0.6, n)).round(), 40, 2500).astype(int)
    end = (gap + length).cumsum()
    end -= (end - gap - length)[opens_document][document]
    width, document_width = max(5, len(str(n))), max(4, len(str(len(team_of))))
    segments = pd.DataFrame(
        {
            "segment": pd.Series([f"S{i:0{width}d}" for i in range(1, n + 1)], dtype="str"),
            "team": studied["team"].to_numpy()[at],
            "document": pd.Series([f"D{i:0{document_width}d}" for i in document + 1], dtype="str"),
            "method": pd.Series(method[document], dtype="str"),
            "start": end - length,
            "end": end,
            "on": on.astype("datetime64[s]"),
            "before": on < _month_start(arrival, teams_spec)[at],
            "follow": studied["follow"].to_numpy()[at],
            "kind": pd.Series(kind, dtype="str"),
        }
    )
    return segments, at


def _first_of_each(sorted_labels: np.ndarray) -> np.ndarray:
    """Where does a new label begin?"""
    return np.append(True, sorted_labels[1:] != sorted_labels[:-1])[: len(sorted_labels)]


def _month_start(month: np.ndarray, teams_spec: TeamsSpec) -> np.ndarray:
    """The first day of these months of the panel, counted from 0."""
    return (np.datetime64(teams_spec.first_month, "M") + month.astype("timedelta64[M]")).astype("datetime64[D]")


def _with_roles(
    segments: pd.DataFrame,
    studied: pd.DataFrame,
    at: np.ndarray,
    is_act: np.ndarray,
    register: pd.DataFrame,
    people_per_team: int,
    spec: ActsSpec,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Who acts upon whom; blank on both sides for a segment that is no act."""
    n = len(segments)
    pick, swap = rng.random(n), rng.random(n) < 0.5
    new = rng.random(n) < spec.between_new_and_existing
    before = segments["before"].to_numpy()
    actor, target = np.full(n, "", dtype=object), np.full(n, "", dtype=object)
    kinds = studied.groupby(["new_role", "setting"], sort=False).ngroup().to_numpy()
    for number in range(kinds.max() + 1 if len(kinds) else 0):
        team = studied.iloc[int(np.argmax(kinds == number))]
        staff = list(existing_staff(team["new_role"], team["setting"], people_per_team, register))
        staff = [role for role in staff if role != team["new_role"]]
        borders = [role for role in bordering_roles(team["new_role"], register) if role in staff] or staff
        pairs = [(one, other) for one in staff for other in staff if one < other]
        mine = is_act & (kinds[at] == number)
        with_new = mine & (new | (not pairs))
        for rows, options, either_way in (
            (with_new, [(role, team["new_role"]) for role in borders], swap & ~before),
            (mine & ~with_new, pairs, swap),
        ):
            chosen = np.array(options, dtype=object).reshape(-1, 2)[(pick[rows] * len(options)).astype(int)]
            actor[rows] = np.where(either_way[rows], chosen[:, 1], chosen[:, 0])
            target[rows] = np.where(either_way[rows], chosen[:, 0], chosen[:, 1])
    return segments.assign(
        actor_role=pd.Series(actor, index=segments.index, dtype="str"),
        target_role=pd.Series(target, index=segments.index, dtype="str"),
    )


def _draw_effects(n: int, spec: ActsSpec, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A domain and a direction for each of so many mentions."""
    codes = list(spec.effect_weights)
    weights = np.array(list(spec.effect_weights.values()), dtype=float)
    chosen = rng.choice(len(codes), n, p=weights / weights.sum())
    better = np.array([spec.better[code] for code in codes])[chosen]
    worse = np.array([spec.worse[code] for code in codes])[chosen]
    luck = rng.random(n)
    direction = np.where(
        luck < better, "EFF-DIR-BETTER", np.where(luck < better + worse, "EFF-DIR-WORSE", "EFF-DIR-MIXED")
    )
    return np.array(codes)[chosen], direction
