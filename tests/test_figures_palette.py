"""The palette: contrast with both pages and what is drawn on them, apart for colour-blind readers, one look a role that never changes."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from newroles.datasets import load_codebook
from newroles.errors import InputError
from newroles.figures.cells import Cell, draw_cell
from newroles.figures.overview import adoption_chart
from newroles.figures.palette import EXISTING_ROLE_COLOUR, FAMILY_COLOURS, MARKERS, role_style, role_styles
from newroles.figures.style import ACCENT, INK, MUTED, SHADE
from newroles.figures.svg import VARIABLES, inline_svg

WHITE, DARK = "#ffffff", "#14181e"  # the page of the theme, light and dark
COLOURS = [*FAMILY_COLOURS.values(), EXISTING_ROLE_COLOUR]
ROLES = [f"--nr-role-{family.replace('_', '-')}" for family in FAMILY_COLOURS] + ["--nr-role-existing"]
STYLE_SHEET = (Path(__file__).resolve().parents[1] / "book" / "_static" / "newroles.css").read_text(encoding="utf-8")
BAND = 0.13  # how opaque the band around a role's curve is (figures.overview_curves)


def page(selector: str) -> dict[str, str]:
    """What the style sheet puts in the place of the colours of the house style."""
    body = re.search(re.escape(selector) + r"\s*\{([^}]*)\}", STYLE_SHEET)
    assert body, selector
    return dict(re.findall(r"(--nr-[\w-]+):\s*(#[0-9a-f]{6})", body.group(1)))


PAGES = {
    name: page(selector)
    for name, selector in {
        "light": ":root",
        "dark, chosen": 'html[data-theme="dark"]',
        "dark, by the system": "html:not([data-theme])",
        "paper": "html, html[data-theme]",
    }.items()
}

# Machado, Oliveira and Fernandes 2009, table 1, severity 1.0 (linear RGB)
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, 'contrast ratio'."""
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def over(colour: str, opacity: float, paper: str) -> str:
    """A colour laid over another one, as browsers do it (in sRGB)."""
    one, other = (np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in (colour, paper))
    return "#" + "".join(f"{round(channel):02x}" for channel in opacity * one + (1 - opacity) * other)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE 1976 L*a*b*, white D65."""
    xyz = TO_XYZ @ rgb.clip(0, 1) / TO_XYZ.sum(axis=1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def register(*rows: tuple[str, str, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["id", "family", "new"])


def test_the_measures_give_known_answers():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)  # WCAG 2.2: black on white
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # WebAIM's contrast checker
    assert lab(linear("#ff0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.05)  # Lindbloom's colour calculator
    for matrix in VISION.values():
        assert matrix @ np.ones(3) == pytest.approx(np.ones(3), abs=1e-5)  # white stays white


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("under", [WHITE, DARK])
def test_without_a_style_sheet_every_colour_stands_out_from_both_pages(colour, under):
    assert contrast(colour, under) >= 3  # WCAG 2.2, 1.4.11 Non-text contrast


@pytest.mark.parametrize("name", PAGES)
def test_every_role_stands_out_from_all_that_it_is_drawn_on(name):
    """WCAG 2.2, 1.4.11: at least 3:1 with the page, with a pale bar on it, and with the band of its own curve."""
    colours = PAGES[name]
    for role in ROLES:
        own = colours[role]
        for under in (colours["--nr-paper"], colours["--nr-shade"], over(own, BAND, colours["--nr-paper"])):
            assert contrast(own, under) >= 3, (role, under)


@pytest.mark.parametrize("name", PAGES)
def test_words_and_other_marks_stand_out_too(name):
    colours = PAGES[name]
    for under in (colours["--nr-paper"], colours["--nr-shade"]):
        assert contrast(colours["--nr-accent"], under) >= 3
        for words in ("--nr-ink", "--nr-muted"):
            assert contrast(colours[words], under) >= 4.5  # WCAG 2.2, 1.4.3 Contrast (minimum)


@pytest.mark.parametrize("name", PAGES)
def test_the_number_in_a_cell_stands_out_from_its_deepest_shade(name):
    ax = Figure().subplots()
    draw_cell(ax, 0, 0, 1, 1, Cell("shown", 1, 1, 1.0))
    colours, deepest = PAGES[name], ax.patches[0].get_alpha()
    shade = over(colours["--nr-accent"], deepest, colours["--nr-paper"])
    assert contrast(colours["--nr-ink"], shade) >= 4.5


def test_a_light_page_and_paper_have_the_colours_of_the_house_style():
    """Each colour is replaced by a variable whose own value on a light page, and for want of one, is that colour."""
    for colour in [*COLOURS, INK, MUTED, SHADE, ACCENT]:
        variable = re.match(r"var\((--[\w-]+)", VARIABLES[colour]).group(1)
        assert PAGES["light"][variable] == PAGES["paper"][variable] == colour
    assert {re.match(r"var\((--[\w-]+)", VARIABLES[colour]).group(1) for colour in COLOURS} == set(ROLES)


def test_a_role_follows_the_page_to_its_last_mark():
    table = pd.DataFrame({"role": ["nursing_associate"], "x": 19, "n": 31, "N": 51, "estimate": 0.6, "low": 0.5,
                          "high": 0.7, "bound_low": 0.4, "bound_high": 0.8})  # fmt: skip
    svg = inline_svg(adoption_chart(table), "p", "title", "description")
    colour = role_style("nursing_associate").colour
    assert svg.count(f"var(--nr-role-nursing, {colour})") == svg.count(colour) >= 3  # dot, whisker and its ends


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("vision", VISION)
def test_any_two_colours_stay_apart(vision, name):
    """CIE76 of 2.3 is just noticeable; we ask for eight times as much, and more for common vision."""
    least = 30 if vision == "normal" else 18
    for one, other in combinations([PAGES[name][role] for role in ROLES], 2):
        distance = np.linalg.norm(lab(VISION[vision] @ linear(one)) - lab(VISION[vision] @ linear(other)))
        assert distance >= least, (vision, one, other)


def test_ink_is_readable_on_white():
    assert contrast(INK, WHITE) >= 4.5
    assert contrast(MUTED, WHITE) >= 4.5
    assert contrast(ACCENT, WHITE) >= 4.5


def test_every_role_of_the_register_has_a_look_of_its_own():
    codes = load_codebook("roles").codes
    looks = [role_style(role) for role in codes["id"]]
    assert len(set(looks)) == len(codes)
    assert set(codes["family"]) <= set(FAMILY_COLOURS)
    existing = codes["new"].astype(str).str.lower() == "false"
    assert {looks[i].colour for i in np.flatnonzero(existing)} == {EXISTING_ROLE_COLOUR}
    assert EXISTING_ROLE_COLOUR not in {looks[i].colour for i in np.flatnonzero(~existing)}


def test_a_role_added_at_the_end_changes_no_other():
    before = load_codebook("roles").codes[["id", "family", "new"]]
    for family in (
        [*FAMILY_COLOURS, "a_new_family"] if before["family"].nunique() < len(FAMILY_COLOURS) else FAMILY_COLOURS
    ):
        after = pd.concat([before, register(("brand_new", family, True))], ignore_index=True)
        styles = role_styles(after)
        assert {role: styles[role] for role in before["id"]} == role_styles(before)


def test_markers_are_all_different():
    assert len(set(MARKERS)) == len(MARKERS)


def test_an_earlier_wave_counts_as_new_and_false_may_be_a_word():
    styles = role_styles(register(("str_worker", "nursing", "earlier_wave"), ("nurse", "nursing", "false")))
    assert styles["str_worker"].colour == FAMILY_COLOURS["nursing"]
    assert styles["nurse"].colour == EXISTING_ROLE_COLOUR


def test_an_unknown_role_is_named_with_its_nearest():
    with pytest.raises(InputError, match="Did you mean 'nursing_associate'"):
        role_style("nursing_asociate")


def test_more_families_than_colours_is_refused():
    rows = [(f"r{i}", f"family {i}", True) for i in range(len(FAMILY_COLOURS) + 1)]
    assert len(role_styles(register(*rows[:-1]))) == len(FAMILY_COLOURS)
    with pytest.raises(InputError, match="8 families of roles and the palette 7 colours"):
        role_styles(register(*rows))


def test_more_roles_in_a_family_than_markers_is_refused():
    rows = [(f"r{i}", "nursing", True) for i in range(len(MARKERS) + 1)]
    with pytest.raises(InputError, match=f"'r{len(MARKERS)}'"):
        role_styles(register(*rows))
