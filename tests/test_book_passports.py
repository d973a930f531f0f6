"""Role passports and pages by kind of organisation: what they say, what they say isn't known, and what they keep back."""

from __future__ import annotations

import copy
import dataclasses
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from newroles import overview, skill_mix
from newroles.book import passports, trust_types
from newroles.book.linked_nodes import address_links, publisher
from newroles.book.passport_pages import RolePassport, evidence_row, in_use, size_text, stubs
from newroles.book.role_list_pages import ExistingRoles, RoleIndex
from newroles.book.role_sources import RoleSources, entry, standing
from newroles.book.study_numbers import SECTORS, TOO_SMALL, StudyNumbers, read_study
from newroles.book.study_pages import adoption_fields, count, role_in_study
from newroles.book.trust_type_pages import TrustType, TrustTypeIndex, trust_type_stubs
from newroles.datasets import load_codebook, load_published, load_study
from newroles.datasets.places import project_folder
from newroles.errors import InputError
from newroles.roles import load_register, match_titles, with_roles
from tiny import TINY_META, TINY_TABLES

OWN_REGISTER = """\
id: roles
title: A register of two
version: "7"
about: Invented.
licence: CC0-1.0
changes:
  - {version: "7", date: 2023-01-01, change: First version.}
codes:
  - {id: nursing_associate, name: Nursing Associate, family: nursing, definition: As this study sees it., new: true,
     names: [{name: Nursing Associate}], borders_on: [somebody_unknown], sources: [], case_study: true}
  - {id: music_host, name: Music Host, family: arts, definition: Makes music with people on wards., new: true,
     names: [{name: Music Host}]}
"""


@pytest.fixture(scope="module")
def sources() -> RoleSources:
    return RoleSources(load_register())


def under_rule(numbers: StudyNumbers, rule: str | dict[str, object]) -> StudyNumbers:
    """The same study, shown under another small-number rule."""
    study = dataclasses.replace(numbers.study, meta={**numbers.study.meta, "disclosure_profile": rule})
    return dataclasses.replace(numbers, study=study)


# The files of the pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "written", "others"),
    [("roles", stubs, {"index.md", "existing.md"}), ("trust_types", trust_type_stubs, {"index.md"})],
)
def test_each_page_is_the_one_that_its_register_asks_for(
    folder: str, written: Callable[[], dict[str, str]], others: set[str]
) -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in (project_folder() / "book" / folder).glob("*.md")}
    assert {name: text for name, text in there.items() if name not in others} == written()
    assert others <= set(there)


def test_new_roles_and_those_of_the_earlier_wave_have_a_page_and_existing_ones_share_one() -> None:
    names = set(stubs())
    assert {"peer_support_worker.md", "gateway_worker.md"} <= names
    assert "registered_nurse.md" not in names
    assert len(names) == 23 + 4  # data/codebooks/roles.yml: new: true, new: earlier_wave


# What is gathered --------------------------------------------------------------------------------------------------------


def test_names_carry_their_period_and_the_source_that_fits_it(sources: RoleSources) -> None:
    # roles.yml: assistant 2003 to 2014 and again from 2025-07-16; role_aliases.csv: former_name, proposed_name
    names = passports.names_over_time("physician_associate", sources)
    assistant = names[names["title"] == "Physician Assistant"]
    assert assistant[["valid_from", "valid_to"]].fillna("").values.tolist() == [["2003", "2014"], ["2025-07-16", ""]]
    assert assistant["source_name"].tolist() == [
        "Survey of medical directors on physician associates",
        "Professional Standards Authority: General Medical Council; BMJ editorial on the Leng review",
    ]
    assert names["title"].tolist()[0] == "Physician Associate"


def test_a_title_that_only_a_publication_has_is_listed_too(sources: RoleSources) -> None:
    published = load_published("role_aliases")
    for role in published["role"].unique():
        listed = set(passports.names_over_time(role, sources)["title"])
        assert set(published.loc[published["role"] == role, "alias"]) <= listed


