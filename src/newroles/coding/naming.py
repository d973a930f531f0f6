"""How are categories, units and coders written in messages and tables?"""

from __future__ import annotations

import numpy as np


def label(category: object) -> str:
    """A category as a reader would write it: 1 rather than 1.0, {a, b} for a label set.

    >>> label(1.0), label(frozenset({"b", "a"})), label("delegation")
    ('1', '{a, b}', 'delegation')
    """
    if isinstance(category, frozenset):
        return "{" + ", ".join(sorted(map(str, category))) + "}"
    return f"{category:g}" if isinstance(category, (float, np.floating)) else str(category)


def quoted(name: object) -> str:
    """A name in quotes when it is text, so that the text '1' differs from the number 1.

    >>> import numpy as np
    >>> quoted("1"), quoted(np.int64(1))
    ("'1'", '1')
    """
    return repr(str(name)) if isinstance(name, str) else str(name)
