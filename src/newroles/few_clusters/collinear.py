"""Which columns of a regression say the same thing?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from newroles.few_clusters.clusters import Floats

# a column whose remainder after the others is below this share of its size adds nothing to them
_SAME = 1e-8


def dependent_columns(x: Floats, names: Sequence[str]) -> list[str]:
    """Which columns can be worked out from those before them? One sentence each, naming both; none when all is well.

    `x`: rows x columns; `names`: the columns'.

    >>> dependent_columns(np.array([[1.0, 0, 2], [1, 1, 3], [1, 0, 2]]), ["one", "a", "a plus 2"])
    ["'a plus 2' follows from 'one', 'a'"]
    """
    found: list[str] = []
    kept: list[int] = []
    size = np.sqrt((x**2).sum(axis=0))
    # a triangle has the same dependences, and at most as many rows as columns
    unit: Floats = np.asarray(np.linalg.qr(x / np.where(size > 0, size, 1.0), mode="r"))
    for j, name in enumerate(names):
        if size[j] == 0:
            found.append(f"'{name}' is 0 in every row")
            continue
        weights = np.linalg.lstsq(unit[:, kept], unit[:, j], rcond=None)[0] if kept else np.empty(0)
        if np.linalg.norm(unit[:, j] - unit[:, kept] @ weights) > _SAME:
            kept.append(j)
        else:
            from_these = [f"'{names[i]}'" for i, weight in zip(kept, weights, strict=True) if abs(weight) > 1e-6]
            found.append(f"'{name}' follows from {', '.join(from_these)}")
    return found
