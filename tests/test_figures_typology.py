"""The figures of the typology chapter: on real tables, nothing clipped, nothing overlapping, every state to be seen."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from drawn_text import shown
from newroles import coding, figures, skill_mix
from newroles.datasets import load_codebook, load_open, load_published, typed_table
from newroles.datasets.places import data_folder
from newroles.errors import InputError
from newroles.figures.agreement import STATISTIC_NAMES
from newroles.figures.coders import _DEEPEST as DEEPEST_COUNT
from newroles.figures.reading_aids import _DEEPEST as DEEPEST_LIFT
from newroles.figures.reading_aids import RARER
from newroles.figures.skill_mix import WORDS
from newroles.figures.style import ACCENT, INK, NARROW, PAPER, WIDE, use_house_style

WIDTHS = pytest.mark.parametrize("width", [WIDE, NARROW])
WHITE, DARK = "#ffffff", "#14181e"  # the page of the theme, light and dark
DARK_INK, DARK_ACCENT = "#dbe1e7", "#3fb1c5"  # what the style sheet puts in the place of INK and ACCENT

BOOK = load_codebook("skill_mix_change")
CODING = skill_mix.coding_from_decisions(load_published("role_type_codings"), BOOK)
COMPARISON = skill_mix.compare_with_proposals(CODING, skill_mix.propose_types(load_published("role_features")))
CROSSWALK = coding.load_crosswalk(BOOK)


def _example() -> dict[str, pd.DataFrame]:
    """What the package says of the invented example study's four coders: boundary work in segments, three rounds."""
    codings, segments = (
        typed_table(name, pd.read_csv(data_folder() / "example_study" / f"{name}.csv"))
        for name in ("codings", "segments")
    )
    book = load_codebook("boundary_work")
    names = dict(zip(book.codes["id"], book.codes["name"], strict=True))
    rows = codings[codings["codebook"].eq("boundary_work") & codings["unit_kind"].eq("segment")]
    sets = {number: coding.ratings_from_codings(part).iloc[:60] for number, part in rows.groupby("round")}
    rng = np.random.default_rng(1)
    codes = coding.ratings_per_code(sets[3])
    often = sorted(codes, key=lambda code: (-np.nanmean(codes[code].to_numpy(dtype=float)), code))
    few = {code: codes[code] for code in [*often[:2], *often[-2:]]}
    per_code = coding.per_code_agreement(few, ["gwet_ac1", "krippendorff_alpha"], n_boot=10, rng=rng)
    one = rows[rows["coder"].eq("coder_2") & rows["round"].eq(3)]
    without = {"majority": sets[3], **{f"without coder {n}": sets[3].drop(columns=f"coder_{n}") for n in range(1, 5)}}
    kept = [(code, names[code], choice, coding.ratings_per_code(given, often)[code].mean(axis=1).gt(0.5).mean(), len(given))
            for choice, given in without.items() for code in few]  # fmt: skip
    return {
        "one code": coding.agreement(codes[often[3]], n_boot=10, rng=rng),
        "all the same": coding.agreement(codes[often[3]] * 0, n_boot=0, rng=rng),
        "whole sets": coding.per_code_agreement(
            sets[3], ["percent_agreement", "krippendorff_alpha", "f1"], 0, rng
        ).query("code == 'all codes'"),
        "scale": coding.agreement(
            pd.DataFrame({"ann": [1, 2, 3, 4], "bo": [2, 1, 4, 3]}), level="interval", n_boot=50, rng=rng
        ),
        "per code": per_code.assign(name=per_code["code"].map(names)),
        "drift": coding.drift(sets, level="masi", n_boot=10, rng=rng),
        "confusion": coding.confusion(sets[1]),
        "choices": pd.DataFrame(kept, columns=["code", "name", "choice", "share", "n"]),
        "pairs": coding.code_cooccurrence(one, threshold=5, codes=often[:7]),
        "saturation": coding.saturation(one, segments, order="random", n_orders=50, rng=rng),
    }


