"""An invented study with a known truth: what an analyst copies to see a full study, and what proves the methods.

Small parts, each drawing from a random stream of its own, so that a further part changes nothing in the others:
trusts and who answers, role variants, adoption, titles, sources and reports, title decisions; teams, contexts, outcomes,
people, tasks, ties, encounters, competencies, acts and how they were coded.
"""

from newroles.simulate.assembly import SimulatedStudy, study
from newroles.simulate.context_recovery import recover_contexts
from newroles.simulate.effect_recovery import recover_effects
from newroles.simulate.folder import EXAMPLE_SEED, EXAMPLE_TRUSTS, read_truth, truth_file, write, write_example
from newroles.simulate.parameters import describe_spec
from newroles.simulate.planted import planted
from newroles.simulate.recipe_recovery import recover_recipes
from newroles.simulate.recovery import recover_totals
from newroles.simulate.spec import StudySpec, regional_shape

__all__ = [
    "EXAMPLE_SEED",
    "EXAMPLE_TRUSTS",
    "SimulatedStudy",
    "StudySpec",
    "describe_spec",
    "planted",
    "read_truth",
    "recover_contexts",
    "recover_effects",
    "recover_recipes",
    "recover_totals",
    "regional_shape",
    "study",
    "truth_file",
    "write",
    "write_example",
]
