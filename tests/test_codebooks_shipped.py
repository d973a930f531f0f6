"""Do the shipped codebooks keep the house rules, hold the ids that studies and analyses use, and agree with their sources?"""

from __future__ import annotations

import functools
import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from newroles.datasets import Codebook, check_study, list_codebooks, load_codebook, load_published
from newroles.datasets.yaml_files import read_yaml

PUBLISHED = ["sibbald_2004", "nancarrow_borthwick_2005", "nelson_2018"]
# the books of which every code that can be given has the same keys; the register of roles is built otherwise
BOOKS = ["boundary_work", "contexts", "data_quality", "effects", "rationale", "skill_mix_change", *PUBLISHED]
AXES = {
    "boundary_work": {"form", "tone", "none"},
    "contexts": {"theme", "indicator", "none"},
    "effects": {"domain", "measure", "direction", "none"},
    "nancarrow_borthwick_2005": {"role"},
    "nelson_2018": {"new_role"},
    "rationale": {"stance", "aim"},
    "sibbald_2004": {"role", "interface"},
    "skill_mix_change": {"role", "interface", "none"},
}
TABLE_GROUPS = {"service_users", "new_roles", "existing_roles"}  # what the column `group` of the table outcomes allows


@functools.cache
def loaded(name: str) -> Codebook:
    return load_codebook(name)


def codes(name: str) -> pd.DataFrame:
    """A book's codes by id, its marks as true or false."""
    table = loaded(name).codes.set_index("id")
    for mark in ("group_only", "working_definition"):
        table[mark] = table[mark].eq(True) if mark in table else False
    return table


def crosswalk() -> pd.DataFrame:
    return pd.DataFrame(read_yaml(loaded("skill_mix_change").path)["crosswalk"])


def blank(cells: pd.Series) -> pd.Series:
    return cells.isna() | cells.eq("")


# House rules ---------------------------------------------------------------------------------------------------------------


def test_the_books_of_the_design_are_shipped():
    assert {*BOOKS, "roles"} <= set(list_codebooks())


@pytest.mark.parametrize("name", BOOKS)
def test_each_code_says_what_it_is(name):
    table = codes(name)
    given = table.loc[~table["group_only"]]
    reading = given["our_reading"] if "our_reading" in given else pd.Series(None, index=given.index, dtype="object")
    assert given.index[blank(given["definition"]) & blank(reading)].tolist() == []
    for key in ("name", "include", "exclude", "example", "since"):
        assert given.index[blank(given[key])].tolist() == [], key
    assert table.index[blank(table["source"]) & ~table["working_definition"]].tolist() == []


@pytest.mark.parametrize("name", BOOKS)
def test_each_example_says_that_it_is_invented(name):
    examples = codes(name)["example"].dropna()
    repeats_a_source = {"DQ-PARTIAL"}
    assert set(examples.index[~examples.str.startswith("Invented: ")]) <= repeats_a_source
    assert examples.duplicated().sum() == 0


@pytest.mark.parametrize("name", list_codebooks())
def test_evidence_is_rated_and_addressed(name):
    table = codes(name)
    assert set(table["confidence"]) <= {"A", "B", "C"}, "what we only remember is our own definition, rated C"
    assert set(table.loc[table["working_definition"], "confidence"]) <= {"C"}
    addresses = [address for cell in table["source"].dropna() for address in cell.split("; ")]
    assert [address for address in addresses if not re.fullmatch(r"https?://[^\s/]+\.[^\s;]+", address)] == []


@pytest.mark.parametrize("name", list_codebooks())
def test_definitions_are_short_and_no_code_borrows_the_names_of_the_studys_five_kinds(name):
    assert loaded(name).codes["definition"].str.len().max() <= 300
    assert not re.search(r"\bSMC[1-5]\b", loaded(name).path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(AXES))
def test_axes_and_headings(name):
    table = codes(name)
    assert set(table["axis"]) == AXES[name]
    headings = set(table.index[table["group_only"]])
    assert headings <= set(table["parent"].dropna()), "a heading with nothing under it"
    for child, parent in table["parent"].dropna().items():
        assert table["axis"][child] == table["axis"][parent] or table["axis"][child] in ("indicator", "measure"), child


