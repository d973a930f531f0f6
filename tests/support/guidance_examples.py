"""The smallest sound guidance: four recommendations in two files, three published facts, four findings. All of it is invented."""

import copy
from datetime import date
from pathlib import Path

import pandas as pd
import yaml

from newroles.findings import Finding
from newroles.guidance import Judged, Reviewed, judged, load_recommendations

STUDY = {"title": "Tiny invented study", "kind": "invented"}
TODAY = date(2026, 11, 22)


def _card(id: str, **changes) -> dict:
    """One recommendation as its file holds it, with some fields changed."""
    card = {
        "id": id,
        "action": "Agree who supervises a new role before the post is advertised.",
        "plain": "Decide who will support the new worker before you advertise the job.",
        "why": "Where nobody is named, support depends on goodwill.",
        "who_acts": ["team_managers", "supervisors"],
        "when": "before",
        "roles": ["all"],
        "types": ["all"],
        "settings": ["all"],
        "helps": ["new_roles", "existing_roles"],
        "strength": "should",
        "needs": [],
        "rests_on": [
            {"fact": "supervision-named-most", "expects": "helps", "why": "Supervision is what staff name most."}
        ],
        "against": [],
        "confidence": {
            "methodological_limitations": {"concern": "moderate", "reason": "The statement was read in an abstract."},
            "relevance": {"concern": "minor", "reason": "One of the studies is from another country."},
            "coherence": {"concern": "none", "reason": "The sources agree."},
            "adequacy": {"concern": "minor", "reason": "There are few sources."},
        },
        "evidence_to_decision": {
            "priority": {"line": "Staff ask for it.", "evidence": ["fact:supervision-named-most"]},
            "service_users": {"line": "We found nothing on this.", "evidence": []},
            "new_roles": {"line": "They feel safer.", "evidence": ["fact:supervision-named-most"]},
            "existing_roles": {"line": "It takes their time.", "evidence": ["fact:supervision-takes-time"]},
            "equity": {"line": "We found nothing on this.", "evidence": []},
            "acceptability": {"line": "We found nothing on this.", "evidence": []},
            "feasibility": {"line": "It needs protected hours.", "evidence": []},
            "resources": {"line": "Hours of an experienced colleague.", "evidence": []},
        },
        "readiness": ["A supervisor is named for each post.", "The supervisor has hours set aside."],
        "measure": "Share of posts with a named supervisor on the first day.",
        "would_change": "A fair comparison that finds no difference.",
        "review_by": date(2027, 11, 30),
        "review_note": "",
        "reviewed_on": date(2026, 11, 22),
    }
    return {**card, **changes}


FILES = {
    "everyone.yml": {
        "title": "For everyone",
        "role": "all",
        "about": "Advice for every new role. Invented for tests.",
        "version": "1.0",
        "changes": [{"version": "1.0", "date": date(2026, 11, 22), "change": "First version."}],
        "nothing_for": "",
        "recommendations": [
            _card("name-the-supervisor"),
            _card(
                "watch-who-carries-the-work",
                action="Ask after three months who carries the work that the new role brought.",
                plain="After three months, ask who does the extra work.",
                who_acts=["team_managers", "trust_leaders"],
                when="first_three_months",
                strength="could",
                needs=["name-the-supervisor"],
                settings=["inpatient_ward", "community_team"],
                types=["SMC-SUB", "SMC-DEL"],
                rests_on=[
                    {"finding": "carry-half", "expects": "above 0.5", "why": "More than half of the contacts rest on few."},
                    {"fact": "supervision-takes-time", "expects": "mixed", "why": "Time is given unevenly."},
                ],
                against=[{"finding": "acts-said", "expects": "said", "why": "In the example, help was offered as well."}],
            ),
            _card(
                "look-again-at-tasks",
                action="Look again at who does which task a year after the role has come.",
                plain="After a year, check who does which job.",
                who_acts=["colleagues", "new_role_staff", "service_users_and_carers"],
                when="after",
                strength="unclear",
                helps=["service_users"],
                needs=["watch-who-carries-the-work"],
                rests_on=[{"finding": "tasks-moved", "expects": "interval above 0", "why": "Tasks moved in the example."}],
            ),
        ],
    },
    "peer_support_worker.yml": {
        "title": "Peer support workers",
        "role": "peer_support_worker",
        "about": "Advice for peer support. Invented for tests.",
        "version": "1.0",
        "changes": [{"version": "1.0", "date": "2026-11-22", "change": "First version."}],
        "nothing_for": "We found nothing on pay.",
        "recommendations": [
            _card(
                "psw-not-alone",
                action="Start with two or more peer support workers in a team.",
                plain="Do not start with one peer worker alone. Start with two or more.",
                who_acts=["trust_leaders", "commissioners", "educators"],
                roles=["peer_support_worker"],
                settings=["community_team"],
                types=["SMC-DIV"],
                needs=["name-the-supervisor"],
                rests_on=[
                    {"fact": "psw-alone-is-hard", "expects": "harms", "why": "Lone workers leave sooner."},
                    {"finding": "trusts-took-part", "expects": "between 20 and 40", "why": "Many trusts have the role."},
                ],
                against=[{"fact": "supervision-named-most", "expects": "helps", "why": "Good supervision may do as much."}],
            )
        ],
    },
}  # fmt: skip


