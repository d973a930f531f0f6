"""Under which conditions do teams act mostly constructively, or mostly destructively? The whole analysis of a study's teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from newroles.boundary_work.calibration import Calibration, calibrate_cases
from newroles.boundary_work.case_limits import case_limits
from newroles.boundary_work.cases import Cases, cases
from newroles.boundary_work.core_and_peripheral import core_and_peripheral
from newroles.boundary_work.formulas import formula_scores
from newroles.boundary_work.minimisation import Solution, minimise
from newroles.boundary_work.necessity import necessity
from newroles.boundary_work.robustness import robustness_grid, term_stability
from newroles.boundary_work.second_opinion import SecondOpinion, second_opinion
from newroles.boundary_work.truth_table import TruthTable, truth_table
from newroles.datasets import Codebook
from newroles.errors import InputError

OUTCOMES = ("constructive", "destructive")
OUTCOME_WORDS: Mapping[str, str] = {
    "constructive": "mostly constructively",
    "destructive": "mostly destructively",
    "~constructive": "otherwise than mostly constructively",
    "~destructive": "otherwise than mostly destructively",
}
"""How teams act that have an outcome."""
_FEWEST_TEAMS = 4


@dataclass(frozen=True, eq=False)
class TeamsAsCases:
    """The teams of a study as cases, calibrated.

    cases: as `cases` returns them. calibration: as `calibrate_cases` returns it, with the sets constructive and destructive (mostly
    so) beside the conditions; None where nothing can be analysed. recipe: how each set was calibrated. names: what each
    condition is called (in a figure "high" stands before it: `labels`). better: condition -> should be high (True) or low
    (False) for constructive acts, by the codebook; conditions of which it says nothing are left out. absent: why nothing can be
    analysed, else "". enough: how many teams must share something before it is told.
    """

    cases: Cases
    calibration: Calibration | None
    recipe: dict[str, dict[str, Any]]
    names: dict[str, str]
    better: dict[str, bool]
    absent: str
    enough: int = 1

    @property
    def conditions(self) -> list[str]:
        """The conditions, in the order in which terms are written."""
        return list(self.names)

    @property
    def labels(self) -> dict[str, str]:
        """What a team that is in the condition has, as a figure says it."""
        return {name: f"high {words}" for name, words in self.names.items()}

    @property
    def titles(self) -> dict[str, str]:
        """What a row or strip about a condition, or an outcome, is headed."""
        said = {**self.names, **{name: f"mostly {name}" for name in OUTCOMES}}
        return {name: f"{words[:1].upper()}{words[1:]}" for name, words in said.items()}

    @property
    def sets(self) -> pd.DataFrame:
        """Set scores: a row a team, a column a condition or outcome; no rows where nothing can be analysed."""
        return pd.DataFrame(columns=list(self.recipe)) if self.calibration is None else self.calibration.sets

    @property
    def table(self) -> pd.DataFrame:
        """The calibration table; no rows where nothing can be analysed."""
        return pd.DataFrame() if self.calibration is None else self.calibration.table


@dataclass(frozen=True, eq=False)
class Paths:
    """Which combinations of conditions lead to an outcome, how well, and how far to trust them.

    truth_table, conservative, parsimonious, intermediate: as `truth_table` and `minimise` return them (None where the teams can't
    be analysed). necessity: as `necessity` returns it. chart: as `core_and_peripheral` returns it (intermediate against
    parsimonious). grid, stability: as `robustness_grid` and `term_stability` return them. limits: as `case_limits` returns it.
    opinion: as `second_opinion` returns it. Tables have no rows, and the others are None, where there is no solution; why: the
    reason, a sentence, else "".
    """

    outcome: str
    why: str
    truth_table: TruthTable | None = None
    conservative: Solution | None = None
    parsimonious: Solution | None = None
    intermediate: Solution | None = None
    necessity: pd.DataFrame = field(default_factory=pd.DataFrame)
    chart: pd.DataFrame = field(default_factory=pd.DataFrame)
    grid: pd.DataFrame = field(default_factory=pd.DataFrame)
    stability: pd.DataFrame = field(default_factory=pd.DataFrame)
    limits: pd.Series | None = None
    opinion: SecondOpinion | None = None
    no_opinion: str = ""

    @property
    def models(self) -> list[list[str]]:
        """The tied models of the conservative solution."""
        return self.conservative.models if self.conservative is not None else []

    @property
    def fit(self) -> pd.DataFrame:
        """How well the conservative solution fits; no rows without one."""
        return self.conservative.fit if self.conservative is not None and self.models else pd.DataFrame()


def teams_as_cases(
    acts: pd.DataFrame,
    contexts: pd.DataFrame,
    thresholds: Mapping[str, float],
    codebook: Codebook,
    min_acts: int = 10,
    more_than: float = 0.5,
    enough: int = 1,
) -> TeamsAsCases:
    """Which teams are cases, and in which conditions and outcomes are they?

    acts: ACTS. contexts: the study's table. thresholds: indicator -> where a team counts as high in it (this value or more, in the
    indicator's unit); indicators that the study didn't measure are left out. codebook: the study's book of contexts, for names
    and for which end it calls better. min_acts: as for `cases`. more_than: the share of a team's acts of a settled tone above
    which it is mostly constructive, or mostly destructive. enough: how many teams there must be in all (at least four), with an
    outcome, without it and on each path, before anything of it is told: what the study's small-number rule asks for.

    Returns TeamsAsCases. Fewer than two conditions measured, too few teams, or conditions that put all teams on one side are
    told in `absent`. Raises InputError as `cases` and `calibrate_cases` do.

    >>> from newroles.boundary_work.acts import acts_of_study
    >>> from newroles.datasets import load_codebook, load_study
    >>> study = load_study("example_study")
    >>> found = teams_as_cases(acts_of_study(study, n_boot=0).acts, study.contexts, {"role_agreed": 3, "vacancy_rate": 0.12},
    ...                        load_codebook("contexts"))
    >>> found.better, found.names["role_agreed"]
    ({'role_agreed': True, 'vacancy_rate': False}, 'agreement on the role')
    """
    known = set(contexts.loc[contexts["unit_kind"].eq("team") & contexts["value"].notna(), "indicator"])
    wanted = {name: at for name, at in thresholds.items() if name in known}
    book = codebook.codes.set_index("id")
    names = {name: within_sentence(str(book["name"].get(name, name.replace("_", " ")))) for name in wanted}
    unit = book["unit"] if "unit" in book else pd.Series(dtype="object")
    ends = book["better"].to_dict() if "better" in book else {}
    better = {name: ends[name] == "higher" for name in wanted if ends.get(name) in ("higher", "lower")}
    recipe: dict[str, dict[str, Any]] = {
        name: {"anchors": float(at), "method": "crisp", "unit": str(unit.get(name) or "")}
        for name, at in wanted.items()
    }
    recipe |= {name: {"anchors": more_than, "method": "crisp_above", "unit": "share of acts"} for name in OUTCOMES}
    if len(wanted) < 2:
        empty = Cases(pd.DataFrame(columns=["n", *OUTCOMES]), pd.DataFrame(columns=["team", "reason", "n"]))
        which = f"only one ({', '.join(wanted)})" if wanted else "none"
        absent = f"Of the conditions asked for, {which} was measured in this study's teams: two are needed."
        return TeamsAsCases(empty, None, recipe, names, better, absent, enough)
    found = cases(acts, contexts, list(wanted), min_acts)
    fewest = max(_FEWEST_TEAMS, enough)
    if len(found.table) < fewest:
        absent = (
            f"Fewer than {fewest} teams have {min_acts} acts or more of a settled tone and all conditions measured."
        )
        return TeamsAsCases(found, None, recipe, names, better, absent, enough)
    calibration = calibrate_cases(found.table, recipe)
    if (calibration.sets[list(wanted)].min() == calibration.sets[list(wanted)].max()).all():
        absent = "By these thresholds all teams are on one side of every condition, so there is nothing to compare."
        return TeamsAsCases(found, None, recipe, names, better, absent, enough)
    return TeamsAsCases(found, calibration, recipe, names, better, "", enough)


def paths_to(
    found: TeamsAsCases,
    outcome: str,
    incl_cut: float = 0.8,
    n_cut: int = 1,
    incl_cuts: Sequence[float] = (0.75, 0.85, 0.9),
    n_cuts: Sequence[int] = (1, 2),
    draws: int = 199,
    n_boot: int = 499,
    level: float = 0.95,
    rng: np.random.Generator | None = None,
) -> Paths:
    """Which combinations of conditions lead teams to this outcome, and how far can that be trusted?

    found: as `teams_as_cases` returns it. outcome: "constructive", "destructive", or with ~ for its absence. incl_cut, n_cut: of the
    truth table. incl_cuts, n_cuts: also tried, with each threshold moved by a quarter and by half of the standard deviation of
    its condition, and the line of the outcome by 0.1, either way. draws, n_boot, level, rng: of `case_limits` (1 - level) and
    `second_opinion`.

    The intermediate solution expects conditions as the codebook calls them better for constructive acts and for the absence of
    destructive ones, and the other way round else. The second opinion sees raw values, not sets.

    Returns Paths. Where no team, or every team, has the outcome, and where no combination of conditions is consistent, or every
    one, there is no solution and `why` says so. Where the teams with the outcome, those without it or those on a path are fewer
    than `found.enough`, `why` says that and nothing else is given. Raises InputError for cut-offs that can't be any and an unknown outcome.
    """
    if outcome.removeprefix("~") not in OUTCOMES:
        raise InputError(
            f"There is no outcome '{outcome}': expected constructive or destructive, with ~ for its absence."
        )
    if found.absent:
        return Paths(outcome, found.absent)
    rng = np.random.default_rng(0) if rng is None else rng
    conditions = [name for name in found.conditions if found.sets[name].min() < found.sets[name].max()]
    sets = found.sets
    about: dict[str, Any] = {"outcome": outcome, "conditions": conditions}
    table = truth_table(sets, **about, incl_cut=incl_cut, n_cut=n_cut)
    if few := _too_few(table, found.enough):
        return Paths(outcome, few)
    if untold := _one_sided(table):
        return Paths(outcome, untold, table)
    need = necessity(sets, outcome, conditions)
    if flat := _undivided(table):
        return Paths(outcome, flat, table, necessity=need)
    conservative = minimise(table)
    if found.enough > 1 and conservative.fit["cases"].map(len).min() < found.enough:
        return Paths(outcome, f"At least one combination that goes with it holds fewer than {found.enough} teams.")
    wanted = (outcome == "constructive") or (outcome == "~destructive")
    expected = {name: high == wanted for name, high in found.better.items() if name in conditions}
    parsimonious = minimise(table, "?")
    intermediate = minimise(table, "?", expected) if expected else conservative
    shown = intermediate if intermediate.models else conservative
    chart = core_and_peripheral(shown, parsimonious, conditions) if parsimonious.models else pd.DataFrame()
    raw = found.cases.table
    shifts = {name: _moves(raw[name]) for name in conditions} | {outcome.removeprefix("~"): (-0.1, 0.1)}
    grid = robustness_grid(
        raw, recipe={name: found.recipe[name] for name in [*conditions, outcome.removeprefix("~")]}, **about,
        incl_cut=incl_cut, n_cut=n_cut, incl_cuts=incl_cuts, n_cuts=n_cuts, shifts=shifts,
    )  # fmt: skip
    limits = case_limits(sets, **about, incl_cut=incl_cut, n_cut=n_cut, draws=draws, level=1 - level, rng=rng)
    opinion, refused = None, ""
    membership = pd.Series(formula_scores(sets, conservative.models[0]), index=sets.index)
    try:
        both = raw[conditions].assign(**{name: sets[name] for name in OUTCOMES})
        opinion = second_opinion(both, **about, membership=membership, n_boot=n_boot, level=level, rng=rng)
    except InputError as error:
        refused = str(error)
    return Paths(
        outcome, "", table, conservative, parsimonious, intermediate, need, chart, grid, term_stability(grid), limits,
        opinion, refused,
    )  # fmt: skip


def _too_few(table: TruthTable, enough: int) -> str:
    """Why nothing may be told where few teams have the outcome, or few don't; else ""."""
    inside = int((table.scores.y > 0.5).sum())
    if enough <= 1 or min(inside, len(table.scores.y) - inside) >= enough:
        return ""
    return f"Fewer than {enough} teams act {OUTCOME_WORDS[table.outcome]}, or fewer than {enough} don't."