EXAMPLE = _example()
THEMES = load_open("feedback_themes")
PAIRS = coding.cooccurrence_from_pairs(load_open("feedback_theme_pairs"), THEMES, "local_mental_health")
COMMON = pd.concat([PAIRS["code_a"], PAIRS["code_b"]]).value_counts().index.tolist()

SPANS = pd.DataFrame(
    [(f"d{i}", 40 * i + shift, 40 * i + 90 + 2 * shift, coder, "care") for i in range(4) for coder, shift in (("ann", 0), ("bo", 25))],
    columns=["document", "start", "end", "coder", "code"],
)  # fmt: skip
DOCUMENTS = pd.DataFrame({"document": ["d0", "d1", "d2", "d3", "d4"], "length": 400, "role": list("aabbb")})
BY_UNIT = coding.agreement_by_unit(
    SPANS, DOCUMENTS, by=["role"], statistics=["percent_agreement", "krippendorff_alpha"], thresholds=[0.25, 0.5, 0.9],
    n_boot=10, rng=np.random.default_rng(1),
)  # fmt: skip

DRAWN = {
    "roles": lambda: figures.role_types(COMPARISON, BOOK.codes),
    "roles, one row": lambda: figures.role_types(COMPARISON.iloc[[0]], BOOK.codes),
    "roles, rank not said": lambda: figures.role_types(COMPARISON.iloc[[0, 2]].assign(coded=["given", ""]), BOOK.codes),
    "roles, two codes": lambda: figures.role_types(COMPARISON.iloc[:2], BOOK.codes.iloc[[0, 3]].drop(columns="axis")),
    "crosswalk": lambda: figures.crosswalk(CROSSWALK, BOOK.codes),
    "crosswalk, one row": lambda: figures.crosswalk(CROSSWALK.iloc[[2]]),
    "agreement": lambda: figures.agreement_panel(EXAMPLE["one code"]),
    "agreement, whole sets": lambda: figures.agreement_panel(pd.concat([EXAMPLE["one code"], EXAMPLE["whole sets"]])),
    "agreement, no value": lambda: figures.agreement_panel(EXAMPLE["all the same"]),
    "agreement, a scale": lambda: figures.agreement_panel(EXAMPLE["scale"]),
    "agreement, one row": lambda: figures.agreement_panel(EXAMPLE["one code"].iloc[[3]]),
    "codes": lambda: figures.agreement_by_code(EXAMPLE["per code"], "krippendorff_alpha"),
    "codes, one row": lambda: figures.agreement_by_code(EXAMPLE["per code"].iloc[[2]]),
    "codes, no value": lambda: figures.agreement_by_code(no_value(EXAMPLE["per code"])),
    "units": lambda: figures.agreement_by_unit_panel(BY_UNIT),
    "units, one row": lambda: figures.agreement_by_unit_panel(BY_UNIT.iloc[[0]]),
    "drift": lambda: figures.coder_drift(EXAMPLE["drift"]),
    "drift, one row": lambda: figures.coder_drift(EXAMPLE["drift"].iloc[[1]]),
    "drift, a silent coder": lambda: figures.coder_drift(silent(EXAMPLE["drift"])),
    "confusion": lambda: figures.confusion_map(EXAMPLE["confusion"], most=12),
    "confusion, many": lambda: figures.confusion_map(EXAMPLE["confusion"], most=19, names={EXAMPLE["confusion"]["code"].iloc[0]: "A long name " * 4}),
    "confusion, one row": lambda: figures.confusion_map(EXAMPLE["confusion"].iloc[[0]]),
    "confusion, one left out": lambda: figures.confusion_map(EXAMPLE["confusion"].query("other_code == ''").iloc[[0]]),
    "choices": lambda: figures.conclusion_by_choice(EXAMPLE["choices"], of="segments"),
    "choices, one row": lambda: figures.conclusion_by_choice(EXAMPLE["choices"].iloc[[0]]),
    "choices, nothing known": lambda: figures.conclusion_by_choice(EXAMPLE["choices"].iloc[[0]].assign(share=np.nan)),
    "pairs": lambda: figures.cooccurrence_map(EXAMPLE["pairs"], of="segments"),
    "pairs, one row": lambda: figures.cooccurrence_map(PAIRS.iloc[[0]]),
    "pairs of themes": lambda: figures.cooccurrence_map(PAIRS, codes=COMMON[:12], of="comments"),
    "pairs of many themes": lambda: figures.cooccurrence_map(PAIRS, codes=COMMON[:20], of="comments"),
    "pairs, every state": lambda: figures.cooccurrence_map(every_state()),
    "saturation": lambda: figures.saturation_curve(EXAMPLE["saturation"]),
    "saturation, one row": lambda: figures.saturation_curve(EXAMPLE["saturation"].iloc[[0]]),
    "saturation, curves": lambda: figures.saturation_curve(curves(), of="comments"),
}  # fmt: skip

