"""The palette: contrast with both pages, apart for colour-blind readers, one look a role that never changes."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from newroles.datasets import load_codebook
from newroles.errors import InputError
from newroles.figures.palette import EXISTING_ROLE_COLOUR, FAMILY_COLOURS, MARKERS, role_style, role_styles
from newroles.figures.style import ACCENT, INK, MUTED

WHITE, DARK = "#ffffff", "#14181e"  # the page of the theme, light and dark
COLOURS = [*FAMILY_COLOURS.values(), EXISTING_ROLE_COLOUR]

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
@pytest.mark.parametrize("page", [WHITE, DARK])
def test_every_colour_stands_out_from_both_pages(colour, page):
    assert contrast(colour, page) >= 3  # WCAG 2.2, 1.4.11 Non-text contrast


@pytest.mark.parametrize("vision", VISION)
def test_any_two_colours_stay_apart(vision):
    """CIE76 of 2.3 is just noticeable; we ask for eight times as much, and more for common vision."""
    least = 30 if vision == "normal" else 18
    for one, other in combinations(COLOURS, 2):
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
