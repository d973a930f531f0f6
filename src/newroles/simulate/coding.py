"""How coders code an invented study: what they miss, add, mix up and leave out, round by round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.simulate.parameters import Section, count, effect, refuse_other_keys, share

CODERS = ("coder_1", "coder_2", "coder_3", "coder_4")
TONE_CODES = {"constructive": "BW-TONE-CON", "destructive": "BW-TONE-DES", "depends": "BW-TONE-DEP"}
NOTHING = {"boundary_work": "BW-NONE", "effects": "EFF-NONE", "skill_mix_change": "SMC-NONE"}
ROLE_CODES = ("SMC-ENH", "SMC-SPE", "SMC-SUB-VER", "SMC-SUB-HOR", "SMC-DEL", "SMC-INN", "SMC-DIV")
INTERFACE_CODES = ("SMC-TRA", "SMC-REL", "SMC-LIA")
_COLUMNS = ["codebook", "unit", "unit_kind", "coder", "code", "value", "coded_on", "round"]
_TYPOLOGY_ROUNDS = 2
_RATINGS = {
    "boundary_work": tuple(TONE_CODES.values()),
    "effects": ("EFF-DIR-BETTER", "EFF-DIR-WORSE", "EFF-DIR-MIXED"),
}
_AXES = {"boundary_work": ["form"], "effects": ["domain"], "skill_mix_change": ["role", "interface"]}


@dataclass(frozen=True)
class CodingSpec(Section):
    """Who codes what, and how well?"""

    rounds: int = count(3, "rounds", "each document is coded in one of them; roles again in the second", 1)
    case_coders: int = count(3, "coders per segment", "case-team segments get most eyes", 1)
    panel_coders: int = count(2, "coders per segment", "segments of other teams are coded by rotating pairs", 1)
    double_coded: float = share(0.3, "share of reports", "coded by two coders, the others by one")
    miss: Mapping[str, float] = share(
        {"coder_1": 0.08, "coder_2": 0.12, "coder_3": 0.1, "coder_4": 0.3},
        "probability by coder",
        "a code that applies is left out in round 1; coder_4 is in training",
    )
    drift: Mapping[str, float] = effect(
        {"coder_1": 0.0, "coder_2": 0.0, "coder_3": 0.06, "coder_4": -0.08},
        "change of that probability per round, by coder",
        "coder_3 tires, coder_4 learns",
    )
    extra: Mapping[str, float] = share(
        {"coder_1": 0.04, "coder_2": 0.06, "coder_3": 0.05, "coder_4": 0.12},
        "probability by coder",
        "a code that doesn't apply is added to a unit",
    )
    sibling: Mapping[str, float] = share(
        {"coder_1": 0.3, "coder_2": 0.4, "coder_3": 0.3, "coder_4": 0.5},
        "share of missed codes, by coder",
        "mixed up with a code under the same parent rather than left out",
    )
    tone_slip: Mapping[str, float] = share(
        {"coder_1": 0.05, "coder_2": 0.07, "coder_3": 0.06, "coder_4": 0.14},
        "probability by coder",
        "another tone of an act, or another direction of an effect",
    )
    skip: Mapping[str, float] = share(
        {"coder_1": 0.02, "coder_2": 0.03, "coder_3": 0.02, "coder_4": 0.05},
        "probability by coder",
        "a unit is left uncoded, which is not the same as saying that no code applies",
    )
    adjudication_slip: float = share(
        0.03, "probability", "a decision that settles a difference between coders is wrong"
    )
    adjudication_days: int = count(14, "days", "differences are settled over these, when all coding is done", 1)
    starts_after: int = count(30, "days", "coding begins so long after the last segment and the last report", 1)
    days_per_round: int = count(60, "days", "units are coded in their order, spread over these days", 1)
    # what kinds of skill-mix change roles are, where our own reading doesn't say
    role_weights: Mapping[str, float] = share(
        {"SMC-ENH": 0.22, "SMC-SPE": 0.05, "SMC-SUB-VER": 0.15, "SMC-SUB-HOR": 0.07, "SMC-DEL": 0.17, "SMC-INN": 0.3,
         "SMC-DIV": 0.04},
        "weight",
        "from common to rare",
    )  # fmt: skip
    second_type: float = share(0.2, "probability", "a role is of two kinds at once")
    interface_weights: Mapping[str, float] = share(
        {"SMC-TRA": 0.12, "SMC-REL": 0.08, "SMC-LIA": 0.1}, "probability", "services meet in this new way as well"
    )

    def _refuse_contradictions(self) -> None:
        for name in ("miss", "drift", "extra", "sibling", "tone_slip", "skip"):
            refuse_other_keys(name, getattr(self, name), CODERS)
        refuse_other_keys("role_weights", self.role_weights, ROLE_CODES)
        refuse_other_keys("interface_weights", self.interface_weights, INTERFACE_CODES)
        for name in ("case_coders", "panel_coders"):
            if getattr(self, name) > len(CODERS):
                raise InputError(f"{name}: {getattr(self, name)} is more than there are coders, {len(CODERS)}.")
        for coder in CODERS:
            last = self.miss[coder] + self.drift[coder] * (self.rounds - 1)
            if not -1e-9 <= last <= 1 + 1e-9:
                raise InputError(
                    f"drift: {coder} would miss a code with probability {last:g} in round {self.rounds}; expected "
                    f"{self.miss[coder]:g} + {self.drift[coder]:g} x {self.rounds - 1} to lie from 0 to 1."
                )
        if sum(weight > 0 for weight in self.role_weights.values()) < 1 + (self.second_type > 0):
            raise InputError("role_weights: too few weights above zero for the kinds that a role can have.")


def draw_codings(
    segments: pd.DataFrame,
    reports: pd.DataFrame,
    role_types: Mapping[str, list[str]],
    books: Mapping[str, pd.DataFrame],
    spec: CodingSpec,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Which code did which coder give to which segment, role and report?

    `segments`: see `draw_acts`, with the columns of truth. `reports`: with `role`, the role behind each. `role_types`:
    see `draw_role_types`. `books`: the codes of the codebooks boundary_work, effects, skill_mix_change and roles.

    **Who codes what.** Documents are shared out over the rounds at random, evenly. All segments of a document have the
    same coders: three for a case team, two for another, every group of so many coders taking its turn. Each registered
    new role is coded by all four coders in the first two rounds. Each report is coded by one coder, a share
    `double_coded` by two. A coder leaves a unit uncoded with probability `skip`.

    **How well.** In round r a coder misses each code that applies with probability miss + drift x (r - 1). A missed
    code is replaced, with probability `sibling`, by another that stands under the same parent and doesn't apply. To
    each unit one code that doesn't apply is added with probability `extra`. An act has exactly one tone and an effect
    one direction; with probability `tone_slip` another one is given, either equally. A coder who is left with no code
    says None applies, and then gives no tone or direction; a coder who finds a form where there is none gives it any
    tone. Acts and extracts to which nothing applies are coded with boundary_work, mentions of effects with effects.

    Returns (codings, truth). `codings`: one row per code that a coder gave to a unit in a round, the table `codings`.
    `truth`: codes by segment and by role (those of a report are those of its role), the probability of missing a code
    by coder and round, the share of units to which each code applies by codebook and kind of unit, and how many units
    were given to each coder (a role once a round) and how many of them were skipped.

    Raises InputError for a code that isn't in its book, and for a report whose role has no type.
    """
    for book in ("boundary_work", "effects", "skill_mix_change", "roles"):
        if book not in books:
            raise InputError(f"books: the codebook '{book}' is missing. {did_you_mean(book, books)}")
        if book in NOTHING and "axis" not in books[book].columns:
            raise InputError(f"The codebook '{book}' doesn't say on which axis a code lies: expected a column axis.")
    for role in sorted(set(reports["role"]) - set(role_types)):
        raise InputError(f"role_types: no type for '{role}'. {did_you_mean(role, role_types)}")
    types = {role: [code for code in codes if code not in NOTHING.values()] for role, codes in role_types.items()}
    registered = {role: types[role] for role in books["roles"]["id"] if types.get(role)}
    segment_jobs = _share_out_segments(segments, spec, rng)
    parts = [
        *(_segment_part(book, segments, segment_jobs) for book in ("boundary_work", "effects")),
        _Part("skill_mix_change", "role", _share_out_roles(list(registered), spec), registered, {}),
        _Part("skill_mix_change", "report", _share_out_reports(reports, spec, rng),
              dict(zip(reports["report"], reports["role"].map(types), strict=True)), {}),
    ]  # fmt: skip
    first_day = pd.concat([segments["on"], reports["reported_on"]]).max() + pd.Timedelta(days=spec.starts_after)
    done: list[pd.DataFrame] = []
    prevalence: dict[str, dict[str, Any]] = {book: {} for book in NOTHING}
    given, skipped = dict.fromkeys(CODERS, 0), dict.fromkeys(CODERS, 0)
    for part in parts:
        table = _truth_table(part, books[part.book])
        jobs = part.jobs.assign(coded_on=_days(part.jobs, first_day, spec))
        left_out = rng.random(len(jobs)) < _rates(jobs, spec.skip)
        for coder in CODERS:
            given[coder] += int((jobs["coder"] == coder).sum())
            skipped[coder] += int((jobs["coder"] == coder)[left_out].sum())
        coded = _give_codes(jobs[~left_out], part, table, books[part.book], spec, rng)
        done.append(coded.assign(codebook=part.book, unit_kind=part.unit_kind, value=1))
        prevalence[part.book][part.unit_kind] = _prevalence(table, part)
    order = ["codebook", "unit_kind", "unit", "round", "coder", "code"]
    truth = {
        "segments": {unit: _with_rating(part, unit) for part in parts[:2] for unit in part.codes},
        "roles": {role: list(codes) for role, codes in role_types.items()},
        "miss": {
            coder: {r: round(spec.miss[coder] + spec.drift[coder] * (r - 1), 6) for r in range(1, spec.rounds + 1)}
            for coder in CODERS
        },
        "prevalence": prevalence,
        "units_given": given,
        "units_skipped": skipped,
    }
    codings = pd.concat(done).astype({"code": "str", "round": "int64"}).sort_values(order, ignore_index=True)
    return codings[_COLUMNS], truth