@pytest.mark.parametrize(
    ("role", "heading", "text"),
    [  # role_facts.csv; in brackets the hedge, and the date where the hedge has no year
        ("mental_health_wellbeing_practitioner", "Band once qualified", ["Band 5"]),
        ("education_mental_health_practitioner", "Band in training", ["Funded at the equivalent of band 4"]),
        ("clinical_associate_in_psychology", "Band in training", ["Band 5 (as advertised by one trust, 2025)"]),
        (
            "peer_support_worker",
            "Band once qualified",
            [
                "Usually: band 3 or 4 (as read in 2026-11)",
                "Banding: Unclear (as one trust's peer support lead found it, 2025-02)",
            ],
        ),
        ("physician_associate", "Band in training", [""]),  # neither the facts nor the register have one
        ("psychological_wellbeing_practitioner", "Band in training", ["Band 4"]),  # the register
        ("nursing_associate", "Supervised by", ["Registered Nurse"]),  # the register, by id
        ("recovery_worker", "Regulation", ["No regulator"]),  # the register: none
        ("recovery_worker", "Where it works", [""]),
        ("high_intensity_therapist", "Where it works", ["NHS Talking Therapies"]),  # role_settings.csv
    ],
)
def test_particulars_come_from_facts_then_the_register_and_else_are_blank(
    sources: RoleSources, role: str, heading: str, text: list[str]
) -> None:
    table = passports.particulars(role, sources)
    assert table.loc[table["heading"] == heading, "text"].fillna("").tolist() == text


def test_every_fact_of_a_case_study_role_is_on_its_passport(sources: RoleSources) -> None:
    elsewhere = {"settings", "proposed_title", "reception"}  # role_settings, role_aliases, role_evidence
    facts = load_published("role_facts")
    facts = facts[~facts["fact"].isin(elsewhere)]
    for role, of_role in facts.groupby("role"):
        table = passports.particulars(str(role), sources)
        assert table["source"].isin(of_role["source"]).sum() >= len(of_role), role


def test_a_border_shows_from_both_sides_with_its_ground(sources: RoleSources) -> None:
    new = passports.borders("nursing_associate", sources).set_index("bordering")
    existing = passports.borders("health_care_assistant", sources).set_index("bordering")
    assert new.loc["health_care_assistant", "ground"] == existing.loc["nursing_associate", "ground"]
    assert not new.index.has_duplicates
    group = passports.borders("peer_support_worker", sources).set_index("bordering")
    assert not group.loc["multidisciplinary_team", "is_role"]
    assert group.loc["support_worker", "is_role"]
    assert group["ground"].isna()["support_worker"]  # named in the register only


def test_ranges_are_one_line_and_hedges_stay(sources: RoleSources) -> None:
    figures = load_published("role_figures")
    peer = passports.national_numbers("peer_support_worker", figures).set_index(["what", "when"])["number"]
    assert peer[("in post per trust", "2019")] == "0 to more than 40"  # pen portrait: peer support worker
    assert peer[("in post, target", "2036/37")] == "over 6,500"
    clinical = passports.national_numbers("clinical_associate_in_psychology", figures)
    assert "45% to 70%" in clinical["number"].tolist()
    assert "200 (around, or more)" in clinical["number"].tolist()
    ends = figures["kind"].eq("range_high").sum()
    assert sum(len(passports.national_numbers(role, figures)) for role in sources.register.ids) == len(figures) - ends


def test_sources_that_disagree_are_found_by_the_names_of_the_role(sources: RoleSources) -> None:
    about = {role: passports.conflicts_about(role, sources)["topic"].tolist() for role in sources.register.ids}
    assert {role: topics for role, topics in about.items() if topics} == {
        "nursing_associate": ["nursing_associates_registered_since", "nursing_associates_per_trust"],
        "approved_responsible_clinician": ["non_medical_approved_clinicians"],
    }


