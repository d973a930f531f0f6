"""What do people say that a new role changed, and for whom? Coded talk of effects, by group and domain."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.coding import Consensus, code_agreement
from newroles.coding.workflow import study_codebook, study_consensus
from newroles.datasets import Codebook, Study
from newroles.errors import InputError
from newroles.few_clusters import MIN_TEAMS, cluster_of, clustered_shares, totals_by_cluster

DIRECTIONS = ("better", "worse", "mixed")
_COUNTS = [*DIRECTIONS, "no_change", "open"]
_COLUMNS = [
    "group",
    "domain",
    "name",
    "mentions",
    *_COUNTS,
    "shared",
    "teams",
    "documents",
    "share_better",
    "low",
    "high",
]
_COLUMNS += ["n", "clusters", "agreement", "agreement_low", "agreement_high", "note", "segments"]


def coded_effects(
    study: Study,
    codebook: str = "effects",
    min_teams: int = MIN_TEAMS,
    level: float = 0.95,
    rng: np.random.Generator | None = None,
    n_boot: int = 1000,
) -> pd.DataFrame:
    """What do people say became better or worse, for whom, and in how many passages, teams and documents?

    `study`: with segments and codings. `codebook`: its id. `min_teams`, `level`: as for `effect_mentions`. `rng`, `n_boot`: of the
    resamples of segments behind the intervals of agreement.

    Returns the table of `effect_mentions`, by what the coders came to (`study_consensus`).

    Raises InputError as these do, and as `study_codebook`.

    >>> from newroles.datasets import load_study
    >>> table = coded_effects(load_study("example_study"), n_boot=0)
    >>> row = table.set_index("domain").loc["EFF-SU-ACC"]
    >>> row["group"], int(row["mentions"] - row[["better", "worse", "mixed", "no_change", "open"]].sum())
    ('service_users', 0)
    """
    book = study_codebook(study, codebook)
    agreement = code_agreement(study.codings, book, rng, n_boot)
    return effect_mentions(study.segments, study_consensus(study, book), book, agreement, min_teams, level)


def effect_mentions(
    segments: pd.DataFrame,
    coding: Consensus,
    codebook: Codebook,
    agreement: pd.DataFrame | None = None,
    min_teams: int = MIN_TEAMS,
    level: float = 0.95,
) -> pd.DataFrame:
    """How many passages tell of an effect on each group in each domain, and which way did it go?

    `segments`: the study's table: segment, team, document. `coding`: what the coders came to, for this `codebook`, whose codes have
    an axis: domain (with a group) or direction (whose ids end in BETTER, WORSE, MIXED). `agreement`: as `coding.code_agreement` gives it.

    A mention is a segment that keeps a domain. Its direction is that of the segment: better and worse together, or mixed, make
    mixed; none makes no_change, as the codebook has it, unless one is still open between the coders (open). Where a segment keeps
    several domains, the direction is read for each of them, and counted under shared, since it may belong to one only.

    Returns one row per domain with a mention, in the book's order: group (service_users, new_roles, existing_roles, system), domain,
    name, mentions, better, worse, mixed, no_change, open (these add up to mentions), shared, teams, documents, share_better (of the
    mentions that are better or worse, 0-1), low, high (`clustered_shares`, by team from `min_teams` teams on, else by document), n
    (mentions that are better or worse), clusters (team or document), agreement (of the coders on the domain: Gwet's AC1),
    agreement_low, agreement_high, note, segments (ids). People who tell are not a sample of all: shares are of passages, not of people.

    Raises InputError for a book without domains or directions, and a coded segment that the table doesn't have.
    """
    domains, directions = _axes(codebook)
    about = segments.drop_duplicates("segment").set_index("segment")
    lost = coding.audit.loc[~coding.audit["unit"].isin(about.index), "unit"]
    if len(lost):
        raise InputError(
            f"'{lost.iloc[0]}' is coded with {codebook.id}, but is no segment of the table segments. Add its row there."
        )
    kept = coding.coding.drop_duplicates(["unit", "code"])
    told = kept[kept["code"].isin(domains.index)][["unit", "code"]].rename(
        columns={"unit": "segment", "code": "domain"}
    )
    way = kept.assign(way=kept["code"].map(directions)).dropna(subset="way").groupby("unit")["way"].agg(set)
    undecided = coding.audit["decision"].eq("open") & coding.audit["code"].isin(list(directions))
    open_units = set(coding.audit.loc[undecided, "unit"])
    told["way"] = [_way(way.get(segment, set()), segment in open_units) for segment in told["segment"]]
    told["shared"] = told["segment"].duplicated(keep=False) & told["way"].isin(DIRECTIONS)
    told = told.join(about[["team", "document"]], on="segment")
    rows = [
        _domain_row(told[told["domain"].eq(domain)], min_teams, level) | {"domain": domain, **domains.loc[domain].to_dict()}
        for domain in domains.index if domain in set(told["domain"])
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=[c for c in _COLUMNS if not c.startswith("agreement")])
    held = ["agreement", "agreement_low", "agreement_high"]
    known = agreement if agreement is not None else pd.DataFrame(columns=held, dtype=float)
    return table.join(known[held], on="domain")[_COLUMNS]


def _axes(codebook: Codebook) -> tuple[pd.DataFrame, dict[str, str]]:
    """Domains with group and name, and directions by code."""
    codes = codebook.codes
    if missing := [column for column in ("axis", "group") if column not in codes]:
        raise InputError(
            f"The codebook '{codebook.id}' says no {' and no '.join(missing)} of its codes: give each domain axis: domain and a group, and each "
            "direction axis: direction."
        )
    heading = codes["group_only"].eq(True) if "group_only" in codes else pd.Series(False, index=codes.index)
    domains = codes[codes["axis"].eq("domain") & ~heading & codes["group"].notna()].set_index("id")[["group", "name"]]
    ways = codes[codes["axis"].eq("direction") & ~heading]["id"]
    ending = ways.str.lower().str.split(r"[-_]", regex=True).str[-1]
    directions = {code: end for code, end in zip(ways, ending, strict=True) if end in DIRECTIONS}
    if domains.empty or set(directions.values()) != set(DIRECTIONS):
        raise InputError(
            f"The codebook '{codebook.id}' needs domains with a group, and three directions whose ids end in BETTER, WORSE and MIXED."
        )
    return domains, directions


def _way(given: set[str], undecided: bool) -> str:
    if undecided and not given:
        return "open"
    if not given:
        return "no_change"
    return next(iter(given)) if len(given) == 1 else "mixed"


def _domain_row(told: pd.DataFrame, min_teams: int, level: float) -> dict[str, object]:
    counts = {way: int(told["way"].eq(way).sum()) for way in _COUNTS}
    clear = told[told["way"].isin(["better", "worse"])]
    row: dict[str, object] = {
        "mentions": len(told), **counts, "shared": int(told["shared"].sum()), "teams": int(told["team"].nunique()),
        "documents": int(told["document"].nunique()), "n": len(clear), "segments": tuple(told["segment"]),
        "share_better": np.nan, "low": np.nan, "high": np.nan, "clusters": "", "note": "",
    }  # fmt: skip
    if clear.empty:
        return row | {"note": "no passage says better or worse"}
    cluster, kind = cluster_of(clear, min_teams)
    found = clustered_shares(*totals_by_cluster(cluster, pd.DataFrame({"better": clear["way"].eq("better")})), level)
    note = f"one {kind} only: no interval" if np.isnan(found.low[0]) else ""
    ends = {"share_better": float(found.estimate[0]), "low": float(found.low[0]), "high": float(found.high[0])}
    return row | ends | {"clusters": kind, "note": note}
