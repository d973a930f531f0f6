"""Named tables, checked on the way in: study folders, published facts, open sources, codebooks, templates."""

from newroles.datasets.check import check_study
from newroles.datasets.codebooks import Codebook, list_codebooks, load_codebook
from newroles.datasets.datapackage import data_dictionary, datapackage
from newroles.datasets.problems import describe_problems
from newroles.datasets.records import (
    Record,
    data_catalogue,
    list_tables,
    load_open,
    load_published,
    load_record,
    verify_record,
)
from newroles.datasets.study import Study, StudyError, load_study
from newroles.datasets.template import read_workbook, write_template
from newroles.datasets.typed import typed_table

__all__ = [
    "Codebook",
    "Record",
    "Study",
    "StudyError",
    "check_study",
    "data_catalogue",
    "data_dictionary",
    "datapackage",
    "describe_problems",
    "list_codebooks",
    "list_tables",
    "load_codebook",
    "load_open",
    "load_published",
    "load_record",
    "load_study",
    "read_workbook",
    "typed_table",
    "verify_record",
    "write_template",
]
