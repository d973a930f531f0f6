"""Who acts on whom across which boundary, how often, and in which tone? Acts as a signed, directed network of roles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from newroles.boundary_work.thread import agreement_behind, with_agreement
from newroles.errors import InputError, did_you_mean
from newroles.few_clusters.clustered_shares import cluster_of, clustered_shares, totals_by_cluster

SIGN = {"constructive": 1, "destructive": -1, "depends": 0, "": 0}
"""The sign of an act of each tone; an act whose tone wasn't settled has 0, as one whose tone depends."""

_NEEDED = ("segment", "team", "document", "on", "actor_role", "target_role", "tone", "forms", "families")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def acts_across(acts: pd.DataFrame) -> pd.DataFrame:
    """Can this table be read as acts across boundaries? The same table with blank tones as "", checked.

    acts: one row per act, as `acts_of_study` gives them.

    Raises InputError for a column that is absent, a segment that is there twice, an act without an actor or a target, from a role
    to itself, or of an unknown tone, and for forms or families that aren't tuples of codes.
    """
    for name in _NEEDED:
        if name not in acts:
            raise InputError(f"The table of acts has no column {name}. {did_you_mean(name, acts.columns)}")
    tone = acts["tone"].astype("object")
    table = acts.assign(tone=tone.where(tone.notna(), "").astype("str")).reset_index(drop=True)
    actor, target = table["actor_role"], table["target_role"]
    itself = "goes from a role to itself, which is no boundary between roles"
    for wrong, problem in (
        (table["segment"].duplicated(), "is there twice"),
        (actor.isna() | target.isna(), "has no actor or no target"),
        (actor.eq(target), itself),
        (~table["tone"].isin(list(SIGN)), "has a tone other than constructive, destructive, depends or none"),
    ):
        if wrong.any():
            segment = table.loc[wrong, "segment"].iloc[0]
            raise InputError(
                f"acts: segment '{segment}' {problem} ({int(wrong.sum())} such). `acts_of_study` leaves such rows out and says so; "
                "mend the segments and codings, or leave the rows out."
            )
    for name in ("forms", "families"):
        texts = ~table[name].map(lambda codes: isinstance(codes, (tuple, list, set, frozenset)))
        if texts.any():
            raise InputError(
                f"acts: column {name} of segment '{table.loc[texts, 'segment'].iloc[0]}' is {table.loc[texts, name].iloc[0]!r}; "
                "expected a tuple of codes."
            )
    return table


def is_of(acts: pd.DataFrame, codes: str | Sequence[str]) -> pd.Series:
    """Which acts have one of these forms, or a form of one of these families? One truth per act.

    >>> acts = pd.DataFrame({"forms": [("BW-HOA",), ("BW-COMP-CON",)], "families": [("BW-ROU",), ("BW-COMP",)]})
    >>> is_of(acts, "BW-COMP").tolist(), is_of(acts, ["BW-HOA", "BW-DIS"]).tolist()
    ([False, True], [True, False])
    """
    wanted = {codes} if isinstance(codes, str) else set(codes)
    return pd.Series(
        [
            not wanted.isdisjoint([*forms, *families])
            for forms, families in zip(acts["forms"], acts["families"], strict=True)
        ],
        index=acts.index,
        dtype=bool,
    )


def act_network(acts: pd.DataFrame, forms: pd.DataFrame | None = None, team: str | None = None) -> nx.MultiDiGraph:
    """Who acts on whom, act by act? A directed network of roles with one signed edge per act.

    acts: one row per act, as `acts_of_study` gives them. forms: its table of acts and forms; with it each edge says how well
    coders agreed. team: the acts of one team (None: of all).

    Returns a MultiDiGraph. A node is a role. An edge runs from the actor to the target; its key is the segment's id, its
    attributes segment, tone, sign (1 constructive, -1 destructive, 0 for depends and for a tone that wasn't settled), forms
    (tuple of codes), team, on; with `forms` also agreement, the lowest AC1 among the act's codes (blank with one coder).

    Raises InputError for acts that can't be read (see `acts_across`) and a team without acts.

    >>> acts = pd.DataFrame({"segment": ["s1", "s2"], "team": "t", "document": "d", "on": None, "actor_role": ["nurse", "peer"],
    ...     "target_role": ["peer", "nurse"], "tone": ["destructive", ""], "forms": [("CON",), ("REP",)], "families": [("C",), ("J",)]})
    >>> network = act_network(acts)
    >>> [(source, target, key, network.edges[source, target, key]["sign"]) for source, target, key in network.edges(keys=True)]
    [('nurse', 'peer', 's1', -1), ('peer', 'nurse', 's2', 0)]
    """
    table = acts_across(acts)
    if team is not None:
        here = table["team"] == team
        if not here.any():
            raise InputError(f"There is no act of the team '{team}'. {did_you_mean(team, table['team'].dropna())}")
        table = table[here]
    table = table.assign(sign=table["tone"].map(SIGN), segments=table["segment"].map(lambda segment: (segment,)))
    kept = ["segment", "tone", "sign", "forms", "team", "on"]
    if forms is not None:
        agreement_behind(forms, table["segment"])  # says which act has no code, if any
        table = with_agreement(table, forms).rename(columns={"agreement_lowest": "agreement"})
        kept.append("agreement")
    network = nx.MultiDiGraph()
    network.add_nodes_from(sorted({*table["actor_role"], *table["target_role"]}))
    for row in table.to_dict("records"):
        attributes = {name: row[name] for name in kept} | {"forms": tuple(row["forms"])}
        network.add_edge(row["actor_role"], row["target_role"], key=row["segment"], **attributes)
    return network