def test_the_index_counts_what_the_tables_hold(sources: RoleSources) -> None:
    index = passports.role_index(sources).set_index("role")
    assert index.index.tolist() == sources.register.ids
    assert index["case_study"].sum() == 8
    figures = load_published("role_figures")
    assert index["numbers"].sum() == len(figures) - figures["kind"].eq("range_high").sum()  # a range is one number
    general = load_published("role_evidence")["role"].eq("cross_role").sum()
    assert index["evidence"].sum() == len(load_published("role_evidence")) - general
    assert (
        standing("support_time_recovery_worker", sources.register) == index["standing"]["support_time_recovery_worker"]
    )


def test_evidence_is_about_a_known_group_and_every_case_study_role_has_some() -> None:
    evidence = load_published("role_evidence")
    assert set(evidence["group"]) == set(passports.GROUPS)
    assert set(load_published("case_study_roles")["role"]) <= set(evidence["role"])
    assert evidence.loc[evidence["n"].notna(), "n_of"].notna().all()
    # Cooper and others 2024: 35 reviews, as in evidence_numbers
    umbrella = evidence[evidence["design"].eq("umbrella review")]
    assert set(umbrella["n"]) == {35}


def test_an_unknown_role_is_refused_by_name(sources: RoleSources) -> None:
    with pytest.raises(InputError, match="nursing_asociate.*Did you mean 'nursing_associate'"):
        entry("nursing_asociate", sources.register)


def test_small_texts_keep_blank_dated_and_shares_apart() -> None:
    assert in_use({"valid_from": "2019", "valid_to": None}) == "from 2019"
    assert in_use({"valid_from": None, "valid_to": "2014"}) == "to 2014"
    assert size_text({"value": 0.97, "unit": "share", "qualifier": None}) == "97%"
    assert size_text({"value": 40.0, "unit": "interviews", "qualifier": "about"}) == "about 40 interviews"


def test_each_type_of_trust_has_medians_only_where_they_are_of_several(sources: RoleSources) -> None:
    trusts, measures = sources.open("mental_health_trusts"), sources.open("trust_measures")
    table = trust_types.staff_by_type(trusts, measures)
    assert table["n"].min() >= trust_types.FEWEST
    kept = measures[measures["trust"].isin(trusts.loc[trusts["organisation_type"] == "mental health trust", "trust"])]
    sickness = table.set_index("measure").loc[trust_types.MEASURES["sickness_share"]]
    assert sickness["median"] == pytest.approx(kept["sickness_share"].median())
    few = trusts.assign(organisation_type=["a"] * 4 + ["b"] * (len(trusts) - 4))
    assert set(trust_types.staff_by_type(few, measures)["organisation_type"]) == {"b"}
    assert all(len(trust_types.published_about(sector, load_published("workforce_trends"))) for sector in SECTORS)


# What a study says -------------------------------------------------------------------------------------------------------


def test_adoption_of_a_role_in_the_smallest_study(tiny_study: Path) -> None:
    # T01 of T01 and T02, which answered, has peer support workers; T03 didn't answer: 1/2; 1/3 to 2/3 whatever it has
    numbers = read_study(tiny_study)
    row = numbers.adoption_of("peer_support_worker")[0].iloc[0]
    assert row[["x", "n", "N"]].tolist() == [1, 2, 3]
    assert row[["estimate", "bound_low", "bound_high"]].astype(float).tolist() == pytest.approx([1 / 2, 1 / 3, 2 / 3])
    assert dict(adoption_fields(row.to_dict()))["Report it"] == ["1 of 2 organisations that answered; the frame has 3"]
    details, line = numbers.reported_details("peer_support_worker")
    assert details.values.tolist() == [["Band", "3", 1], ["Setting", "community", 1], ["Introduced", "2015 to 2019", 1]]
    assert line == ""
    assert numbers.reported_details("gateway_worker")[0].empty
    answers = numbers.answers_by_sector()[0].set_index("sector")
    assert answers[["frame", "answered"]].values.tolist() == [[2, 2], [1, 0], [0, 0], [0, 0]]
    assert numbers.adoption_in_sector("vcse")[0].empty  # the charity didn't answer
    assert len(numbers.adoption_in_sector("nhs")[0]) == 4