def files() -> dict[str, dict]:
    """The files as they are read, to be changed at will."""
    return copy.deepcopy(FILES)


def write_folder(folder: Path, changed: dict[str, dict] | None = None) -> Path:
    """Write the files (or changed ones) to `folder/recommendations`; returns it."""
    home = folder / "recommendations"
    home.mkdir(parents=True, exist_ok=True)
    for name, content in (changed or files()).items():
        (home / name).write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return home


def facts() -> pd.DataFrame:
    """Three rows in the columns of the published table guidance_evidence. Invented: the addresses lead nowhere."""
    rows = [
        ("supervision-named-most", "Staff in new roles name supervision most often as what helps.", "helps", "all",
         "new_roles; existing_roles", "survey", 120, "people in new roles", 2021, "England", True,
         "https://example.org/survey", "Invented survey 2021", "B"),
        ("supervision-takes-time", "Supervision of new roles takes time from experienced staff; views differ.", "mixed", "all",
         "existing_roles", "qualitative study", 30, "supervisors", 2020, "England", True,
         "https://example.org/time; https://example.org/more", "Invented interviews 2020; Invented report", "A"),
        ("psw-alone-is-hard", "Peer workers who work alone in a team report isolation.", "harms", "peer_support_worker",
         "new_roles", "systematic review", 12, "studies", 2022, "several countries", True,
         "https://example.org/review", "Invented review 2022", "B"),
    ]  # fmt: skip
    columns = [
        "fact", "says", "direction", "roles", "groups", "design", "n", "n_of", "year", "place", "mental_health", "source",
        "source_name", "confidence",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).astype({"n": "Int64", "year": "Int64"})


def finding(id: str, **changes) -> Finding:
    """A finding, with some of its parts changed."""
    parts = {
        "id": id, "statement": "Half of the contacts rest on few people.", "value": 0.62, "low": 0.55, "high": 0.7, "n": 400,
        "unit": "share", "decimals": 0, "method": "count", "evidence_kind": "invented", "table": "people, ties", "rows": 400,
        "figure": "carry", "chapter": "phase3_who_works_with_whom",
    }  # fmt: skip
    return Finding(**{**parts, **changes})


def findings() -> dict[str, Finding]:
    """The findings of a tiny book: one open, one published, two of the invented study and one that is only said."""
    made = [
        finding("carry-half"),
        finding("acts-said", statement="Help was offered in several teams.", value=None, low=None, high=None, n=None,
                unit="acts", table="segments, codings", figure=None, chapter="phase3_acts"),
        finding("tasks-moved", statement="12 of 30 tasks moved.", value=12, low=7, high=18, n=30, unit="tasks", table="tasks",
                figure="events", chapter="phase3_tasks"),
        finding("trusts-took-part", statement="31 of 51 trusts took part.", value=31, low=None, high=None, n=51, unit="trusts",
                evidence_kind="published", table="phase1_participation", figure="participation", chapter="phase1_new_roles"),
        finding("adverts-counted", statement="900 adverts were counted.", value=900, low=None, high=None, n=None,
                unit="adverts", evidence_kind="open", table="job_adverts", figure="adverts", chapter="phase1_new_roles"),
    ]  # fmt: skip
    return {each.id: each for each in made}


def judged_example(folder: Path, changed: dict[str, dict] | None = None) -> Judged:
    """The tiny guidance, written into a folder and read again, held against the tiny evidence; nothing was reviewed yet."""
    guidance = load_recommendations(write_folder(folder, changed))
    return judged(guidance, findings(), facts(), Reviewed(), STUDY, TODAY)
