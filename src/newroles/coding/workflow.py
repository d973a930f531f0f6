"""From coders' differences to what the analysis rests on, in a study folder: listing, settling, agreeing, summarising.

In a study's codings, rows of the coder "adjudication" are not a coder's work but what was settled afterwards: value 1 when
the code applies, 0 when it doesn't. No statistic of agreement and no list of disagreements counts them as a coder.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from newroles.coding.adjudications import split_adjudications, with_adjudications
from newroles.coding.codebooks import codes_for_no_kind
from newroles.coding.consensus import ADJUDICATION, Consensus, consensus, consensus_as_codings
from newroles.coding.disagreements import disagreements, read_adjudications, write_disagreements
from newroles.coding.exchange import write_refi_codebook
from newroles.coding.framework import framework_cells, read_framework_summaries, write_framework_matrix
from newroles.coding.label_sets import ratings_from_codings, without_adjudications
from newroles.coding.per_code import ALL_CODES, per_code_agreement
from newroles.coding.study_writing import save_tables
from newroles.datasets import Codebook, Study, load_codebook
from newroles.datasets.codings import yes_or_no
from newroles.errors import InputError, did_you_mean

_PANEL = ["code", "statistic", "level", "value", "se", "low", "high", "n_units", "n_coders", "prevalence", "note"]


def study_codebook(study: Study, id: str) -> Codebook:
    """Which codebook does this study mean by this id? Raises InputError when its study.yml doesn't name it."""
    books, folder = {}, study.path if study.path.is_dir() else study.path.parent
    for name in study.meta["codebooks"]:
        own = folder / name
        book = load_codebook(own if name.endswith((".yml", ".yaml")) else name)
        books[book.id] = book
    if id not in books:
        raise InputError(
            f"study.yml of {study.path} names no codebook '{id}'. {did_you_mean(id, books)} Add it to the list codebooks "
            "there, or name one of these."
        )
    return books[id]


def list_disagreements(
    study: Study, codebook: Codebook, unit_kind: str = "segment", round: int | None = None
) -> pd.DataFrame:
    """On what do the coders of this study differ, and what of it has been settled already?

    Returns the list that `disagreements` makes, with the place of each extract, and the decisions that stand in the
    study's codings filled in.
    """
    codings = _codings(study, codebook, unit_kind, round)
    segments = study.segments if unit_kind == "segment" else None
    listed = disagreements(codings, codebook, unit_kind, None, _none_codes(codebook), segments)
    _, settled = split_adjudications(codings)
    filled = listed.drop(columns=list(ADJUDICATION)).merge(
        settled[["unit", "code", *ADJUDICATION]], on=["unit", "code"], how="left"
    )
    return filled[listed.columns]


def write_study_disagreements(
    study: Study, codebook: Codebook, out: str | Path, unit_kind: str = "segment", round: int | None = None
) -> str:
    """Where is the list that the adjudicators fill in, and how long is it? Writes it; returns a sentence."""
    listed = list_disagreements(study, codebook, unit_kind, round)
    path = write_disagreements(listed, out)
    if listed.empty:
        coders = without_adjudications(_codings(study, codebook, unit_kind, round)).groupby("unit")["coder"].nunique()
        why = (
            "the coders agree on every one that two of them coded"
            if (coders > 1).any()
            else "no two coders coded the same one"
        )
        return f"There is nothing to settle: {why}. {path} lists nothing."
    settled = int(listed["decision"].notna().sum())
    return (
        f"{path} lists {len(listed)} differences on {listed['unit'].nunique()} units ({settled} settled already). Fill in the "
        "columns decision, decided_by, decided_on and reason, and hand it back with `newroles coding adjudicate`."
    )


