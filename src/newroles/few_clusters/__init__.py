"""How sure are estimates when rows come in clusters, and the clusters are few? For every room that has trusts or teams."""

from newroles.few_clusters.clustered_shares import MIN_TEAMS, cluster_of, clustered_shares, totals_by_cluster
from newroles.few_clusters.clusters import Clusters, Floats, Integers, cluster_numbers, members
from newroles.few_clusters.collinear import dependent_columns
from newroles.few_clusters.robust import cr2, linearised
from newroles.few_clusters.wild import wild_cluster_bootstrap, wild_cluster_interval

__all__ = [
    "MIN_TEAMS",
    "Clusters",
    "Floats",
    "Integers",
    "cluster_numbers",
    "cluster_of",
    "clustered_shares",
    "cr2",
    "dependent_columns",
    "linearised",
    "members",
    "totals_by_cluster",
    "wild_cluster_bootstrap",
    "wild_cluster_interval",
]
