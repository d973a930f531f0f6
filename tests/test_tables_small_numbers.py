"""What a study's tables and figures show, and don't, under its small-number rule."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from newroles import figures, tables
from newroles.disclosure import NO_COUNTS, PROFILES, SmallNumbers
from newroles.errors import InputError
from newroles.figures.style import new_axes

COUNTS = pd.DataFrame(
    {
        "region": ["London", "Midlands", "South West", "All"],
        "trusts": [3, 12, 40, 55],
        "answered": [12, 12, 45, 69],
        "share": [3 / 12, 1.0, 40 / 45, 55 / 69],
    }
)
HOW = {"by": ["region"], "margins": {"region": "All"}, "derived": {"share": ("trusts", "answered")}}


def rule(profile: str) -> SmallNumbers:
    return SmallNumbers(PROFILES[profile], ("trusts",), **{**HOW, "derived": {"share": "trusts"}})


def shown(monkeypatch, show, *args, **kwargs) -> str:
    pages: list[dict] = []
    for module in (tables, figures.show.__module__):
        target = module if not isinstance(module, str) else __import__(module, fromlist=["display"])
        monkeypatch.setattr(target, "display", lambda page, raw: pages.append(page))
    show(*args, **kwargs)
    return pages[0]["text/html"]


def table(monkeypatch, kind: str, small_numbers: SmallNumbers | None) -> str:
    return shown(
        monkeypatch, tables.show_table, COUNTS, "Trusts by region", kind, "Our study", "by-region", shares=["share"],
        coverage="69 of 80 trusts answered.", small_numbers=small_numbers,
    )  # fmt: skip


def test_a_hidden_count_its_share_and_the_one_that_gives_it_away_are_not_on_the_page(monkeypatch):
    page = table(monkeypatch, "study", rule("threshold_10"))
    assert page.count("small number") == 4  # London, and Midlands from which it could be worked out, and their shares
    assert '<td class="nr-number">40</td>' in page
    assert "25.0" not in page
    assert "1 count below 10 (zero among them) and 1 further count" in page
    assert "69 of 80 trusts answered." in page
    assert "Trusts_status" not in page  # neither as a heading


def test_the_data_behind_a_table_say_which_counts_are_hidden(monkeypatch):
    protected, _ = tables.protected(COUNTS, "study", rule("threshold_10"), "by-region")
    assert tables.csv_text(protected).splitlines()[1] == "London,,12,,hidden"


def test_a_rule_that_hides_nothing_leaves_the_table_as_it_is(monkeypatch):
    page = table(monkeypatch, "invented", rule("none"))
    assert "small number" not in page
    assert "25.0" in page


@pytest.mark.parametrize("kind", ["invented", "study"])
def test_a_study_s_table_needs_a_word_about_its_counts(monkeypatch, kind):
    with pytest.raises(InputError, match="NO_COUNTS that none does"):
        table(monkeypatch, kind, None)
    assert "small number" not in table(monkeypatch, kind, NO_COUNTS)


def test_a_misspelt_column_is_found_with_the_example_already(monkeypatch):
    with pytest.raises(InputError, match="no column 'trust' to protect"):
        table(monkeypatch, "invented", SmallNumbers(PROFILES["none"], ("trust",)))


def test_a_figure_draws_what_may_be_shown(monkeypatch):
    drawn: list[pd.DataFrame] = []

    def bars(found: pd.DataFrame) -> Figure:
        drawn.append(found)
        ax = new_axes(1.0)
        ax.barh(range(len(found)), found["trusts"].fillna(0).astype(float))
        return ax.figure

    about = {
        "name": "trusts", "title": "Trusts differ", "subtitle": "Trusts by region", "kind": "study", "source": "Our study",
        "alt": "Bar chart of trusts by region, with two of them hidden.", "coverage": "69 of 80 trusts answered.",
    }  # fmt: skip
    page = shown(monkeypatch, figures.show, bars, COUNTS, small_numbers=rule("threshold_10"), **about)
    assert drawn[0]["trusts"].isna().sum() == 2
    assert drawn[0]["trusts_status"].tolist() == ["hidden", "hidden", "shown", "shown"]
    assert "further count" in page
    assert "69 of 80 trusts answered." in page
    for small in (None, SmallNumbers(PROFILES["none"], ("trusts",))):
        with pytest.raises(InputError, match="small_numbers|drawing function"):
            figures.show(bars(COUNTS), data=COUNTS, small_numbers=small, **about)


def test_a_way_of_matching_with_few_reports_is_marked_as_suppressed():
    how = pd.DataFrame({"how": ["exact", "none"], "reports": [None, 90], "reports_share": [None, 0.9]})
    how["reports_status"] = ["hidden", "shown"]
    said = [text.get_text() for text in figures.title_matching(how, of="reports").axes[0].texts if text.get_text()]
    assert said == ["suppressed (small number)", "90% (90)"]
