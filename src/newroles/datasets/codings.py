"""What the cells of a study's table codings mean, for every room that reads or writes them."""

from __future__ import annotations

import pandas as pd

# the coder of rows that say what was settled afterwards, and are nobody's own coding
ADJUDICATOR = "adjudication"
# the code applies; it applies and is the unit's primary one
APPLIES, PRIMARY = 1, 2


def yes_or_no(codings: pd.DataFrame) -> pd.DataFrame:
    """The same codings without the rank of a code, as agreement between coders and consensus read them.

    `codings`: the study's table. Returns it with value 1 where it was 2, in every row; nothing else changes.

    >>> yes_or_no(pd.DataFrame({"value": [2.0, 1.0, 0.0, None]}))["value"].tolist()
    [1.0, 1.0, 0.0, nan]
    """
    return codings.assign(value=codings["value"].mask(codings["value"].eq(PRIMARY), APPLIES))
