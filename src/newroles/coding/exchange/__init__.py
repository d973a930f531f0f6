"""Bringing codings in from other tools and taking them back: REFI-QDA, QualCoder, Taguette and spreadsheets."""

from newroles.coding.exchange.codebook_files import (
    codebook_table,
    codes_of_codebook,
    read_refi_codebook,
    write_refi_codebook,
)
from newroles.coding.exchange.project import QualitativeProject, code_path, document_attributes, split_code_path
from newroles.coding.exchange.qualcoder import read_qualcoder
from newroles.coding.exchange.refi_qda_read import read_refi_qda
from newroles.coding.exchange.refi_qda_write import write_refi_qda
from newroles.coding.exchange.study_tables import StudyCodings, to_codings
from newroles.coding.exchange.tables import read_codings_csv
from newroles.coding.exchange.taguette import read_taguette

__all__ = [
    "QualitativeProject",
    "StudyCodings",
    "code_path",
    "codebook_table",
    "codes_of_codebook",
    "document_attributes",
    "read_codings_csv",
    "read_qualcoder",
    "read_refi_codebook",
    "read_refi_qda",
    "read_taguette",
    "split_code_path",
    "to_codings",
    "write_refi_codebook",
    "write_refi_qda",
]
