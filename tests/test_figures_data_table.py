"""The table beneath a figure: names where the table of results has ids, headings that say what a column holds."""

import importlib
import re

import numpy as np
import pandas as pd
import pytest

from newroles import figures, tables
from newroles.disclosure import NO_COUNTS
from newroles.figures.data_table import in_words

ADOPTION = pd.DataFrame(
    {"role": ["care_navigator"], "x": 19, "n": 31, "N": 51, "estimate": 0.6, "low": 0.5, "high": 0.7,
     "bound_low": 0.4, "bound_high": 0.8, "method": "hypergeometric", "name": ["Care Navigator"]}
)  # fmt: skip


def headings(html: str) -> list[str]:
    return re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', html)


def test_names_stand_in_the_place_of_ids():
    shown, said = in_words(ADOPTION)
    assert shown.columns[0] == "name"
    assert "role" not in shown
    assert said == {"name": "Role"}
    pair = pd.DataFrame({"outcome": ["burnt_out"], "skill_mix": ["nurses"], "skill_mix_name": ["Nurses"], "n": [3]})
    shown, said = in_words(pair)
    assert shown.to_dict("list") == {"outcome": ["burnt out"], "skill_mix_name": ["Nurses"], "n": [3]}
    assert said == {"skill_mix_name": "Skill mix"}


def test_names_that_are_not_all_known_replace_nothing():
    table = pd.DataFrame({"code": ["SMC-ENH", "SMC-SUB"], "name": ["Enhancement", None]})
    shown, said = in_words(table)
    assert list(shown) == ["code", "name"]
    assert said == {}


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("SMC-ENH", "Enhancement"),
        ("SMC-ENH; SMC-SUB", "Enhancement; Substitution"),
        ("SMC-ENH; SMC-NEW", "SMC-ENH; SMC-NEW"),  # one of them has no name: left as it is
        ("percent_agreement", "percent agreement"),
        ("chao2", "chao2"),
        ("RT1", "RT1"),
        ("X_1 and Y", "X_1 and Y"),  # a title, not an id
        ("", ""),
    ],
)
def test_ids_are_read_as_words_where_they_are_ids(cell, read):
    names = {"SMC-ENH": "Enhancement", "SMC-SUB": "Substitution"}
    assert in_words(pd.DataFrame({"kinds": [cell]}), names)[0]["kinds"].tolist() == [read]


def test_blanks_and_numbers_are_left_alone_and_so_is_the_table_given():
    table = pd.DataFrame({"how": ["by_title", None], "share": [0.5, np.nan], "n": pd.array([1, None], dtype="Int64")})
    before = table.copy()
    shown, _ = in_words(table)
    assert shown["how"].isna().tolist() == [False, True]
    pd.testing.assert_frame_equal(shown[["share", "n"]], table[["share", "n"]])
    pd.testing.assert_frame_equal(table, before)


def test_answered_and_in_the_frame_have_headings_of_their_own():
    html = tables.html_table(ADOPTION, "t", "Who has it.")
    said = headings(html)
    assert said == ["Role", "With it", "Answered (n)", "In the frame (N)", "Estimate", "Low", "High", "Lowest possible",
                    "Highest possible", "Method", "Name"]  # fmt: skip
    assert headings(tables.html_table(ADOPTION[["role", "n"]], "t", "Who has it.")) == ["Role", "n"]
    assert headings(tables.html_table(ADOPTION[["role", "n"]], "t", "x.", headings={"n": "Trusts"})) == [
        "Role",
        "Trusts",
    ]


def test_no_two_short_names_share_a_heading():
    assert len(set(tables.HEADINGS.values())) == len(tables.HEADINGS)


def test_beneath_a_figure_stand_names_and_in_its_data_ids(monkeypatch, tmp_path):
    outputs = []
    monkeypatch.setattr(
        importlib.import_module("newroles.figures.show"), "display", lambda data, raw: outputs.append(data)
    )
    monkeypatch.setenv("NEWROLES_FIGURES", str(tmp_path))
    monkeypatch.setenv("NEWROLES_CHAPTER", "a_chapter")
    where = pd.DataFrame({"role": "care_navigator", "region": ["London"], "count": 3, "answered": 8, "share": 0.375})
    figures.show(
        figures.role_region_heat_map, where, names={"care_navigator": "Care Navigator <b>"}, name="where", title="A title",
        subtitle="What", alt="A grid of one role by one region: three of eight.", source="Invented", kind="invented",
        small_numbers=NO_COUNTS,
    )  # fmt: skip
    assert '<th scope="row">Care Navigator &lt;b&gt;</th>' in outputs[0]["text/html"]
    assert (tmp_path / "where.csv").read_text(encoding="utf-8").splitlines()[1].startswith("care_navigator,London")
