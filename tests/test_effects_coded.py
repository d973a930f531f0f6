"""Talk of effects: who says better or worse, by domain; and what was measured beside it.

Known answers: by hand below; the example study recounted segment by segment.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from newroles.coding import code_agreement, consensus
from newroles.coding.workflow import study_consensus
from newroles.datasets import Codebook, Study, load_codebook, load_study, typed_table
from newroles.effects.coded_effects import coded_effects, effect_mentions
from newroles.effects.joint_display import VERDICTS, joint_display
from newroles.errors import InputError
from newroles.few_clusters import clustered_shares

BETTER, WORSE, MIXED = "EFF-DIR-BETTER", "EFF-DIR-WORSE", "EFF-DIR-MIXED"


@pytest.fixture(scope="module")
def book() -> Codebook:
    return load_codebook("effects")


@pytest.fixture(scope="module")
def example() -> Study:
    return load_study("example_study")


def codings(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Rows of (segment, coder, code), all given."""
    table = pd.DataFrame(rows, columns=["unit", "coder", "code"])
    return typed_table(
        "codings", table.assign(codebook="effects", unit_kind="segment", value=1, coded_on=None, round=1)
    )


def segments(*rows: tuple[str, str]) -> pd.DataFrame:
    """Rows of (segment, team); each in a document of its own."""
    table = pd.DataFrame(rows, columns=["segment", "team"])
    return table.assign(document="D" + table["segment"])


def told(book: Codebook, *rows: tuple[str, str], **more: Any) -> pd.DataFrame:
    """The table for one coder's codes, (segment, code); every segment in a team of its own."""
    coding = consensus(codings(*((segment, "ann", code) for segment, code in rows)), book, none_codes=["EFF-NONE"])
    names = dict.fromkeys(segment for segment, _ in rows)
    return effect_mentions(segments(*((name, f"T{name}") for name in names)), coding, book, **more).set_index("domain")


# --- mentions ------------------------------------------------------------------------------------------------------------


def test_directions_by_hand(book: Codebook) -> None:
    table = told(
        book,
        ("1", "EFF-SU-ACC"), ("1", BETTER),
        ("2", "EFF-SU-ACC"), ("2", WORSE),
        ("3", "EFF-SU-ACC"), ("3", BETTER), ("3", WORSE),  # better and worse at once: mixed
        ("4", "EFF-SU-ACC"), ("4", MIXED),
        ("5", "EFF-SU-ACC"),  # a domain without direction: no change
        ("6", "EFF-NONE"),
        ("7", BETTER),  # a direction without domain tells of nothing
    )  # fmt: skip
    assert list(table.index) == ["EFF-SU-ACC"]
    row = table.loc["EFF-SU-ACC"]
    assert row[["mentions", "better", "worse", "mixed", "no_change", "open", "n"]].tolist() == [5, 1, 1, 2, 1, 0, 2]
    assert row[["group", "share_better", "segments"]].tolist() == ["service_users", 0.5, ("1", "2", "3", "4", "5")]


def test_a_direction_shared_by_two_domains_counts_for_both_and_is_said(book: Codebook) -> None:
    table = told(book, ("1", "EFF-SU-ACC"), ("1", "EFF-ER-SUP"), ("1", WORSE), ("2", "EFF-ER-SUP"), ("2", BETTER))
    assert table[["mentions", "worse", "shared"]].to_dict("index") == {
        "EFF-SU-ACC": {"mentions": 1, "worse": 1, "shared": 1},
        "EFF-ER-SUP": {"mentions": 2, "worse": 1, "shared": 1},
    }


def test_a_direction_on_which_coders_differ_stays_open(book: Codebook) -> None:
    rows = [("1", coder, "EFF-SU-ACC") for coder in ("ann", "bo")] + [("1", "ann", BETTER), ("1", "bo", WORSE)]
    coding = consensus(codings(*rows), book, none_codes=["EFF-NONE"])
    row = effect_mentions(segments(("1", "T1")), coding, book).iloc[0]
    assert row[["better", "worse", "no_change", "open", "n"]].tolist() == [0, 0, 0, 1, 0]
    assert row["note"] == "no passage says better or worse"


