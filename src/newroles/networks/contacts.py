"""From records of time to ties: who follows whom on a case, contacts as they began and ended, and tables of roles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.networks.presences import MICROSECONDS, instants, is_number, need, presences, sorted_by


def handovers(events: pd.DataFrame) -> pd.DataFrame:
    """Who follows whom within an encounter, a case or a pathway?

    events: one row per person and start within one event (an encounter, a case): event, person, start (dates with times,
    ISO 8601 text, timedeltas, or numbers of seconds; text without a zone is UTC where other rows have a zone).

    Returns one row per ordered pair: source, target (the next person with a row in the same event), handovers. Rows of an
    event are ordered by start, and by person where starts are the same; a person who follows themselves hands nothing over.

    Raises InputError for a column that is absent, blank cells, or a start that can't be read.

    >>> events = pd.DataFrame({
    ...     "event": ["case 1", "case 1", "case 1", "case 2", "case 2"],
    ...     "person": ["nurse", "peer", "nurse", "nurse", "peer"],
    ...     "start": [0, 60, 120, 0, 30],
    ... })
    >>> handovers(events)
      source target  handovers
    0  nurse   peer          2
    1   peer  nurse          1
    """
    rows = presences(events, "events", start="start")
    assert rows.instant is not None
    order = np.lexsort((rows.person, rows.instant, rows.event))
    event, person = rows.event[order], rows.person[order]
    follows = (event[1:] == event[:-1]) & (person[1:] != person[:-1])
    people = max(len(rows.persons), 1)
    pair, times = np.unique(person[:-1][follows] * people + person[1:][follows], return_counts=True)
    return pd.DataFrame(
        {
            "source": rows.persons.take(pair // people),
            "target": rows.persons.take(pair % people),
            "handovers": times,
        }
    )


def contact_events(contacts: pd.DataFrame, step: float = 20) -> pd.DataFrame:
    """When did contacts between two people begin, and how long did they last?

    contacts: one row per pair and moment at which a sensor or an observer saw the two together: time (numbers of seconds,
    dates with times, ISO 8601 text or timedeltas), i, j (persons, in any order). A pair seen twice at a moment counts once.
    step: seconds from one look to the next; 20 with SocioPatterns sensors.

    Returns one row per contact event, the longest run of records of a pair of which none comes later than `step` after the
    one before: source < target, start and end (times of the first and the last record), records, seconds (records x step).

    Raises InputError for a column that is absent, blank cells, a time that can't be read, a contact with oneself, and a step
    that isn't above 0.

    Contacts as in Vanhems and others (2013), https://doi.org/10.1371/journal.pone.0073970.

    >>> records = pd.DataFrame({"time": [0, 20, 60, 20], "i": ["a", "b", "a", "c"], "j": ["b", "a", "b", "b"]})
    >>> contact_events(records)
      source target  start  end  records  seconds
    0      a      b      0   20        2     40.0
    1      a      b     60   60        1     20.0
    2      b      c     20   20        1     20.0
    """
    need(contacts, ["time", "i", "j"], "contacts")
    if not is_number(step) or step <= 0:
        raise InputError(f"The step must be a number of seconds above 0, such as 20, not {step!r}.")
    ends = pd.concat([contacts["i"], contacts["j"]], ignore_index=True)
    numbers, persons = pd.factorize(ends, sort=True)
    if len(numbers) and numbers.min() < 0:
        row = int(np.argmax(numbers < 0)) % len(contacts) + 1
        raise InputError(f"Row {row} of the table contacts lacks i or j. Fill the cell in, or leave the row out.")
    one, other = numbers[: len(contacts)].astype(np.int64), numbers[len(contacts) :].astype(np.int64)
    if (one == other).any():
        row = int(np.argmax(one == other))
        raise InputError(
            f"Row {row + 1} of the table contacts is a contact of {ends.iloc[row]!r} with themselves. Leave it out."
        )
    instant = instants(contacts["time"], "contacts")
    people = max(len(persons), 1)
    pair = np.minimum(one, other) * people + np.maximum(one, other)
    order = sorted_by(pair, instant)
    pair, instant = pair[order], instant[order]
    new_pair = np.diff(pair, prepend=-1) != 0
    gap = np.diff(instant, prepend=0)
    fresh = new_pair | (gap > 0)  # not a second record of the same moment
    begins = np.flatnonzero(new_pair | (gap > round(step * MICROSECONDS)))
    last = np.append(begins, len(pair))[1:] - 1
    seen = np.cumsum(fresh)
    records = seen[last] - seen[begins] + 1
    time = contacts["time"].reset_index(drop=True)
    return pd.DataFrame(
        {
            "source": pd.Index(persons).take(pair[begins] // people),
            "target": pd.Index(persons).take(pair[begins] % people),
            "start": time.take(order[begins]).to_numpy(),
            "end": time.take(order[last]).to_numpy(),
            "records": records,
            "seconds": records * float(step),
        }
    )


def role_table(pairs: pd.DataFrame, people: pd.DataFrame, by: str = "role", value: str | None = None) -> pd.DataFrame:
    """How much of what happens between people happens within and between their roles?

    pairs: one row per pair, contact or encounter, order of the two without meaning: source, target.
    people: one row per person: person and the column `by`.
    value: the column of pairs to add up (encounters, seconds ...); None counts rows.

    Returns a symmetric table of groups x groups. What happens between two groups stands in both cells; what happens within
    one stands once on the diagonal. So the total is the sum of the diagonal and of one triangle. Groups without any pair
    are kept, with 0.

    Raises InputError for a column that is absent, persons who are not among the people or twice, or have no group.

    >>> people = pd.DataFrame({"person": ["a", "b", "c"], "role": ["nurse", "nurse", "peer"]})
    >>> pairs = pd.DataFrame({"source": ["a", "a", "b"], "target": ["b", "c", "c"], "encounters": [4, 2, 1]})
    >>> role_table(pairs, people, value="encounters").to_dict()
    {'nurse': {'nurse': 4, 'peer': 3}, 'peer': {'nurse': 3, 'peer': 0}}
    """
    need(pairs, ["source", "target", *([value] if value else [])], "pairs")
    need(people, ["person"], "people")
    if not isinstance(by, str) or by not in people:
        raise InputError(f"The table people has no column {by!r}. {did_you_mean(str(by), people.columns)}")
    if people["person"].duplicated().any():
        twice = people.loc[people["person"].duplicated(), "person"].iloc[0]
        raise InputError(f"The table people names {twice!r} twice; each person needs one row. Pick one wave first.")
    groups, labels = pd.factorize(people[by], sort=True)
    persons = pd.Index(people["person"])
    at = []
    for end in ("source", "target"):
        where = persons.get_indexer(pd.Index(pairs[end]))
        if (where < 0).any():
            row = int(np.argmax(where < 0))
            raise InputError(
                f"Row {row + 1} of the pairs has the {end} {pairs[end].iloc[row]!r}, who is not among the people."
            )
        if (groups[where] < 0).any():
            blank = persons[where[int(np.argmax(groups[where] < 0))]]
            raise InputError(f"{blank!r} has no {by}. Fill the column in, or leave this person's pairs out.")
        at.append(groups[where])
    n = len(labels)
    if value is None:
        amounts = np.ones(len(pairs), dtype=np.int64)
    else:
        amounts = pairs[value].to_numpy()
        if amounts.dtype.kind not in "iuf" or not np.isfinite(amounts).all():
            raise InputError(f"The column {value} of the pairs must hold a number in every row.")
    table = np.zeros((n, n), dtype=amounts.dtype if amounts.dtype.kind == "f" else np.int64)
    np.add.at(table, (at[0], at[1]), amounts)
    both = table + table.T - np.diag(np.diag(table))
    names = pd.Index(labels, name=by)
    return pd.DataFrame(both, index=names, columns=names)