def adjudicate(
    file: str | Path, study: Study, codebook: Codebook, unit_kind: str = "segment", round: int | None = None
) -> str:
    """What does the filled list settle? Writes its decisions into the study's codings; returns a sentence.

    `file`: the list that `write_study_disagreements` wrote, filled in. `round`: the one that it was written for.

    Raises InputError as `read_adjudications` does, and when no decision is filled in.
    """
    listed = list_disagreements(study, codebook, unit_kind, round)
    read = read_adjudications(file, listed)
    made = int(read["decision"].notna().sum())
    if not made:
        raise InputError(
            f"{Path(file).name}, column decision: blank in every row; expected yes or no where it is settled."
        )
    written = save_tables(study, {"codings": with_adjudications(study.codings, read, codebook, unit_kind, round)})
    stays = listed["decision"].notna() & read["decision"].isna()
    kept = f" {int(stays.sum())} earlier decisions, blank in this list, stay as they were." if stays.any() else ""
    left = len(read) - made - int(stays.sum())
    return (
        f"{written[0]} holds {made} decisions of {len(read)}; {left} are still open.{kept} The old file is kept beside it as "
        f"{written[0].name}.before. Who decided and why stays in {Path(file).name}: keep it, it is the audit trail."
    )


def study_consensus(
    study: Study, codebook: Codebook, unit_kind: str = "segment", rule: str | None = None, round: int | None = None
) -> Consensus:
    """What did this study's coders come to, with what was settled afterwards? As `consensus` returns it.

    `rule`: one of its rules; None is "adjudicated" once anything has been settled, so that a decision against the majority
    stands too, and "majority" before.
    """
    own, settled = split_adjudications(_codings(study, codebook, unit_kind, round))
    rule = rule or ("adjudicated" if len(settled) else "majority")
    decisions = None if rule == "unanimous" else settled
    return consensus(own, codebook, rule, decisions, unit_kind, None, _none_codes(codebook))