# small and extreme tables are hardest on a phone; drawing them at both widths would double the time
ONLY_NARROW = [name for name in DRAWN if any(word in name for word in ("one", "many", "nothing", "two", "not said"))]


def no_value(table: pd.DataFrame) -> pd.DataFrame:
    """The first code of the table without its value."""
    first = table["code"].eq(table["code"].iloc[0])
    blank = table[first].assign(value=np.nan, low=np.nan, high=np.nan, note="one category only: not defined")
    return pd.concat([blank, table[~first]])


def silent(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(value=table["value"].mask(table["coder"].isin(["coder_1", "coder_3"])))


def every_state() -> pd.DataFrame:
    """Five codes: more often than chance, more rarely, never, suppressed, not known; four pairs aren't in the table."""
    rows = [("a", "b", 9, 3.0, False), ("a", "c", 2, 0.5, False), ("a", "d", 0, 0.0, False),
            ("a", "e", np.nan, np.nan, True), ("b", "c", 5, np.nan, False)]  # fmt: skip
    return pd.DataFrame(rows, columns=["code_a", "code_b", "n_both", "lift", "suppressed"]).assign(n=100)


def curves() -> pd.DataFrame:
    parts = []
    for name, counts in (("mental_health", [1, 3, 8, 20]), ("forensic", [2, 2, 5])):
        curve = coding.expected_codes(pd.Series(counts, dtype=float), 40, [0, 10, 20, 40])
        parts.append(curve.assign(curve=name.replace("_", " ")))
    return pd.concat(parts)


def said(figure: Figure) -> list[str]:
    figure.set_layout_engine("none")  # what is said doesn't hang on where it stands
    return [text.get_text() for text in shown(figure)]


def dots(figure: Figure, panel: int = 0) -> list:
    return [line for line in figure.axes[panel].lines if line.get_marker() not in ("None", "", "|", None)]


def hollow(figure: Figure, panel: int = 0) -> list[bool]:
    return [to_hex(line.get_markerfacecolor()) == PAPER for line in dots(figure, panel)]


def narrow(draw) -> Figure:
    with use_house_style(NARROW):
        return draw()


@pytest.mark.parametrize(
    ("name", "width"),
    [(name, width) for name in DRAWN for width in (WIDE, NARROW) if width == NARROW or name not in ONLY_NARROW],
)
def test_no_text_is_clipped_and_none_overlaps(name, width):
    with use_house_style(width):
        figure = DRAWN[name]()
    assert figure.get_figwidth() == pytest.approx(width)
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in shown(figure)]
    assert boxes
    edge = figure.bbox
    for words, box in boxes:
        inside = box.x0 >= edge.x0 - 1 and box.y0 >= edge.y0 - 1 and box.x1 <= edge.x1 + 1 and box.y1 <= edge.y1 + 1
        assert inside, f"{words!r} leaves the figure: {box} in {edge}"
    for (one, a), (other, b) in combinations(boxes, 2):
        across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across < 1 or down < 1.5, f"{one!r} overlaps {other!r} by {across:.1f} x {down:.1f} pixels"