@pytest.mark.parametrize("name", BOOKS)
def test_codes_that_a_text_sends_the_coder_to_exist(name):
    """'use BW-CONF-REG' is a code of this book; 'use SMC-DEL in the codebook skill_mix_change' one of that."""
    valid = {code for book in list_codebooks() for code in loaded(book).ids}
    texts = loaded(name).codes[["definition", "include", "exclude"]].fillna("").agg(" ".join, axis=1)
    named = re.findall(r"\b(?:BW|CTX|EFF|SMC|SIB|NB|NEL|RAT|DQ)-[A-Z][A-Z-]*[A-Z]\b", " ".join(texts))
    assert set(named) <= valid
    assert set(re.findall(r"codebook (\w+)", " ".join(texts))) <= set(list_codebooks())


# Boundary work -------------------------------------------------------------------------------------------------------------

# by hand from the table of forms, ten of 38: C constructive, D destructive, X depends on the context
TONE = {
    "BW-COMP": "depends",
    "BW-COMP-DEF": "destructive",
    "BW-COLL": "constructive",
    "BW-COLL-DOW": "depends",
    "BW-CONF-ARR": "constructive",
    "BW-GIE-EXC": "destructive",
    "BW-LIB-INT": "constructive",
    "BW-REC": "destructive",
    "BW-DIS": "depends",
    "BW-LEG-VAL": "constructive",
}


def test_default_tones():
    table = codes("boundary_work")
    assert table["default_tone"][list(TONE)].to_dict() == TONE
    forms = table[table["axis"].eq("form") & ~table["group_only"]]
    assert Counter(forms["default_tone"]) == {"constructive": 14, "destructive": 6, "depends": 18}
    assert table.loc[~table.index.isin(forms.index), "default_tone"].isna().all()


def test_forms_and_tones_hang_together():
    book = loaded("boundary_work")
    assert book.children("BW-COMP") == ["BW-COMP-DEF", "BW-COMP-CON", "BW-COMP-CRE"]
    assert book.children("BW-COLL") == ["BW-COLL-NEG", "BW-COLL-EMB", "BW-COLL-DOW"]
    assert book.children("BW-CONF") == ["BW-CONF-ARR", "BW-CONF-BUF", "BW-CONF-COA", "BW-CONF-REG"]
    assert book.children("BW-LEG") == ["BW-LEG-OPP", "BW-LEG-FIT", "BW-LEG-VAL"]
    assert book.children("BW-TONE") == ["BW-TONE-CON", "BW-TONE-DES", "BW-TONE-DEP"]
    assert codes("boundary_work").loc[["BW-COMP", "BW-COLL", "BW-CONF"], "group_only"].eq(False).all()


# Contexts and effects ------------------------------------------------------------------------------------------------------

INDICATORS = {  # id: parent, low, high, better
    "team_climate": ("CTX-CUL-ORG", 1, 5, "higher"),
    "leadership_support": ("CTX-CUL-LEAD", 1, 5, "higher"),
    "recovery_fit": ("CTX-CUL-REC", 1, 5, "higher"),
    "vacancy_rate": ("CTX-SER-VAC", 0, 1, "lower"),
    "resources_adequate": ("CTX-SER-RES", 1, 5, "higher"),
    "caseload_per_wte": ("CTX-SER-TEAM", 0, 100, "lower"),
    "role_agreed": ("CTX-PRO-CLAR", 1, 5, "higher"),
    "supervision_time": ("CTX-PRO-SUP", 0, 20, "higher"),
    "career_pathway": ("CTX-PRO-CAR", 1, 5, "higher"),
}
MEASURES = {  # id: parent, group, low, high (None: only that it is there), better
    "continuity": ("EFF-SU-CONT", "service_users", 0, 1, "higher"),
    "waiting_weeks": ("EFF-SU-ACC", "service_users", 0, None, "lower"),
    "waiting_standard_met": ("EFF-SU-ACC", "service_users", 0, 1, "higher"),
    "experience": ("EFF-SU-EXP", "service_users", 0, 10, "higher"),
    "complaints": ("EFF-SU-EXP", "service_users", 0, None, "lower"),
    "service_rating": ("EFF-SU-EXP", "service_users", 1, 4, "higher"),
    "role_clarity": ("EFF-NR-CLAR", "new_roles", 1, 5, "higher"),
    "intention_to_stay": ("EFF-NR-RET", "new_roles", 0, 1, "higher"),
    "burnout": ("EFF-ER-MOR", "existing_roles", 0, 100, "lower"),
    "supervision_hours": ("EFF-ER-SUP", "existing_roles", 0, None, "neither"),
    "team_functioning": ("EFF-ER-FUNC", "existing_roles", 0, 100, "higher"),
}


