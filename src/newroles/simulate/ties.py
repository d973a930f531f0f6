"""Who works with, supervises, asks, refers to and hands over to whom in an invented study, with known coefficients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import softmax
from scipy.stats import binom

from newroles.simulate.dyads import covariates_of, pairs_of, persons_of
from newroles.simulate.parameters import Section, effect, parameter, refuse_other_keys, share

RELATIONS = ("works_with", "supervision", "advice", "referral", "handover")
DENSEST = 0.75  # no relation is aimed at more than this share of the others in a team
# weights are 1 and up to so many steps more
MOST_STEPS: Mapping[str, int] = {"works_with": 4, "supervision": 0, "advice": 2, "referral": 2, "handover": 2}
_AIMS = {
    "works_with": "mean_partners", "advice": "mean_asked", "referral": "mean_referred_to",
    "handover": "mean_handed_over_to",
}  # fmt: skip
_WORKS_WITH = ("band_distance", "newcomer", "new_existing", "shared_task")
_LUCK = (*RELATIONS, "strength")  # each pair of people has a persistent uniform number for each of these, in this order
_DTYPES = {"wave": "int64", "source": "str", "target": "str", "relation": "str", "weight": "float64"}


@dataclass(frozen=True)
class TiesSpec(Section):
    """What makes a tie between two people likely? Coefficients are log-odds unless their unit says otherwise."""

    redrawn: float = share(0.3, "probability between two waves", "chance of a tie is drawn anew; otherwise ties stay")
    other_team: float = effect(-2.5, "log-odds, every relation but supervision", "few ties join two teams of a trust")
    # works_with
    mean_partners: float = parameter(7.0, "people", "works with so many in their team, on average in wave 1", low=0.1)
    same_role_before: float = effect(2.0, "log-odds, wave 1", "people work mostly with their own profession")
    same_role_after: float = effect(0.5, "log-odds, last wave", "less so once the role is there: the planted change")
    band_distance: float = effect(-0.1, "log-odds per step of the hierarchy", "people work with those near their band")
    newcomer: float = effect(-0.8, "log-odds, wave of arrival", "who has just come has few ties as yet")
    new_existing: float = effect(0.0, "log-odds", "a pair of a new and an existing role, beside what newcomers lack")
    shared_task: float = effect(0.3, "log-odds per shared task, up to 3", "common tasks bring people together")
    # supervision: who supervises a person is chosen among those above them with weights exp(sum of these)
    second_supervisor: float = share(0.15, "probability", "clinical and managerial supervision by two people")
    supervision_same_role: float = effect(1.5, "log of weight", "professions supervise their own")
    supervision_same_family: float = effect(0.7, "log of weight", "another role of the same professional family")
    supervision_works_with: float = effect(1.0, "log of weight", "supervisors tend to know the work")
    supervision_rank_gap: float = effect(-0.5, "log of weight per step of the hierarchy", "by those just above")
    # advice: source asks target
    mean_asked: float = parameter(3.0, "people", "asked for advice by one person, on average in wave 1", low=0.1)
    advice_mutual: float = effect(1.0, "log-odds", "who is asked asks back")
    advice_same_role: float = effect(0.5, "log-odds", "questions go to one's own profession first")
    advice_upward: float = effect(0.6, "log-odds", "to those of higher rank")
    advice_works_with: float = effect(1.8, "log-odds", "to those one works with")
    advice_supervisor: float = effect(1.2, "log-odds", "to one's supervisor")
    advice_newcomer_asks: float = effect(0.6, "log-odds, wave of arrival", "newcomers ask more")
    # referral: source refers service users to target
    mean_referred_to: float = parameter(1.5, "people", "referred to by one person, on average in wave 1", low=0.1)
    referral_other_role: float = effect(1.2, "log-odds", "referral is to somebody who does something else")
    referral_works_with: float = effect(1.5, "log-odds", "to those one works with")
    referral_shared_task: float = effect(0.2, "log-odds per shared task, up to 3", "where tasks meet")
    # handover: source hands over to target
    mean_handed_over_to: float = parameter(2.5, "people", "handed over to by one person, on average in wave 1", low=0.1)
    handover_works_with: float = effect(2.5, "log-odds", "handover is part of working together")
    handover_same_band_kind: float = effect(
        1.0, "log-odds", "support, registered, senior or medical staff among each other"
    )
    # how strong a tie is
    weight_share: Mapping[str, float] = share(
        {"works_with": 0.45, "advice": 0.4, "referral": 0.3, "handover": 0.5},
        "share of the scale above 1",
        "weights are 1 + Binomial(4, share) for works_with, 1 + Binomial(2, share) for the others, 1 for supervision",
    )

    def _refuse_contradictions(self) -> None:
        refuse_other_keys("weight_share", self.weight_share, tuple(r for r in RELATIONS if r != "supervision"))

    def same_role(self, wave: int, waves: int) -> float:
        """The log-odds of works_with for two people of one role, in this of so many waves: on a line from first to last."""
        return self.same_role_before + (self.same_role_after - self.same_role_before) * (wave - 1) / max(waves - 1, 1)

    def coefficients(self) -> dict[str, dict[str, float]]:
        """By relation and term, all that stay the same in every wave: log-odds, and for supervision logs of weights."""
        found = {"works_with": {term: getattr(self, term) for term in _WORKS_WITH}}
        for relation in RELATIONS[1:]:
            named = [each.name for each in fields(self) if each.name.startswith(f"{relation}_")]
            found[relation] = {name.removeprefix(f"{relation}_"): getattr(self, name) for name in named}
        far = {"other_team": self.other_team}
        return {relation: terms if relation == "supervision" else terms | far for relation, terms in found.items()}


def draw_ties(
    people: pd.DataFrame, tasks: pd.DataFrame, teams: pd.DataFrame, spec: TiesSpec, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, Any], pd.DataFrame]:
    """Who works with, supervises, asks, refers to and hands over to whom in each wave, and which of it was answered?

    `people`: as `draw_people` returns them, with their internal columns; `tasks`: the study's table (wave, team, task,
    role, position); `teams`: with team and trust. Ties join people of one team or of two case teams of one trust.

    *works_with* (undirected): the log-odds of a tie between two people are intercept + same_role x [one role] +
    band_distance x |difference of rank| + newcomer x [one of them has come since the wave before] + new_existing x [one
    is in a new role, the other in an existing one] + shared_task x (tasks that both of their roles do in the team, 0 for
    one role and for two teams, at most 3) + other_team x [two teams]. same_role goes in a straight line from
    same_role_before in wave 1 to same_role_after in the last wave: with it, work crosses more role boundaries.

    *supervision* (source supervises target, within a team): everybody below the top of their team has a supervisor among
    those of higher rank, and with probability second_supervisor another one; each is chosen with weight exp(same_role +
    same_family x [another role of one family] + works_with x [a tie] + rank_gap x difference of rank). People in a new
    role are supervised by the role that the register names, else by a role on which theirs borders, else by anybody,
    always of higher rank.

    *advice* (source asks target): an exponential random graph model with independent dyads. A pair asks not at all, one
    way, the other way or both ways with weights 1, exp(x), exp(y), exp(x + y + mutual), where x (and likewise y) is
    intercept + same_role + upward x [target ranks higher] + works_with x [a tie] + supervisor x [target supervises
    source] + newcomer_asks x [source has just come] + other_team. *referral* and *handover* likewise, with mutual 0:
    intercept + other_role + works_with + shared_task x tasks + other_team; intercept + works_with + same_band_kind
    (support, registered, senior, medical, other) + other_team.

    The intercepts are solved once, so that in wave 1 the expected mean number of partners (people asked, and so on)
    within teams is what `mean_partners` (`mean_asked`, ...) says, or 0.75 of the others in the team if that is less;
    those of directed relations, given the ties of works_with and supervision. Ties persist: each pair has a uniform
    number for each relation that decides in every wave, and is drawn anew between two waves with probability `redrawn`
    only. So a tie's probability is exactly what the model says in every wave, and ties still last. A further such number
    of each pair decides how strong its ties are, by the quantiles of their binomial distribution.

    A tie named by somebody who didn't answer is lost: of directed relations the ties they send, of works_with those
    where neither answered. Ties to somebody who didn't answer stay.

    Returns the `ties` table, one row per tie and wave that was answered; the truth; and the complete table, before
    anything was lost. The truth, within teams: coefficients (by relation, intercepts among them), same_role (of
    works_with, by wave), aims (mean number of people in wave 1), expected (by wave and relation, density: share of pairs,
    or of ordered pairs; of works_with also partners, the mean number; across_roles and across_new_and_existing: share of
    ties between two roles, and between a new and an existing one), realised (likewise, before anything was lost); and by
    wave and relation, over all ties: ties and lost.
    """
    persons = persons_of(people, teams)
    every_pair = pairs_of(persons)
    waves = sorted(people["wave"].unique().tolist())
    model = _Model(spec, spec.coefficients())
    luck, second = rng.random((len(every_pair), len(_LUCK))), rng.random(len(persons))
    drawn: dict[tuple[int, str], dict[str, np.ndarray]] = {}
    expected: dict[int, dict[str, Any]] = {}
    realised: dict[int, dict[str, Any]] = {}
    for wave in waves:
        if wave != waves[0]:
            luck = np.where(rng.random(luck.shape) < spec.redrawn, rng.random(luck.shape), luck)
            second = np.where(rng.random(second.shape) < spec.redrawn, rng.random(second.shape), second)
        here = every_pair["from_wave"].le(wave).to_numpy() & every_pair["to_wave"].ge(wave).to_numpy()
        pairs = every_pair[here].reset_index(drop=True)
        there, back = covariates_of(pairs, persons, tasks, wave)
        sizes = people.loc[people["wave"] == wave, "team"].value_counts().to_numpy()
        expected[wave], realised[wave] = {}, {}
        for relation, uniform in zip(RELATIONS, luck[here].T, strict=False):
            if relation == "supervision":
                sent, received = _supervisors(pairs, there, uniform, second, persons, spec)
                there["supervisor"], back["supervisor"] = received, sent
            else:
                line = {"same_role": spec.same_role(wave, waves[-1])} if relation == "works_with" else {}
                states = model.states(relation, there, back, line, pairs["same_team"].to_numpy(), sizes)
                expected[wave][relation] = _described(relation, *_marginal(states), pairs, sizes.sum())
                state = (uniform[:, np.newaxis] >= states.cumsum(axis=1)[:, :3]).sum(axis=1)
                sent, received = _marginal(np.eye(4)[state])
            if relation == "works_with":
                there["works_with"] = back["works_with"] = sent
            realised[wave][relation] = _described(relation, sent, received, pairs, sizes.sum())
            drawn[wave, relation] = _ties(relation, sent, received, pairs, luck[here, -1], spec)
    complete = _table(drawn, persons)
    answered = _answered(complete, people)
    counts = complete.assign(lost=~answered).groupby(["wave", "relation"])["lost"].agg(["size", "sum"])
    truth: dict[str, Any] = {
        "coefficients": model.coefficients,
        "same_role": {wave: round(spec.same_role(wave, waves[-1]), 6) for wave in waves},
        "aims": model.aims,
        "expected": expected,
        "realised": realised,
        "answers": {wave: {} for wave in waves},
    }
    for (wave, relation), n, lost in counts.itertuples():
        truth["answers"][wave][relation] = {"ties": int(n), "lost": int(lost)}
    return complete[answered].reset_index(drop=True), truth, complete


@dataclass
class _Model:
    """The coefficients of each relation, with intercepts as they are solved, in wave 1."""

    spec: TiesSpec
    coefficients: dict[str, dict[str, float]]
    aims: dict[str, float] = field(default_factory=dict)

    def states(
        self,
        relation: str,
        there: Mapping[str, np.ndarray],
        back: Mapping[str, np.ndarray],
        line: Mapping[str, float],
        within: np.ndarray,
        sizes: np.ndarray,
    ) -> np.ndarray:
        """Pairs x 4: the chances of no tie, one there, one back, both. works_with has none or both."""
        terms = self.coefficients[relation]
        slopes = {**terms, **line}
        mutual = slopes.pop("mutual", 0.0)
        intercept = slopes.pop("intercept", None)
        x = sum((slopes[term] * there[term] for term in slopes), start=np.zeros(len(within)))
        y = sum((slopes[term] * back[term] for term in slopes), start=np.zeros(len(within)))
        if intercept is None:
            others = (sizes * (sizes - 1)).sum() / sizes.sum()
            self.aims[relation] = round(float(min(getattr(self.spec, _AIMS[relation]), DENSEST * others)), 6)
            intercept = terms["intercept"] = _intercept(
                lambda c: _four(relation, x[within] + c, y[within] + c, mutual),
                self.aims[relation] * sizes.sum(),
                bound=60 + max(np.abs(x).max(initial=0), np.abs(y).max(initial=0)) + abs(mutual),
            )
        return _four(relation, x + intercept, y + intercept, mutual)


def _four(relation: str, x: np.ndarray, y: np.ndarray, mutual: float) -> np.ndarray:
    if relation == "works_with":
        logs = np.column_stack([np.zeros_like(x), np.full_like(x, -np.inf), np.full_like(x, -np.inf), x])
    else:
        logs = np.column_stack([np.zeros_like(x), x, y, x + y + mutual])
    return softmax(logs, axis=1)


def _marginal(states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The chance of a tie there, and of one back."""
    return states[:, 1] + states[:, 3], states[:, 2] + states[:, 3]