@WIDTHS
@pytest.mark.parametrize("name", ["pairs of many themes", "confusion, many", "pairs, every state"])
def test_no_cell_leaves_the_axes(name, width):
    """33 themes once ran out of a phone's figure."""
    with use_house_style(width):
        ax = DRAWN[name]().axes[0]
    low, high = ax.get_xlim()
    assert all(low <= patch.get_x() and patch.get_x() + patch.get_width() <= high for patch in ax.patches)
    assert max(patch.get_y() + patch.get_height() for patch in ax.patches) <= ax.get_ylim()[0]


def test_axes_that_are_passed_are_drawn_on():
    figure = Figure(figsize=(7, 6))
    ax = figure.subplots()
    for draw in (
        lambda: figures.role_types(COMPARISON, BOOK.codes, ax=ax),
        lambda: figures.crosswalk(CROSSWALK, ax=ax),
        lambda: figures.coder_drift(EXAMPLE["drift"], ax),
        lambda: figures.confusion_map(EXAMPLE["confusion"], ax=ax),
        lambda: figures.cooccurrence_map(EXAMPLE["pairs"], ax=ax),
        lambda: figures.saturation_curve(EXAMPLE["saturation"], ax=ax),
    ):
        ax.clear()
        assert draw() is figure
    assert figure.get_figwidth() == 7


# roles and crosswalk ---------------------------------------------------------------------------------------------------


def test_primary_is_filled_secondary_open_and_rule_a_word():
    """Nursing associate: delegation primary, innovation secondary; for the pharmacist the rules proposed two other kinds."""
    nursing = figures.role_types(COMPARISON.query("role == 'nursing_associate'"), BOOK.codes)
    style = figures.role_style("nursing_associate")
    own = [
        line
        for line in dots(nursing)
        if style.colour in (to_hex(line.get_markeredgecolor()), to_hex(line.get_markerfacecolor()))
    ]
    assert [to_hex(line.get_markerfacecolor()) == PAPER for line in own] == [False, True]
    pharmacist = figures.role_types(COMPARISON.query("role == 'mental_health_pharmacist'"), BOOK.codes)
    assert said(pharmacist).count("rule") == 2 + 1  # one more in the key
    assert "only the rules proposed it" in said(pharmacist)
    assert "secondary kind" not in said(pharmacist)


def test_roles_stand_under_their_family_and_case_studies_have_a_star():
    words = said(figures.role_types(COMPARISON, BOOK.codes))
    starred = [name for name in words if name.endswith("★")]
    assert len(starred) == 8
    assert words.index("Nursing") < words.index("Nursing Associate ★")
    assert {"Work of people", "Between\nservices", "No kind"} <= set(words)


def test_on_a_phone_kinds_are_words():
    words = said(narrow(lambda: figures.role_types(COMPARISON.query("role == 'mental_health_pharmacist'"), BOOK.codes)))
    assert {"Specialisation", "Enhancement (rules only)", "Relocation (rules only)"} <= set(words)
    words = said(narrow(lambda: figures.crosswalk(CROSSWALK.iloc[[0, 1]])))
    assert "equal to Enhancement (Sibbald and\nothers 2004)" in words
    assert any(text.startswith("wider than Specialisation") for text in words)


def test_each_relation_has_a_sign_of_its_own():
    one = {relation: CROSSWALK[CROSSWALK["relation"] == relation].iloc[[0]] for relation in WORDS}
    signs = set()
    for table in one.values():
        disc, ring = dots(narrow(lambda table=table: figures.crosswalk(table)))
        moved = disc.get_transform().transform((0, 0))[0] != ring.get_transform().transform((0, 0))[0]
        signs.add((disc.get_markersize(), ring.get_markersize(), bool(moved)))
    assert len(signs) == 4


def test_a_code_without_equivalent_says_so():
    for draw in (
        lambda: figures.crosswalk(CROSSWALK.iloc[-2:], BOOK.codes.tail(4)),
        lambda: narrow(lambda: figures.crosswalk(CROSSWALK.iloc[-2:], BOOK.codes.tail(4))),
    ):
        assert said(draw()).count("no equivalent") == 2  # unclear and none applies
    assert "no equivalent" not in said(figures.crosswalk(CROSSWALK.iloc[-2:]))


