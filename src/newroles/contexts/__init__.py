"""Contexts: indicators of culture, service and profession made into scales, and how services function in them.

`constructs` makes scales and says how reliable they are; `fit_functioning` relates functioning to them with intervals
that know of few trusts (`cr2`, `wild_cluster_bootstrap`); `multiple_imputation` keeps units with blanks;
`leave_one_trust_out` shows if a finding hangs on one trust. What comes out are relations among teams or trusts: they
don't say that changing a context would change functioning, nor that what holds between trusts holds within them.
"""

from newroles.contexts.constructs import Constructs, constructs
from newroles.contexts.functioning import (
    TeamContexts,
    effects_by_measure,
    effects_by_method,
    effects_without_each_trust,
    largest_effect,
    team_contexts,
)
from newroles.contexts.imputation import impute, multiple_imputation, pool
from newroles.contexts.influence import leave_one_trust_out
from newroles.contexts.models import fit_functioning
from newroles.contexts.pairs import (
    ChanceCheck,
    by_date,
    fit_pairs,
    pair_without_each,
    pairs_without_each,
    shuffled_pairs,
)
from newroles.contexts.panel import between_and_within, within_between
from newroles.contexts.pooling import lasting_differences, pool_shares, pooled_means
from newroles.contexts.therapies import TherapiesPanel, therapies_panel, yearly_spread
from newroles.contexts.told import (
    alpha_in_words,
    coverage_in_words,
    largest_in_words,
    methods_in_words,
    turns_in_words,
    under_rule,
    without_counts,
)
from newroles.contexts.trusts import SICKNESS, TrustPanel, trust_panel, with_names
from newroles.contexts.words import other_date_in_words, pairs_in_words
from newroles.few_clusters.robust import cr2
from newroles.few_clusters.wild import wild_cluster_bootstrap, wild_cluster_interval

__all__ = [
    "SICKNESS",
    "ChanceCheck",
    "Constructs",
    "TeamContexts",
    "TherapiesPanel",
    "TrustPanel",
    "alpha_in_words",
    "between_and_within",
    "by_date",
    "constructs",
    "coverage_in_words",
    "cr2",
    "effects_by_measure",
    "effects_by_method",
    "effects_without_each_trust",
    "fit_functioning",
    "fit_pairs",
    "impute",
    "largest_effect",
    "largest_in_words",
    "lasting_differences",
    "leave_one_trust_out",
    "methods_in_words",
    "multiple_imputation",
    "other_date_in_words",
    "pair_without_each",
    "pairs_in_words",
    "pairs_without_each",
    "pool",
    "pool_shares",
    "pooled_means",
    "shuffled_pairs",
    "team_contexts",
    "therapies_panel",
    "trust_panel",
    "turns_in_words",
    "under_rule",
    "wild_cluster_bootstrap",
    "wild_cluster_interval",
    "with_names",
    "within_between",
    "without_counts",
    "yearly_spread",
]