def _intercept(states: Callable[[float], np.ndarray], wanted: float, bound: float) -> float:
    """With which intercept are so many ties sent, as expected? Rounded, and used as rounded."""
    if not len(states(0.0)):
        return 0.0
    return round(float(brentq(lambda c: sum(map(np.sum, _marginal(states(c)))) - wanted, -bound, bound)), 6)


def _supervisors(
    pairs: pd.DataFrame,
    there: Mapping[str, np.ndarray],
    uniform: np.ndarray,
    second: np.ndarray,
    persons: pd.DataFrame,
    spec: TiesSpec,
) -> tuple[np.ndarray, np.ndarray]:
    """Does a supervise b, and b a? 0 or 1 for each pair. A choice by weights is one of the highest log weight + Gumbel noise."""
    climb = pairs["climb"].to_numpy()
    rows = np.flatnonzero(pairs["same_team"].to_numpy() & (climb != 0))
    a, b, a_is_lower = pairs["a"].to_numpy()[rows], pairs["b"].to_numpy()[rows], climb[rows] > 0
    lower, upper = np.where(a_is_lower, a, b), np.where(a_is_lower, b, a)
    with np.errstate(divide="ignore"):
        score = -np.log(-np.log(uniform[rows]))
    for term, value in spec.coefficients()["supervision"].items():
        score = score + value * there[term][rows]
    order = np.lexsort((-score, _line_of_choice(lower, upper, persons), lower))
    place_first = np.diff(lower[order], prepend=-1) != 0
    place_second = np.append(False, place_first[:-1]) & ~place_first
    picked = order[place_first | (place_second & (second[lower[order]] < spec.second_supervisor))]
    sent, received = np.zeros(len(pairs)), np.zeros(len(pairs))
    sent[rows[picked[~a_is_lower[picked]]]] = 1
    received[rows[picked[a_is_lower[picked]]]] = 1
    return sent, received