def test_too_many_columns_become_a_list():
    many = pd.DataFrame({"id": [f"c{i}" for i in range(40)], "name": [f"Kind {i}" for i in range(40)]})
    table = COMPARISON.iloc[[0]].assign(code="c7")
    assert "Kind 7" in said(figures.role_types(table, many))
    assert "Kind 8" not in said(figures.role_types(table, many))


# agreement -------------------------------------------------------------------------------------------------------------


def test_every_statistic_of_the_package_has_a_name():
    from newroles.coding.reliability import STATISTICS

    assert set(STATISTICS) == set(STATISTIC_NAMES)


def test_agreement_is_grouped_and_printed():
    table = EXAMPLE["one code"].iloc[[0, -1]].assign(statistic=["percent_agreement", "gwet_ac1"], value=[0.9, -0.001])
    figure = figures.agreement_panel(table.assign(low=[0.8, -0.004], high=[0.95, 0.4], note=["", "a warning"]))
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "Raw agreement",
        "Corrected for chance (0: as by chance)",
    ]
    assert "0.90 (0.80 to 0.95)" in said(figure)
    assert "0.00 (0.00 to 0.40)†" in said(figure)  # no minus sign before a zero
    assert any("see the note" in text for text in said(figure))
    assert figure.axes[0].get_xlim()[0] == -0.25  # below zero, because a value is


@WIDTHS
def test_a_statistic_without_value_gives_its_reason(width):
    with use_house_style(width):
        figure = DRAWN["agreement, no value"]()
    words = " ".join(" ".join(said(figure)).split())
    assert "no value: one category only" in words
    corrected = figure.axes[[ax.get_title(loc="left")[:9] for ax in figure.axes].index("Corrected")]
    assert not [line for line in corrected.lines if line.get_marker() == "o"]


def test_codes_are_sorted_by_prevalence_and_all_codes_left_out():
    table = EXAMPLE["per code"]
    figure = figures.agreement_by_code(table.sample(frac=1, random_state=3))
    order = (
        table.query("statistic == 'gwet_ac1'").dropna(subset="prevalence").sort_values("prevalence", ascending=False)
    )
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == order["name"].tolist()
    assert [bar.get_width() for bar in figure.axes[0].patches] == pytest.approx(order["prevalence"].tolist())
    assert [line.get_xdata()[0] for line in dots(figure, 1)] == pytest.approx(order["value"].tolist())


def test_units_have_a_panel_a_statistic_and_spans_their_own():
    figure = figures.agreement_by_unit_panel(BY_UNIT, ["krippendorff_alpha", "f1"])
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["Krippendorff's alpha", "F1 of matched spans (n 8)"]
    assert {"Character (n 2,000)", "Document (n 5)", "Role (n 2)", "Overlap of 90% or more"} <= set(said(figure))


# coders ----------------------------------------------------------------------------------------------------------------


def test_each_coder_has_a_labelled_line():
    table = EXAMPLE["drift"]
    figure = figures.coder_drift(table)
    last = table[table["round"] == 3].set_index("coder")["value"]
    words = said(figure)
    assert f"● All together {last['']:.2f}" in words
    for coder in ("coder_1", "coder_2", "coder_3", "coder_4"):
        assert any(text.endswith(f"{coder.replace('_', ' ').capitalize()} {last[coder]:.2f}") for text in words)
    assert len({text[0] for text in words if "oder " in text or "All" in text}) == 5  # a sign for each


def test_a_coder_without_value_is_named():
    assert "No value in any round: Coder 1, Coder 3" in said(figures.coder_drift(silent(EXAMPLE["drift"])))


def test_a_coder_who_missed_a_round_keeps_a_line_through_the_others():
    rows = [(1, "ann", 0.5), (2, "ann", np.nan), (3, "ann", 0.7)]
    table = pd.DataFrame(rows, columns=["round", "coder", "value"])
    table = table.assign(statistic="fleiss_kappa", low=np.nan, high=np.nan, n_units=10)
    line = next(line for line in figures.coder_drift(table).axes[0].lines if len(line.get_xdata()) > 1)
    assert list(line.get_xdata()) == [0, 2]


