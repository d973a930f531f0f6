"""What is published on boundaries: forms that the codebook has, roles of the register, numbers as the abstracts print them."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from newroles.datasets import load_codebook, load_published

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def findings() -> pd.DataFrame:
    return load_published("boundary_findings")


@pytest.fixture(scope="module")
def theories() -> pd.DataFrame:
    return load_published("boundary_theories")


@pytest.fixture(scope="module")
def form_codes() -> dict[str, dict]:
    book = yaml.safe_load((PROJECT / "data/codebooks/boundary_work.yml").read_text(encoding="utf-8"))
    return {code["id"]: code for code in book["codes"] if code["axis"] == "form" and not code.get("group_only")}


def split(cells: pd.Series) -> list[str]:
    return [part for cell in cells.dropna() for part in cell.split("; ")]


def test_every_form_is_a_code_that_coders_may_give(findings, theories, form_codes):
    assert set(split(findings["forms"])) | set(split(theories["codes"])) <= set(form_codes)


def test_no_work_is_credited_with_a_sub_form_that_is_ours(theories, form_codes):
    # Langley and others name three parents; what the book has below them is a working definition
    langley = theories.set_index("work").loc["Langley and others 2019"]
    assert langley["forms"] == "competitive; collaborative; configurational"
    assert langley["codes"] == "BW-COMP; BW-COLL; BW-CONF"
    ours = {code for code, entry in form_codes.items() if entry.get("working_definition")}
    named_by_source = {code for code in ours if form_codes[code].get("name_confidence")}  # the names are Liberati's
    own_words = {"BW-COLL-NEG", "BW-COMP-CON", "BW-COMP-DEF", "BW-COLL-DOW"}  # plain words that several works use too
    assert set(split(theories["codes"])) & (ours - named_by_source) <= own_words


def test_new_roles_are_in_the_register(findings):
    assert set(findings["new_role"].dropna()) <= set(load_codebook("roles").codes["id"])


def test_tone_is_the_sources_word_or_not_said(findings):
    assert set(findings["tone_said"]) == {"constructive", "destructive", "both", "not_said"}
    assert set(findings["mental_health"]) == {True, False}
    assert (findings["mental_health"]).sum() >= 20
    assert not findings["finding"].duplicated().any()


def test_a_size_says_what_it_counts(findings):
    assert (findings["n"].notna() == findings["n_of"].notna()).all()


@pytest.mark.parametrize(
    ("source_name", "n", "n_of", "tone"),
    [  # as the abstracts print them
        ("Apesoa-Varano 2013", 110, "interviews", "both"),  # "both conflict and cooperation"
        ("Farchi, Dopson and Ferlie 2022", 78, "interviews", "both"),
        ("Schot, Tummers and Noordegraaf 2020", 64, "studies", "constructive"),
        ("Simpson 2007", 7, "teams", "both"),
        ("Holley, Gillard and Gibson 2015", 91, "people interviewed", "both"),
        ("Chreim and others 2013", 4, "teams", "not_said"),  # consequences are addressed, but not told in the abstract
    ],
)
def test_sizes_and_tones_are_as_printed(findings, source_name, n, n_of, tone):
    row = findings.set_index("source_name").loc[source_name]
    assert (row["n"], row["n_of"], row["tone_said"]) == (n, n_of, tone)


def test_what_was_only_remembered_stays_out(findings, theories):
    # Abbott's list of settlements, and a paper of 2020 on inter- and intraprofessional work, were never read
    everything = findings.to_csv() + theories.to_csv()
    for remembered in ("settlement", "Comeau", "subordination", "embodying", "coalescing"):
        assert remembered not in everything
    assert set(theories["confidence"]) == {"A", "B"}
    assert theories.set_index("work").loc[["Gieryn 1983", "Abbott 1988"], "confidence"].tolist() == ["B", "B"]
