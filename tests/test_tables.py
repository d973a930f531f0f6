"""Tables on a page: who reads them by ear can, blanks aren't zeros, nothing in a cell runs."""

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newroles import tables
from newroles.errors import InputError

TABLE = pd.DataFrame(
    {
        "region": ["Midlands", "London", "South West"],
        "trusts": [11, 0, 14842],
        "share": [8 / 11, 0.0, np.nan],
        "weeks_since": [2.25, np.nan, -3.0],
        "agreed": [True, False, True],
    }
)
CSS = (Path(__file__).resolve().parents[1] / "book" / "_static" / "newroles.css").read_text(encoding="utf-8")


@pytest.fixture
def shown(monkeypatch):
    outputs = []
    monkeypatch.setattr(tables, "display", lambda data, raw: outputs.append(data))
    monkeypatch.delenv("NEWROLES_FIGURES", raising=False)

    def run(table=TABLE, **changes):
        words = {"caption": "Trusts by region.", "kind": "open", "source": "An invented table", "name": "trusts"}
        tables.show_table(table, **{**words, **changes})
        return outputs[-1]

    return run


def cells(html: str) -> list[str]:
    return re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", html)


def test_a_table_is_read_aloud_with_its_headings(shown):
    html = shown()["text/html"]
    assert html.count('scope="col"') == 5
    assert html.count('<th scope="row">') == 3
    assert '<div class="nr-table" id="tab-trusts">' in html
    assert 'role="region" tabindex="0" aria-labelledby="tab-trusts-caption"' in html
    assert '<caption id="tab-trusts-caption"><span>Trusts by region.</span></caption>' in html
    assert "Open data</span>" in html
    assert "Source: An invented table" in html


def test_zero_blank_and_numbers_look_as_they_should(shown):
    html = shown(shares=["share"], decimals={"share": 0, "weeks_since": 1}, units={"weeks_since": "weeks"})["text/html"]
    blank = '<span class="nr-blank">not known</span>'
    assert cells(html) == [
        "Region", "Trusts", "Share (%)", "Weeks since (weeks)", "Agreed",
        "Midlands", "11", "73", "2.2", "yes",
        "London", "0", "0", blank, "no",
        "South West", "14,842", blank, "−3.0", "yes",
    ]  # fmt: skip
    assert html.count('class="nr-number"') == 3 * 4  # three columns of numbers, heading and three rows


def test_headings_and_the_word_for_a_blank_can_be_chosen(shown):
    html = shown(headings={"weeks_since": "Since"}, blank="no answer", note="Rounded to one decimal.")["text/html"]
    assert '<th scope="col" class="nr-number">Since</th>' in html
    assert html.count("no answer") == 2
    assert '<p class="nr-note">Rounded to one decimal.</p>' in html


def test_other_cells_are_words():
    assert tables.cell_text(pd.Timestamp("2023-04-01")) == "2023-04-01"
    assert tables.cell_text(["b", "a"]) == "b, a"
    assert tables.cell_text({"b", "a"}) == "a, b"
    assert [tables.cell_text(blank) for blank in (None, np.nan, pd.NA, pd.NaT)] == [""] * 4
    assert tables.cell_text(np.int64(2023)) == "2023"  # a year keeps its shape