def test_confusions_are_counted_in_their_cell_and_the_rest_in_words():
    rows = [("a", "b", 7), ("a", "", 3), ("b", "c", 2), ("c", "d", 1)]
    table = pd.DataFrame(rows, columns=["code", "other_code", "coder_pairs"])
    words = said(figures.confusion_map(table, most=3))
    # b stands against others 9 times, a 7, c 3; d's single one is left out; none-b, none-c and a-c are zeros
    assert [text for text in words if text in "abcd"] == ["b", "a", "c"]
    assert sorted(text for text in words if text.isdigit()) == ["0", "0", "0", "2", "3", "7"]
    assert any("12 of 13 times" in text and "3 of 4 codes" in text for text in words)


def test_the_published_choice_is_filled_and_the_range_printed():
    table = pd.DataFrame(
        {
            "code": "a",
            "choice": ["majority", "adjudicated", "unanimous"],
            "share": [0.4, 0.46, np.nan],
            "n": [50, 50, 48],
        }
    )
    figure = figures.conclusion_by_choice(table, of="acts")
    key, main = 0, 1
    assert hollow(figure, key) == [False, True, True]
    assert sorted(hollow(figure, main)) == [False, True]
    assert {"40–46% (1 not known)", "Share of 48 to 50 acts", "majority", "adjudicated", "unanimous"} <= set(
        said(figure)
    )
    assert figure.axes[main].get_xlim()[0] == 0


# reading aids ----------------------------------------------------------------------------------------------------------


def test_every_state_of_a_pair_looks_different():
    figure = figures.cooccurrence_map(every_state())
    cells = [patch for patch in figure.axes[0].patches if patch.get_width() > 0.2]
    looks = [
        (to_hex(patch.get_facecolor(), keep_alpha=True) if patch.get_fill() else "", patch.get_hatch())
        for patch in cells
    ]
    drawn = dict(zip(["ab", "ac", "bc", "ad", "bd", "cd", "ae", "be", "ce", "de"], looks, strict=True))
    assert drawn["ab"][0].startswith(ACCENT)
    assert drawn["ac"][0].startswith(RARER)
    assert drawn["ad"][0].startswith(RARER)
    assert drawn["ad"] != drawn["ac"]
    assert drawn["ae"][1]
    assert not any(drawn[pair][1] for pair in drawn if pair != "ae")
    assert drawn["bd"] == drawn["cd"] == drawn["de"]
    assert {"3.0", "0.5", "0", "?", "·", "suppressed (small number)", "? not known", "· not in the table"} <= set(
        said(figure)
    )


def test_shades_are_symmetric_around_one():
    def depth(lift: float) -> float:
        table = every_state().iloc[[0]].assign(lift=lift)
        return figures.cooccurrence_map(table).axes[0].patches[0].get_alpha()

    assert depth(2) == pytest.approx(depth(0.5))
    assert depth(1) < depth(1.5) < depth(3) < depth(4) == depth(40)


def blended(colour: str, page: str, alpha: float) -> np.ndarray:
    return alpha * np.array(to_rgb(colour)) + (1 - alpha) * np.array(to_rgb(page))


def contrast(one, other) -> float:
    """WCAG 2.2, 'contrast ratio'."""
    channels = [np.array(to_rgb(colour)) for colour in (one, other)]
    linear = [np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) for c in channels]
    low, high = sorted(float(c @ [0.2126, 0.7152, 0.0722]) for c in linear)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("page", "ink", "accent"), [(WHITE, INK, ACCENT), (DARK, DARK_INK, DARK_ACCENT)])
def test_numbers_can_be_read_on_the_deepest_shade(page, ink, accent):
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # WebAIM's contrast checker
    for colour, alpha in ((accent, DEEPEST_COUNT), (accent, DEEPEST_LIFT), (RARER, DEEPEST_LIFT)):
        assert contrast(tuple(blended(colour, page, alpha)), ink) >= 4.5
    for colour in (accent, RARER):
        assert contrast(colour, page) >= 3


