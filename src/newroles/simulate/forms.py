"""Which forms the acts of an invented study have, and how a contest is answered."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

CONTEST = "BW-COMP-CON"
# forms of the codebook boundary_work, commoner ones weighing more; which of them fit which tone is our own choice
COMPETITIVE: Mapping[str, float] = {
    "BW-COMP-DEF": 8, "BW-COMP-CON": 8, "BW-COMP-CRE": 3, "BW-GIE-EXP": 2, "BW-GIE-EXC": 2, "BW-GIE-PRO": 1.5,
    "BW-CLO": 3, "BW-REC": 1, "BW-HOA": 2, "BW-DIS": 2,
}  # fmt: skip
COLLABORATIVE: Mapping[str, float] = {
    "BW-COLL-NEG": 9, "BW-COLL-EMB": 2.5, "BW-COLL-DOW": 3, "BW-OPN": 3, "BW-SCU": 1, "BW-REP": 1.5, "BW-BRI": 2.5,
    "BW-SPA": 1.5, "BW-ACC": 2, "BW-LIB-INT": 1.5, "BW-LEG-OPP": 1, "BW-LEG-FIT": 2, "BW-LEG-VAL": 1,
}  # fmt: skip
OTHER_FORMS: Mapping[str, float] = {
    "BW-CONF-ARR": 6, "BW-CONF-BUF": 3, "BW-CONF-COA": 1.5, "BW-CONF-REG": 3, "BW-FRA-ISS": 2, "BW-FRA-JUS": 2.5,
    "BW-FRA-SELF": 2, "BW-FRA-ALT": 2, "BW-LIB-SEP": 1.5, "BW-LIB-REP": 1, "BW-BLU": 2, "BW-EVI": 1.5,
}  # fmt: skip
FORMS = (*COMPETITIVE, *COLLABORATIVE, *OTHER_FORMS)

Weights = Mapping[str, Mapping[str, float]]  # of each form, in an act of each tone


def draw_forms(
    tone: np.ndarray,
    document: np.ndarray,
    weights: Weights,
    forms_per_act: Mapping[int, float],
    answered: float,
    answers: Mapping[str, float],
    rng: np.random.Generator,
) -> list[list[str]]:
    """Which forms has each act? The main one first; acts come in the order of their documents.

    `tone`: the place of each act's tone in `weights`; the other parameters are those of `ActsSpec`.

    Adding Gumbel noise to log weights and taking the largest keys is the same as drawing one after the other without
    putting back (the Gumbel-max trick, which one of the tests checks against every order of drawing).
    """
    n = len(tone)
    with np.errstate(divide="ignore"):
        log_weights = np.log([list(of_forms.values()) for of_forms in weights.values()])
    keys = log_weights[tone] + rng.gumbel(size=(n, len(FORMS)))
    ranked = np.array(FORMS)[np.argsort(-keys, axis=1)[:, :3]].tolist()
    numbers = rng.choice(list(forms_per_act), n, p=list(forms_per_act.values())).tolist()
    answering = (rng.random(n) < answered).tolist()
    given = rng.choice(list(answers), n, p=list(answers.values())).tolist()
    forms: list[list[str]] = []
    for i, number in enumerate(numbers):
        codes = ranked[i][:number]
        if i and answering[i] and document[i] == document[i - 1] and CONTEST in forms[-1]:
            codes = [given[i], *[code for code in codes if code != given[i]][: number - 1]]
        forms.append(codes)
    return forms


def answer_probabilities(
    weights: Weights, forms_per_act: Mapping[int, float], answered: float, answers: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """How likely does an act of each tone have a form of `answers`, after a contest and otherwise?"""
    possible = {code for code, part in answers.items() if part}
    otherwise = {}
    for tone, of_forms in weights.items():
        total = sum(of_forms.values())
        others = [weight for code, weight in of_forms.items() if weight and code not in possible]
        otherwise[tone] = 1 - sum(part * _none_drawn(others, total, n) for n, part in forms_per_act.items())
    after = {tone: answered + (1 - answered) * each for tone, each in otherwise.items()}
    return {
        "after_contest": {tone: round(each, 6) for tone, each in after.items()},
        "otherwise": {tone: round(each, 6) for tone, each in otherwise.items()},
    }


def _none_drawn(others: list[float], total: float, number: int) -> float:
    """The chance that the first `number` forms drawn are all among `others`, whose weights are given."""
    if number == 1:
        return sum(others) / total
    return sum(
        weight / total * _none_drawn(others[:i] + others[i + 1 :], total - weight, number - 1)
        for i, weight in enumerate(others)
    )
