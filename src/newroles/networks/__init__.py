"""Who works with whom across role boundaries: networks, mixing, brokerage, permutation tests, regression, change."""

from newroles.networks.bridges import betweenness, bridges, structural_holes
from newroles.networks.brokerage import brokerage, brokerage_between, brokerage_by
from newroles.networks.change import MEASURES, change
from newroles.networks.contacts import contact_events, handovers, role_table
from newroles.networks.core_periphery import CorePeriphery, core_periphery
from newroles.networks.diversity import role_diversity
from newroles.networks.ei import ei_index
from newroles.networks.ergm import DyadModel, ergm
from newroles.networks.exchange import read_network, read_relations, write_network
from newroles.networks.explained import (
    TERMS,
    explained_ties,
    explanation,
    misfit_in_words,
    notes_in_words,
    second_opinion,
)
from newroles.networks.families import with_families
from newroles.networks.goodness import goodness_of_fit
from newroles.networks.last_contacts import contacts_in_last_wave
from newroles.networks.matrices import difference, from_ties, receiver, same, sender
from newroles.networks.missing import (
    ei_of,
    nonresponse,
    reconstruct,
    returned_among_answered,
    sensitivity,
    share_across_bounds,
)
from newroles.networks.mixing import mixing, mixing_matrix
from newroles.networks.mrqap import mrqap
from newroles.networks.network import RoleNetwork, build
from newroles.networks.newcomers import newcomers, newcomers_compared, newcomers_in_words
from newroles.networks.pairs import ei_of_pairs, mixing_of_pairs
from newroles.networks.permutation import compare_with_null, null_distribution
from newroles.networks.places import bridges_in_counts, places_in_network
from newroles.networks.projection import co_presence, two_mode
from newroles.networks.qap import qap_correlation
from newroles.networks.relations import overlap_of_relations, permeability, reciprocity
from newroles.networks.removal import removal
from newroles.networks.rewiring import degree_preserving
from newroles.networks.role_contacts import contacts_in_teams
from newroles.networks.segregation import (
    assortativity,
    assortativity_numeric,
    coleman,
    gamix,
    odds_ratio_within,
    segregation,
)
from newroles.networks.study_waves import (
    MUTUAL,
    boundary_by_relation,
    comparable_waves,
    complete_teams,
    known_columns,
    only_within,
    overlap_in_wave,
    relation_and_waves,
    relation_in_wave,
    share_followed,
    teams_with_total,
)
from newroles.networks.teams import share_across_by_team
from newroles.networks.turnover import turnover
from newroles.networks.words import (
    against_chance_in_words,
    answered_in_words,
    boundary_in_words,
    bounds_in_words,
    brokers_in_words,
    brokers_title,
    change_in_words,
    change_title,
    comparison_in_words,
    gone_in_words,
    mixing_title,
    new_ties_in_words,
    parts_in_words,
    returned_in_words,
    rewired_in_words,
    shift_in_words,
    stayed_in_words,
    supervision_in_words,
)

__all__ = [
    "MEASURES",
    "MUTUAL",
    "TERMS",
    "CorePeriphery",
    "DyadModel",
    "RoleNetwork",
    "against_chance_in_words",
    "answered_in_words",
    "assortativity",
    "assortativity_numeric",
    "betweenness",
    "boundary_by_relation",
    "boundary_in_words",
    "bounds_in_words",
    "bridges",
    "bridges_in_counts",
    "brokerage",
    "brokerage_between",
    "brokerage_by",
    "brokers_in_words",
    "brokers_title",
    "build",
    "change",
    "change_in_words",
    "change_title",
    "co_presence",
    "coleman",
    "comparable_waves",
    "compare_with_null",
    "comparison_in_words",
    "complete_teams",
    "contact_events",
    "contacts_in_last_wave",
    "contacts_in_teams",
    "core_periphery",
    "degree_preserving",
    "difference",
    "ei_index",
    "ei_of",
    "ei_of_pairs",
    "ergm",
    "explained_ties",
    "explanation",
    "from_ties",
    "gamix",
    "gone_in_words",
    "goodness_of_fit",
    "handovers",
    "known_columns",
    "misfit_in_words",
    "mixing",
    "mixing_matrix",
    "mixing_of_pairs",
    "mixing_title",
    "mrqap",
    "new_ties_in_words",
    "newcomers",
    "newcomers_compared",
    "newcomers_in_words",
    "nonresponse",
    "notes_in_words",
    "null_distribution",
    "odds_ratio_within",
    "only_within",
    "overlap_in_wave",
    "overlap_of_relations",
    "parts_in_words",
    "permeability",
    "places_in_network",
    "qap_correlation",
    "read_network",
    "read_relations",
    "receiver",
    "reciprocity",
    "reconstruct",
    "relation_and_waves",
    "relation_in_wave",
    "removal",
    "returned_among_answered",
    "returned_in_words",
    "rewired_in_words",
    "role_diversity",
    "role_table",
    "same",
    "second_opinion",
    "segregation",
    "sender",
    "sensitivity",
    "share_across_bounds",
    "share_across_by_team",
    "share_followed",
    "shift_in_words",
    "stayed_in_words",
    "structural_holes",
    "supervision_in_words",
    "teams_with_total",
    "turnover",
    "two_mode",
    "with_families",
    "write_network",
]
