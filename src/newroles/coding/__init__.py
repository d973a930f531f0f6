"""Coding: codebooks, how well coders agree, what they agree on, and exchange with the tools that teams code in.

A project from NVivo, ATLAS.ti, MAXQDA, QualCoder, Taguette or a spreadsheet comes in by `read_refi_qda` and its siblings
and becomes a study's tables by `to_codings`. `agreement` says by every statistic how well coders agree; `disagreements`
lists what to settle; `consensus` is the coding that the analysis rests on, with its audit trail.
"""

from newroles.coding.code_agreement import code_agreement
from newroles.coding.codebooks import codebook_tree, codes_for_no_kind, diff_codebooks, load_crosswalk
from newroles.coding.coders import against_gold, comparable_rounds, drift, leave_one_coder_out
from newroles.coding.conclusions import conclusions, units_of_segments
from newroles.coding.consensus import Consensus, consensus, consensus_as_codings, count_answers
from newroles.coding.cooccurrence import code_cooccurrence, cooccurrence_from_pairs
from newroles.coding.disagreements import disagreements, read_adjudications, write_disagreements
from newroles.coding.exchange import (
    QualitativeProject,
    StudyCodings,
    code_path,
    codebook_table,
    codes_of_codebook,
    document_attributes,
    read_codings_csv,
    read_qualcoder,
    read_refi_codebook,
    read_refi_qda,
    read_taguette,
    split_code_path,
    to_codings,
    write_refi_codebook,
    write_refi_qda,
)
from newroles.coding.framework import (
    framework_cells,
    framework_matrix,
    read_framework_summaries,
    write_framework_matrix,
)
from newroles.coding.label_sets import label_sets_from_codes, ratings_from_codings, ratings_per_code
from newroles.coding.per_code import confusion, per_code_agreement
from newroles.coding.reading_aids import code_by_attribute, code_matrix, code_use_over_time
from newroles.coding.reliability import agreement
from newroles.coding.saturation import expected_codes, new_information, saturation
from newroles.coding.units import agreement_by_unit, span_agreement
from newroles.coding.workflow import agreement_panel, split_adjudications, themes_by_case, with_adjudications

__all__ = [
    "Consensus",
    "QualitativeProject",
    "StudyCodings",
    "against_gold",
    "agreement",
    "agreement_by_unit",
    "agreement_panel",
    "code_agreement",
    "code_by_attribute",
    "code_cooccurrence",
    "code_matrix",
    "code_path",
    "code_use_over_time",
    "codebook_table",
    "codebook_tree",
    "codes_for_no_kind",
    "codes_of_codebook",
    "comparable_rounds",
    "conclusions",
    "confusion",
    "consensus",
    "consensus_as_codings",
    "cooccurrence_from_pairs",
    "count_answers",
    "diff_codebooks",
    "disagreements",
    "document_attributes",
    "drift",
    "expected_codes",
    "framework_cells",
    "framework_matrix",
    "label_sets_from_codes",
    "leave_one_coder_out",
    "load_crosswalk",
    "new_information",
    "per_code_agreement",
    "ratings_from_codings",
    "ratings_per_code",
    "read_adjudications",
    "read_codings_csv",
    "read_framework_summaries",
    "read_qualcoder",
    "read_refi_codebook",
    "read_refi_qda",
    "read_taguette",
    "saturation",
    "span_agreement",
    "split_adjudications",
    "split_code_path",
    "themes_by_case",
    "to_codings",
    "units_of_segments",
    "with_adjudications",
    "write_disagreements",
    "write_framework_matrix",
    "write_refi_codebook",
    "write_refi_qda",
]
