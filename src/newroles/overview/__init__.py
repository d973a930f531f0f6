"""The national picture, always with its coverage: what the trusts that answered can and can't say about all trusts."""

from newroles.overview.adoption import adjusted_weights, adopters, adoption
from newroles.overview.arrival import adoption_curve, arrivals
from newroles.overview.frame import size_groups
from newroles.overview.funnel import funnel_limits, spread_between
from newroles.overview.intervals import (
    bounds,
    finite_population_interval,
    finite_population_wilson,
    poisson_interval,
    small_count_rates,
)
from newroles.overview.published import advertised_roles, dated_numbers, national_targets
from newroles.overview.response import participation, region_ranges, response_by
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
    "Adjustment",
    "adjusted_weights",
    "adopters",
    "adoption",
    "adoption_curve",
    "advertised_roles",
    "arrivals",
    "bounds",
    "calibrate",
    "dated_numbers",
    "finite_population_interval",
    "finite_population_wilson",
    "funnel_limits",
    "national_targets",
    "participation",
    "poisson_interval",
    "population_counts",
    "post_stratify",
    "rake",
    "region_ranges",
    "response_by",
    "response_weights",
    "size_groups",
    "small_count_rates",
    "spread_between",
    "survey_estimates",
]
