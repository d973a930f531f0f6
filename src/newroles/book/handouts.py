"""What people take away from the advice: briefings, infographics, workbooks, workshop packs, and the chooser as one file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import newroles
from newroles.datasets import Study
from newroles.disclosure import profile_of
from newroles.errors import InputError
from newroles.guidance import AUDIENCES, CASE_ROLES, Judged
from newroles.guidance.baseline_workbook import write_workbook
from newroles.guidance.briefings import briefing_name, write_briefings
from newroles.guidance.chooser import chooser, chooser_page
from newroles.guidance.vocabulary import role_names
from newroles.guidance.workshop import task_names, write_workshop_pack
from newroles.tables import badge

INDEX = "index.json"
ASSETS = Path(__file__).with_name("assets")


@dataclass(frozen=True)
class Handout:
    """One file that is handed round.

    kind: briefing, infographic svg, infographic png, workbook, agenda, cards, map, slides or chooser; path: within the folder; role,
    audience: "" for all; pages: 0 where it has none; shown: how many recommendations it shows of those that there are.
    """

    kind: str
    path: str
    role: str
    audience: str
    pages: int
    bytes: int
    shown: int
    recommendations: int


def write_handouts(judged: Judged, study: Study, folder: Path, jobs: int = 1) -> list[Handout]:
    """Write all that is handed round into a folder, and an index of it; nothing where there is no advice.

    judged: the advice that this book shows; study: the one that the book is about, whose tasks the workshop's map suggests unless
    its small-number rule says otherwise; jobs: how many are made at a time. Raises InputError when a briefing can't be made to
    fit, or has a picture without a description, and when jobs is less than one.
    """
    if jobs < 1:
        raise InputError(f"At least one handout is made at a time; got jobs={jobs}.")
    folder.mkdir(parents=True, exist_ok=True)
    made = f"Made by the New Roles analysis book, version {newroles.__version__}, from the advice of that book and the study “{study.title}”."
    found: list[Handout] = []
    if len(judged.guidance):
        roles = [role for role in ("all", *CASE_ROLES) if judged.guidance.for_role(role)]
        tasks = task_names(study.tasks) if study.has("tasks") and not profile_of(study).protects else []
        tasks_from = f"Tasks named in the study “{study.title}”." if tasks else ""
        names = _briefing_names(judged)
        calls: list[Callable[[], list[Handout]]] = [
            partial(_briefings, judged, folder / "briefings", made, names[first::jobs]) for first in range(jobs)
        ]
        calls += [
            lambda: [
                each for role in roles for each in _pack(judged, role, tasks, tasks_from, folder / "workshops", made)
            ],
            lambda: [_workbook(judged, role, folder / "workbooks", made) for role in roles],
            lambda: [_chooser(judged, folder, made)],
        ]
        found = sorted(_all_of(calls, jobs), key=lambda each: each.path)
    (folder / INDEX).write_text(json.dumps([vars(each) for each in found], indent=1) + "\n", encoding="utf-8")
    return found


def _all_of(calls: Sequence[Callable[[], list[Handout]]], jobs: int) -> list[Handout]:
    if jobs == 1:
        return [each for call in calls for each in call()]
    with ThreadPoolExecutor(jobs) as pool:  # setting a page lets others go on meanwhile
        return [each for future in [pool.submit(call) for call in calls] for each in future.result()]


def read_handouts(folder: Path) -> list[Handout]:
    """What was handed out into this folder; nothing where there is no index."""
    if not (folder / INDEX).is_file():
        return []
    entries: list[Mapping[str, Any]] = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return [Handout(**entry) for entry in entries]


def _briefing_names(judged: Judged) -> list[str]:
    named = [each.role for each in judged.guidance.collections if each.role != "all"]
    return [briefing_name(role, audience) for role in ["", *named] for audience in ["", *AUDIENCES] if role or audience]


def _briefings(judged: Judged, folder: Path, made: str, names: Sequence[str]) -> list[Handout]:
    rows = write_briefings(judged, folder, role_names(), made, names).to_dict("records")
    return [
        Handout(
            "briefing" if row["kind"] == "pdf" else f"infographic {row['kind']}", f"briefings/{row['path']}", row["role"],
            row["audience"], int(row["pages"]), int(row["bytes"]), int(row["shown"]), int(row["recommendations"]),
        )
        for row in rows
        if row["path"]
    ]  # fmt: skip


def _workbook(judged: Judged, role: str, folder: Path, made: str) -> Handout:
    folder.mkdir(parents=True, exist_ok=True)
    path = write_workbook(judged, role, folder / f"{_stem(role)}-baseline.xlsx", made=made)
    n = len(judged.guidance.for_role(role))
    size = path.stat().st_size
    return Handout("workbook", f"workbooks/{path.name}", "" if role == "all" else role, "", 0, size, n, n)


def _pack(judged: Judged, role: str, tasks: Sequence[str], tasks_from: str, folder: Path, made: str) -> list[Handout]:
    rows = write_workshop_pack(judged, folder, role=role, tasks=tasks, tasks_from=tasks_from, made=made)
    n = len(judged.guidance.for_role(role))
    return [
        Handout(
            row["kind"], f"workshops/{row['file']}", "" if role == "all" else role, "", int(row["pages"]), int(row["bytes"]),
            int(row["cards"]), n,
        )
        for row in rows.to_dict("records")
    ]  # fmt: skip


def _chooser(judged: Judged, folder: Path, made: str) -> Handout:
    """The chooser as a page of its own, which can be mailed, and so leads nowhere."""
    styles = [(ASSETS / name).read_text(encoding="utf-8") for name in ("chooser.css",)]
    scripts = [(ASSETS / "chooser.js").read_text(encoding="utf-8")]
    body = chooser(judged, role_names(), lambda each: "", badge, level=2)
    page = chooser_page(body, "New roles: choose what to look at first", styles, scripts, intro=made)
    path = folder / "chooser.html"
    path.write_text(page, encoding="utf-8")
    n = len(judged.guidance)
    return Handout("chooser", path.name, "", "", 0, path.stat().st_size, n, n)


def _stem(role: str) -> str:
    return "everyone" if role == "all" else role.replace("_", "-")
