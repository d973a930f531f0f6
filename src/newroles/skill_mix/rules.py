"""The rules by which recorded features of a role suggest a kind of skill-mix change: data to read, change and test."""

from __future__ import annotations

import pandas as pd

from newroles.errors import InputError, did_you_mean

# what a feature can be, and how it reads in a sentence; blank is read as unclear
FEATURES: dict[str, dict[str, str]] = {
    "worker": {
        "new_worker": "a type of worker that is new",
        "existing_profession": "a profession that exists",
        "unclear": "unclear whether the worker or only the work is new",
    },
    "direction": {
        "down": "tasks pass down, from a group with longer training or more power",
        "up": "tasks pass up, to a group with longer training or more power",
        "across": "tasks pass between groups of similar training",
        "none": "no task is taken from anyone",
        "unclear": "unclear which way tasks pass",
    },
    "same_discipline": {
        "yes": "within one discipline",
        "no": "across the line between disciplines",
        "unclear": "unclear whether within one discipline",
    },
    "deepens": {
        "yes": "a group's own work gains depth",
        "no": "no group's own work gains depth",
        "unclear": "unclear whether work gains depth",
    },
    "new_setting": {
        "yes": "the work is done in a setting that is new for it",
        "no": "the setting is not new",
        "unclear": "unclear whether the setting is new",
    },
    "unowned_work": {
        "yes": "the work was nobody's before",
        "no": "the work was another group's before",
        "unclear": "unclear whose work it was",
    },
}
RULE_COLUMNS = ["rule", "when", "code", "source"]

_SIBBALD = "https://doi.org/10.1258/135581904322724112"
_NANCARROW = "https://doi.org/10.1111/j.1467-9566.2005.00463.x"
_OURS = "our working rule"
_RULES = (
    ("down_within_discipline", "direction=down; same_discipline=yes", "SMC-DEL", _SIBBALD),
    ("down_or_up_across_disciplines", "direction=down|up; same_discipline=no", "SMC-SUB-VER", _NANCARROW),
    ("across_disciplines_alike", "direction=across; same_discipline=no", "SMC-SUB-HOR", _NANCARROW),
    ("own_work_deepens", "worker=existing_profession; deepens=yes", "SMC-ENH", _SIBBALD),
    ("unowned_work_taken_up", "worker=existing_profession; unowned_work=yes", "SMC-DIV", _NANCARROW),
    ("new_type_of_worker", "worker=new_worker", "SMC-INN", _SIBBALD),
    ("another_disciplines_tasks", "direction=unclear; same_discipline=no", "SMC-SUB", _SIBBALD),
    ("new_workers_in_new_setting", "worker=new_worker; new_setting=yes", "SMC-TRA", _SIBBALD),
    ("same_workers_in_new_setting", "worker=existing_profession; new_setting=yes", "SMC-REL", _SIBBALD),
    (
        "nothing_changes",
        "worker=existing_profession; direction=none; deepens=no; new_setting=no; unowned_work=no",
        "SMC-NONE",
        _OURS,
    ),
    ("", "", "SMC-UNCLEAR", _OURS),
)


def default_rules() -> pd.DataFrame:
    """By which rules do recorded features suggest a code of our codebook skill_mix_change?

    Rules stand in order: the first that fires for a role is proposed as its primary kind, later ones as secondary. Each
    is our working reading of the definition that its source names, as far as features can tell: they can't tell
    specialisation from other enhancement, nor see liaison, so that no rule proposes these; and whether a service was
    handed over (transfer) or its staff only see people elsewhere (relocation) they guess from whether the worker is new.

    Returns one row a rule: rule (its name; blank for the row that says what to propose when no rule fires), when
    (feature=value, several joined by "; ", values of which any will do joined by "|"), code, source.

    >>> default_rules().set_index("rule").loc["down_within_discipline", ["when", "code"]].tolist()
    ['direction=down; same_discipline=yes', 'SMC-DEL']
    """
    return pd.DataFrame(_RULES, columns=RULE_COLUMNS).astype("str")


def conditions(when: str, rule: str = "") -> dict[str, list[str]]:
    """What does a rule ask of each feature? The values of which any will do, by feature.

    Raises InputError, naming the rule, when `when` can't be read or asks for a value that a known feature can't have.

    >>> conditions("direction=down|up; same_discipline=no")
    {'direction': ['down', 'up'], 'same_discipline': ['no']}
    """
    wanted: dict[str, list[str]] = {}
    for part in when.split(";"):
        feature, sign, values = (text.strip() for text in part.partition("="))
        options = [value.strip() for value in values.split("|")]
        if not (feature and sign and all(options)):
            raise InputError(f"Rule '{rule}': can't read '{part.strip()}'; write feature=value or feature=value|value.")
        if feature in wanted:
            raise InputError(f"Rule '{rule}' asks twice for {feature}; join the values by |, as in {feature}=a|b.")
        known = FEATURES.get(feature, {})
        for value in options:
            if known and value not in known:
                raise InputError(f"Rule '{rule}': {feature} can't be '{value}'. {did_you_mean(value, known)}")
        wanted[feature] = options
    return wanted


def checked_rules(rules: pd.DataFrame) -> pd.DataFrame:
    """These rules, with blanks as ""; the first column to be wrong is named.

    Raises InputError for a missing column, a rule without code, a name given twice, a rule without name or `when` beside
    the one that says what to propose when no rule fires, and a `when` that can't be read.
    """
    missing = [column for column in RULE_COLUMNS[:3] if column not in rules]
    if missing:
        raise InputError(f"The rules lack the column {missing[0]}. They need {', '.join(RULE_COLUMNS[:3])}.")
    table = rules.reset_index(drop=True).fillna("").astype("str")
    for number, row in enumerate(table.to_dict("records"), start=1):
        if not row["code"].strip():
            raise InputError(f"Rule number {number} ('{row['rule']}') has no code.")
        if bool(row["rule"].strip()) != bool(row["when"].strip()):
            raise InputError(
                f"Rule number {number} has {'a name' if row['rule'].strip() else 'a condition'} but no "
                f"{'condition' if row['rule'].strip() else 'name'}; only the row for when no rule fires has neither."
            )
        if row["when"].strip():
            conditions(row["when"], row["rule"])
    twice = table.loc[table["rule"].duplicated(), "rule"]
    if len(twice):
        raise InputError(f"The rules have two rows named '{twice.iloc[0]}'; each rule needs a name of its own.")
    return table