def test_indicators():
    table = codes("contexts")
    found = table[table["axis"] == "indicator"]
    assert {
        code: (row["parent"], row["low"], row["high"], row["better"]) for code, row in found.iterrows()
    } == INDICATORS
    assert (found["low"] < found["high"]).all()
    assert found["unit"].notna().all()
    assert found["working_definition"].all()


def test_measures():
    table = codes("effects")
    found = table[table["axis"] == "measure"]
    assert set(found.index) == set(MEASURES)
    for code, (parent, group, low, high, better) in MEASURES.items():
        row = found.loc[code]
        assert (row["parent"], row["group"], row["low"], row["better"]) == (parent, group, low, better), code
        assert high is None or row["high"] == high, code
    assert (found["low"] < found["high"]).all()
    assert found["unit"].notna().all()
    assert found["working_definition"].all()


def test_effects_belong_to_the_group_of_their_heading():
    table = codes("effects")
    of_heading = {"EFF-SU": "service_users", "EFF-NR": "new_roles", "EFF-ER": "existing_roles", "EFF-SYS": "system"}
    assert table["group"][list(of_heading)].to_dict() == of_heading
    for code, row in table[table["axis"].isin(["domain", "measure"])].iterrows():
        assert pd.isna(row["parent"]) or row["group"] == table["group"][row["parent"]], code
    assert set(table.loc[table["axis"] == "measure", "group"]) == TABLE_GROUPS
    assert loaded("effects").children("EFF-DIR") == ["EFF-DIR-BETTER", "EFF-DIR-WORSE", "EFF-DIR-MIXED"]


def test_no_definition_of_a_context_or_an_effect_carries_a_figure_or_a_finding():
    for book, axes in (("contexts", ["theme"]), ("effects", ["domain"])):
        definitions = codes(book).loc[lambda table, axes=axes: table["axis"].isin(axes), "definition"]
        stated = definitions[definitions.str.contains(r"\d|%|\bmixed\b|\bmost\b|\bmeta-analy|\bstudies\b|\bpapers\b")]
        assert stated.empty, stated.to_dict()


@pytest.mark.parametrize(
    ("table", "column", "book"), [("contexts", "indicator", "contexts"), ("outcomes", "measure", "effects")]
)
def test_a_study_that_names_the_book_is_checked_against_it(tiny_study, table, column, book):
    """The tiny study's indicators are codes of the book contexts; its measures (satisfaction, turnover) are none of effects."""
    meta = tiny_study / "study.yml"
    meta.write_text(meta.read_text().replace("[own_forms.yml]", f"[own_forms.yml, {book}]"))
    problems = check_study(tiny_study)
    unknown = problems[(problems["table"] == table) & (problems["column"] == column)]
    assert set(unknown["value"]) == ({"satisfaction", "turnover"} if table == "outcomes" else set())


# Skill-mix change ----------------------------------------------------------------------------------------------------------


def test_our_adaptation():
    book, table = loaded("skill_mix_change"), codes("skill_mix_change")
    assert table["axis"].to_dict() == {
        **dict.fromkeys(
            ["SMC-ENH", "SMC-SPE", "SMC-SUB", "SMC-SUB-VER", "SMC-SUB-HOR", "SMC-DEL", "SMC-INN", "SMC-DIV"], "role"
        ),
        **dict.fromkeys(["SMC-TRA", "SMC-REL", "SMC-LIA"], "interface"),
        **dict.fromkeys(["SMC-UNCLEAR", "SMC-NONE"], "none"),
    }
    assert book.children("SMC-SUB") == ["SMC-SUB-VER", "SMC-SUB-HOR"]
    assert table["working_definition"].all()
    assert "not published as text" in book.about
    assert "not a guess" in book.about


def test_published_typologies_hold_what_was_read_and_no_more():
    """Names and definitions are those of the table of published facts, which leaves unread definitions blank."""
    facts = load_published("published_typologies").set_index("code")
    books = pd.concat([codes("sibbald_2004"), codes("nancarrow_borthwick_2005")])
    assert set(books.index) == set(facts.index)
    assert books["name"].to_dict() == facts["category"].to_dict()
    assert books["definition"].to_dict() == facts["definition"].fillna("").to_dict()
    unread = codes("nancarrow_borthwick_2005")
    assert not blank(unread["our_reading"]).any()
    assert unread["working_definition"].all()
    assert loaded("nelson_2018").ids == ["NEL-NEW", "NEL-EXI"]


