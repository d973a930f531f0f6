"""The short list of what was planted in an invented study: what an analysis of it should find."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from newroles.datasets import load_codebook

Row = tuple[str, str, str]


def planted(truth: Mapping[str, Any]) -> pd.DataFrame:
    """What was planted in this invented study, on one page?

    `truth`: the truth of a simulated study, or the content of its truth file. Parts that it doesn't have are left out.

    Returns one row per planted quantity: part, planted, value (as text), unit. The truth itself holds more: the role
    behind each report, the codes behind each segment, the effects in each cohort and month.
    """
    rows = [
        {"part": part, "planted": what, "value": value, "unit": unit}
        for name, part, tell in _PARTS
        if name in truth
        for what, value, unit in tell(truth)
    ]
    return pd.DataFrame(rows, columns=["part", "planted", "value", "unit"])


def _national(truth: Mapping[str, Any]) -> Iterator[Row]:
    totals, roles = truth["naive_totals"]["roles_in_trusts"], truth["roles"]
    yield "Roles that trusts really have, added up over all trusts", f"{totals['true']:,}", "roles in trusts"
    excess = totals["expected_naive"] / totals["expected_true"] - 1
    yield "Expected excess of that total when scaled up from trusts that answered", _percent(excess), "of the total"
    there, reported = roles["present_where_responded"]["all"], roles["reported"]["all"]
    yield "Different roles where trusts answered, and how many any source reported", f"{there}, {reported}", "roles"


def _sources(truth: Mapping[str, Any]) -> Iterator[Row]:
    shown = ", ".join(f"{_plain(source)} {held['miss']:g}" for source, held in truth["sources"].items())
    yield "Chance that a source leaves a role out", shown, "probability"


def _contexts(truth: Mapping[str, Any]) -> Iterator[Row]:
    for measure, held in truth["functioning"]["measures"].items():
        slopes = ", ".join(f"{construct} {_signed(slope)}" for construct, slope in held["coefficients"].items())
        yield f"What contexts change in {_plain(measure)}", slopes, "per standard deviation of the construct"
    alphas = ", ".join(f"{construct} {scale['alpha']:.2f}" for construct, scale in truth["contexts"]["scales"].items())
    yield "Reliability of the three scales", alphas, "Cronbach's alpha"


def _outcomes(truth: Mapping[str, Any]) -> Iterator[Row]:
    units = load_codebook("effects").codes.set_index("id")["unit"]
    for measure, held in truth["outcomes"]["measures"].items():
        simple, naive = held["aggregates"]["simple"], held["two_way_fixed_effects"]["all"]
        if simple is None or naive is None:
            continue
        value = f"mean effect {_signed(simple)}; two-way fixed effects give {_signed(naive)}"
        yield f"What the new role changes in {_plain(measure)}", value, str(units[measure])


def _tasks(truth: Mapping[str, Any]) -> Iterator[Row]:
    counts = ", ".join(f"{_plain(fate)} {number}" for fate, number in truth["tasks"]["counts"].items())
    yield "What became of tasks that the new roles moved into, or that were given up", counts, "tasks"


def _ties(truth: Mapping[str, Any]) -> Iterator[Row]:
    held = truth["ties"]
    lines = ", ".join(f"wave {wave}: {slope:g}" for wave, slope in held["same_role"].items())
    yield "Pull of the same role on who works with whom", lines, "log-odds"
    shares = [wave["works_with"].get("across_roles") for wave in held["expected"].values()]
    if all(share is not None for share in shares):
        yield "Expected share of those ties that cross a role boundary, wave by wave", _listed(shares), "of ties"
    yield "Advice is returned", f"{held['coefficients']['advice']['mutual']:g}", "log-odds"


def _acts(truth: Mapping[str, Any]) -> Iterator[Row]:
    spec = truth["spec"]["acts"]
    for tone in ("constructive", "destructive"):
        for name, recipe in spec[tone].items():
            yield f"Recipe for mostly {tone} acts: {_plain(name)}", recipe, "conditions joined by *, absent if ~"
    teams = truth["acts"]["teams"].values()
    held = sum(bool(team["recipes"]) for team in teams)
    yield "Teams in which a recipe holds, of those with acts", f"{held} of {len(teams)}", "teams"
    yield "Contests that the next act answers", _percent(spec["answered"]), "of contests that aren't last"


def _codings(truth: Mapping[str, Any]) -> Iterator[Row]:
    for coder, by_round in truth["codings"]["miss"].items():
        yield f"Codes that {coder} leaves out, round by round", _listed(list(by_round.values())), "of codes that apply"
    settled = truth["codings"]["adjudication"]
    yield (
        "Differences settled, and how many of them wrongly",
        f"{settled['decisions']:,}, {settled['wrong']:,}",
        "codes",
    )


def _signed(number: float) -> str:
    return f"{number:.2g}".replace("-", "−")


def _listed(shares: list[float]) -> str:
    return ", ".join(_percent(share) for share in shares)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _plain(name: str) -> str:
    return name.replace("_", " ")


_PARTS: tuple[tuple[str, str, Callable[[Mapping[str, Any]], Iterator[Row]]], ...] = (
    ("naive_totals", "Trusts and roles", _national),
    ("sources", "Reports", _sources),
    ("functioning", "Contexts", _contexts),
    ("outcomes", "Outcomes", _outcomes),
    ("tasks", "Tasks", _tasks),
    ("ties", "Ties", _ties),
    ("acts", "Boundary acts", _acts),
    ("codings", "Coding", _codings),
)
