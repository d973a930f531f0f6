"""Does a conclusion survive other choices? What each consensus rule, and each coder less, makes of the same codings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from newroles.coding.consensus import Consensus, consensus
from newroles.coding.label_sets import without_adjudications
from newroles.coding.units import agreement_by_unit
from newroles.datasets import Codebook
from newroles.errors import InputError

_UNIT_COLUMNS = ["code", "unit", "threshold", "statistic", "value", "se", "low", "high", "n_units", "n_coders", "note"]


def conclusions(
    codings: pd.DataFrame,
    codebook: Codebook,
    adjudications: pd.DataFrame | None = None,
    unit_kind: str = "segment",
    round: int | None = None,
    none_codes: Sequence[str] = (),
) -> pd.DataFrame:
    """What share of units has each code, by each rule of consensus, and with each coder left out?

    `codings`: the study's table (adjudications in it don't count as a coder's). `adjudications`: see `consensus`; with
    them the first choice is "adjudicated". The other arguments: see `count_answers`. Without a coder, majority decides.

    Returns one row for each choice and each code that any choice keeps, codes in the book's order: choice (adjudicated,
    majority, unanimous, without ...), code, name, share (units with the code over all units that still have a coder),
    n (those units), open (units for which the choice leaves the code open; they don't count as having it).

    Raises InputError as `consensus` does.

    >>> from newroles.datasets import load_codebook, typed_table
    >>> rows = [("a", "BW-COMP", 1), ("b", "BW-COMP", 1), ("c", "BW-COLL", 1)]
    >>> codings = pd.DataFrame(rows, columns=["coder", "code", "value"]).assign(
    ...     codebook="boundary_work", unit="s1", unit_kind="segment", coded_on=None, round=1)
    >>> table = conclusions(typed_table("codings", codings), load_codebook("boundary_work"))
    >>> table.query("code == 'BW-COMP'").set_index("choice")["share"].to_dict()
    {'majority': 1.0, 'unanimous': 0.0, 'without a': 0.0, 'without b': 0.0, 'without c': 1.0}
    """
    own = without_adjudications(codings)
    own = own[own["codebook"].eq(codebook.id) & own["unit_kind"].eq(unit_kind)]
    none = [code for code in none_codes if code in codebook.ids]

    def put_together(rows: pd.DataFrame, rule: str, settled: pd.DataFrame | None = None) -> Consensus:
        return consensus(rows, codebook, rule, settled, unit_kind, round, none_codes)

    def choices() -> Iterator[tuple[str, Consensus]]:
        if adjudications is not None and len(adjudications):
            yield "adjudicated", put_together(own, "adjudicated", adjudications)
        yield "majority", put_together(own, "majority")
        yield "unanimous", put_together(own, "unanimous")
        coders = sorted(own["coder"].unique())
        for coder in coders if len(coders) > 1 else []:
            yield f"without {coder.replace('_', ' ')}", put_together(own[own["coder"] != coder], "majority")

    units, parts = {}, []
    for choice, result in choices():
        units[choice] = result.audit["unit"].nunique()
        kept = result.coding.drop_duplicates(["unit", "code"]).groupby("code").size()
        undecided = result.audit[result.audit["decision"].eq("open")].groupby("code").size()
        counts = pd.DataFrame({"kept": kept, "open": undecided}).fillna(0).astype(int)
        parts.append(counts.assign(choice=choice).reset_index(names="code"))
    table = pd.concat(parts, ignore_index=True)
    found = [code for code in codebook.ids if code in set(table.loc[table["kept"] > 0, "code"]) and code not in none]
    every = pd.DataFrame(
        [(choice, n, code) for choice, n in units.items() for code in found], columns=["choice", "n", "code"]
    )
    full = every.merge(table, on=["choice", "code"], how="left")
    full[["kept", "open"]] = full[["kept", "open"]].fillna(0).astype(int)
    names = codebook.codes.set_index("id")["name"]
    full = full.assign(name=full["code"].map(names), share=full["kept"] / full["n"])
    return full[["choice", "code", "name", "share", "n", "open"]]


def units_of_segments(
    codings: pd.DataFrame,
    segments: pd.DataFrame | None,
    codebook_id: str,
    code: str | None = None,
    statistics: Sequence[str] = ("percent_agreement", "gwet_ac1", "krippendorff_alpha"),
    n_boot: int = 1000,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """How does agreement on one code of a study's extracts move with what counts as a unit?

    `codings`, `segments`: the study's tables (None: it has none); `code`: which code; left out, the commonest of the
    book. Documents are as long as their last extract; a coder read a document in which they coded any extract. Units are
    characters, extracts, documents, and teams where extracts have one.

    Returns the rows of `agreement_by_unit` without matched spans (every coder was given the same extracts); no rows when
    there are no coded extracts with positions, or when fewer than two coders coded any. Raises InputError for a code that
    nobody gave.
    """
    placed = pd.DataFrame() if segments is None else segments.dropna(subset=["start", "end"])
    own = without_adjudications(codings)
    own = own[own["codebook"].eq(codebook_id) & own["unit_kind"].eq("segment") & own["value"].gt(0)]
    if placed.empty or own["coder"].nunique() < 2:
        return pd.DataFrame(columns=_UNIT_COLUMNS)
    given = own.merge(placed, left_on="unit", right_on="segment")
    if given.empty:
        return pd.DataFrame(columns=_UNIT_COLUMNS)
    chosen = code or str(given["code"].value_counts().idxmax())
    if chosen not in set(given["code"]):
        raise InputError(f"No extract was given the code '{chosen}' of {codebook_id}.")
    documents = placed.groupby("document").agg(length=("end", "max"), team=("team", "first")).reset_index()
    by = ["team"] if documents["team"].notna().all() else []
    spans = given.loc[given["code"].eq(chosen), ["document", "start", "end", "coder", "code"]].drop_duplicates()
    found = agreement_by_unit(
        spans.astype({"start": int, "end": int}),
        documents.astype({"length": int}),
        cuts={"extract": placed[["document", "start", "end"]].astype({"start": int, "end": int})},
        by=by,
        readings=given[["document", "coder"]].drop_duplicates(),
        statistics=list(statistics),
        thresholds=(1.0,),
        n_boot=n_boot,
        rng=rng,
    )
    return found[found["unit"] != "span"].reset_index(drop=True)