def test_shares_come_by_team_where_teams_are_enough(book: Codebook) -> None:
    rows = [(str(i), code) for i in range(12) for code in ("EFF-SU-ACC", BETTER if i % 3 else WORSE)]
    coding = consensus(codings(*((segment, "ann", code) for segment, code in rows)), book, none_codes=["EFF-NONE"])
    row = effect_mentions(segments(*((str(i), f"T{i // 2}") for i in range(12))), coding, book).iloc[0]
    expected = clustered_shares([[1], [1], [2], [2 - 1], [1], [2]], [2] * 6)  # teams of two: worse are 0, 3, 6, 9
    assert row[["clusters", "teams", "documents"]].tolist() == ["team", 6, 12]
    assert row[["share_better", "low", "high"]].tolist() == pytest.approx([float(each[0]) for each in expected[:3]])
    few = effect_mentions(segments(*((str(i), "T0") for i in range(12))), coding, book).iloc[0]
    assert few["clusters"] == "document"


def test_books_and_segments_that_dont_fit_are_refused(book: Codebook) -> None:
    coding = consensus(codings(("1", "ann", "EFF-SU-ACC")), book, none_codes=["EFF-NONE"])
    with pytest.raises(InputError, match="'1' is coded with effects, but is no segment"):
        effect_mentions(segments(("2", "T1")), coding, book)
    with pytest.raises(InputError, match="needs domains with a group, and three directions|says no"):
        effect_mentions(segments(("1", "T1")), coding, load_codebook("rationale"))


def test_the_example_recounted_segment_by_segment(example: Study, book: Codebook) -> None:
    table = coded_effects(example, n_boot=0).set_index("domain")
    kept = study_consensus(example, book).coding.groupby("unit")["code"].agg(set)
    for domain in ("EFF-SU-ACC", "EFF-ER-MOR", "EFF-NR-CLAR"):
        here = [codes for codes in kept if domain in codes]
        better = [codes for codes in here if BETTER in codes and not codes & {WORSE, MIXED}]
        worse = [codes for codes in here if WORSE in codes and not codes & {BETTER, MIXED}]
        assert table.loc[domain, ["mentions", "better", "worse"]].tolist() == [len(here), len(better), len(worse)]
    ways = table[["better", "worse", "mixed", "no_change", "open"]].sum(axis=1)
    assert (ways == table["mentions"]).all()
    assert set(table["group"]) == {"service_users", "new_roles", "existing_roles", "system"}
    assert table["agreement"].between(0, 1).all()


def test_one_coder_has_no_agreement(book: Codebook) -> None:
    assert code_agreement(codings(("1", "ann", "EFF-SU-ACC"), ("2", "bo", "EFF-SU-ACC")), book).empty
    both = codings(
        ("1", "ann", "EFF-SU-ACC"), ("1", "bo", "EFF-SU-ACC"), ("2", "ann", "EFF-ER-SUP"), ("2", "bo", "EFF-SU-ACC")
    )
    assert code_agreement(both, book, n_boot=0)["agreement"].notna().any()


# --- joint display -------------------------------------------------------------------------------------------------------


def numbers(measure: str, low: float, high: float, group: str = "service_users") -> pd.DataFrame:
    return pd.DataFrame(
        {"group": [group], "measure": measure, "estimate": (low + high) / 2, "low": low, "high": high, "n": 40}
    )


def talk(
    domain: str, better: int, worse: int, low: float, high: float, group: str = "service_users", mixed: int = 0
) -> pd.DataFrame:
    n = better + worse
    return pd.DataFrame(
        {"group": [group], "domain": domain, "better": better, "worse": worse, "mixed": mixed, "mentions": n + mixed,
         "share_better": better / n if n else np.nan, "low": low, "high": high, "n": n}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "said", "expected"),
    [
        # a shorter wait is better, by the codebook
        ((-2.0, -1.0), (9, 1, 0.6, 0.98), ("better", "better", "agree")),
        ((1.0, 2.0), (9, 1, 0.6, 0.98), ("worse", "better", "disagree")),
        ((1.0, 2.0), (1, 9, 0.02, 0.4), ("worse", "worse", "agree")),
        ((-2.0, 1.0), (9, 1, 0.6, 0.98), ("unclear", "better", "unclear")),
        ((-2.0, -1.0), (6, 4, 0.3, 0.8), ("better", "divided", "unclear")),
        ((-2.0, -1.0), (4, 0, 0.6, 1.0), ("better", "too few", "unclear")),
        ((-2.0, -1.0), (9, 1, np.nan, np.nan), ("better", "too few", "unclear")),
        ((0.0, 1.0), (9, 1, 0.5, 0.98), ("unclear", "divided", "unclear")),  # an end on the line points no way
    ],
)
def test_verdicts_by_the_stated_rule(
    book: Codebook, found: tuple[float, float], said: tuple[int, int, float, float], expected: tuple[str, str, str]
) -> None:
    row = joint_display(numbers("waiting_weeks", *found), talk("EFF-SU-ACC", *said), book).iloc[0]
    assert (row["measured"], row["said"], row["verdict"]) == expected
    assert row["sentence"].endswith(VERDICTS[expected[2]])