def test_the_crosswalk_reaches_every_code_once():
    walk = crosswalk()
    assert list(walk.columns) == ["code", "other_book", "other_code", "relation", "reason"]
    assert walk.notna().all(axis=None)
    assert not walk.duplicated(["code", "other_book", "other_code"]).any()
    assert set(walk["relation"]) <= {"equal", "narrower", "wider", "overlaps"}
    ours = codes("skill_mix_change")
    assert set(walk["code"]) == set(ours.index[ours["axis"] != "none"])
    for book in PUBLISHED:
        assert set(walk.loc[walk["other_book"] == book, "other_code"]) == set(loaded(book).ids)
    assert set(walk["other_book"]) == set(PUBLISHED)


def test_the_crosswalk_agrees_with_what_the_codes_say():
    walk, ours = crosswalk(), codes("skill_mix_change")
    for code, row in ours[ours["axis"] != "none"].iterrows():
        others = walk[walk["code"] == code]
        assert set(row["parents"]) <= set(others["other_code"]), code
        of_nelson = set(others.loc[others["other_book"] == "nelson_2018", "other_code"])
        assert set(row["nelson"] or []) == of_nelson, code


def test_the_crosswalk_contradicts_neither_itself_nor_the_tree():
    """Equal is one to one. A code under another is narrower than it, and so lies to a third as that allows."""
    walk = crosswalk()
    equal = walk[walk["relation"] == "equal"]
    assert not equal.duplicated(["other_book", "other_code"]).any()
    assert not equal.duplicated(["code", "other_book"]).any()
    relation = walk.set_index(["code", "other_code"])["relation"].to_dict()
    allowed = {  # of the code below: of the code above
        "equal": {"wider"},
        "wider": {"wider"},
        "overlaps": {"overlaps", "wider"},
        "narrower": {"equal", "narrower", "wider", "overlaps"},
    }
    for child, parent in codes("skill_mix_change")["parent"].dropna().items():
        for (code, other), how in relation.items():
            if code == child:
                assert relation.get((parent, other)) in allowed[how], (child, other)
            if code == parent and how in ("equal", "narrower"):
                assert relation.get((child, other)) == "narrower", (child, other)


# Agreement with the facts that were gathered ----------------------------------------------------------------------------------


def facts_table(shared: Path, ids: str) -> pd.DataFrame:
    """The rows of the fact file's tables whose first cell is such an id: cells in order, by id."""
    text = (shared / "facts" / "study_facts.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip(" |").split("|")] for line in text.splitlines() if line[:2] == "| "]
    return pd.DataFrame([row for row in rows if re.fullmatch(ids, row[0])]).set_index(0)


def test_forms_are_those_of_the_facts(shared):
    facts = facts_table(shared, r"BW-[A-Z-]+")  # name, definition, include, exclude, valence, source, confidence
    assert len(facts) == 38
    table = codes("boundary_work").loc[facts.index]
    words = {"C": "constructive", "D": "destructive", "X": "depends"}
    assert table["default_tone"].to_dict() == facts[5].map(words).to_dict()
    remembered = facts[7].str.contains(r"\bM\b|C def|C code")
    assert remembered.sum() == 13, "nine sub-forms of three parents, three held spheres, one code of ours"
    assert table["working_definition"].to_dict() == remembered.to_dict()
    read = table.loc[~remembered, "confidence"]
    assert read.to_dict() == facts.loc[~remembered, 7].str[0].to_dict()


def test_themes_and_domains_are_those_of_the_facts(shared):
    facts = facts_table(shared, r"(CTX|EFF)-[A-Z]+-[A-Z]+")  # parent, name, definition, source, confidence
    assert len(facts) == 35
    books = pd.concat([codes("contexts"), codes("effects")])
    table = books.loc[facts.index]
    assert set(table["axis"]) == {"theme", "domain"}
    for code, row in table.iterrows():
        stated = [address.split("?")[0] for address in facts[4][code].split(" ; ")]
        assert [address.split("?")[0] for address in row["source"].split("; ")] == stated, code
        assert row["working_definition"] or row["confidence"] == facts[5][code].split(" / ")[-1], code
    undefined = facts.index[facts[3].eq("")]
    assert table.loc[undefined, "working_definition"].all()
