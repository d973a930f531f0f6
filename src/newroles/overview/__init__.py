"""The national picture, always with its coverage: what the trusts that answered can and can't say about all trusts."""

from newroles.overview.adoption import adjusted_weights, adopters, adoption
from newroles.overview.arrival import adoption_curve, adoption_curves_of, arrivals
from newroles.overview.combinations import combinations, combinations_in_trusts
from newroles.overview.comparisons import (
    adoption_side_by_side,
    posts_by_trust,
    roles_in_trusts,
    too_narrow,
    trusts_by_definition,
)
from newroles.overview.frame import size_groups
from newroles.overview.funnel import funnel_limits, funnels, spread_between
from newroles.overview.intervals import (
    bounds,
    finite_population_interval,
    finite_population_wilson,
    poisson_interval,
    small_count_rates,
)
from newroles.overview.kinds import kinds_by_region, kinds_in_words, kinds_side_by_side, kinds_together
from newroles.overview.measures import (
    MEASURE_SIDES,
    measure_map,
    measures_by_trust,
    middle_sized_trust,
    trust_sizes,
    trust_values,
)
from newroles.overview.peers import beside_peers, mixed_by_chance, peers_of, positions_by_measure, trust_profile
from newroles.overview.published import advertised_roles, dated_numbers, national_targets
from newroles.overview.regions import ALL_REGIONS, REGIONS, roles_by_region
from newroles.overview.response import (
    coverage_words,
    difference_in_response,
    participation,
    region_ranges,
    response_by,
    response_by_group,
    response_by_size,
    what_answers_carry,
)
from newroles.overview.survey import survey_estimates
from newroles.overview.weights import (
    Adjustment,
    calibrate,
    population_counts,
    post_stratify,
    rake,
    response_weights,
)

__all__ = [
    "ALL_REGIONS",
    "MEASURE_SIDES",
    "REGIONS",
    "Adjustment",
    "adjusted_weights",
    "adopters",
    "adoption",
    "adoption_curve",
    "adoption_curves_of",
    "adoption_side_by_side",
    "advertised_roles",
    "arrivals",
    "beside_peers",
    "bounds",
    "calibrate",
    "combinations",
    "combinations_in_trusts",
    "coverage_words",
    "dated_numbers",
    "difference_in_response",
    "finite_population_interval",
    "finite_population_wilson",
    "funnel_limits",
    "funnels",
    "kinds_by_region",
    "kinds_in_words",
    "kinds_side_by_side",
    "kinds_together",
    "measure_map",
    "measures_by_trust",
    "middle_sized_trust",
    "mixed_by_chance",
    "national_targets",
    "participation",
    "peers_of",
    "poisson_interval",
    "population_counts",
    "positions_by_measure",
    "post_stratify",
    "posts_by_trust",
    "rake",
    "region_ranges",
    "response_by",
    "response_by_group",
    "response_by_size",
    "response_weights",
    "roles_by_region",
    "roles_in_trusts",
    "size_groups",
    "small_count_rates",
    "spread_between",
    "survey_estimates",
    "too_narrow",
    "trust_profile",
    "trust_sizes",
    "trust_values",
    "trusts_by_definition",
    "what_answers_carry",
]
