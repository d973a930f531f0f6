"""Chapters made from a real study show nothing below its rule: in no file, finding, sentence or title that they write.

Every whole number that a file of such a chapter holds is taken to count organisations, people or reports, unless it is
named below with what else it counts.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from matplotlib import pyplot

from newroles import figures, roles, tables
from newroles.book.plan import chapters
from newroles.datasets import load_study
from newroles.datasets.places import data_folder, project_folder
from newroles.disclosure import profile_of
from newroles.findings import COUNTED

PROFILES = ("nhs", "below_5", "threshold_10")
# columns of a chapter's files that count no organisations, people or reports, and what they count instead
OF_SOMETHING_ELSE = {
    "phase1_new_roles": {},
    "phase2_coding": {
        "round": "the number of a round",
        "roles": "roles",
        "codes": "codes given",
        "n_coders": "coders",
        "n_units": "roles, but for the figure of units",
        "coder_pairs": "pairs of coders",
        "units": "roles",
        "n": "roles",
        "open": "answers on a role and a code",
        "value": "a coefficient",
        "low": "a coefficient",
        "high": "a coefficient",
        "prevalence": "a share",
        "share": "a share",
        "percent_agreement": "a share",
        "sensitivity": "a share",
        "specificity": "a share",
        "change": "a difference of coefficients",
    },
    "phase2_national_overview": {
        "estimate": "a share",
        "low": "a share",
        "high": "a share",
        "bound_low": "a share",
        "bound_high": "a share",
        "adjusted": "a share",
        "adjusted_low": "a share",
        "adjusted_high": "a share",
        "chance_low": "what chance would give, computed from shown counts",
        "chance_high": "what chance would give, computed from shown counts",
    },
    "phase3_teams_before_and_after": {},
    "phase3_acts": {},
    "phase3_tasks": {
        "roles": "roles",
        "pairs": "pairs of roles",
        "estimate": "a change of a share, or a correlation",
        "low": "a change of a share",
        "high": "a change of a share",
        "p": "a probability",
        "p_two_sided": "a probability",
    },
    "phase3_conditions": {},
    "phase3_acts_behind": {},
    "phase3_effects_in_teams": {"since": "periods since the arrival", "periods_before": "periods"},
    "phase4_guidance": {},
}
# under a rule they show no count of teams, people or reports at all
WITHOUT_COUNTS = {"phase3_teams_before_and_after", "phase3_acts_behind", "phase3_effects_in_teams", "phase4_guidance"}
# a team is few people, and is told by its name; an extract by its id
WITHOUT_TEAMS = {
    "phase2_coding",
    "phase3_acts",
    "phase3_tasks",
    "phase3_conditions",
    "phase3_acts_behind",
    "phase3_effects_in_teams",
    "phase4_guidance",
}
QUICK = {
    "phase2_coding": {"resamples": 20},
    "phase3_teams_before_and_after": {"permutations": 49, "draws": 50},
    "phase3_acts": {"permutations": 49, "resamples": 20},
    "phase3_tasks": {"permutations": 49, "draws": 49},
    "phase3_conditions": {"draws": 19, "resamples": 19},
    "phase3_acts_behind": {"resamples": 20},
    "phase3_effects_in_teams": {"draws": 99},
}


def real_study(folder: Path, profile: str) -> Path:
    """The example's tables under a real study's name and rule."""
    shutil.copytree(data_folder() / "example_study", folder)
    meta = (folder / "study.yml").read_text(encoding="utf-8")
    real = f"kind: real\ndisclosure_profile: {profile}\nethics_reference: REF-1"
    meta = re.sub(r"(?m)^(disclosure_profile|ethics_reference):.*\n", "", meta)
    (folder / "study.yml").write_text(re.sub(r"(?m)^kind: invented$", real, meta), encoding="utf-8")
    tasks, teams = (pd.read_csv(folder / f"{name}.csv", dtype="str") for name in ("tasks", "teams"))
    own = tasks["team"].unique()  # too few for a page on tasks to show anything
    others = teams.loc[~teams["team"].isin(own), "team"].head(2 * len(own))
    more = [tasks[tasks["team"].eq(like)].assign(team=team) for team, like in zip(others, [*own, *own], strict=True)]
    pd.concat([tasks, *more]).to_csv(folder / "tasks.csv", index=False)
    return folder


def pages_of(chapter: str, study: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run the chapter's cells with this study; what each shows on the page."""
    pages: list[str] = []
    showing = (figures.show, figures.show_solution, figures.show_paths_behind, tables.show_table)
    for module in {function.__module__ for function in showing}:
        monkeypatch.setattr(sys.modules[module], "display", lambda shown, raw=True: pages.append(json.dumps(shown)))
    notebook = json.loads((project_folder() / f"notebooks/{chapter}.ipynb").read_text(encoding="utf-8"))
    names: dict = {}
    for cell in (cell for cell in notebook["cells"] if cell["cell_type"] == "code"):
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile("".join(cell["source"]), chapter, "exec"), names)
        if "parameters" in cell["metadata"].get("tags", []):
            names |= {"study": str(study), **QUICK.get(chapter, {})}
        pyplot.close("all")
    return pages