def _line_of_choice(lower: np.ndarray, upper: np.ndarray, persons: pd.DataFrame) -> np.ndarray:
    """0 for whom the register names as supervisor of a new role, 1 for bordering roles, 2 for others; 0 for existing roles."""
    known = persons.drop_duplicates("role")
    roles = pd.Index(known["role"])
    line = np.full((len(roles), len(roles)), 2)
    for row, borders, named in zip(line, known["borders_on"], known["supervised_by"], strict=True):
        row[roles.isin(borders.split(";"))] = 1
        row[roles == named] = 0
    codes = roles.get_indexer_for(persons["role"])
    return np.where(persons["is_new"].to_numpy()[lower], line[codes[lower], codes[upper]], 0)


def _ties(
    relation: str, sent: np.ndarray, received: np.ndarray, pairs: pd.DataFrame, strength: np.ndarray, spec: TiesSpec
) -> dict[str, np.ndarray]:
    """The ties of one relation and wave: source and target (rows of `persons`) and weight. Undirected ones once."""
    named = np.flatnonzero(sent), np.flatnonzero(received) if relation != "works_with" else np.empty(0, dtype=int)
    rows, forth = np.concatenate(named), np.repeat([True, False], [len(named[0]), len(named[1])])
    a, b = pairs["a"].to_numpy()[rows], pairs["b"].to_numpy()[rows]
    source, target = np.where(forth, a, b), np.where(forth, b, a)
    weight = np.ones(len(rows))
    if most := MOST_STEPS[relation]:
        quantiles = binom.cdf(np.arange(most), most, spec.weight_share[relation])
        weight += np.searchsorted(quantiles, strength[rows], side="right")
    order = np.lexsort((target, source))
    return {"source": source[order], "target": target[order], "weight": weight[order]}


