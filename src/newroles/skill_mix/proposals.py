"""What a role's recorded features suggest, and which rule says so: a prompt to the coder, never a decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.skill_mix.rules import FEATURES, checked_rules, conditions, default_rules

PROPOSAL_COLUMNS = ["role", "code", "rule", "because", "proposed_as", "decided"]


def propose_types(features: pd.DataFrame, rules: pd.DataFrame | None = None) -> pd.DataFrame:
    """Which kinds of skill-mix change do a role's recorded features suggest, and by which rule?

    This decides nothing: a proposal says which words of the record made which rule fire, and a coder who has read the
    description takes it or leaves it. `decided` is False in every row.

    `features`: one row a role: role, and the features that the rules name. Those of our own rules are worker
    (new_worker, existing_profession), direction (which way tasks pass: down, up, across, none), same_discipline,
    deepens, new_setting and unowned_work (yes, no); each may be unclear, and blank is read as unclear. tasks_from (ids
    of roles, joined by ";"), when there, is told in `because`. `rules`: see `default_rules`, which is taken when none are
    given; any codebook's codes and any further column of `features` will do.

    Returns one row for each role and rule that fired, roles in their order, rules in theirs: role, code, rule, because
    (the features that made it fire, in words), proposed_as (primary for the first rule that fired, else secondary),
    decided (False). A code that several rules propose stands once, by the first. A role for which none fired has the code
    of the rules' row without a name (unclear), with rule blank; without such a row it has none.

    Raises InputError for a feature that the rules name and the table lacks, a value that a feature can't have, a role
    given twice or blank, and rules that can't be read.

    >>> features = pd.DataFrame({"role": ["nursing_associate"], "worker": ["new_worker"], "direction": ["down"],
    ...     "same_discipline": ["yes"], "deepens": ["no"], "new_setting": [""], "unowned_work": ["no"]})
    >>> propose_types(features)[["code", "rule", "proposed_as"]].values.tolist()
    [['SMC-DEL', 'down_within_discipline', 'primary'], ['SMC-INN', 'new_type_of_worker', 'secondary']]
    """
    table = checked_rules(default_rules() if rules is None else rules)
    named = table[table["rule"] != ""]
    asked = {row["rule"]: conditions(row["when"], row["rule"]) for row in named.to_dict("records")}
    records = _checked_features(features, {feature for wanted in asked.values() for feature in wanted})
    otherwise = table.loc[table["rule"] == "", "code"].tolist()
    rows: list[tuple[str, str, str, str, str, bool]] = []
    for record in records.to_dict("records"):
        fired: dict[str, str] = {}
        for rule, code in zip(named["rule"], named["code"], strict=True):
            if code not in fired and all(record[feature] in values for feature, values in asked[rule].items()):
                fired[code] = rule
        for place, (code, rule) in enumerate(fired.items()):
            because = _in_words(record, list(asked[rule]))
            rows.append((record["role"], code, rule, because, "secondary" if place else "primary", False))
        if not fired and otherwise:
            known = [feature for feature in records.columns if feature in FEATURES]
            because = f"no rule fires: {_in_words(record, known)}"
            rows.append((record["role"], otherwise[0], "", because, "primary", False))
    proposals = pd.DataFrame(rows, columns=PROPOSAL_COLUMNS)
    return proposals.astype({**dict.fromkeys(PROPOSAL_COLUMNS[:-1], "str"), "decided": bool})


def _checked_features(features: pd.DataFrame, asked: set[str]) -> pd.DataFrame:
    for column in ["role", *sorted(asked)]:
        if column not in features:
            raise InputError(
                f"The features lack the column {column}, which the rules ask for. "
                f"{did_you_mean(column, map(str, features.columns))}"
            )
    table = features.astype("str").fillna("").apply(lambda column: column.str.strip()).reset_index(drop=True)
    if (table["role"] == "").any():
        raise InputError(f"Features, row {int((table['role'] == '').to_numpy().argmax()) + 1}: the role is blank.")
    twice = table.loc[table["role"].duplicated(), "role"]
    if len(twice):
        raise InputError(f"The features have two rows for the role '{twice.iloc[0]}'; each role needs one.")
    for feature in [column for column in table if column in FEATURES]:
        table[feature] = table[feature].replace("", "unclear")
        for role, value in zip(table["role"], table[feature], strict=True):
            if value not in FEATURES[feature]:
                raise InputError(
                    f"Features of '{role}': {feature} can't be '{value}'. {did_you_mean(value, FEATURES[feature])}"
                )
    return table


def _in_words(record: Mapping[Any, str], features: list[str]) -> str:
    """These features of a role as a sentence would say them; whose tasks pass follows the direction."""
    words = []
    for feature in features:
        value = record[feature]
        phrase = FEATURES.get(feature, {}).get(value, f"{feature.replace('_', ' ')} is {value or 'blank'}")
        givers = [role.strip().replace("_", " ") for role in record.get("tasks_from", "").split(";") if role.strip()]
        if feature == "direction" and value != "none" and givers:
            phrase += f" (tasks of: {', '.join(givers)})"
        words.append(phrase)
    return "; ".join(words)