def test_the_kinds_of_the_nhs_page_are_those_of_the_national_overview() -> None:
    # the inputs of notebooks/phase2_national_overview.ipynb, cells load and kinds-computed
    reported = load_study("example_study")
    register = load_register(reported.codebook("roles"))
    on = reported.reports["reported_on"]
    matches = match_titles(reported.reports["title"], reported.title_decisions, on=on, register=register)
    with_role = with_roles(reported.reports, matches)
    new = register.roles.loc[register.is_new().to_numpy(), "id"]
    new_only = with_role[with_role["role"].isna() | with_role["role"].isin(new)]
    book = load_codebook(reported.codebook("skill_mix_change"))
    kinds, whose = skill_mix.kinds_of_roles(reported, book, load_published("role_type_codings"))
    overall = overview.kinds_side_by_side(new_only, reported.trusts, kinds)

    numbers = read_study("example_study")
    shown = numbers.adoption_in_sector("nhs", "code")[0]
    assert shown.set_index("code")["x"].to_dict() == overall.set_index("code")["x"].to_dict()
    assert len(shown) > 5
    assert numbers.whose_kinds == whose == "kinds as the coders of the study agreed on them, for 27 roles"
    assert set(numbers.adoption_in_sector("nhs")[0]["role"]) == set(with_role["role"].dropna()) & set(new)


@pytest.mark.parametrize(
    ("role", "said", "has_numbers"),
    [
        ("nursing_associate", "1 of 2 organisations", True),
        ("gateway_worker", "This role is not counted as new.", True),
        ("registered_nurse", "says nothing about how many have it", False),
    ],
)
def test_a_report_of_a_role_that_is_not_new_is_told_apart(
    tiny_study: Path, role: str, said: str, has_numbers: bool
) -> None:
    app = SimpleNamespace(newroles_study=read_study(tiny_study))
    parts = role_in_study(app, role)
    text = " ".join(part.astext() for part in parts)
    assert said in text
    assert ("organisations that answered" in text) == has_numbers
    assert any(isinstance(part, nodes.definition_list) for part in parts) == has_numbers
    assert ("not counted as new" in text) == (role == "gateway_worker")


def test_an_existing_role_that_is_reported_is_no_new_role_of_a_kind_of_organisation(tiny_study: Path) -> None:
    reports = (tiny_study / "reports.csv").read_text(encoding="utf-8")
    reports = reports.replace("Nursing Associate", "Registered Nurse").replace("Physician Associate", "Gateway Worker")
    (tiny_study / "reports.csv").write_text(reports, encoding="utf-8")
    numbers = read_study(tiny_study)
    assert {"registered_nurse", "gateway_worker"} <= set(numbers.reports["role"])
    assert set(numbers.adoption_in_sector("nhs")[0]["role"]) == {"peer_support_worker", "advanced_practitioner"}
    # by kind: those of the published reading of these two roles, since the study has no coding of roles
    read = load_published("role_type_codings")
    codes = set(read.loc[read["role"].isin(["peer_support_worker", "advanced_practitioner"]), "code"])
    assert set(numbers.adoption_in_sector("nhs", "code")[0]["code"]) == codes
    assert numbers.whose_kinds.startswith("kinds by our reading of published descriptions")


def test_a_rule_hides_the_number_and_all_that_would_give_it_away(tiny_study: Path) -> None:
    numbers = under_rule(read_study(tiny_study), "threshold_10")
    row = numbers.adoption_of("peer_support_worker")[0].iloc[0]
    assert row[["x", "n", "N", "estimate", "low", "high", "bound_low", "bound_high"]].isna().all()
    assert count(row.to_dict(), "x") == "(too few to show)"
    assert numbers.reported_details("peer_support_worker")[0].empty
    assert numbers.reported_details("peer_support_worker")[1] == TOO_SMALL
    assert numbers.adoption_in_sector("nhs")[0].empty


