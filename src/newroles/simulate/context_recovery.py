"""Are planted context coefficients found again, and do intervals hold them, with as few trusts as there are?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm

from newroles.contexts import constructs, cr2, fit_functioning, impute, pool, wild_cluster_bootstrap
from newroles.datasets import load_codebook
from newroles.datasets.codebooks import Codebook
from newroles.errors import InputError
from newroles.simulate.adoption import adoption_probabilities, draw_adoption
from newroles.simulate.contexts import CONSTRUCTS, ContextsSpec, DrawnContexts, draw_contexts
from newroles.simulate.functioning import draw_functioning
from newroles.simulate.replicates import KEPT, Floats, in_turn, require_replicates, summarise_errors
from newroles.simulate.spec import StudySpec
from newroles.simulate.teams import draw_places
from newroles.simulate.trusts import draw_trusts
from newroles.simulate.variants import draw_variants

NAMES = tuple(CONSTRUCTS)
# one indicator of each construct, for the models that must cope with blanks
ONE_EACH = ("team_climate", "resources_adequate", "role_agreed")
_Rows = dict[tuple[str, str, str], Floats]


def recover_contexts(
    spec: StudySpec,
    replicates: int = 200,
    rng: np.random.Generator | None = None,
    costly: int = 40,
    imputations: int = 5,
    draws: int = 199,
    jobs: int = 1,
    level: float = 0.95,
) -> pd.DataFrame:
    """Are planted coefficients of contexts found again, by which method, and do intervals hold them?

    `spec`: the invented study. Its trusts and teams are drawn once; contexts and team functioning anew, `replicates`
    times. `rng`: for the same result twice. `costly`: so many of the replicates (at most all) are used for the
    methods that take long, which are all but ols, cr1 and cr2. `imputations`: filled tables of each replicate; `draws`:
    of the wild bootstrap, with more than 12 trusts. `jobs`: how many processes share the work; the result is the same
    for any number. `level`: of the intervals.

    Each replicate regresses team functioning on culture, service and profession:

    - measured_by truth: on the true scores. Method ols (independent rows), cr1 (the usual cluster-robust standard errors, t
      with trusts - 1), cr2 (`cr2`), random_intercept (`fit_functioning`), wild (`wild_cluster_bootstrap`: its interval
      holds the truth where a test of the planted value doesn't reject);
    - measured_by scales: on the scores of `constructs`, in standard deviations, blanks as the study has them; cr2. Target
      planted: the coefficients of the true scores; target attenuated: what imperfect scales can be expected to give;
    - measured_by indicators: on one indicator of each construct, cr2; method no_blanks (as if none were blank),
      complete_cases (teams with a blank left out) and imputed (`impute` with the trust's size, `pool`). Target
      attenuated: likewise.

    Returns one row per quantity (culture, service, profession), measured_by, target and method, with the columns of
    `recover_totals` from truth on.

    Raises InputError for fewer than two replicates, and for a study without teams.

    Source: as `recover_totals`; errors in variables: Fuller 1987, doi 10.1002/9780470316665, section 2.2.

    >>> found = recover_contexts(StudySpec(), 3, np.random.default_rng(1), costly=0)
    >>> found["method"].unique().tolist(), found["truth"].unique().tolist()
    (['ols', 'cr1', 'cr2'], [5.0, 3.0, 2.0])
    """
    require_replicates(replicates, jobs)
    rng = np.random.default_rng() if rng is None else rng
    once, *streams = rng.spawn(replicates + 1)
    trusts, places = _trusts_and_teams(spec, once)
    book = load_codebook("contexts")
    quick = partial(_estimate_once, spec.contexts, trusts, places, book, False, imputations, draws, level)
    slow = partial(_estimate_once, spec.contexts, trusts, places, book, True, imputations, draws, level)
    found = in_turn(slow, streams[:costly], jobs) + in_turn(quick, streams[costly:], jobs)
    tables = []
    for key in dict.fromkeys(key for row in found for key in row):
        stacked = np.stack([row[key] for row in found if key in row])
        measured_by, target, method = key
        about = pd.DataFrame({"quantity": NAMES, "measured_by": measured_by, "target": target, "method": method})
        tables.append(about.join(summarise_errors(stacked)))
    table = pd.concat(tables, ignore_index=True)
    order = pd.MultiIndex.from_frame(table[["measured_by", "target"]].drop_duplicates())
    place = pd.Series(order.get_indexer(pd.MultiIndex.from_frame(table[["measured_by", "target"]])))
    rank = table["quantity"].map({name: i for i, name in enumerate(NAMES)})
    return (
        table.assign(p=place, r=rank).sort_values(["p", "r"], kind="stable", ignore_index=True).drop(columns=["p", "r"])
    )


def expected_with_indicators(spec: ContextsSpec) -> Floats:
    """Which coefficients can be expected when one indicator stands for each construct? Least squares on the population.

    An indicator holds noise, so its coefficient is nearer nought than its construct's, and takes up part of the others'.
    In points of team functioning per unit of each of `ONE_EACH`.

    >>> spec = ContextsSpec(construct_correlation=0.0)  # then each stands alone: effect x reliability / loading
    >>> expected_with_indicators(spec).round(3).tolist()
    [8.0, 4.144, 2.5]
    """
    loading = np.array([spec.loading[name] for name in ONE_EACH])
    noise = np.array([spec.noise[name] for name in ONE_EACH])
    true = np.full((len(NAMES), len(NAMES)), spec.construct_correlation)
    np.fill_diagonal(true, 1.0)
    among = np.outer(loading, loading) * true + np.diag(noise**2)
    return np.asarray(np.linalg.solve(among, loading * (true @ _planted(spec))))


def _planted(spec: ContextsSpec) -> Floats:
    return np.array([float(getattr(spec, f"effect_of_{name}")["team_functioning"]) for name in NAMES])


def _trusts_and_teams(spec: StudySpec, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    if not spec.teams.any:
        raise InputError("This study has no teams, so contexts change nothing in it: set the numbers of teams above 0.")
    register = load_codebook("roles").codes
    trusts = draw_trusts(spec, rng)
    variants = draw_variants(register, spec, rng)
    present = draw_adoption(trusts, variants, adoption_probabilities(trusts, variants, spec), spec, rng)
    return trusts, draw_places(trusts, present, register, spec.teams, rng)


# One replicate ------------------------------------------------------------------------------------------------------


def _estimate_once(
    spec: ContextsSpec,
    trusts: pd.DataFrame,
    places: pd.DataFrame,
    book: Codebook,
    costly: bool,
    imputations: int,
    draws: int,
    level: float,
    rng: np.random.Generator,
) -> _Rows:
    drawn = draw_contexts(trusts, places, spec, rng)
    outcomes, truth = draw_functioning(places, drawn, spec, rng)
    functioning = outcomes[outcomes["measure"] == "team_functioning"].set_index("unit")["value"]
    teams = drawn.constructs.assign(functioning=functioning, trust=places.set_index("team")["trust"])
    rows = dict(_quick(teams, _planted(spec), level))
    if costly:
        rows |= dict(_slow(teams, _planted(spec), level, draws, rng))
        expected = truth["measures"]["team_functioning"]["with_scale_means"]["per_standard_deviation"]
        rows |= dict(_with_scales(teams, drawn, book, _planted(spec), np.array([expected[n] for n in NAMES]), level))
        sizes = trusts.set_index("trust")["wte"].astype(float).transform("log2")
        rows |= dict(_with_blanks(teams, drawn, sizes, expected_with_indicators(spec), level, imputations, rng))
    return rows


def _quick(teams: pd.DataFrame, planted: Floats, level: float) -> Iterator[tuple[tuple[str, str, str], Floats]]:
    fit = least_squares(teams["functioning"], teams[list(NAMES)])
    for method in ("ols", "cr1"):
        which = fit if method == "ols" else fit.get_robustcov_results("cluster", groups=teams["trust"].factorize()[0])
        ends = np.asarray(which.conf_int(1 - level))[1:].T
        estimates = np.vstack([np.asarray(which.params)[1:], np.asarray(which.bse)[1:], ends, planted])
        yield ("truth", "planted", method), estimates
    yield ("truth", "planted", "cr2"), _kept(cr2(fit, teams["trust"], level), planted)


def _slow(
    teams: pd.DataFrame, planted: Floats, level: float, draws: int, rng: np.random.Generator
) -> Iterator[tuple[tuple[str, str, str], Floats]]:
    table = fit_functioning(teams, "functioning", NAMES, "trust", kind="random_intercept", level=level)
    yield ("truth", "planted", "random_intercept"), _kept(table[table["part"] == "term"], planted)
    p = []
    for name, value in zip(NAMES, planted, strict=True):
        fit = least_squares(teams["functioning"] - value * teams[name], teams[list(NAMES)])
        p.append(float(wild_cluster_bootstrap(fit, teams["trust"], name, rng, draws)["p_two_sided"]))
    # its interval is where the test doesn't reject; only whether the planted value lies in it is known
    holds = np.array(p) > 1 - level
    blank = np.full((2, len(NAMES)), np.nan)
    yield (
        ("truth", "planted", "wild"),
        np.vstack([blank, np.where(holds, -np.inf, np.inf), np.full(len(NAMES), np.inf), planted]),
    )


def _with_scales(
    teams: pd.DataFrame, drawn: DrawnContexts, book: Codebook, planted: Floats, expected: Floats, level: float
) -> Iterator[tuple[tuple[str, str, str], Floats]]:
    of_teams = drawn.table[drawn.table["unit_kind"] == "team"]
    scores = constructs(of_teams, book, scales=CONSTRUCTS).scores
    known = teams[["functioning", "trust"]].join(scores / scores.std()).dropna()
    table = cr2(least_squares(known["functioning"], known[list(NAMES)]), known["trust"], level)
    yield ("scales", "planted", "cr2"), _kept(table, planted)
    yield ("scales", "attenuated", "cr2"), _kept(table, expected)


def _with_blanks(
    teams: pd.DataFrame,
    drawn: DrawnContexts,
    sizes: pd.Series,
    expected: Floats,
    level: float,
    imputations: int,
    rng: np.random.Generator,
) -> Iterator[tuple[tuple[str, str, str], Floats]]:
    columns = list(ONE_EACH)
    own = teams[["functioning", "trust"]].assign(size=teams["trust"].map(sizes))
    full = own.join(drawn.indicators[columns])
    of_teams = drawn.table[drawn.table["unit_kind"].eq("team") & drawn.table["indicator"].isin(columns)]
    blanked = own.join(of_teams.set_index(["unit", "indicator"])["value"].unstack())  # noqa: PD010
    for method, data in (("no_blanks", full), ("complete_cases", blanked.dropna())):
        table = cr2(least_squares(data["functioning"], data[columns]), data["trust"], level)
        yield ("indicators", "attenuated", method), _kept(table, expected)
    yield ("indicators", "attenuated", "imputed"), _kept(imputed(blanked, imputations, level, rng), expected)


def imputed(data: pd.DataFrame, m: int, level: float, rng: np.random.Generator) -> pd.DataFrame:
    """The coefficients of `ONE_EACH` from tables with their blanks filled: those of `multiple_imputation`, without its p values.

    `data`: one row per team: functioning, trust, size (of its trust, log wte) and the indicators. Returns the table of
    `pool`.
    """
    columns = list(ONE_EACH)
    data = data.reset_index(drop=True)
    tables: list[pd.DataFrame] = []
    for filled in impute(
        data, [name for name in columns if data[name].isna().any()], ["functioning", *columns, "size"], m, rng=rng
    ):
        table = cr2(least_squares(filled["functioning"], filled[columns]), filled["trust"], level)
        tables.append(table.assign(part="term", n=len(data), clusters=data["trust"].nunique(), method="", note=""))
    return pool(tables, level)


def least_squares(y: pd.Series, x: pd.DataFrame) -> Any:
    """The statsmodels fit of y on an intercept and the columns of x."""
    return sm.OLS(y, sm.add_constant(x, has_constant="raise")).fit()


def _kept(table: pd.DataFrame, truth: Floats) -> Floats:
    """Estimate, se, low, high and truth (rows) of the three slopes, of a table whose first row is the intercept."""
    return np.vstack([table[list(KEPT[:4])].to_numpy(dtype=float)[1:].T, truth])
