"""One network of people with roles: who is in it, who is tied to whom, and what was left out when it was built."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np
import pandas as pd
from scipy import sparse

from newroles.errors import InputError, did_you_mean

_YES, _NO = ("yes", "true", "1", "1.0", "y"), ("no", "false", "0", "0.0", "n")
_ROWS = 2**12  # so many ids are looked up at a time
_SHOWN = 5  # so many bad rows are named in a message


@dataclass(frozen=True, eq=False)
class RoleNetwork:
    """Who is in a network, in which role, and who is tied to whom?

    people: one row per person, in the order of all arrays and results: person, role and whatever else is known of them
    (team, band, role_kind, responded ...). People without any tie are in it.
    ties: one row per tie: source, target, weight (above 0). Nobody is tied to themselves and no tie stands twice. In an
    undirected network each tie stands once.
    directed: whether a tie from one person to another is something else than the tie back.
    left_out: one row per reason why a row of the ties given isn't a tie of its own: reason, rows.
    """

    people: pd.DataFrame
    ties: pd.DataFrame
    directed: bool
    left_out: pd.DataFrame

    def __len__(self) -> int:
        return len(self.people)

    @cached_property
    def positions(self) -> tuple[np.ndarray, np.ndarray]:
        """Where in `people` the source and the target of each tie stand: two integer arrays, one entry per tie."""
        persons = pd.Index(self.people["person"])
        return _places(persons, self.ties["source"]), _places(persons, self.ties["target"])

    @cached_property
    def weights(self) -> np.ndarray:
        """The weight of each tie, in the order of `ties`."""
        return self.ties["weight"].to_numpy(dtype=float)

    @cached_property
    def adjacency(self) -> sparse.csr_array:
        """Weights as a people x people sparse matrix, row = source; symmetric when the network is undirected."""
        source, target = (ends.astype(np.int32) for ends in self.positions)
        weights, n = self.weights, len(self)
        if not self.directed:
            source, target = np.concatenate([source, target]), np.concatenate([target, source])
            weights = np.concatenate([weights, weights])
        return sparse.csr_array((weights, (source, target)), shape=(n, n))

    @cached_property
    def binary(self) -> sparse.csr_array:
        """1.0 where there is a tie: as `adjacency`, whose places it shares, without weights."""
        matrix = self.adjacency
        return sparse.csr_array((np.ones_like(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape)

    def groups(self, by: str = "role") -> tuple[np.ndarray, list[Hashable]]:
        """To which group does each person belong? The number of each person's group, and the groups in order.

        by: a column of `people`; every person needs a value there. Raises InputError otherwise.
        """
        if not isinstance(by, str) or by not in self.people:
            raise InputError(
                f"The people of this network have no column {by!r}. {did_you_mean(str(by), self.people.columns)}"
            )
        values = self.people[by]
        blank = self.people.loc[values.isna(), "person"]
        if len(blank):
            raise InputError(
                f"{len(blank)} of {len(self)} people have no {by} ({_named(blank)}). Fill the column in, or build the "
                "network without these people."
            )
        numbers, labels = pd.factorize(values, sort=True)
        return numbers, list(labels)

    @property
    def answered(self) -> np.ndarray:
        """Who answered? True for each person who did; everybody, when the people have no column `responded`."""
        if "responded" not in self.people:
            return np.ones(len(self), dtype=bool)
        said = self.people["responded"]
        words = said.astype("str").str.strip().str.lower().where(said.notna(), "")
        known = words.map({**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False), "": False})
        if known.isna().any():
            person = self.people.loc[known.isna(), "person"].iloc[0]
            raise InputError(
                f"responded is yes or no (a blank counts as no); person {person} has {_shown(said[known.isna()].iloc[0])}."
            )
        return known.to_numpy(dtype=bool)

    def to_networkx(self) -> nx.Graph:
        """This network as a networkx graph: people with their columns as attributes, ties with their weight."""
        graph = nx.DiGraph() if self.directed else nx.Graph()
        for person, known in zip(
            self.people["person"], self.people.drop(columns="person").to_dict("records"), strict=True
        ):
            graph.add_node(person, **{str(key): value for key, value in known.items() if pd.notna(value)})
        graph.add_weighted_edges_from(self.ties[["source", "target", "weight"]].itertuples(index=False, name=None))
        return graph


def build(
    people: pd.DataFrame,
    ties: pd.DataFrame,
    wave: int | None = None,
    relation: str | None = None,
    directed: bool = True,
) -> RoleNetwork:
    """Which network do these people and these ties make?

    people: one row per person (in a study: per person and wave), with `person` and, for most questions, `role`; further
    columns are kept. Everybody is in the network, tied or not, answered or not.
    ties: one row per tie with `source` and `target` (persons); `weight` (above 0) where ties differ in strength, 1 where
    the column is absent; `wave` and `relation` in a study.
    wave, relation: keep only these rows. Tables with several waves need a wave. Without a relation a pair's ties of all
    relations count as one, and their weights are added.
    directed: False takes ties as mutual.

    Conventions. Self-ties and ties of weight 0 are left out; rows that name the same source and target again are added to
    the first one's weight; in an undirected network a tie given in both directions is one tie with the greater of the two
    weights. What was left out or joined is counted in `left_out`.

    Returns a RoleNetwork. Raises InputError for people named twice, a tie to nobody, and weights that are negative, blank
    or no numbers.

    >>> people = pd.DataFrame({"person": ["a", "b", "c"], "role": ["nurse", "nurse", "peer"]})
    >>> network = build(people, pd.DataFrame({"source": ["a", "b", "b"], "target": ["b", "c", "c"]}))
    >>> network.ties
      source target  weight
    0      a      b     1.0
    1      b      c     2.0
    >>> network.left_out
                                        reason  rows
    0  added to an earlier row of the same tie     1
    """
    _need(people, ["person"], "people")
    _need(ties, ["source", "target"] if relation is None else ["source", "target", "relation"], "ties")
    people = _of_wave(people, wave, "people")
    if relation is not None:
        if len(ties) and relation not in set(ties["relation"]):
            known = sorted(set(ties["relation"].dropna()))
            raise InputError(f"No tie has the relation {relation!r}. {did_you_mean(relation, known)}")
        ties = ties[ties["relation"] == relation]
    ties = _of_wave(ties, wave, "ties")
    if not isinstance(directed, (bool, np.bool_)):
        raise InputError(f"directed is True or False, not {directed!r}.")
    if not len(people):
        raise InputError(
            "There is nobody in this network: the table people has no rows"
            + (f" of wave {wave}." if wave is not None else ".")
        )
    people = people.reset_index(drop=True)
    twice = people.loc[people["person"].duplicated(), "person"]
    if people["person"].isna().any() or len(twice):
        what = f"named twice: {_named(twice)}" if len(twice) else "without an id"
        raise InputError(f"The table people has persons {what}. Each person needs one row in a network.")
    source, target = _found(people["person"], ties, "source"), _found(people["person"], ties, "target")
    weight = _weights(ties)
    left = {
        "a tie to oneself": int((source == target).sum()),
        "weight 0": int(((source != target) & (weight == 0)).sum()),
    }
    kept = (source != target) & (weight > 0)
    source, target, weight = source[kept], target[kept], weight[kept]
    n = max(len(people), 1)
    pairs, row = np.unique(source * n + target, return_inverse=True)
    left["added to an earlier row of the same tie"] = len(weight) - len(pairs)
    weight = np.bincount(row, weights=weight, minlength=len(pairs))
    source, target = pairs // n, pairs % n
    if not directed:
        low, high = np.minimum(source, target), np.maximum(source, target)
        pairs, row = np.unique(low * n + high, return_inverse=True)
        left["the same tie given the other way round"] = len(weight) - len(pairs)
        strongest = np.zeros(len(pairs))
        np.maximum.at(strongest, row, weight)
        source, target, weight = pairs // n, pairs % n, strongest
    persons = people["person"].to_numpy()
    network = RoleNetwork(
        people=people,
        ties=pd.DataFrame({"source": persons[source], "target": persons[target], "weight": weight}),
        directed=directed,
        left_out=pd.DataFrame(
            [(reason, rows) for reason, rows in left.items() if rows], columns=["reason", "rows"]
        ).astype({"rows": "int64"}),
    )
    network.__dict__["positions"] = source, target
    return network


def returned(matrix: sparse.csr_array) -> Iterator[tuple[int, sparse.csr_array]]:
    """The product of each tie with the tie back, row by row: the number of a first row, and so many rows from there on.

    A matrix of people x people as `RoleNetwork.adjacency`, some rows at a time.
    """
    back = matrix.T.tocsr()
    step = max(1, _ROWS * len(back.indptr) // max(matrix.nnz, 1))
    for first in range(0, matrix.shape[0], step):
        yield first, matrix[first : first + step].multiply(back[first : first + step])


def _of_wave(table: pd.DataFrame, wave: int | None, name: str) -> pd.DataFrame:
    """The rows of one wave; a table without waves as it is."""
    if "wave" not in table:
        if wave is not None:
            raise InputError(f"The table {name} has no column wave, so wave {wave} can't be taken from it.")
        return table
    waves = sorted(table["wave"].dropna().unique().tolist())
    if wave is None:
        if len(waves) > 1:
            raise InputError(f"The table {name} has {len(waves)} waves ({_named(waves)}). Say which: wave={waves[0]}.")
        return table
    if wave not in waves and name == "people":
        raise InputError(f"The table {name} has no wave {wave}. It has: {_named(waves)}.")
    return table[table["wave"] == wave]


def _need(table: pd.DataFrame, columns: list[str], name: str) -> None:
    missing = [column for column in columns if column not in table]
    if missing:
        have = ", ".join(map(str, table.columns))
        raise InputError(f"The table {name} needs the column {' and '.join(missing)}. It has: {have}.")


def _found(persons: pd.Series, ties: pd.DataFrame, end: str) -> np.ndarray:
    """Where each tie's person stands; ids that are numbers in one table and words in the other are the same ids."""
    where = _places(pd.Index(persons), ties[end])
    if len(ties) and (where < 0).all() and persons.dtype != ties[end].dtype:
        where = _places(pd.Index(persons.astype(str)), ties[end].astype(str))
    if (where < 0).any():
        unknown = ties[end][where < 0]
        raise InputError(
            f"{len(unknown)} ties have a {end} who is not among the people: {_named(unknown.astype(str).unique())} "
            f"(first in row {int(np.argmax(where < 0)) + 1} of the ties). Add them to people, or leave these ties out."
        )
    return where