class _Part(NamedTuple):
    """What is coded with one book: who codes which unit in which round, and what is true of each unit."""

    book: str
    unit_kind: str
    jobs: pd.DataFrame
    codes: dict[str, list[str]]
    ratings: dict[str, str]


def _segment_part(book: str, segments: pd.DataFrame, jobs: pd.DataFrame) -> _Part:
    mine = segments[segments["kind"].eq("effect") == (book == "effects")]
    if book == "effects":
        codes, ratings = [[code] for code in mine["effect"]], mine["direction"]
    else:
        codes, ratings = list(mine["forms"]), mine["tone"].map({**TONE_CODES, "": ""})
    units = mine["segment"]
    return _Part(
        book,
        "segment",
        jobs[jobs["unit"].isin(units)],
        dict(zip(units, codes, strict=True)),
        dict(zip(units, ratings, strict=True)),
    )


def _share_out_segments(segments: pd.DataFrame, spec: CodingSpec, rng: np.random.Generator) -> pd.DataFrame:
    """Which segment does which coder get in which round? One row per segment and coder: unit, coder, round."""
    documents = segments.drop_duplicates("document")
    rows = []
    for in_case, coders in ((True, spec.case_coders), (False, spec.panel_coders)):
        groups = list(combinations(CODERS, coders))
        shuffled = rng.permutation(documents.loc[documents["follow"].eq("case") == in_case, "document"].to_numpy())
        rows += [
            (document, coder, 1 + i % spec.rounds)
            for i, document in enumerate(shuffled.tolist())
            for coder in groups[i // spec.rounds % len(groups)]
        ]
    shared = pd.DataFrame(rows, columns=["document", "coder", "round"])
    jobs = segments[["segment", "document"]].merge(shared.astype({"document": "str", "coder": "str"}), on="document")
    return jobs.rename(columns={"segment": "unit"})[["unit", "coder", "round"]]


def _share_out_roles(roles: list[str], spec: CodingSpec) -> pd.DataFrame:
    rounds = range(1, min(spec.rounds, _TYPOLOGY_ROUNDS) + 1)
    rows = [(role, coder, number) for number in rounds for role in roles for coder in CODERS]
    return pd.DataFrame(rows, columns=["unit", "coder", "round"])


def _share_out_reports(reports: pd.DataFrame, spec: CodingSpec, rng: np.random.Generator) -> pd.DataFrame:
    pairs = list(permutations(CODERS, 2))
    both = rng.random(len(reports)) < spec.double_coded
    turn = rng.permutation(len(reports))
    rows = [
        (report, coder, 1 + i % spec.rounds)
        for report, i, two in zip(reports["report"], turn.tolist(), both.tolist(), strict=True)
        for coder in pairs[i // spec.rounds % len(pairs)][: 1 + two]
    ]
    return pd.DataFrame(rows, columns=["unit", "coder", "round"])


def _days(jobs: pd.DataFrame, first_day: pd.Timestamp, spec: CodingSpec) -> pd.Series:
    """On which day is each unit coded? A round's units in their order, spread evenly over its days."""
    in_round = jobs.groupby("round")["unit"]
    place = in_round.transform(lambda units: pd.factorize(units)[0]) / in_round.transform("nunique")
    days = (jobs["round"] - 1) * spec.days_per_round + (place.astype(float) * spec.days_per_round).astype(int)
    return first_day + pd.to_timedelta(days, unit="D")


def _truth_table(part: _Part, book: pd.DataFrame) -> pd.DataFrame:
    """Which code applies to which unit? Units x codes, true or false.

    Codes are those that can be given: the lowest of their axis, and any above them that is true of some unit.
    """
    held = {code for codes in part.codes.values() for code in codes}
    for code in sorted((held | {*part.ratings.values()} - {""}) - set(book["id"])):
        raise InputError(f"The codebook '{part.book}' has no code '{code}'. {did_you_mean(code, book['id'])}")
    axis = book.set_index("id")["axis"]
    parents = {parent for code, parent in zip(book["id"], book["parent"], strict=True)
               if pd.notna(parent) and axis[parent] == axis[code]}  # fmt: skip
    lowest = [code for code in book["id"] if axis[code] in _AXES[part.book] and code not in parents]
    columns = [code for code in book["id"] if code in held or code in lowest]
    values = np.zeros((len(part.codes), len(columns)), dtype=bool)
    for row, codes in enumerate(part.codes.values()):
        values[row, [columns.index(code) for code in codes]] = True
    return pd.DataFrame(values, index=pd.Index(list(part.codes), dtype="str"), columns=pd.Index(columns))


def _rates(jobs: pd.DataFrame, by_coder: Mapping[str, float]) -> np.ndarray:
    return jobs["coder"].map(dict(by_coder)).to_numpy(dtype=float)


def _give_codes(
    jobs: pd.DataFrame,
    part: _Part,
    table: pd.DataFrame,
    book: pd.DataFrame,
    spec: CodingSpec,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """What each coder gives to each unit: unit, coder, round, coded_on, code."""
    applies = table.to_numpy()[table.index.get_indexer(pd.Index(jobs["unit"]))]
    miss = np.clip(_rates(jobs, spec.miss) + _rates(jobs, spec.drift) * (jobs["round"].to_numpy() - 1), 0, 1)
    missed = applies & (rng.random(applies.shape) < miss[:, np.newaxis])
    given = applies & ~missed
    row, column = np.nonzero(missed & (rng.random(applies.shape) < _rates(jobs, spec.sibling)[:, np.newaxis]))
    _add_one(given, row, _siblings(table.columns, book)[column] & ~applies[row], rng)
    row = np.flatnonzero(rng.random(len(jobs)) < _rates(jobs, spec.extra))
    _add_one(given, row, ~applies[row] & ~given[row], rng)
    row, column = np.nonzero(given)
    nothing = jobs[~given.any(axis=1)].assign(code=NOTHING[part.book])
    codings = [jobs.iloc[row].assign(code=table.columns.to_numpy()[column]), nothing]
    if part.ratings:
        codings.append(_rate(jobs[given.any(axis=1)], part, spec, rng))
    return pd.concat(codings)


def _add_one(given: np.ndarray, rows: np.ndarray, options: np.ndarray, rng: np.random.Generator) -> None:
    """Mark one of its options in each of these rows, at random; nothing in a row without any."""
    chosen = np.where(options, rng.random(options.shape), -1.0).argmax(axis=1) if len(rows) else rows
    possible = options.any(axis=1)
    given[rows[possible], chosen[possible]] = True


def _siblings(codes: pd.Index, book: pd.DataFrame) -> np.ndarray:
    """Which codes stand under the same parent (or both under none) on the same axis? Each does with itself, too."""
    placed = book.set_index("id").loc[codes, ["parent", "axis"]].fillna("")
    place = placed.groupby(["parent", "axis"]).ngroup().to_numpy()
    return place[:, np.newaxis] == place


def _rate(jobs: pd.DataFrame, part: _Part, spec: CodingSpec, rng: np.random.Generator) -> pd.DataFrame:
    """The tone of each act, or the direction of each effect, that a coder gives."""
    options = _RATINGS[part.book]
    places = {code: place for place, code in enumerate(options)}
    true = jobs["unit"].map(part.ratings).map(places).to_numpy(dtype=float)
    slips = rng.random(len(jobs)) < _rates(jobs, spec.tone_slip)
    other = true + np.where(slips, rng.integers(1, len(options), len(jobs)), 0)
    any_of_them = rng.integers(0, len(options), len(jobs))
    given = np.where(np.isnan(true), any_of_them, other % len(options)).astype(int)
    return jobs.assign(code=np.array(options)[given])


def _with_rating(part: _Part, unit: str) -> list[str]:
    return [*part.codes[unit], part.ratings[unit]] if part.codes[unit] else [NOTHING[part.book]]


def _prevalence(table: pd.DataFrame, part: _Part) -> dict[str, float]:
    """The share of units to which each code applies."""
    shares = {str(code): float(part_of) for code, part_of in table.mean().items()} if len(table) else {}
    ratings = pd.Series(list(part.ratings.values()), dtype="str").value_counts(normalize=True)
    shares |= {str(code): float(part_of) for code, part_of in ratings.sort_index().items() if code}
    return {code: round(part_of, 6) for code, part_of in shares.items()}