def agreement_panel(
    study: Study,
    codebook: Codebook,
    unit_kind: str = "segment",
    round: int | None = None,
    n_boot: int = 1000,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """How well do this study's coders agree, over all codes and on each, by every statistic?

    `round`: one round; None takes each coder's last round on each unit, as the list of disagreements does.

    Returns one row a code and statistic as `per_code_agreement` describes it: the rows "all codes" first, then the codes as
    the codebook lists them.

    Raises InputError when fewer than two coders coded, and as `ratings_from_codings` does.
    """
    codings = without_adjudications(_codings(study, codebook, unit_kind, round))
    last = codings["round"] == codings.groupby(["unit", "coder"])["round"].transform("max")
    ratings = ratings_from_codings(codings[last].assign(round=1), none_codes=_none_codes(codebook))
    if ratings.shape[1] < 2:
        raise InputError(
            f"Only {ratings.columns[0]} coded a {unit_kind} with '{codebook.id}': agreement needs a second coder."
        )
    table = per_code_agreement(ratings, "all", n_boot, rng)
    place = {ALL_CODES: -1} | {code: number for number, code in enumerate(codebook.ids)}
    ordered = table.sort_values("code", key=lambda codes: codes.map(place), kind="stable", ignore_index=True)
    return ordered[_PANEL]


def describe_agreement(
    study: Study, codebook: Codebook, unit_kind: str = "segment", round: int | None = None, seed: int = 1
) -> str:
    """The agreement panel as plain text, with what it rests on.

    `seed`: of the resamples behind the intervals, so that the same codings print the same text.
    """
    panel = agreement_panel(study, codebook, unit_kind, round, rng=np.random.default_rng(seed))
    own = without_adjudications(_codings(study, codebook, unit_kind, round))
    coders = own.groupby("unit")["coder"].nunique()
    which = "each coder's last round on each unit" if round is None else f"round {round}"
    return (
        f"Agreement of {own['coder'].nunique()} coders on {codebook.id} ({which}): {(coders > 1).sum()} of {len(coders)} "
        f"units ({unit_kind}) were coded by at least two.\nIntervals are of 95 %, from resamples of units (seed {seed}). What "
        f"was settled afterwards doesn't count.\n\n{describe_panel(panel)}"
    )


def describe_panel(panel: pd.DataFrame) -> str:
    """The agreement panel as lines of a table: code, statistic, value, interval, units, coders; notes below.

    `panel`: as `agreement_panel` returns it.
    """
    numbers: dict[str, int] = {}
    rows = [("code", "statistic", "value", "low", "high", "units", "coders", "note")]
    for row in panel.to_dict("records"):
        sets = f" ({row['level']})" if row["level"] in ("masi", "jaccard") and "alpha" in row["statistic"] else ""
        figures = ["-" if pd.isna(row[name]) else f"{row[name]:.2f}" for name in ("value", "low", "high")]
        mark = f"[{numbers.setdefault(row['note'], len(numbers) + 1)}]" if row["note"] else ""
        counts = (str(row["n_units"]), str(row["n_coders"]))
        rows.append((row["code"], row["statistic"] + sets, *figures, *counts, mark))
    widths = [max(len(line[place]) for line in rows) for place in range(len(rows[0]))]
    lines: list[str] = []
    for number, line in enumerate(rows):
        if number and rows[number - 1][0] != line[0]:
            lines.append("")
        words = [cell.ljust(width) for cell, width in zip(line[:2], widths, strict=False)]
        amounts = [cell.rjust(width) for cell, width in zip(line[2:7], widths[2:], strict=False)]
        lines.append("  ".join([*words, *amounts, line[7]]).rstrip())
    return "\n".join([*lines, "", *(f"[{number}] {note}" for note, number in numbers.items())]).rstrip()


def write_study_framework(
    study: Study,
    codebook: Codebook,
    out: str | Path,
    by: str = "team",
    summaries: str | Path | None = None,
    rule: str | None = None,
) -> str:
    """Where is the framework matrix of this study's segments? Writes the workbook; returns a sentence.

    Codes are those that the coders came to, by the rule of `study_consensus`; what is open is left out and counted. `by`:
    what a case is, a column of segments. `summaries`: an earlier workbook whose typed summaries are kept.
    """
    typed = None if summaries is None else read_framework_summaries(summaries)
    result = study_consensus(study, codebook, "segment", rule)
    used = result.audit["rule"].iloc[0]
    coding, none = consensus_as_codings(result.audit), _none_codes(codebook)
    kept = set(result.coding["code"]) - set(none)
    if not kept:
        raise InputError(
            f"No segment has a code of '{codebook.id}' by the rule '{used}', so there is no theme to put in a matrix."
        )
    codes = [code for code in codebook.ids if code in kept]
    cells = framework_cells(coding, study.segments, by, codes, none, typed)
    path = write_framework_matrix(cells, out, study.segments, codebook)
    left = int((result.audit["decision"] == "open").sum())
    unsettled = (
        f" {left} answers, each on a segment and a code, are open and left out: settle them first." if left else ""
    )
    words = f" Summaries kept: {int(cells['summary'].notna().sum())}." if typed is not None else ""
    size = f"{cells['case'].nunique()} rows (one a {by}) and {cells['code'].nunique()} themes"
    return f"{path} has {size}, by the rule '{used}'.{unsettled}{words}"


def themes_by_case(study: Study, codebook_id: str, by: str = "team", most: int = 8) -> pd.DataFrame:
    """How many extracts of each case have each of the commonest themes, by what the coders came to?

    `by`: what a case is, a column of segments. `most`: how many codes of the book's main axis (its first) to show.

    Returns one row a case, the case with most extracts first: the column `by`, extracts (with any code), then one column a
    theme, by its name, the commonest first. No rows when the study has no segments coded with this book.
    """
    held = study.has("segments") and study.has("codings")
    coded = study.codings["codebook"].eq(codebook_id) & study.codings["unit_kind"].eq("segment") if held else None
    if coded is None or not coded.any():
        return pd.DataFrame(columns=[by, "extracts"])
    codebook = study_codebook(study, codebook_id)
    result = study_consensus(study, codebook)
    kept = result.coding.merge(study.segments, left_on="unit", right_on="segment").dropna(subset=[by])
    kept = kept[~kept["code"].isin(_none_codes(codebook))]
    axis = codebook.codes.get("axis", pd.Series("", index=codebook.codes.index))
    main = kept[kept["code"].isin(codebook.codes.loc[axis.eq(axis.iloc[0]), "id"])]
    common = main["code"].value_counts().head(most).index.tolist()
    cases = kept.groupby(by)["unit"].nunique().sort_values(ascending=False, kind="stable")
    counts = pd.crosstab(main[by], main["code"]).reindex(index=cases.index, columns=common, fill_value=0)
    counts = counts.rename(columns=codebook.codes.set_index("id")["name"].to_dict())
    counts.insert(0, "extracts", cases)
    return counts.rename_axis(columns=None).reset_index()


def export_codebook(study: Study, codebook: Codebook, out: str | Path) -> str:
    """Where can other tools read this codebook? Writes it as REFI-QDA (.qdc); returns a sentence.

    Raises InputError when the file exists, or its name doesn't end in .qdc. A project (.qdpx) can't be written: it holds
    the documents' words, which a study doesn't have, and codings without them would point at nothing.
    """
    out = Path(out)
    if out.suffix.lower() == ".qdpx":
        raise InputError(
            f"{out.name}: a project holds the words of the documents, and a study has none, so its codings would point at "
            f"nothing. Export the codebook ({out.with_suffix('.qdc').name}), and code the documents in the tool that holds them."
        )
    if out.suffix.lower() != ".qdc":
        raise InputError(f"{out.name}: expected a name that ends in .qdc (a REFI-QDA codebook).")
    if out.exists():
        raise InputError(f"{out} exists already and is left as it is. Name another file, or move it away first.")
    write_refi_codebook(codebook, out)
    return (
        f"{out} holds the {len(codebook.ids)} codes of {codebook.id}. Import it in NVivo, ATLAS.ti, MAXQDA or QualCoder; what "
        f"is coded with it comes back without a mapping. (Codebook of “{study.title}”.)"
    )


def _codings(study: Study, codebook: Codebook, unit_kind: str, round: int | None) -> pd.DataFrame:
    """The study's codings with this codebook, of this kind of unit, in this round; adjudications too."""
    if not study.has("codings") or study.codings.empty:
        raise InputError(f"The study {study.path} has no codings yet. Bring them in with `newroles coding import`.")
    rows, chosen = study.codings, []
    for column, wanted in (("codebook", codebook.id), ("unit_kind", unit_kind), ("round", round)):
        if wanted is None:
            continue
        valid = rows[column].astype("str").unique()
        rows = rows[rows[column] == wanted]
        chosen.append(f"{column} '{wanted}'")
        if without_adjudications(rows).empty:
            raise InputError(
                f"codings of {study.path}: no coder's row has {', '.join(chosen)}. {did_you_mean(str(wanted), valid)}"
            )
    rows = yes_or_no(rows)
    rated = rows[rows["value"].notna() & ~rows["value"].isin([0, 1])]
    if len(rated):
        row = rated.iloc[0]
        raise InputError(
            f"codings of {study.path}: {row['coder']} gave {row['code']} to the {unit_kind} '{row['unit']}' in round "
            f"{row['round']} with the value {row['value']:g}. Expected 1 (applies; 2 if primary), 0 (doesn't) or a blank (couldn't tell)."
        )
    return rows.reset_index(drop=True)


def _none_codes(codebook: Codebook) -> list[str]:
    """The codes that say that no other applies."""
    found = codes_for_no_kind(codebook)
    return list(found.index[found == "none"])