def _one_sided(table: TruthTable) -> str:
    """Why there is nothing to explain where no team, or every team, has the outcome; else ""."""
    how, inside = OUTCOME_WORDS[table.outcome], table.scores.y > 0.5
    if inside.all():
        return f"Every team that can be compared acts {how}, so conditions can't tell teams apart."
    return "" if inside.any() else f"No team that can be compared acts {how}."


def _undivided(table: TruthTable) -> str:
    """Why no path can be found where no combination of conditions is consistent enough, or every one; else ""."""
    how, out = OUTCOME_WORDS[table.outcome], table.table["out"]
    many = f" with {table.n_cut} teams or more" if table.n_cut > 1 else ""
    if not out.isin([0, 1]).any():
        return f"There is no combination of conditions{many}."
    if not out.eq(1).any():
        return (
            f"In no combination of conditions{many} do teams act {how} consistently enough "
            f"(a consistency of {table.incl_cut:g} or more)."
        )
    return "" if out.eq(0).any() else (
        f"In every combination of conditions{many} teams act {how} consistently enough, so conditions can't tell teams apart."
    )  # fmt: skip


def _moves(raw: pd.Series) -> tuple[float, ...]:
    """A quarter and half of the standard deviation, to two figures, down and up."""
    half = float(f"{raw.std() / 2:.2g}")
    return (-half, -half / 2, half / 2, half)


def within_sentence(name: str) -> str:
    """The name as it stands within a sentence: a capital stays where the first word is an abbreviation.

    >>> within_sentence("Agreement on the role"), within_sentence("A&E contacts")
    ('agreement on the role', 'A&E contacts')
    """
    first = name.split(" ")[0]
    return name if any(letter.isupper() for letter in first[1:]) else name[:1].lower() + name[1:]