def test_silence_on_either_side_is_a_row_of_its_own(book: Codebook) -> None:
    table = joint_display(numbers("waiting_weeks", -2, -1), talk("EFF-ER-MOR", 1, 9, 0.02, 0.4, "existing_roles"), book)
    assert table[["group", "domain", "verdict"]].values.tolist() == [
        ["service_users", "EFF-SU-ACC", "numbers only"], ["existing_roles", "EFF-ER-MOR", "talk only"],
    ]  # fmt: skip


def test_a_measure_without_a_better_end_neither_agrees_nor_disagrees(book: Codebook) -> None:
    row = joint_display(
        numbers("supervision_hours", 0.5, 0.8, "existing_roles"),
        talk("EFF-ER-SUP", 3, 13, 0.05, 0.48, "existing_roles"),
        book,
    ).iloc[0]
    assert (row["measured"], row["verdict"]) == ("up", "unclear")
    assert "The measure has no better end" in row["sentence"]
    assert "better direction" not in row["sentence"]


def test_sentences_say_no_more_than_a_comparison_earns(book: Codebook) -> None:
    table = joint_display(
        numbers("waiting_weeks", -2.539, -1.148), talk("EFF-SU-ACC", 17, 2, 0.65, 0.97, mixed=7), book
    )
    assert table["sentence"][0] == (
        "Access and waiting (service users): after the role came, wait for a first contact was 1.8 weeks lower than the comparison "
        "teams' course would suggest, the better direction (interval −2.5 to −1.1; 40 teams); of 19 passages that say better or worse, "
        "17 say better and 2 worse, 7 more say both. Both point the same way."
    )
    unclear = joint_display(numbers("experience", -0.12, 0.26), talk("EFF-SU-EXP", 0, 1, np.nan, np.nan), book)[
        "sentence"
    ][0]
    assert "whether experience score changed can't be told (0.07, interval −0.12 to 0.26; 40 teams)" in unclear
    assert "the one passage that says better or worse says worse, too few to say which way" in unclear
    for word in ("caus", "improv", "effect of", "led to"):
        assert word not in " ".join([*table["sentence"], unclear])


def test_unknown_or_misplaced_rows_are_refused(book: Codebook) -> None:
    none = talk("EFF-SU-ACC", 9, 1, 0.6, 0.98)
    with pytest.raises(InputError, match="no measure 'waiting_week'. Did you mean 'waiting_weeks'"):
        joint_display(numbers("waiting_week", 0, 1), none, book)
    with pytest.raises(
        InputError, match="'burnout' is about existing_roles in the codebook 'effects', not about service_users"
    ):
        joint_display(numbers("burnout", 0, 1), none, book)
    with pytest.raises(InputError, match="The domain 'EFF-SU-ACC' is there twice"):
        joint_display(numbers("experience", 0, 1), pd.concat([none, none]), book)
    with pytest.raises(InputError, match="quantitative has no column n"):
        joint_display(numbers("experience", 0, 1).drop(columns="n"), none, book)


def test_the_example_has_a_row_for_every_domain_told_or_measured(example: Study, book: Codebook) -> None:
    coded = coded_effects(example, n_boot=0)
    found = pd.concat([numbers("experience", -1, 1), numbers("burnout", 1, 2, "existing_roles")])
    table = joint_display(found, coded, book)
    assert set(table["domain"]) == set(coded["domain"]) | {"EFF-SU-EXP", "EFF-ER-MOR"}
    assert table["group"].drop_duplicates().tolist() == ["service_users", "new_roles", "existing_roles", "system"]
    assert (table["verdict"].eq("numbers only") == table["mentions"].eq(0)).all()
