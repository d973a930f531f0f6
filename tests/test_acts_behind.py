"""From a path to its teams and on to their acts: addresses that meet, ids that can't break the page, sentences that hold.

Known answers: counted by hand in the tables below, where four teams of two acts each, and one of three, make one path to
constructive acts and one away from them.
"""

from __future__ import annotations

import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from newroles.boundary_work import (
    NO_TEAM,
    BoundaryActs,
    Paths,
    TeamsAsCases,
    act_anchor,
    acts_in_words,
    acts_listed,
    behind_in_words,
    contexts_of,
    doubtful_in_words,
    links_to_paths,
    links_to_teams,
    no_paths_in_words,
    paths_of,
    paths_to,
    paths_to_each,
    team_anchor,
    teams_as_cases,
    teams_behind,
)
from newroles.datasets import load_codebook, load_study
from newroles.disclosure import NETWORK_NOTE, NO_COUNTS
from newroles.errors import InputError
from newroles.figures import acts_behind
from newroles.figures.acts_behind import acts_html, paths_html, show_acts_of_teams, show_paths_behind

HOSTILE = "<script>hacked = 1</script>"
PAGE = "acts.html"
OUTCOMES = ["constructive", "destructive", "~constructive"]


def study_of(rows: list[tuple]) -> BoundaryActs:
    """rows: segment, team, document, tone, agreement of its form (blank: one coder)."""
    acts = pd.DataFrame(rows, columns=["segment", "team", "document", "tone", "agreement"])
    acts = acts.assign(
        method="interview", on=pd.Timestamp("2023-05-02"), months_since=pd.array([None] * len(acts), dtype="Int64"),
        actor_role="peer_support_worker", target_role=HOSTILE, coders=acts["agreement"].notna().astype(int) + 1,
    )  # fmt: skip
    forms = acts[["segment", "agreement"]].assign(form="BUF", name="Buffering & <b>more</b>")
    told = acts[acts["tone"].ne("")]
    tones = told[["segment", "tone"]].assign(code=told["tone"], name=told["tone"].str.capitalize(), agreement=0.6)
    tones.loc[told["agreement"].isna(), "agreement"] = None
    none = pd.DataFrame(columns=["what", "reason", "count", "segments"])
    return BoundaryActs(acts.drop(columns="agreement"), forms, tones, none, none, {})