def write_act_network(network: nx.MultiDiGraph, path: str | Path) -> Path:
    """Where can Gephi, visone or R read the network of acts? Writes it as GraphML, with the segment's id on each edge.

    network: as `act_network` returns it. path: a new file whose name ends in .graphml. All attributes are written as text: codes
    joined by "; ", dates in ISO form, what isn't known as an empty text.

    Returns the path. Raises InputError when the file exists or is named otherwise, and for a text that XML can't hold.
    """
    path = Path(path)
    if path.suffix != ".graphml":
        raise InputError(f"{path.name}: expected a name that ends in .graphml.")
    if path.exists():
        raise InputError(f"{path} exists already and is left as it is. Name another file, or move it away first.")
    texts = nx.MultiDiGraph()
    texts.add_nodes_from(_text(role) for role in network.nodes)
    for source, target, key, attributes in network.edges(keys=True, data=True):
        written = {name: _text(value) for name, value in attributes.items()}
        texts.add_edge(_text(source), _text(target), key=_text(key), **written)
    nx.write_graphml_xml(texts, path)
    return path


def pair_table(acts: pd.DataFrame, by_team: bool = False) -> pd.DataFrame:
    """How much do roles act on each other, and is it more constructive or more destructive?

    acts: one row per act, as `acts_of_study` gives them. by_team: each team by itself (acts about no one team are then left
    out).

    Returns one row per ordered pair with any act, the most acts first (within the team): team (with by_team), actor_role,
    target_role, acts, constructive, destructive, depends (counts; the rest wasn't settled), net ((constructive - destructive) /
    acts, -1 to 1), net_low, net_high, clusters, cluster (what the interval clusters by), segments. `with_agreement` adds the
    coders' agreement.

    The interval is that of `clustered_shares` for (1 + net) / 2, the mean of acts that count 1 (constructive), 0 (destructive)
    and 1/2 (all others), by team where the pair has acts in five teams or more, else by document; blank with one cluster. Acts
    that count 1/2 vary less than a share does, and the interval is then too wide rather than too narrow.

    >>> acts = pd.DataFrame({"segment": ["s1", "s2", "s3"], "team": "t", "document": ["d", "d", "e"], "on": None, "actor_role": "nurse",
    ...     "target_role": "peer", "tone": ["destructive", "depends", "destructive"], "forms": [("CON",)] * 3, "families": [("C",)] * 3})
    >>> pair_table(acts)[["actor_role", "target_role", "acts", "destructive", "net", "segments"]].round(2).values.tolist()
    [['nurse', 'peer', 3, 2, -0.67, ('s1', 's2', 's3')]]
    """
    table = acts_across(acts)
    table = table.assign(towards=table["tone"].map(SIGN).add(1).div(2))
    keys = [*(["team"] if by_team else []), "actor_role", "target_role"]
    tones = ("constructive", "destructive", "depends")
    rows = []
    for names, here in table.groupby(keys, sort=True):
        counts = [int((here["tone"] == tone).sum()) for tone in tones]
        clusters, by = cluster_of(here)
        y, n = totals_by_cluster(clusters, here[["towards"]])
        found = clustered_shares(y, n)
        net = [2 * float(share[0]) - 1 for share in (found.estimate, found.low, found.high)]
        pair = names if isinstance(names, tuple) else (names,)
        rows.append([*pair, len(here), *counts, *net, len(n), by, tuple(here["segment"])])
    columns = [*keys, "acts", *tones, "net", "net_low", "net_high", "clusters", "cluster", "segments"]
    pairs = pd.DataFrame(rows, columns=columns)
    first = keys[:1] if by_team else []
    order = [*first, "acts", "actor_role", "target_role"]
    return pairs.sort_values(order, ascending=[name != "acts" for name in order], ignore_index=True)


def _text(value: object) -> str:
    """A value as GraphML holds it."""
    if isinstance(value, (tuple, list, set, frozenset)):
        return "; ".join(map(_text, value))
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    text = str(value)
    if _NOT_XML.search(text):
        raise InputError(f"The text {text!r} holds a character that GraphML can't. Take it out of the study's table.")
    return text
