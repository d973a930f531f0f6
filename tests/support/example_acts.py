"""The acts of the invented example study and what was planted, read once for all test files."""

from functools import cache
from typing import Any

import numpy as np

from newroles.boundary_work.acts import BoundaryActs, acts_of_study
from newroles.datasets import Study, load_study
from newroles.datasets.places import data_folder
from newroles.simulate import read_truth


@cache
def example_study() -> Study:
    return load_study("example_study")


@cache
def example_acts() -> BoundaryActs:
    return acts_of_study(example_study(), np.random.default_rng(1), n_boot=100)


@cache
def planted_acts() -> dict[str, Any]:
    """By team, by segment, and the chances that an act is an answer."""
    acts: dict[str, Any] = read_truth(data_folder() / "example_study")["acts"]
    return acts