def _table(drawn: Mapping[tuple[int, str], Mapping[str, np.ndarray]], persons: pd.DataFrame) -> pd.DataFrame:
    """All ties as a study folder has them."""
    numbers = [len(ties["weight"]) for ties in drawn.values()]
    columns: dict[str, Any] = {
        "wave": np.repeat([wave for wave, _ in drawn], numbers),
        "relation": np.repeat([relation for _, relation in drawn], numbers),
    }
    for name in ("source", "target", "weight"):
        columns[name] = np.concatenate([np.empty(0, dtype=int), *(ties[name] for ties in drawn.values())])
    for end in ("source", "target"):
        columns[end] = persons["person"].to_numpy()[columns[end]]
    return pd.DataFrame(columns).astype(_DTYPES)[list(_DTYPES)]


def _answered(ties: pd.DataFrame, people: pd.DataFrame) -> np.ndarray:
    """Did somebody who answered name the tie? Its source, or of works_with either of the two."""
    silent = pd.MultiIndex.from_frame(people.loc[~people["responded"], ["wave", "person"]])
    source, target = (~pd.MultiIndex.from_frame(ties[["wave", end]]).isin(silent) for end in ("source", "target"))
    return np.asarray(source | (target & ties["relation"].eq("works_with").to_numpy()), dtype=bool)


def _described(
    relation: str, sent: np.ndarray, received: np.ndarray, pairs: pd.DataFrame, people: int
) -> dict[str, float | None]:
    """Density within teams and, of works_with, the mean number of partners and the shares across boundaries."""
    within = pairs["same_team"].to_numpy()
    ties = np.where(within, sent + received, 0.0)
    described = {"density": _share(ties.sum(), 2 * within.sum())}
    if relation == "works_with":
        described["partners"] = _share(ties.sum(), people)
        described["across_roles"] = _share(ties[~pairs["same_role"].to_numpy()].sum(), ties.sum())
        described["across_new_and_existing"] = _share(ties[pairs["new_existing"].to_numpy()].sum(), ties.sum())
    return described


def _share(part: float, whole: float) -> float | None:
    return round(float(part / whole), 6) if whole else None