def test_the_curve_ends_with_its_number_and_starts_at_zero():
    figure = figures.saturation_curve(EXAMPLE["saturation"])
    last = EXAMPLE["saturation"].iloc[-1]
    assert (
        " ".join(said(figure))
        .replace("\n", " ")
        .count(f"{last['cumulative_codes']:.0f} codes in {last['number']:.0f} documents")
    )
    assert figure.axes[0].get_xlim()[0] == figure.axes[0].get_ylim()[0] == 0
    assert "band" in figure.axes[0].get_title(loc="left")
    assert "band" not in figures.saturation_curve(curves()).axes[0].get_title(loc="left")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.role_types(COMPARISON.drop(columns="coded"), BOOK.codes), "needs the column 'coded'"),
        (lambda: figures.role_types(COMPARISON.iloc[:0], BOOK.codes), "without rows"),
        (lambda: figures.role_types(COMPARISON.assign(coded="primry"), BOOK.codes), "Did you mean 'primary'"),
        (lambda: figures.role_types(COMPARISON.assign(role="nurse_associate"), BOOK.codes), "'nursing_associate'"),
        (lambda: figures.role_types(COMPARISON, BOOK.codes.iloc[:3]), "Unknown code: 'SMC-SUB-VER'"),
        (lambda: figures.crosswalk(CROSSWALK.assign(relation="same")), "Unknown relation: 'same'"),
        (lambda: figures.crosswalk(CROSSWALK, BOOK.codes.iloc[:3]), "Unknown code"),
        (lambda: figures.agreement_panel(EXAMPLE["one code"].assign(statistic="kappa")), "is there twice"),
        (lambda: figures.agreement_panel(EXAMPLE["one code"].iloc[[0]].assign(statistic="kapa")), "Unknown statistic"),
        (lambda: figures.agreement_by_code(EXAMPLE["per code"], "gwet_ac"), "Did you mean 'gwet_ac1'"),
        (lambda: figures.agreement_by_code(pd.concat([EXAMPLE["per code"]] * 2)), "is there twice"),
        (lambda: figures.agreement_by_unit_panel(BY_UNIT, ["cohen_kappa"]), "no statistic 'cohen_kappa'"),
        (lambda: figures.agreement_by_unit_panel(BY_UNIT, code="cure"), "Did you mean 'care'"),
        (lambda: figures.agreement_by_unit_panel(pd.concat([BY_UNIT, BY_UNIT.assign(code="b")])), "2 codes; choose one"),
        (lambda: figures.coder_drift(EXAMPLE["drift"].assign(value=np.nan)), "No coder has a value"),
        (lambda: figures.coder_drift(pd.concat([EXAMPLE["drift"]] * 2)), "is there twice in round 1"),
        (lambda: figures.coder_drift(EXAMPLE["drift"].assign(statistic=[*"ab" * 7, "a"])), "has 2: a, b"),
        (lambda: figures.confusion_map(EXAMPLE["confusion"], most=1), "at least 2 codes"),
        (lambda: figures.confusion_map(EXAMPLE["confusion"], most=25), "up to 20 codes"),
        (lambda: figures.confusion_map(EXAMPLE["confusion"].iloc[:0]), "without rows"),
        (lambda: figures.conclusion_by_choice(pd.concat([EXAMPLE["choices"]] * 2)), "'majority' twice"),
        (lambda: figures.cooccurrence_map(PAIRS), "up to 20 codes"),
        (lambda: figures.cooccurrence_map(PAIRS, codes=["timelines", "safety"]), "Did you mean 'timeliness'"),
        (lambda: figures.cooccurrence_map(PAIRS, codes=["timeliness"]), "at least two codes"),
        (lambda: figures.saturation_curve(pd.concat([EXAMPLE["saturation"]] * 2)), "is there twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_in_words(call, message):
    with pytest.raises(InputError, match=message):
        call()
