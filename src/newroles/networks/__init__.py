"""Who works with whom across role boundaries: networks, mixing, brokerage, permutation tests, regression, change."""

from newroles.networks.network import RoleNetwork, build

__all__ = [
    "RoleNetwork",
    "build",
]