def whole_numbers(table: pd.DataFrame) -> dict[str, pd.Series]:
    """The columns of whole numbers, without blanks."""
    numbers = {column: pd.to_numeric(table[column], errors="coerce").dropna() for column in table.columns}
    return {column: found for column, found in numbers.items() if len(found) and found.eq(found.round()).all()}


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("chapter", OF_SOMETHING_ELSE)
def test_nothing_below_the_rule_is_written(tmp_path, monkeypatch, chapter, profile):
    folder = real_study(tmp_path / "study", profile)
    study = load_study(folder)
    rule = profile_of(study)
    written, findings = tmp_path / "figures", tmp_path / "findings"
    for name, value in (("FIGURES", written), ("CHAPTER", chapter), ("FINDINGS", findings)):
        monkeypatch.setenv(f"NEWROLES_{name}", str(value))
    pages = pages_of(chapter, folder, monkeypatch)
    of_study = {
        name for page in pages if "Study data" in page for name in re.findall(r'id=\\"(?:fig|tab)-([\w-]+?)\\"', page)
    }
    checked = 0
    for path in sorted(path for path in written.glob("*.csv") if path.stem in of_study):
        table = pd.read_csv(path)
        other = {} if path.stem == "units" else OF_SOMETHING_ELSE[chapter]
        for column, counts in whole_numbers(table.drop(columns=[c for c in table if c in other])).items():
            if path.stem == "units" and column != "n_units":
                continue
            assert not counts.map(rule.hides).any(), f"{path.name}, {column}: {counts.tolist()}"
            assert counts.eq(counts.map(rule.shown_as)).all(), f"{path.name}, {column}: {counts.tolist()}"
            checked += 1
    assert of_study
    assert bool(checked) == (chapter not in WITHOUT_COUNTS)
    recorded = json.loads((findings / f"{chapter}.json").read_text(encoding="utf-8"))
    for found in (found for found in recorded if found["evidence_kind"] == "study"):
        parts = ["rows", *(["value", "n"] if found["unit"] in COUNTED else [])]
        for number in (found[part] for part in parts if isinstance(found[part], int | float)):
            assert not rule.hides(number), found
            assert number == rule.shown_as(number), found
    if chapter in WITHOUT_TEAMS:
        files = [path.read_text(encoding="utf-8") for path in sorted(written.glob("*.*"))]
        words = set(re.findall(r"[\w-]+", " ".join([*pages, *files, json.dumps(recorded)])))
        assert not {*study.teams["team"], *study.segments["segment"], *study.segments["document"]} & words
    if chapter == "phase1_new_roles":
        _no_words_of_single_trusts(study, rule.enough, " ".join(page for page in pages if "Study data" in page))
        _none_left_over(pd.read_csv(written / "titles.csv"), "reports")
        _none_left_over(pd.read_csv(written / "definition-of-study.csv"), "reports")


def _no_words_of_single_trusts(study, enough: int, shown: str) -> None:
    reports = study.reports
    matches = roles.match_titles(reports["title"], study.title_decisions, on=reports["reported_on"])
    open_titles = roles.unmatched(matches)["title"].tolist()
    all_listed = roles.titles_to_list(matches, reports["trust"], most=10_000, at_least=enough)["title"]
    few = set(open_titles) - set(all_listed)
    assert len(few) > 20
    cells = {text.casefold() for text in _cells(shown)}
    assert not [title for title in few if title.casefold() in cells]


def _cells(shown: str) -> set[str]:
    return {text.strip() for text in re.findall(r">([^<>]+)<", shown)}


def _none_left_over(table: pd.DataFrame, count: str) -> None:
    """The total is known from elsewhere, so one hidden count alone would be what is left over."""
    assert table[f"{count}_status"].eq("hidden").sum() != 1


def test_the_chapter_of_types_rests_on_no_study():
    types = next(chapter for chapter in chapters(project_folder()) if chapter.name == "phase2_types")
    assert "study" not in types.parameters
