"""Does `load_study` give the tables of a study as its schemas describe them, and refuse what isn't fit?"""

from __future__ import annotations

import pandas as pd
import pytest

from newroles.datasets import StudyError, load_study
from newroles.datasets.schemas import TABLES, table_schema
from newroles.errors import InputError


def test_a_study_and_what_it_says_about_itself(tiny_study):
    study = load_study(tiny_study)
    assert (study.title, study.kind, study.path) == ("Tiny invented study", "invented", tiny_study)
    assert study.meta["counts_as_new"] == {"rule": "declared", "within_years": 5}
    assert study.meta["codebooks"] == ["own_forms.yml"]
    assert study.tables == list(TABLES)


def test_every_table_has_its_schemas_columns_in_order(tiny_study):
    study = load_study(tiny_study)
    for table in TABLES:
        frame = getattr(study, table)
        assert list(frame.columns) == table_schema(table).columns
        assert list(frame.index) == list(range(len(frame)))


def test_types_and_blanks(tiny_study):
    # r4 (the last report) left introduced, headcount and wte blank; T03 left region and wte blank
    study = load_study(tiny_study)
    reports, trusts = study.reports, study.trusts
    assert dict(reports.dtypes.astype(str))["headcount"] == "Int64"
    assert reports["headcount"].iloc[0] == 12
    assert reports["headcount"].iloc[3] is pd.NA
    assert reports["reported_on"].iloc[0] == pd.Timestamp("2023-02-01")
    assert reports["introduced"].iloc[:3].tolist() == ["2019", "2020-09", "2021-01-11"], (
        "years stay as precise as given"
    )
    assert reports["band"].tolist()[:3] == ["3", "4", "7"], "a band is a label, not a number"
    assert trusts["responded"].tolist() == [True, True, False]
    assert trusts["responded"].dtype == bool
    assert pd.isna(trusts["region"].iloc[2])
    assert study.people["wave"].dtype == "int64"
    assert study.events["start"].iloc[0] == pd.Timestamp("2023-04-03 09:00")


def test_a_table_without_rows_keeps_its_types(tiny_study):
    (tiny_study / "competencies.csv").write_text("role,competency,weight\n")
    assert dict(load_study(tiny_study).competencies.dtypes.astype(str)) == {
        "role": "str",
        "competency": "str",
        "weight": "float64",
    }


def test_parquet_gives_the_same_tables_as_csv(tiny_study):
    before = load_study(tiny_study)
    for table in TABLES:
        getattr(before, table).to_parquet(tiny_study / f"{table}.parquet")
        (tiny_study / f"{table}.csv").unlink()
    after = load_study(tiny_study)
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(after, table), getattr(before, table))


def test_whole_numbers_that_pandas_saved_as_decimals(tiny_study):
    # a blank turns a column of whole numbers into decimals: 12 becomes 12.0
    path = tiny_study / "reports.csv"
    pd.read_csv(path, dtype={"band": "str", "introduced": "str"}).to_csv(path, index=False)
    assert "12.0" in path.read_text()
    assert load_study(tiny_study).reports["headcount"].iloc[0] == 12


def test_absent_table(tiny_study):
    for table in ("ties", "events"):
        (tiny_study / f"{table}.csv").unlink()
    study = load_study(tiny_study)
    assert study.has("people")
    assert not study.has("ties")
    with pytest.raises(InputError, match=r"no table ties: add ties\.csv .*one tie in one wave"):
        _ = study.ties
    assert not hasattr(study, "ties")
    with pytest.raises(InputError, match="Did you mean 'reports'"):
        _ = study.report
    with pytest.raises(InputError, match="Did you mean 'ties'"):
        study.has("tie")


def test_one_analysis_cannot_change_what_another_sees(tiny_study):
    study = load_study(tiny_study)
    table = study.trusts
    table["wte"] = 0.0
    assert study.trusts["wte"].iloc[0] == 2400.5


def test_a_study_with_errors_is_refused(tiny_study):
    path = tiny_study / "reports.csv"
    path.write_text(path.read_text().replace(",12,9.6,", ",dozen,9.6,").replace("r1,T01", "r1,T9"))
    with pytest.raises(StudyError) as caught:
        load_study(tiny_study)
    assert isinstance(caught.value, InputError)
    assert "2 problems" in str(caught.value)
    assert "reports, row 2, column headcount ('dozen')" in str(caught.value)
    assert "newroles check" in str(caught.value)
    assert len(caught.value.problems) == 2


def test_warnings_do_not_hinder(tiny_study):
    path = tiny_study / "reports.csv"
    path.write_text(path.read_text().replace("Nursing Associate", "<script>alert(1)</script>"))
    assert load_study(tiny_study).reports["title"].iloc[1] == "<script>alert(1)</script>", "the data stay as they are"


def test_a_study_that_does_not_exist():
    with pytest.raises(StudyError, match="no such folder"):
        load_study("example_studdy")


def test_a_studys_own_codebook_comes_before_the_projects(tiny_study):
    assert load_study(tiny_study).codebook("own_forms") == tiny_study / "own_forms.yml"
    assert load_study(tiny_study).codebook("roles") == "roles"
