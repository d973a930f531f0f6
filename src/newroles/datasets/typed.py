"""Tables in the types of a study's schema, as `load_study` gives them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from newroles.datasets.schemas import table_schema

# by type of a schema's field: what a column is when it must be filled, and when it may be blank
_TYPES = {
    "integer": ("int64", "Int64"),
    "boolean": ("bool", "boolean"),
    "number": ("float64", "float64"),
    "date": ("datetime64[us]", "datetime64[us]"),
    "datetime": ("datetime64[us]", "datetime64[us]"),
}


def typed_table(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """What would this table be, had it been written to a study folder and loaded again?

    `name`: a table of a study folder; `table`: its rows, one column for each of the schema's that it has.

    Returns the schema's columns in its order, in the types of `load_study`: whole numbers int64, or Int64 in columns
    that may be blank; numbers float64; dates datetime64; yes and no bool; everything else text, with "" as missing.

    Raises InputError for a name that is no table of any study, KeyError for a column that the table lacks.

    >>> ties = pd.DataFrame({"wave": [1.0], "source": ["p1"], "target": ["p2"], "relation": ["advice"], "weight": [1]})
    >>> typed_table("ties", ties).dtypes.astype(str).to_dict()
    {'wave': 'int64', 'source': 'str', 'target': 'str', 'relation': 'str', 'weight': 'float64'}
    """
    schema = table_schema(name)
    wanted: dict[str, Any] = {}
    for field in schema.fields:
        required, optional = _TYPES.get(field.type, ("str", "str"))
        wanted[field.name] = required if field.required else optional
    typed = table[schema.columns].astype(wanted).reset_index(drop=True)
    texts = [column for column, kind in wanted.items() if kind == "str"]
    typed[texts] = typed[texts].mask(typed[texts] == "")
    return typed
