"""One coding out of several: which codes stand, by which rule, and who settled the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from newroles.coding.label_sets import without_adjudications
from newroles.datasets import Codebook, typed_table
from newroles.errors import InputError, did_you_mean

RULES = ("majority", "unanimous", "adjudicated")
ADJUDICATION = ("decision", "decided_by", "decided_on", "reason")
_KEY = ["unit", "code"]
_AUDIT = ["codebook", "unit", "unit_kind", "code", "code_name", "gave", "not_gave", "could_not_tell", "of", "rule"]
_AUDIT += ["decision", "how", "decided_by", "decided_on", "reason"]


class Consensus(NamedTuple):
    """What the coders came to, and how.

    `coding`: one row per unit and code that is kept: unit, unit_kind, code, code_name.
    `audit`: one row per unit and code that any coder gave or ruled out, as `consensus` describes it.
    """

    coding: pd.DataFrame
    audit: pd.DataFrame


def count_answers(
    codings: pd.DataFrame,
    codebook: Codebook,
    unit_kind: str = "segment",
    round: int | None = None,
    none_codes: Sequence[str] = (),
) -> pd.DataFrame:
    """How many coders gave each code to each unit, how many ruled it out, and how many couldn't tell?

    `codings`: the study's table of that name, one row a code given by one coder to one unit in one round: codebook, unit,
    unit_kind, coder, code, value, round. Value 1 gives the code, 0 rules it out, blank says that the coder couldn't tell.
    A coder with any row for a unit has coded that unit, and rules out every code that they have no row for.
    `round`: the round to use; None takes each coder's last round on each unit. `none_codes`: codes that say "none
    applies": the coder coded the unit and gave it an empty set. Rows of the coder "adjudication", which say what was
    settled afterwards, are left out.

    Returns one row per unit and code for which any coder has a row: unit, unit_kind, code, code_name, given_by,
    not_given_by, could_not_tell_by (coders, joined by "; "), n_coders (who coded the unit), n_gave, n_not_gave,
    n_could_not_tell. Ordered by unit, then as the codebook lists the codes.

    Raises InputError for a codebook, kind of unit or round that the codings don't have, a code that isn't in the
    codebook, a value other than 0, 1 and blank, a row given twice, and a coder who gives a unit both "none applies" and
    another code.
    """
    rows = _chosen(codings, codebook, unit_kind, round, none_codes)
    crowd = rows.groupby("unit")["coder"].unique().map(sorted).to_dict()
    answers = rows.assign(answer=rows["value"].map({1.0: "gave", 0.0: "not"}).fillna("blank"))
    said: dict[tuple[str, str], dict[str, str]] = {}
    for unit, code, coder, answer in answers[["unit", "code", "coder", "answer"]].itertuples(index=False):
        said.setdefault((unit, code), {})[coder] = answer
    place = {code: number for number, code in enumerate(codebook.ids)}
    names = dict(zip(codebook.codes["id"], codebook.codes["name"], strict=True))
    table = []
    for unit, code in sorted(said, key=lambda key: (key[0], place[key[1]])):
        by: dict[str, list[str]] = {"gave": [], "not": [], "blank": []}
        for coder in crowd[unit]:
            by[said[unit, code].get(coder, "not")].append(coder)
        lists = ["; ".join(by[answer]) for answer in by]
        table.append((unit, unit_kind, code, names[code], *lists, len(crowd[unit]), *map(len, by.values())))
    texts = ["unit", "unit_kind", "code", "code_name", "given_by", "not_given_by", "could_not_tell_by"]
    counts = ["n_coders", "n_gave", "n_not_gave", "n_could_not_tell"]
    columns = [*texts, *counts]
    return pd.DataFrame(table, columns=columns).astype(dict.fromkeys(texts, "str") | dict.fromkeys(counts, "int64"))


def consensus(
    codings: pd.DataFrame,
    codebook: Codebook,
    rule: str = "majority",
    adjudications: pd.DataFrame | None = None,
    unit_kind: str = "segment",
    round: int | None = None,
    none_codes: Sequence[str] = (),
) -> Consensus:
    """Which codes does each unit keep once its coders' answers are put together, and what remains open?

    `codings`, `codebook`, `unit_kind`, `round`, `none_codes`: as for `count_answers`. `adjudications`: one row per unit
    and code that somebody decided on, as `read_adjudications` gives them: unit, code, decision ("yes" keeps the code, "no"
    drops it, blank is undecided), decided_by, decided_on, reason.

    Rules. What all coders of a unit agree on stands under each of them.

    - majority: a code is kept when more than half of the coders who coded the unit gave it, dropped when more than half
      ruled it out. A tie, or answers that couldn't be told from the extract, stay open, unless an adjudication settles
      them.
    - adjudicated: whatever isn't agreed is kept or dropped as decided; undecided, it stays open.
    - unanimous: a code is kept only when all gave it, and dropped as soon as one coder ruled it out. It takes no
      adjudications.

    Decisions on what a rule settles by itself are not needed and not used. A unit that ends up with no code kept and
    none open keeps the none code that a coder gave it, or else the first of `none_codes`, when that is what was found: by
    more than half of its coders (all of them, for unanimous) or by the adjudicators. Otherwise its coders are split:
    most gave it some code, but no two the same, say. Then its none code is open; only the rule adjudicated settles it.
    Nothing open is ever kept, dropped or left out of the audit.

    Returns a Consensus. Its audit has one row per unit and code that any coder gave, ruled out or couldn't tell: codebook,
    unit, unit_kind, code, code_name, gave, not_gave, could_not_tell, of (coders who coded the unit), rule, decision
    (kept, dropped, open), how (agreed, majority, unanimous, adjudicated, tie, no majority, could not tell, undecided,
    none applies, split), decided_by, decided_on, reason. A unit coded by one coder is agreed, with `of` 1.

    Raises InputError as `count_answers` does, for an unknown rule, for adjudications with the wrong rule or without the
    columns, for a decision other than yes, no and blank, and for one on a unit and code that no coder has a row for or
    that is decided twice.

    >>> from newroles.datasets import load_codebook, typed_table
    >>> rows = [("a", "BW-COMP", 1), ("b", "BW-COMP", 1), ("c", "BW-COLL", 1)]
    >>> codings = pd.DataFrame(rows, columns=["coder", "code", "value"]).assign(
    ...     codebook="boundary_work", unit="s1", unit_kind="segment", coded_on=None, round=1)
    >>> result = consensus(typed_table("codings", codings), load_codebook("boundary_work"))
    >>> result.audit[["code", "gave", "of", "decision", "how"]].values.tolist()
    [['BW-COMP', 2, 3, 'kept', 'majority'], ['BW-COLL', 1, 3, 'dropped', 'majority']]
    """
    if rule not in RULES:
        raise InputError(f"There is no rule '{rule}' for a consensus. {did_you_mean(rule, RULES)}")
    if rule == "adjudicated" and adjudications is None:
        raise InputError("The rule 'adjudicated' needs adjudications: pass what read_adjudications returned.")
    if rule == "unanimous" and adjudications is not None:
        raise InputError("The rule 'unanimous' takes no adjudications: use 'adjudicated', or leave them out.")
    answers = count_answers(codings, codebook, unit_kind, round, none_codes)
    is_none = answers["code"].isin(list(none_codes))
    decided = _decisions(adjudications, answers[~is_none], none_codes)
    counts = ["n_gave", "n_not_gave", "n_could_not_tell", "n_coders"]
    audit = answers.rename(columns=dict(zip(counts, ["gave", "not_gave", "could_not_tell", "of"], strict=True)))
    audit = audit.assign(codebook=codebook.id, rule=rule).merge(decided, on=_KEY, how="left")
    outcomes = [
        _outcome(rule, gave, not_gave, of, decision)
        for gave, not_gave, of, decision in audit[["gave", "not_gave", "of", "decision"]].itertuples(index=False)
    ]
    audit["decision"] = pd.Series([decision for decision, _ in outcomes], index=audit.index, dtype="str")
    audit["how"] = pd.Series([how for _, how in outcomes], index=audit.index, dtype="str")
    used = audit["how"] == "adjudicated"
    audit[["decided_by", "reason"]] = audit[["decided_by", "reason"]].where(used)
    audit["decided_on"] = audit["decided_on"].where(used)
    audit = _with_empty_sets(audit, codebook, none_codes, _split_units(audit, rule, is_none))[_AUDIT]
    kept = audit.loc[audit["decision"] == "kept", ["unit", "unit_kind", "code", "code_name"]]
    return Consensus(kept.reset_index(drop=True), audit)


def consensus_as_codings(audit: pd.DataFrame, round: int = 1) -> pd.DataFrame:
    """How does the consensus look beside the coders' own codings, as the work of a coder called "consensus"?

    `audit`: that of `consensus`. `round`: the round to write.

    Returns rows of the study's table codings: value 1 for a code that is kept, 0 for one that is dropped, blank for one
    that is open; coded_on is the day of the adjudication where there was one. Units whose set is empty are there, too,
    with their codes at 0. Put below the coders' codings it shows each coder's agreement with the consensus.
    """
    value = audit["decision"].map({"kept": 1.0, "dropped": 0.0}).astype("float64")
    rows = audit.assign(coder="consensus", value=value, coded_on=audit["decided_on"], round=round)
    return typed_table("codings", rows)


def _outcome(rule: str, gave: int, not_gave: int, of: int, decision: object) -> tuple[str, str]:
    """The decision on one unit and code, and how it came about."""
    if of in (gave, not_gave):
        return ("kept" if gave else "dropped"), "agreed"
    if rule == "majority" and max(gave, not_gave) * 2 > of:
        return ("kept" if gave > not_gave else "dropped"), "majority"
    if rule == "unanimous":
        return ("dropped", "unanimous") if not_gave else ("open", "could not tell")
    if pd.notna(decision):  # type: ignore[call-overload]
        return ("kept" if decision == "yes" else "dropped"), "adjudicated"
    if rule == "adjudicated":
        return "open", "undecided"
    if gave == not_gave:
        return "open", "tie" if gave else "could not tell"
    return "open", "no majority"


def _split_units(audit: pd.DataFrame, rule: str, is_none: pd.Series) -> set[str]:
    """Units of which too few coders say that none applies, and no adjudicator does: an empty set there is no answer."""
    of = audit.groupby("unit")["of"].first()
    unsure, gave = (audit["could_not_tell_by"], audit["given_by"].mask(is_none, ""))
    voices = (unsure + "; " + gave).str.split("; ").groupby(audit["unit"]).sum()
    silent = of - voices.map(lambda coders: len(set(coders) - {""}))
    enough = silent == of if rule == "unanimous" else silent * 2 > of
    settled = audit.loc[audit["how"].eq("adjudicated"), "unit"]
    return set() if rule == "adjudicated" else set(of.index[~enough]) - set(settled)


def _with_empty_sets(
    audit: pd.DataFrame, codebook: Codebook, none_codes: Sequence[str], split: set[str]
) -> pd.DataFrame:
    """The audit in which "none applies" follows from the other codes of the unit: kept only where nothing else is."""
    if not none_codes:
        return audit
    is_none = audit["code"].isin(list(none_codes))
    with_kept, with_open = (
        set(audit.loc[~is_none & (audit["decision"] == decision), "unit"]) for decision in ("kept", "open")
    )
    silent = ~audit["unit"].isin(with_kept | with_open | set(audit.loc[is_none, "unit"]))
    unsaid = audit[silent].drop_duplicates("unit").assign(code=none_codes[0], gave=0, could_not_tell=0)
    unsaid = unsaid.assign(code_name=codebook.name(none_codes[0]), not_gave=unsaid["of"])
    place = {code: number for number, code in enumerate(codebook.ids)}
    table = pd.concat([audit, unsaid], ignore_index=True)
    table = table.sort_values(
        ["unit", "code"], key=lambda c: c.map(place) if c.name == "code" else c, ignore_index=True
    )
    none_rows = table[table["code"].isin(list(none_codes))]
    second = none_rows.duplicated("unit") | none_rows["unit"].isin(with_kept)
    divided = none_rows["unit"].isin(split - with_open - with_kept) & ~second
    decision = second.map({True: "dropped", False: "kept"})
    decision = decision.mask(none_rows["unit"].isin(with_open - with_kept) | divided, "open")
    table.loc[none_rows.index, "decision"] = decision
    everybody = (none_rows["gave"] == none_rows["of"]) & (decision == "kept")
    how = everybody.map({True: "agreed", False: "none applies"}).mask(divided, "split")
    table.loc[none_rows.index, "how"] = how
    table.loc[none_rows.index, ["decided_by", "reason"]] = None
    table.loc[none_rows.index, "decided_on"] = pd.NaT
    return table


def _chosen(
    codings: pd.DataFrame, codebook: Codebook, unit_kind: str, round: int | None, none_codes: Sequence[str]
) -> pd.DataFrame:
    """The rows that count, checked: one codebook, one kind of unit, one round of each coder on each unit."""
    codings = without_adjudications(codings)
    rows = codings[codings["codebook"] == codebook.id]
    if rows.empty:
        raise InputError(
            f"No coding uses the codebook '{codebook.id}'. {did_you_mean(codebook.id, codings['codebook'].unique())}"
        )
    kinds = rows["unit_kind"].unique()
    rows = rows[rows["unit_kind"] == unit_kind]
    if rows.empty:
        raise InputError(f"No '{unit_kind}' was coded with '{codebook.id}'. {did_you_mean(unit_kind, kinds)}")
    if round is not None:
        if round not in set(rows["round"]):
            raise InputError(
                f"There is no round {round} in the codings. Rounds: {', '.join(map(str, sorted(rows['round'].unique())))}."
            )
        rows = rows[rows["round"] == round]
    rows = rows[rows["round"] == rows.groupby(["unit", "coder"])["round"].transform("max")]
    for code in none_codes:
        if code not in codebook.ids:
            raise InputError(f"'{code}' isn't in the codebook '{codebook.id}'. {did_you_mean(code, codebook.ids)}")
    for code in rows["code"].unique():
        if code not in codebook.ids:
            raise InputError(
                f"The codings give '{code}', which isn't in the codebook '{codebook.id}'. {did_you_mean(code, codebook.ids)}"
            )
    _refuse(
        rows[~rows["value"].isin([0, 1]) & rows["value"].notna()],
        "is neither 0, 1 nor blank; ratings have no consensus",
    )
    _refuse(rows[rows.duplicated(["unit", "coder", "code", "round"])], "is there twice; delete one of the rows")
    given = rows[rows["value"] == 1]
    none = given["code"].isin(list(none_codes))
    both = given[none].merge(given.loc[~none, ["unit", "coder"]].drop_duplicates(), on=["unit", "coder"])
    _refuse(both, "says that none applies, yet the same coder gave the unit another code; delete one of the two")
    return rows


def _refuse(rows: pd.DataFrame, problem: str) -> None:
    if len(rows):
        row = rows.iloc[0]
        value = "" if pd.isna(row["value"]) else f" (value {row['value']:g})"
        raise InputError(
            f"codings: code '{row['code']}'{value} of coder '{row['coder']}' for unit '{row['unit']}', "
            f"round {row['round']}, {problem}."
        )


def _decisions(adjudications: pd.DataFrame | None, answers: pd.DataFrame, none_codes: Sequence[str]) -> pd.DataFrame:
    """The decisions, one row a unit and code, checked against the answers."""
    blank = pd.DataFrame({name: pd.Series(dtype="str") for name in [*_KEY, *ADJUDICATION]})
    table = blank if adjudications is None else adjudications
    for name in blank.columns:
        if name not in table.columns:
            raise InputError(f"The adjudications have no column '{name}'. {did_you_mean(name, table.columns)}")
    known = set(answers[_KEY].itertuples(index=False, name=None))
    for key in table[_KEY].itertuples(index=False, name=None):
        if key not in known:
            raise InputError(
                f"The adjudications decide on unit '{key[0]}' and code '{key[1]}', for which no coder has a row"
                + (": 'none applies' follows from the other codes." if key[1] in none_codes else ".")
            )
    twice = table[table.duplicated(_KEY)]
    if len(twice):
        raise InputError(
            f"The adjudications decide twice on unit '{twice['unit'].iloc[0]}' and code '{twice['code'].iloc[0]}'."
        )
    wrong = table.loc[table["decision"].notna() & ~table["decision"].isin(["yes", "no"]), "decision"]
    if len(wrong):
        raise InputError(f"A decision is yes, no or blank; the adjudications hold '{wrong.iloc[0]}'.")
    table = table.assign(decided_on=pd.to_datetime(table["decided_on"]).astype("datetime64[us]"))
    return table[[*_KEY, *ADJUDICATION]]
