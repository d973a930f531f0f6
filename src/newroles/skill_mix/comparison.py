"""What coders gave a role beside what its recorded features suggest."""

from __future__ import annotations

import pandas as pd

OUTCOMES = ("agree", "differ", "only coded", "only proposed")


def compare_with_proposals(coding: pd.DataFrame, proposals: pd.DataFrame) -> pd.DataFrame:
    """Where do the coding and the rules' proposals agree, and where not?

    `coding`: one row for each role and code (see `code_roles`); `proposals`: see `propose_types`. Neither is the truth:
    rules see the recorded features alone, coders the whole description.

    Returns one row for each role and code that is coded or proposed, roles in the order of the coding, then those that
    are only proposed: role, code, coded (primary, secondary; "given" where the rank isn't said; "" when not coded),
    proposed (primary, secondary; "" when not proposed), outcome, rule, because. The outcome is agree (both, and not with
    different ranks), differ (both, but primary for one and secondary for the other), only coded, or only proposed.

    >>> coding = pd.DataFrame({"role": ["a", "a"], "code": ["X", "Y"], "given_as": ["primary", "secondary"]})
    >>> proposals = pd.DataFrame({"role": ["a"], "code": ["Y"], "rule": ["r"], "because": ["..."],
    ...     "proposed_as": ["primary"]})
    >>> compare_with_proposals(coding, proposals)["outcome"].tolist()
    ['only coded', 'differ']
    """
    coded = coding[["role", "code", "given_as"]].rename(columns={"given_as": "coded"})
    coded["coded"] = coded["coded"].replace("", "given")
    proposed = proposals[["role", "code", "proposed_as", "rule", "because"]].rename(columns={"proposed_as": "proposed"})
    order = {role: place for place, role in enumerate(dict.fromkeys([*coded["role"], *proposed["role"]]))}
    both = coded.merge(proposed, on=["role", "code"], how="outer", sort=False).fillna("")
    both["outcome"] = [_outcome(*ranks) for ranks in zip(both["coded"], both["proposed"], strict=True)]
    ranks = {"primary": 0, "given": 1, "secondary": 1, "": 2}
    both = both.assign(_role=both["role"].map(order), _coded=both["coded"].map(ranks), _not=both["proposed"].map(ranks))
    both = both.sort_values(["_role", "_coded", "_not"], kind="stable", ignore_index=True)
    return both[["role", "code", "coded", "proposed", "outcome", "rule", "because"]].astype("str")


def count_outcomes(comparison: pd.DataFrame) -> pd.DataFrame:
    """How often do coding and proposals agree, by code?

    `comparison`: see `compare_with_proposals`. Returns one row a code, in alphabetical order, and one column for each
    outcome: code, agree, differ, only coded, only proposed (roles).

    >>> count_outcomes(pd.DataFrame({"code": ["X", "X"], "outcome": ["agree", "only coded"]})).values.tolist()
    [['X', 1, 0, 1, 0]]
    """
    counts = pd.crosstab(comparison["code"], comparison["outcome"]).reindex(columns=list(OUTCOMES), fill_value=0)
    return counts.rename_axis(columns=None).reset_index()


def _outcome(coded: str, proposed: str) -> str:
    if not coded or not proposed:
        return "only coded" if coded else "only proposed"
    return "agree" if coded in ("given", proposed) else "differ"