def test_a_small_sector_is_not_the_difference_between_the_known_total_and_the_others(tiny_study: Path) -> None:
    # counts of 1 are hidden. Two NHS trusts and one charity have nursing associates: 2 + 1 = 3, and the 3 is known
    rule = {"below": 2, "zeros": "shown"}
    texts = {name: (tiny_study / f"{name}.csv").read_text(encoding="utf-8") for name in ("trusts", "reports")}
    (tiny_study / "trusts.csv").write_text(texts["trusts"].replace("vcse,no", "vcse,yes"), encoding="utf-8")
    more = (
        texts["reports"].replace("Physician Associate", "Nursing Associate")
        + "r5,T03,esr,Nursing Associate,2023-05-02,,,,,,,\n"
    )
    (tiny_study / "reports.csv").write_text(more, encoding="utf-8")
    mixed = under_rule(read_study(tiny_study), rule)
    answers = mixed.answers_by_sector()[0].set_index("sector")
    assert answers.loc[["nhs", "vcse"], ["frame", "answered"]].isna().all(axis=None)
    assert answers.loc["independent", "frame"] == 0
    assert mixed.adoption_in_sector("nhs")[0].empty
    assert mixed.adoption_in_sector("nhs")[1] == TOO_SMALL
    # all three of one kind: nothing to take from the total
    (tiny_study / "trusts.csv").write_text(
        texts["trusts"].replace("Three,,,vcse,no", "Three,Midlands,,nhs,yes"), encoding="utf-8"
    )
    alone = under_rule(read_study(tiny_study), rule)
    assert alone.answers_by_sector()[0].set_index("sector").loc["nhs", ["frame", "answered"]].tolist() == [3, 3]
    assert alone.adoption_in_sector("nhs")[0][["role", "x"]].values.tolist() == [["nursing_associate", 3]]


# The pages ---------------------------------------------------------------------------------------------------------------

PAGES = {
    "book/roles/physician_associate": ("role-passport", "physician_associate"),
    "book/roles/nursing_associate": ("role-passport", "nursing_associate"),
    "book/roles/existing": ("existing-roles", ""),
    "book/roles/index": ("role-index", ""),
    "book/trust_types/index": ("trust-types", ""),
    "book/trust_types/nhs": ("trust-type", "nhs"),
    "book/trust_types/vcse": ("trust-type", "vcse"),
}
CONFIGURATION = """\
project, html_theme, extensions = "Passports", "basic", []
"""
DIRECTIVES = {
    "role-passport": RolePassport,
    "existing-roles": ExistingRoles,
    "role-index": RoleIndex,
    "trust-type": TrustType,
    "trust-types": TrustTypeIndex,
}


def build(folder: Path, leave_out: str = "") -> Callable[[str], BeautifulSoup]:
    """A book of these pages alone; returns how to read one."""
    source = folder / "source"
    pages = {page: content for page, content in PAGES.items() if page != leave_out}
    for page, (directive, argument) in pages.items():
        path = source / f"{page}.rst"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Title\n=====\n\n.. {directive}:: {argument}\n", encoding="utf-8")
    listed = "\n".join(f"   {page}" for page in pages)
    (source / "index.rst").write_text(f"Front\n=====\n\n.. toctree::\n\n{listed}\n", encoding="utf-8")
    (source / "conf.py").write_text(CONFIGURATION, encoding="utf-8")
    with patch_docutils(), docutils_namespace():
        app = Sphinx(source, source, folder / "html", folder / "trees", "html", status=None, warningiserror=True)
        for name, directive in DIRECTIVES.items():
            app.add_directive(name, directive, override=True)
        app.build()
    assert app.statuscode == 0

    @cache
    def parsed(page: str) -> BeautifulSoup:
        return BeautifulSoup((folder / "html" / f"{page}.html").read_text(encoding="utf-8"), "html.parser").find(
            class_="body"
        )

    return parsed


