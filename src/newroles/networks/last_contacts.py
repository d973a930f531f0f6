"""How much do the roles of each team work together by the study's last wave, if the study can tell?"""

from __future__ import annotations

import pandas as pd

from newroles.networks.network import build
from newroles.networks.role_contacts import contacts_in_teams
from newroles.networks.study_waves import MUTUAL, complete_teams, relation_in_wave

_COLUMNS = ["team", "role_a", "role_b", "contacts", "ties", "weight", "possible"]


def contacts_in_last_wave(
    people: pd.DataFrame | None, ties: pd.DataFrame | None, relation: str = "works_with", value: str = "density"
) -> tuple[pd.DataFrame, str]:
    """How much did the roles of each team work with each other when they were asked last?

    people, ties: a study's tables, None where it has none. relation: the one that is wanted; where it has no ties within
    teams in the last wave, the commonest that does. value: as for `contacts_in_teams`.

    Returns the table of `contacts_in_teams`, and a sentence: which relation and wave it is of, or, for a table without rows,
    why there is none.

    >>> people = pd.DataFrame({"wave": 1, "person": list("ab"), "role": ["nurse", "peer"], "team": "t"})
    >>> ties = pd.DataFrame({"wave": [1], "source": ["a"], "target": ["b"], "relation": ["advice"]})
    >>> table, said = contacts_in_last_wave(people, ties)
    >>> table["contacts"].tolist(), said
    ([0.5], 'Ties (advice) within teams in wave 1.')
    """
    empty = pd.DataFrame(columns=_COLUMNS)
    if people is None or ties is None:
        return empty, "This study has no tables of people and their ties."
    if not {"role", "team"} <= set(people):
        return empty, "This study doesn't say in which role and team people are."
    people, ties, _ = complete_teams(people, ties, ["role", "team"])
    waves = set(people["wave"]) & set(ties["wave"])
    if not waves:
        return empty, "This study has no ties between people of one team whose roles are known."
    wave = int(max(waves))
    chosen = relation_in_wave(ties, wave, [relation])
    network = build(people, ties, wave=wave, relation=chosen, directed=chosen not in MUTUAL)
    table = contacts_in_teams(network, value=value)
    if table.empty:
        return empty, "No team whose ties are known has people in two roles."
    return table, f"Ties ({chosen.replace('_', ' ')}) within teams in wave {wave}."