def test_nothing_in_a_table_becomes_markup(shown):
    bad = "<script>alert(1)</script>"
    table = pd.DataFrame({bad: [bad], "n": [1]})
    html = shown(table, caption=bad, source=bad, note=bad, units={"n": bad}, headings={bad: bad})["text/html"]
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"caption": " "}, "The caption is missing"),
        ({"source": ""}, "The source is missing"),
        ({"kind": "publish"}, "Did you mean 'published'"),
        ({"name": "Table 1"}, "lower-case words joined"),
        ({"table": TABLE.iloc[:0]}, "has no rows"),
        ({"table": TABLE[[]]}, "has no rows or no columns"),
        ({"table": TABLE[["region", "region"]]}, "a column twice: region"),
        ({"units": {"trust": "n"}}, "Did you mean 'trusts'"),
        ({"decimals": {"shares": 2}}, "Did you mean 'share'"),
        ({"shares": ["trusts"]}, "no shares between 0 and 1"),
        ({"shares": ["region"]}, "no shares between 0 and 1"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(shown, change, message):
    with pytest.raises(InputError, match=message):
        shown(**change)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_runs_nothing(start):
    text = tables.csv_text(pd.DataFrame({"title": [f"{start}HYPERLINK(1)", "safe", None], f"{start}x": [-1, 2, 3]}))
    back = pd.read_csv(io.StringIO(text))
    assert back.iloc[0, 0] == f"'{start}HYPERLINK(1)".replace("\r", "\n")
    assert back.iloc[1, 0] == "safe"
    assert pd.isna(back.iloc[2, 0])
    assert back.columns[1] == f"'{start}x".replace("\r", "\n")
    assert back.iloc[:, 1].tolist() == [-1, 2, 3]  # a negative number stays a number


@given(st.lists(st.tuples(st.text(), st.one_of(st.none(), st.floats(allow_infinity=False))), min_size=1, max_size=5))
def test_no_cell_of_a_csv_starts_a_formula(rows):
    text = tables.csv_text(pd.DataFrame(rows, columns=["words", "number"]))
    back = pd.read_csv(io.StringIO(text), keep_default_na=False, dtype=str, lineterminator="\n")
    assert not [cell for cell in back["words"] if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize("number", [0.1, 1 / 3, 1e-9, 123456789.123])
def test_a_number_survives_the_csv(number):
    assert pd.read_csv(io.StringIO(tables.csv_text(pd.DataFrame({"x": [number]}))))["x"].iloc[0] == number


def test_a_column_may_be_in_the_csv_alone(shown, monkeypatch, tmp_path):
    monkeypatch.setenv("NEWROLES_FIGURES", str(tmp_path))
    monkeypatch.setenv("NEWROLES_CHAPTER", "phase1")
    page = shown(TABLE.assign(ids="s1 s2"), only_in_csv=["ids", "absent"])
    assert not any("s1 s2" in text for text in page.values())
    assert pd.read_csv(tmp_path / "trusts.csv")["ids"].tolist() == ["s1 s2"] * 3


def test_an_interval_is_read_in_one_cell(shown, monkeypatch, tmp_path):
    monkeypatch.setenv("NEWROLES_FIGURES", str(tmp_path))
    monkeypatch.setenv("NEWROLES_CHAPTER", "phase1")
    ends = pd.DataFrame({"team": list("abcd"), "low": [-0.25, 0, np.nan, np.nan], "high": [1, 0.5, 0.5, np.nan]})
    html = shown(ends, interval=("low", "high"), shares=["low", "high"], decimals=0)["text/html"].replace("\u00a0", " ")
    blank = '<span class="nr-blank">not known</span>'
    assert cells(html) == [
        *("Team", "Interval (%)", "a", "−25 to 100", "b", "0 to 50", "c", "not known to 50", "d", blank)
    ]
    assert pd.read_csv(tmp_path / "trusts.csv").columns.tolist() == ["team", "low", "high"]
    with pytest.raises(InputError, match="no column 'lower'"):
        shown(ends, interval=("lower", "high"))


def test_a_book_gets_the_csv_as_a_file(shown, monkeypatch, tmp_path):
    monkeypatch.setenv("NEWROLES_FIGURES", str(tmp_path))
    monkeypatch.setenv("NEWROLES_CHAPTER", "phase1_new_roles")
    assert 'href="../_static/figures/phase1_new_roles/trusts.csv"' in shown()["text/html"]
    assert (tmp_path / "trusts.csv").read_text(encoding="utf-8").startswith("region,trusts,share")


def test_badges_differ_by_mark_and_word():
    marks, names = zip(*tables.BADGES.values(), strict=True)
    assert len(set(marks)) == len(set(names)) == len(tables.BADGES)


def block(selector: str) -> dict[str, str]:
    body = re.search(re.escape(selector) + r"\s*\{([^}]*)\}", CSS)
    assert body, selector
    return dict(re.findall(r"(--nr-[\w-]+):\s*(#[0-9a-f]{6})", body.group(1)))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, 'contrast ratio'."""

    def luminance(colour: str) -> float:
        channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        return float(
            np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
            @ [0.2126, 0.7152, 0.0722]
        )

    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("selector", [":root", 'html[data-theme="dark"]', "html:not([data-theme])"])
def test_badges_and_words_are_readable_on_both_pages(selector):
    colours = block(selector)
    for kind in tables.BADGES:
        assert contrast(colours[f"--nr-{kind}-ink"], colours[f"--nr-{kind}-paper"]) >= 4.5
    for words in ("--nr-ink", "--nr-muted", "--nr-accent"):
        assert contrast(colours[words], colours["--nr-paper"]) >= 4.5


def test_dark_is_the_same_whether_the_theme_or_the_reader_asks_for_it():
    assert block('html[data-theme="dark"]') == block("html:not([data-theme])")


def test_two_tables_of_a_chapter_cannot_share_a_file(tmp_path, monkeypatch):
    monkeypatch.setenv("NEWROLES_FIGURES", str(tmp_path))
    monkeypatch.setenv("NEWROLES_CHAPTER", "phase1_new_roles")
    tables.csv_link(pd.DataFrame({"a": [1]}), "adverts")
    tables.csv_link(pd.DataFrame({"a": [1]}), "adverts")  # the same again is no harm
    with pytest.raises(InputError, match="two figures or tables called 'adverts'"):
        tables.csv_link(pd.DataFrame({"a": [2]}), "adverts")


def test_a_table_that_may_be_empty_says_so_in_a_sentence(capsys):
    empty = pd.DataFrame({"title": []})
    with pytest.raises(InputError, match="say so in a sentence"):
        tables.show_table(empty, "Titles without a role.", "open", "Our table", "left")
    tables.show_table(empty, "Titles without a role.", "open", "Our table", "left", if_empty="Every title has a role.")
    assert "Every title has a role." in capsys.readouterr().out


def test_a_p_value_is_never_nought():
    table = pd.DataFrame({"name": ["a", "b"], "p": [0.0, 0.04], "p_wild": [1e-9, 1.0], "period": [0.0, 0.0]})
    html = tables.html_table(table, "t", "Tests.", decimals=3)
    cells = re.findall(r'<td class="nr-number">([^<]*)</td>', html)
    assert cells == ["&lt; 0.001", "&lt; 0.001", "0.000", "0.040", "1.000", "0.000"]