@pytest.fixture(scope="module")
def example_pages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], BeautifulSoup]:
    folder = tmp_path_factory.mktemp("example")
    study = folder / "study"
    study.mkdir()
    (study / "study.yml").write_text(TINY_META.replace("[own_forms.yml]", "[]"), encoding="utf-8")
    for name in ("trusts", "reports"):
        (study / f"{name}.csv").write_text(TINY_TABLES[name], encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEWROLES_STUDY", str(study))
        patch.delenv("NEWROLES_CODEBOOKS", raising=False)
        return build(folder)


def test_a_passport_has_every_part_in_order_and_says_what_was_not_found(
    example_pages: Callable[[str], BeautifulSoup],
) -> None:
    page = example_pages("book/roles/physician_associate")
    parts = [heading.get_text().rstrip("¶") for heading in page.find_all("h2")]
    assert parts == [
        "Names over time", "Kind of change", "Boundaries", "Numbers", "Evidence by who is affected", "In the study",
        "Guidance", "Sources of the register",
    ]  # fmt: skip
    box = page.find("dl", class_="nr-passport")
    said = dict(zip((dt.get_text() for dt in box.find_all("dt")), box.find_all("dd"), strict=True))
    assert said["Band in training"].get_text(strip=True) == "not found in the sources that we read"
    assert said["Training"].find("a", class_="external")
    assert "No guidance on this role has been written yet." in page.get_text()
    disagree = example_pages("book/roles/nursing_associate").find(id="where-sources-disagree")
    assert "We use" in disagree.get_text()
    assert "January 2019" in disagree.get_text()


def test_the_study_stands_under_its_badge_and_nothing_else_of_it_does(
    example_pages: Callable[[str], BeautifulSoup],
) -> None:
    for page in ("book/roles/physician_associate", "book/trust_types/nhs"):
        body = example_pages(page)
        body = copy.copy(body)
        study = body.find(id="in-the-study").extract()
        assert study.find(class_="nr-invented")
        assert ("1 of 2 organisations" in study.get_text()) == page.startswith("book/roles")
        assert ("Of 2 organisations" in study.get_text()) == page.startswith("book/trust_types")
        assert all(part.find(class_="nr-invented") for part in [study, *study.find_all("section")])
        assert not body.find(class_="nr-invented")
        assert "invented" not in body.get_text().lower()


def test_bounds_say_about_whom_nothing_is_assumed(example_pages: Callable[[str], BeautifulSoup]) -> None:
    for page in ("book/roles/physician_associate", "book/trust_types/nhs"):
        text = " ".join(example_pages(page).find(id="in-the-study").get_text(" ").replace("’", "'").lower().split())
        assert "no-assumption" not in text
        assert text.count("nothing assumed") == text.count("nothing assumed about those that didn't answer") > 1
    kinds = example_pages("book/trust_types/nhs").find(id="kinds-of-new-role-they-report").get_text()
    assert "Kinds by our reading of published descriptions" in kinds


def test_how_large_a_study_is_says_what_it_counts() -> None:
    evidence = load_published("role_evidence")
    interviews = evidence[evidence["n_of"].eq("expert interviews")].to_dict("records")
    assert [evidence_row(row)[1] for row in interviews] == [
        "Interviews, within a three-part design with a survey and case studies; about 40 expert interviews; 2020"
    ]
    assert evidence_row({"finding": "", "design": "survey", "qualifier": None, "n": 3, "n_of": "staff", "year": None})[
        1
    ] == ("Survey; 3 staff")


def test_no_source_of_the_project_is_called_by_its_site_alone(sources: RoleSources) -> None:
    for role in sources.register.ids:
        for address in entry(role, sources.register)["sources"] or []:
            called = sources.source_names.get(address) or publisher(address)
            assert called.startswith("doi:") or " " in called or "." not in called, (role, address, called)


@pytest.mark.parametrize(
    ("address", "called"),
    [
        ("https://www.HEE.nhs.uk/our-work", "Health Education England"),
        ("https://github.com/stochastictalk/nhs_jobs_data", "NHS job adverts, open data set"),
        ("https://github.com/somebody/else", "github.com"),  # another one's page at the same site
        ("https://dx.doi.org/10.1000/182", "doi:10.1000/182"),
        ("https://www.a-study.example/its/own/source", "a-study.example"),  # a study's register may name any
    ],
)
def test_an_address_is_called_by_its_publisher(address: str, called: str) -> None:
    assert publisher(address) == called
    assert [link.astext() for link in address_links([address], {}) if not isinstance(link, str)] == [called]


def test_what_is_counted_of_a_sector_is_said_in_words() -> None:
    table = load_published("workforce_trends")
    told = {trust_types.measure_in_words(row) for sector in SECTORS
            for row in trust_types.published_about(sector, table).to_dict("records")}  # fmt: skip
    assert "Whole-time equivalents: children and young people's mental health: voluntary sector" in told
    assert "Share of NHS staff in community: children and young people's mental health: NHS" in told
    assert not [words for words in told if "_" in words or "wte" in words.casefold()]


def test_tables_have_headings_links_lead_somewhere_and_no_blank_shows_as_code(
    example_pages: Callable[[str], BeautifulSoup],
) -> None:
    for page in PAGES:
        body = example_pages(page)
        for table in body.find_all("table"):
            widths = {len(row.find_all(["td", "th"])) for row in table.find_all("tr")}
            assert len(widths) == 1
            assert all(cell.get_text(strip=True) for cell in table.find("thead").find_all("th"))
        words = set(body.get_text(" ").split())
        assert not words & {"nan", "NaN", "<NA>", "NaT", "[]", "{}"}, page
        folder = page.rsplit("/", 1)[0]
        for link in body.select("a.internal"):
            target, _, anchor = str(link["href"]).partition("#")
            there = example_pages(f"{folder}/{target.removesuffix('.html')}") if target else body
            assert not anchor or there.find(id=anchor), (page, link["href"])


def test_an_existing_role_is_found_from_the_role_that_borders_on_it(
    example_pages: Callable[[str], BeautifulSoup],
) -> None:
    nurse = example_pages("book/roles/existing").find(id="existing-registered-nurse")
    assert nurse.find("a", string="Nursing Associate")["href"] == "nursing_associate.html"
    back = example_pages("book/roles/nursing_associate").find(id="boundaries").find("a", string="Registered nurse")
    assert back["href"] == "existing.html#existing-registered-nurse"


def test_a_study_with_its_own_register_and_rule_breaks_nothing(
    tmp_path: Path, tiny_study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name in ("trusts.csv", "reports.csv"):
        (own / name).write_text((tiny_study / name).read_text(encoding="utf-8"), encoding="utf-8")
    (own / "roles.yml").write_text(OWN_REGISTER, encoding="utf-8")
    about = "title: A trial\nkind: real\nethics_reference: none\nplace: Here\nperiod: '2023'\nlicence: none\n"
    (own / "study.yml").write_text(f"{about}codebooks: [roles.yml]\n", encoding="utf-8")
    monkeypatch.setenv("NEWROLES_STUDY", str(own))
    monkeypatch.setenv("NEWROLES_CODEBOOKS", str(own))
    page = build(tmp_path, leave_out="book/roles/existing")
    absent = page("book/roles/physician_associate")
    assert absent.find("p").get_text().startswith("The register of this study doesn’t have this role.")
    assert "none of its reports counts for it" in absent.find(id="in-the-study").get_text()
    present = page("book/roles/nursing_associate")
    assert "As this study sees it." in present.get_text()
    assert "Somebody unknown" in present.find(id="boundaries").get_text()
    study = present.find(id="in-the-study")
    assert study.find(class_="nr-study")
    assert not study.find("table")  # a real study that names no rule is shown under the strictest
    assert "(too few to show) of (too few to show)" in study.get_text()
    index = page("book/roles/index")
    assert "Makes music with people on wards." in index.find(id="own-roles").get_text()
    assert "A register of two, version 7" in index.get_text()
    assert not index.find("a", string="Music Host")


def test_a_page_of_a_role_that_the_register_lost_stops_the_build(
    tmp_path: Path, tiny_study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWROLES_STUDY", str(tiny_study))
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.rst").write_text("Front\n=====\n\n.. role-passport:: unheard_of\n", encoding="utf-8")
    (source / "conf.py").write_text(CONFIGURATION, encoding="utf-8")
    said = io.StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(source, source, tmp_path / "html", tmp_path / "trees", "html", status=None, warning=said)
        app.add_directive("role-passport", RolePassport, override=True)
        app.build()
    assert "The register has no role 'unheard_of': write the pages anew with write_stubs." in said.getvalue()