def conditions_of(high: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Per team, role_agreed and supervision_time, as the study's table of contexts."""
    rows = [
        (team, "team", name, float(value), "2023-03-31")
        for team, values in high.items()
        for name, value in zip(("role_agreed", "supervision_time"), values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["unit", "unit_kind", "indicator", "value", "measured_on"])


def analysed(found: BoundaryActs, contexts: pd.DataFrame) -> tuple[TeamsAsCases, list[Paths], pd.DataFrame]:
    cuts = {"role_agreed": 3, "supervision_time": 3}
    teams = teams_as_cases(found.acts, contexts, cuts, load_codebook("contexts"), min_acts=2)
    paths = paths_to_each(teams, OUTCOMES, incl_cut=0.7)
    return teams, paths, teams_behind(found, paths, teams)


CON, DES, DEP = "constructive", "destructive", "depends"
TEAMS = {"A b": (4, 4), HOSTILE: (4, 4), 'ü"&': (4, 4), "A-20-b": (4, 4), "low": (1, 4), "=1+1": (1, 1)}
ROWS = [
    ("S 1", "A b", "D1", CON, 0.5), ("S'2", "A b", "D2", CON, 0.9), (HOSTILE, "A b", "D2", "", 0.9),
    *[(f"{team}{i}", team, "D3", tone, 0.9)
      for team, tones in {HOSTILE: (CON, CON), 'ü"&': (CON, CON), "A-20-b": (DES, DES), "low": (DES, DES), "=1+1": (DES, DEP)}.items()
      for i, tone in enumerate(tones)],
    ("alone", None, "D9", DEP, None),
]  # fmt: skip
FOUND = study_of(ROWS)
TEAMS_AS_CASES, PATHS, BEHIND = analysed(FOUND, conditions_of(TEAMS))


def page_of(*parts: str) -> BeautifulSoup:
    return BeautifulSoup("".join(parts), "html.parser")


# --- tables ------------------------------------------------------------------------------------------------------------------


def test_teams_on_a_path_by_hand() -> None:
    """Of four teams high on both, three act constructively (0.75): A b has three acts, one of no settled tone, in two documents.

    Its codes: the form at 0.5, 0.9 and 0.9, the tone twice at 0.6: mean 0.7, and the form is the lowest.
    """
    mine = BEHIND[BEHIND["outcome"] == "constructive"].set_index("team")
    assert set(mine.index) == {"A b", HOSTILE, 'ü"&', "A-20-b"}
    assert mine.loc["A b", ["acts", "settled", "of_tone", "documents"]].tolist() == [3, 2, 2, 2]
    assert mine.loc["A b", "agreement"] == pytest.approx(0.7)
    assert mine.loc["A b", ["agreement_lowest", "lowest_name"]].tolist() == [0.5, "Buffering & <b>more</b>"]
    assert mine.index[mine["contradicts"]].tolist() == ["A-20-b"]
    assert mine.loc["A-20-b", ["of_tone", "lowest_name"]].tolist() == [0, "Destructive"]
    other = BEHIND[BEHIND["outcome"] == "~constructive"].set_index("team")
    assert other.loc["low", ["of_tone", "settled"]].tolist() == [0, 2]


def test_the_acts_are_listed_team_by_team_and_those_of_no_team_last() -> None:
    listed = acts_listed(FOUND)
    assert sorted(listed["segment"]) == sorted(FOUND.acts["segment"])
    assert listed["team"].dropna().is_monotonic_increasing
    assert listed["segment"].iloc[-1] == "alone"
    row = listed.set_index("segment").loc["S'2"]
    assert (row["agreement_lowest"], row["lowest_name"]) == (0.6, "Constructive")
    last = listed.iloc[-1]
    assert pd.isna(last["agreement_lowest"])
    assert last["lowest_name"] == ""


def test_the_page_of_acts_finds_the_paths_that_the_page_of_conditions_shows() -> None:
    """The trials of how far to trust the paths are left out; the paths, and so their addresses, are the same."""
    full = [paths_to(TEAMS_AS_CASES, outcome, 0.7, draws=9, n_boot=9) for outcome in OUTCOMES]
    pd.testing.assert_frame_equal(paths_of(*full), paths_of(*PATHS))


# --- addresses ---------------------------------------------------------------------------------------------------------------


def test_two_clicks_lead_from_a_path_to_the_acts() -> None:
    page = page_of(paths_html(BEHIND, "conditions.html"), acts_html(acts_listed(FOUND), behind=BEHIND))
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    clicks = [link for paths in PATHS for link in links_to_paths(paths, PAGE).values()]
    assert len(clicks) == BEHIND["anchor"].nunique() > 1
    for click in clicks:
        section = page.find("section", id=click.removeprefix(f"{PAGE}#"))
        second = section.select("table a")
        assert second
        for link in second:
            acts = page.find("section", id=link["href"].removeprefix("#"))
            rows = acts.select("th[id^=act-]")
            assert {row.code.get_text() for row in rows} == set(
                FOUND.acts.loc[FOUND.acts["team"] == link.get_text(), "segment"]
            )
            assert all(row["id"] == act_anchor(row.code.get_text()) for row in rows)
            back = [way["href"] for way in acts.select("p a")]
            assert f"#{section['id']}" in back
    for link in links_to_teams(TEAMS_AS_CASES, PAGE).values():
        assert link.removeprefix(f"{PAGE}#") in ids
    within = [link["href"][1:] for link in page.find_all("a") if link["href"].startswith("#")]
    assert set(within) <= set(ids)
    outside = {link["href"] for link in page.find_all("a") if not link["href"].startswith("#")}
    assert outside == {
        f"conditions.html#tab-paths-{name}" for name in BEHIND["outcome"].str.replace("~", "not-").unique()
    }
    assert page.find("section", id=NO_TEAM).select("th[id]")[-1].code.get_text() == "alone"


def test_ids_from_a_study_are_text_and_nothing_else() -> None:
    page = page_of(paths_html(BEHIND), acts_html(acts_listed(FOUND), {"peer_support_worker": HOSTILE}, BEHIND))
    assert not page.find_all(["script", "b"])
    assert HOSTILE in page.get_text()
    assert "≠" in page.find("a", string="A-20-b").parent.get_text()
    assert "without the outcome" in page.find("a", string="A-20-b").parent.get_text()
    assert "2023-05-02" in page.find("section", id=NO_TEAM).get_text()
    known = acts_listed(FOUND).assign(months_since=-3)
    assert "D1, interview, month −3" in page_of(acts_html(known)).get_text()


@given(st.text(), st.text())
def test_no_two_teams_share_an_address(one: str, other: str) -> None:
    assert (team_anchor(one) == team_anchor(other)) == (one == other)
    assert act_anchor(one).replace("-", "").isalnum()
    assert act_anchor(one).isascii()


def test_a_letter_after_a_sign_is_not_read_as_part_of_its_number() -> None:
    """A space before b (20, b) once had the address of the letter ȋ (20b)."""
    assert team_anchor("A b") != team_anchor("Aȋ")
    assert team_anchor("A b") != team_anchor("A-20-b")


# --- what may be shown -------------------------------------------------------------------------------------------------------


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    pages: list[str] = []
    monkeypatch.setattr(acts_behind, "display", lambda data, raw: pages.append(data["text/html"]))
    return pages


def test_under_a_rule_there_is_a_note_and_links_to_paths_still_lead_somewhere(shown) -> None:
    about = {"kind": "study", "source": "Ours", "if_empty": NETWORK_NOTE}
    show_paths_behind(BEHIND.iloc[:0], "paths", "Paths", anchors=BEHIND["anchor"].unique(), **about)
    show_acts_of_teams(acts_listed(FOUND).iloc[:0], "acts", "Acts", behind=BEHIND, **about)
    page = page_of(*shown)
    assert page.get_text().count(NETWORK_NOTE) == 2
    assert {tag["id"] for tag in page.find_all(id=True)} == {"tab-paths", "tab-acts", *BEHIND["anchor"]}
    assert "Buffering" not in "".join(shown)


def test_a_list_has_its_badge_source_and_data(shown) -> None:
    about = {"kind": "study", "source": "Ours", "small_numbers": NO_COUNTS, "note": "Mind <this>."}
    show_paths_behind(BEHIND, "paths", "Paths", coverage="6 teams", **about)
    show_acts_of_teams(acts_listed(FOUND), "acts", "Acts", behind=BEHIND, **about)
    for html, name in zip(shown, ("paths", "acts"), strict=True):
        top = page_of(html).find(id=f"tab-{name}")
        assert "Study data" in top.find(class_="nr-badge").get_text()
        assert top.find("a", class_="nr-data-link")["download"] == f"{name}.csv"
        assert "Mind <this>." in top.get_text()
    with pytest.raises(InputError, match="small_numbers"):
        show_acts_of_teams(acts_listed(FOUND), "acts", "Acts", kind="study", source="Ours")
    with pytest.raises(InputError, match="title"):
        show_paths_behind(BEHIND, "paths", " ", **about)


# --- sentences ---------------------------------------------------------------------------------------------------------------


def test_how_many_acts() -> None:
    assert acts_in_words(FOUND) == (
        "This study holds 14 acts at the boundaries between roles, from 4 documents and 6 teams; 1 of them is about no one team."
    )
    said = "This study holds 1 act at the boundaries between roles, from 1 document"
    assert acts_in_words(study_of(ROWS[:1])) == f"{said} and 1 team."
    assert acts_in_words(study_of(ROWS[-1:])) == f"{said}; it is about no one team."
    assert not re.search("[0-9]", acts_in_words(FOUND, counts=False))
    assert acts_in_words(study_of(ROWS[:0])) == "This study holds no act at the boundaries between roles."


def test_how_many_stand_behind_a_path() -> None:
    mine = BEHIND[BEHIND["outcome"] == "constructive"]
    one = mine[mine["team"] == HOSTILE]
    assert (
        behind_in_words(FOUND, mine) == "Behind the one path stand 9 acts of 4 teams; 1 team on a path acts otherwise."
    )
    assert behind_in_words(study_of(ROWS[3:4]), one) == "Behind the one path stands 1 act of 1 team."
    assert behind_in_words(FOUND, BEHIND).startswith("Behind the 3 paths stand 13 acts of 6 teams")
    assert behind_in_words(FOUND, BEHIND.iloc[:0]) == "No path was found, so no act stands behind one."


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROWS, "1 of the 14 acts was coded by one coder alone, and 1 of the 14 acts has no settled tone."),
        (ROWS[3:5], "Every act was coded by at least two coders, and every act has a settled tone."),
        (ROWS[-1:], "Every act was coded by one coder alone, and every act has a settled tone."),
        (ROWS[2:3], "Every act was coded by at least two coders, and no act has a settled tone."),
        (ROWS[:0], "There is no act to be in doubt about."),
        (
            [*ROWS[:1], *[(f"x{i}", "A", "D", "", None) for i in range(2)]],
            "2 of the 3 acts were coded by one coder alone, and 2 of the 3 acts have no settled tone.",
        ),
    ],
)
def test_how_many_acts_are_in_doubt(rows, said) -> None:
    assert doubtful_in_words(study_of(rows)) == said


def test_outcomes_without_a_path_are_told(tiny_study) -> None:
    names = TEAMS_AS_CASES.names
    assert no_paths_in_words([each for each in PATHS if not each.fit.empty], names) == ""
    teams, paths, behind = analysed(FOUND, conditions_of(TEAMS).iloc[:2])
    assert behind.empty
    assert no_paths_in_words(paths, names) == f"There is no path to list. {teams.absent}"
    settled = Paths("destructive", "No team has the outcome.")
    said = no_paths_in_words([PATHS[0], settled], names)
    assert "mostly destructively" in said
    assert "o team has the outcome." in said
    assert "constructively" not in said
    (tiny_study / "contexts.csv").unlink()
    empty = contexts_of(load_study(tiny_study))
    assert empty.empty
    assert "none was measured" in analysed(FOUND, empty)[0].absent
