"""Contexts: indicators of culture, service and profession made into scales, and how services function in them.

`constructs` makes scales and says how reliable they are; `fit_functioning` relates functioning to them with intervals
that know of few trusts (`cr2`, `wild_cluster_bootstrap`); `multiple_imputation` keeps units with blanks;
`leave_one_trust_out` shows if a finding hangs on one trust. What comes out are relations among teams or trusts: they
don't say that changing a context would change functioning, nor that what holds between trusts holds within them.
"""

from newroles.contexts.constructs import Constructs, constructs
from newroles.contexts.imputation import impute, multiple_imputation, pool
from newroles.contexts.influence import leave_one_trust_out
from newroles.contexts.models import fit_functioning
from newroles.contexts.robust import cr2
from newroles.contexts.wild import wild_cluster_bootstrap

__all__ = [
    "Constructs",
    "constructs",
    "cr2",
    "fit_functioning",
    "impute",
    "leave_one_trust_out",
    "multiple_imputation",
    "pool",
    "wild_cluster_bootstrap",
]