def _places(persons: pd.Index, ends: pd.Series) -> np.ndarray:
    """Where each of these stands among the persons, -1 where nowhere. Some at a time: ids as words are large in memory."""
    found = np.empty(len(ends), dtype=np.int64)
    for first in range(0, len(ends), _ROWS):
        found[first : first + _ROWS] = persons.get_indexer(pd.Index(ends.iloc[first : first + _ROWS]))
    return found


def _weights(ties: pd.DataFrame) -> np.ndarray:
    if "weight" not in ties:
        return np.ones(len(ties))
    if pd.api.types.is_datetime64_any_dtype(ties["weight"]) or pd.api.types.is_timedelta64_dtype(ties["weight"]):
        raise InputError("The weight of a tie is a number of 0 or more; the column weight holds times.")
    weight = pd.to_numeric(ties["weight"], errors="coerce").to_numpy(dtype=float)
    bad = ~np.isfinite(weight) | (weight < 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"The weight of a tie must be a number of 0 or more; row {row + 1} of the ties has {_shown(ties['weight'].iloc[row])} "
            f"({int(bad.sum())} such rows). Mend these cells, or leave the column out if ties don't differ in strength."
        )
    return weight


def _shown(value: object) -> str:
    return "a blank" if pd.isna(value) else repr(value) if isinstance(value, str) else str(value)  # type: ignore[call-overload]


def _named(values: Iterable[object]) -> str:
    """The first few of these values, and how many more there are."""
    values = list(values)
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return ", ".join(map(str, values[:_SHOWN])) + more
