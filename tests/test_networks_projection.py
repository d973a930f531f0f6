"""Who works with whom, from who was there: co-presence, handovers, shared tasks, contact events, tables of roles."""

import itertools
import json
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newroles.errors import InputError
from newroles.networks import presences as presences_module
from newroles.networks import projection
from newroles.networks.contacts import contact_events, handovers, role_table
from newroles.networks.network import build
from newroles.networks.projection import co_presence, two_mode

CASES = sorted((Path(__file__).parent / "reference/projection").iterdir())
ENGINES = ["duckdb", "numpy"]


def case_events(case: Path) -> pd.DataFrame:
    names = {"staff": "person", "encounter": "event", "time": "start"}
    return pd.read_csv(case / "input_events.csv").rename(columns=names)


def events(*rows: tuple[str, str] | tuple[str, str, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["event", "person", "start"][: len(rows[0])])


# Known answers: R's merge and aggregate, recomputed in plain Python (tests/reference/projection/*/case.json) -----------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_shared_encounters_and_newman_weights_equal_r(case, engine):
    expected = pd.read_csv(case / "expected_copresence.csv").sort_values(["a", "b"])
    found = co_presence(case_events(case), engine=engine)
    assert list(found) == ["source", "target", "encounters", "weight_newman"]
    assert found[["source", "target"]].values.tolist() == expected[["a", "b"]].values.tolist()
    assert found["encounters"].tolist() == expected["shared_encounters"].tolist()
    tolerance = json.loads((case / "case.json").read_text())["tolerance"]
    assert found["weight_newman"].tolist() == pytest.approx(expected["newman_weight"].tolist(), abs=tolerance)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_half_an_hours_window_equals_r(case, engine):
    expected = pd.read_csv(case / "expected_window30.csv").sort_values(["a", "b"])
    found = co_presence(case_events(case), window=30, engine=engine)
    assert found[["source", "target"]].values.tolist() == expected[["a", "b"]].values.tolist()
    assert found["encounters"].tolist() == expected["encounters_30min"].tolist()
    assert found["starts"].tolist() == expected["event_pairs_30min"].tolist()


def test_newman_weights_equal_networkx():
    """networkx 3.6, bipartite.collaboration_weighted_projected_graph of people and encounters."""
    table = case_events(CASES[-1])
    graph = nx.Graph(list(table[["person", "event"]].itertuples(index=False, name=None)))
    theirs = nx.bipartite.collaboration_weighted_projected_graph(graph, table["person"].unique())
    found = co_presence(table)
    assert len(found) == theirs.number_of_edges()
    expected = [theirs.edges[pair]["weight"] for pair in found[["source", "target"]].itertuples(index=False, name=None)]
    assert found["weight_newman"].tolist() == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_handovers_equal_r(case):
    expected = pd.read_csv(case / "expected_handovers.csv").sort_values(["from", "to"])
    assert handovers(case_events(case)).values.tolist() == expected.values.tolist()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_encounters_between_roles_equal_r(case):
    expected = pd.read_csv(case / "expected_role_mixing_shared_encounters.csv", index_col=0)
    staff = pd.read_csv(case / "input_staff.csv").rename(columns={"staff": "person"})
    found = role_table(co_presence(case_events(case)), staff, value="encounters")
    pd.testing.assert_frame_equal(found, expected, check_names=False)


def test_contacts_on_a_hospital_ward_equal_the_published_ones(shared):
    """Vanhems and others 2013: 14,037 contacts among 46 staff and 29 patients, 648,480 seconds."""
    place = shared / "reference/temporal/vanhems_hospital_contacts"
    expected = json.loads((place / "case.json").read_text())["expected"]
    contacts = pd.read_csv(place / "input_contacts.csv").rename(columns={"t": "time"})
    people = pd.read_csv(place / "input_nodes.csv").rename(columns={"id": "person"})
    found = contact_events(contacts, step=20)
    assert len(found) == expected["n_events"]
    assert found["seconds"].sum() == expected["total_contact_seconds"]
    assert found["seconds"].mean() == pytest.approx(expected["mean_event_seconds"])
    assert (found["start"].min(), found["end"].max()) == (expected["t_min"], expected["t_max"])
    pairs = found.groupby(["source", "target"], as_index=False)["records"].sum()
    assert len(pairs) == expected["n_pairs"]
    for table, value, name in (
        (found, None, "contact_events"),
        (found, "seconds", "contact_seconds"),
        (pairs, "records", "contact_records"),
        (pairs, None, "distinct_pairs"),
    ):
        known = pd.read_csv(place / f"expected_{name}_by_role.csv", index_col=0)
        assert (role_table(table, people, value=value).to_numpy() == known.to_numpy()).all(), name
    ties = pairs.rename(columns={"records": "weight"})
    network = build(people, ties, directed=False)
    nodes = pd.read_csv(place / "expected_node.csv")
    assert network.adjacency.sum(axis=1).tolist() == nodes["records"].tolist()
    assert network.binary.sum(axis=1).tolist() == nodes["degree"].tolist()


# By hand --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_repeated_rows_count_once_and_lone_people_make_no_tie(engine):
    table = events(
        ("e1", "a"), ("e1", "b"), ("e1", "a"), ("e2", "a"), ("e3", "a"), ("e3", "b"), ("e3", "c"), ("e3", "d")
    )
    found = co_presence(table, engine=engine).set_index(["source", "target"])
    assert found.loc[("a", "b")].tolist() == [2, pytest.approx(1 + 1 / 3)]
    assert found.loc[("c", "d")].tolist() == [1, pytest.approx(1 / 3)]
    assert len(found) == 6
    assert co_presence(table, engine=engine, minimum=2)[["source", "target"]].values.tolist() == [["a", "b"]]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_window_includes_its_end_and_people_outside_it_still_count_as_present(engine):
    """b comes 30 minutes after a, c 30:01 after b; three are present, so a pair has a half."""
    table = events(("e", "a", 0), ("e", "b", 1800), ("e", "c", 3601), ("f", "a", 0), ("f", "c", 1801))
    found = co_presence(table, window=30, engine=engine)
    assert found.values.tolist() == [["a", "b", 1, 0.5, 1]]
    assert co_presence(table, window=0, engine=engine).empty


@pytest.mark.parametrize("engine", ENGINES)
def test_starts_are_read_as_times_text_or_seconds(engine):
    times = ["2023-04-03T09:00:00", "2023-04-03T09:10:00", "2023-04-03T09:10:01"]
    seconds = [0, 600, 601]
    offsets = ["2023-04-03T09:00:00+01:00", "2023-04-03T08:10:00Z", "2023-04-03T08:10:01Z"]
    as_times = pd.to_datetime(pd.Series(times))
    for start in (
        times,
        seconds,
        [str(s) for s in seconds],
        offsets,
        as_times,
        as_times.dt.tz_localize("Europe/London"),
        pd.to_timedelta(seconds, unit="s"),
        pd.Series(list(pd.to_timedelta(seconds, unit="s")), dtype=object),
        [times[0], "2023-04-03T09:10:00Z", "2023-04-03T10:10:01+01:00"],  # without a zone: UTC, as others have one
    ):
        table = pd.DataFrame({"event": "e", "person": ["a", "b", "c"], "start": start})
        found = co_presence(table, window=10, engine=engine)
        assert found[["source", "target"]].values.tolist() == [["a", "b"], ["b", "c"]]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_window_wider_than_all_times_takes_everybody(engine):
    table = events(("e", "a", -4e12), ("e", "b", 4e12), ("f", "a", 0), ("f", "b", 1))
    assert co_presence(table, window=1e300, engine=engine).values.tolist() == [["a", "b", 2, 2.0, 2]]


@pytest.mark.parametrize("engine", ENGINES)
def test_no_rows_make_no_ties(engine):
    nobody = pd.DataFrame({"event": [], "person": [], "start": []})
    for window in (None, 5):
        found = co_presence(nobody, window=window, engine=engine)
        assert found.empty
        assert "encounters" in found
    assert handovers(nobody).empty
    assert contact_events(pd.DataFrame({"time": [], "i": [], "j": []})).empty
    assert two_mode(pd.DataFrame({"person": [], "task": [], "hours": []}), weight="hours").empty


def test_persons_may_be_numbers_and_pairs_are_then_ordered_as_numbers():
    found = co_presence(events(("e", 10), ("e", 9)), engine="duckdb")
    assert found[["source", "target"]].values.tolist() == [[9, 10]]


def test_handovers_at_the_same_time_go_by_person_and_nobody_hands_over_to_themselves():
    table = events(("e", "b", 5), ("e", "a", 5), ("e", "a", 1), ("f", "b", 0), ("f", "b", 1), ("g", "a", 9))
    assert handovers(table).values.tolist() == [["a", "b", 1]]


def test_shared_tasks_are_co_presence_at_tasks_and_overlap_is_the_smaller_amount():
    tasks = pd.DataFrame(
        {"person": ["b", "a", "a", "b", "c", "a"], "task": ["x", "x", "y", "y", "y", "y"], "hours": [2, 1, 1, 5, 3, 3]}
    )
    found = two_mode(tasks, weight="hours")
    same = co_presence(tasks.rename(columns={"task": "event"}), engine="numpy")
    assert found["shared"].tolist() == same["encounters"].tolist()
    assert found["weight_newman"].tolist() == same["weight_newman"].tolist()
    assert found.set_index(["source", "target"])["overlap"].to_dict() == {
        ("a", "b"): 1 + 4,  # a gave y 1 + 3 hours
        ("a", "c"): 3,
        ("b", "c"): 3,
    }


def test_contacts_are_joined_whatever_their_order_and_a_moment_counts_once():
    records = pd.DataFrame(
        {"time": [40, 0, 20, 20, 100, 0], "i": ["b", "a", "b", "a", "a", "c"], "j": ["a", "b", "a", "b", "b", "a"]}
    )
    found = contact_events(records)
    assert found.values.tolist() == [
        ["a", "b", 0, 40, 3, 60.0],
        ["a", "b", 100, 100, 1, 20.0],
        ["a", "c", 0, 0, 1, 20.0],
    ]
    assert contact_events(records, step=60)["records"].tolist() == [4, 1]
    timed = records.assign(time=pd.Timestamp("2010-12-06T13:00") + pd.to_timedelta(records["time"], unit="s"))
    again = contact_events(timed)
    assert again["records"].tolist() == found["records"].tolist()
    assert again["end"].iloc[0] == pd.Timestamp("2010-12-06T13:00:40")


def test_contacts_over_ages_are_sorted_all_the_same():
    """A span that doesn't fit into one number with the pair takes the other way of sorting."""
    far = [0, 20, 9_000_000_000_000, 9_000_000_000_000.000001]
    records = pd.DataFrame({"time": far * 2, "i": ["a"] * 4 + ["c"] * 4, "j": ["b"] * 4 + ["b"] * 4})
    assert contact_events(records)["records"].tolist() == [2, 1, 2, 1]


def test_within_role_pairs_stand_once_and_roles_without_pairs_stay():
    people = pd.DataFrame({"person": ["a", "b", "c", "d"], "role": ["nurse", "nurse", "peer", "porter"]})
    pairs = pd.DataFrame({"source": ["b", "c"], "target": ["a", "a"], "hours": [1.5, 2.0]})
    found = role_table(pairs, people, value="hours")
    assert found.to_numpy().tolist() == [[1.5, 2, 0], [2, 0, 0], [0, 0, 0]]
    assert list(found) == ["nurse", "peer", "porter"]
    assert role_table(pairs.iloc[:0], people).to_numpy().sum() == 0


def test_pairs_make_a_network_of_everybody():
    people = pd.DataFrame({"person": ["a", "b", "c"], "role": ["nurse", "peer", "peer"]})
    pairs = co_presence(events(("e", "a"), ("e", "b"))).rename(columns={"weight_newman": "weight"})
    network = build(people, pairs, directed=False)
    assert (len(network), len(network.ties), network.weights.tolist()) == (3, 1, [1.0])


# Engines ---------------------------------------------------------------------------------------------------------------------

SOME_EVENTS = st.lists(
    st.tuples(st.sampled_from("uvwxyz"), st.sampled_from(["Zoë", "a", "b", "é", "Ω", "c c"]), st.integers(0, 400)),
    max_size=40,
).map(lambda rows: pd.DataFrame(rows, columns=["event", "person", "start"]).astype({"event": "str", "person": "str"}))


@settings(max_examples=25, deadline=None)
@given(SOME_EVENTS, st.sampled_from([None, 0, 1, 2.5, 1000]), st.integers(1, 3))
def test_engines_agree_to_the_last_bit(table, window, minimum):
    by_numpy, by_duckdb = (co_presence(table, window, engine, minimum) for engine in ("numpy", "duckdb"))
    pd.testing.assert_frame_equal(by_numpy, by_duckdb, check_exact=True)


@settings(max_examples=30, deadline=None)
@given(SOME_EVENTS, st.randoms())
def test_weights_add_up_to_the_encounters_in_company_and_order_means_nothing(table, random):
    found = co_presence(table, engine="numpy")
    rows = table.drop_duplicates(["event", "person"])
    company = rows[rows.groupby("event")["person"].transform("size") > 1]["person"].value_counts()
    both = pd.concat([found.set_index(end)["weight_newman"] for end in ("source", "target")]).groupby(level=0).sum()
    assert both.to_dict() == pytest.approx(
        company.to_dict()
    )  # Newman 2001: a person's weights add up to their encounters
    shuffled = table.sample(frac=1, random_state=random.randrange(2**31)).reset_index(drop=True)
    pd.testing.assert_frame_equal(co_presence(shuffled, engine="numpy"), found, check_exact=True)
    all_day = co_presence(table, window=24 * 60, engine="numpy")
    pd.testing.assert_frame_equal(all_day.drop(columns="starts"), found, check_exact=True)


@settings(max_examples=25, deadline=None)
@given(SOME_EVENTS, st.sampled_from([1, 3, 5]))
def test_a_window_finds_what_a_look_at_every_two_rows_finds(table, window):
    met, starts = set(), 0
    for (_, one), (_, other) in itertools.combinations(table.iterrows(), 2):
        near = abs(one["start"] - other["start"]) <= window * 60
        if one["event"] == other["event"] and one["person"] != other["person"] and near:
            met.add((one["event"], *sorted([one["person"], other["person"]])))
            starts += 1
    found = co_presence(table, window, engine="numpy")
    assert (found["encounters"].sum(), found["starts"].sum()) == (len(met), starts)


@pytest.mark.parametrize(("batch", "held"), [(1, 1), (7, 20), (64, 100)])
@pytest.mark.parametrize("window", [None, 30])
def test_small_batches_give_the_same(monkeypatch, batch, held, window):
    table = case_events(CASES[-1]).head(600)
    expected = co_presence(table, window, engine="duckdb")
    monkeypatch.setattr(presences_module, "_BATCH", batch)
    monkeypatch.setattr(projection, "_HELD", held)
    pd.testing.assert_frame_equal(co_presence(table, window, engine="numpy"), expected, check_exact=True)


def test_spark_without_its_package_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(InputError, match="pip install pyspark"):
        co_presence(events(("e", "a"), ("e", "b")), engine="spark")


@pytest.mark.slow
@pytest.mark.parametrize("window", [None, 30])
def test_spark_agrees_to_the_last_bit(window):
    pytest.importorskip("pyspark", reason="pyspark isn't installed")
    table = case_events(CASES[-1])
    expected = co_presence(table, window, engine="numpy")
    pd.testing.assert_frame_equal(co_presence(table, window, engine="spark"), expected, check_exact=True)


# Bad input -------------------------------------------------------------------------------------------------------------------

PAIR = events(("e", "a", 0), ("e", "b", 1))


@pytest.mark.parametrize(
    ("wrong", "arguments", "says"),
    [
        (PAIR, {"engine": "duck"}, "Did you mean 'duckdb'"),
        (PAIR, {"window": -1}, "0 or more"),
        (PAIR, {"window": float("nan")}, "0 or more"),
        (PAIR, {"minimum": 0}, "1 or more"),
        (PAIR, {"minimum": 1.5}, "whole number"),
        (PAIR.drop(columns="person"), {}, "needs the column person"),
        (PAIR.drop(columns="start"), {"window": 5}, "needs the column start"),
        (PAIR.assign(person=["a", None]), {}, "without a person .first: row 2"),
        (PAIR.assign(event=[None, "e"]), {}, "without a event .first: row 1"),
        (PAIR.assign(start=[0, None]), {"window": 5}, "without a start .first: row 2"),
        (PAIR.assign(start=["2023-04-03T09:00", "nine"]), {"window": 5}, "Row 2 .* 'nine'"),
        (PAIR.assign(start=[0, "nine"]), {"window": 5}, "Row 2 .* 'nine'"),
        (PAIR.assign(start=["0", "2023-04-03T09:00"]), {"window": 5}, "Row 2 .* '2023"),
        (PAIR.assign(start=[True, False]), {"window": 5}, "Row 1 .* True"),
        (PAIR.assign(start=[pd.Timedelta(0), 5]), {"window": 5}, "Row 1 .* Timedelta"),
        (PAIR.assign(start=[0, np.inf]), {"window": 5}, "Row 2 .* inf"),
        (PAIR.assign(start=[0, 1e13]), {"window": 5}, "Row 2 .* 10000000000000.0, which is ages"),
        (PAIR.assign(start=[-9e12, 9e12]), {"window": 5}, "Row 2 .* ages from the others"),
        (PAIR, {"window": "30"}, "number of minutes"),
        (PAIR, {"window": pd.Timedelta(minutes=30)}, "number of minutes"),
        (PAIR, {"window": True}, "number of minutes"),
        (pd.concat([PAIR, PAIR[["event"]]], axis=1), {}, "column event more than once"),
    ],
)
def test_events_that_cannot_be_used_are_told(wrong, arguments, says):
    with pytest.raises(InputError, match=says):
        co_presence(wrong, **arguments)


@pytest.mark.parametrize(
    ("wrong", "step", "says"),
    [
        ({"time": [0], "i": ["a"], "j": ["a"]}, 20, "'a' with themselves"),
        ({"time": [0, 1], "i": ["a", "a"], "j": ["b", None]}, 20, "Row 2"),
        ({"time": [None], "i": ["a"], "j": ["b"]}, 20, "without a time"),
        ({"time": [0], "i": ["a"], "j": ["b"]}, 0, "above 0"),
        ({"time": [0], "i": ["a"], "j": ["b"]}, "20", "above 0"),
        ({"time": [0], "i": ["a"], "j": ["b"]}, pd.Timedelta(seconds=20), "above 0"),
        ({"t": [0], "i": ["a"], "j": ["b"]}, 20, "needs the column time"),
    ],
)
def test_contacts_that_cannot_be_used_are_told(wrong, step, says):
    with pytest.raises(InputError, match=says):
        contact_events(pd.DataFrame(wrong), step)


@pytest.mark.parametrize(
    ("people", "arguments", "says"),
    [
        ({"person": ["a"], "role": ["nurse"]}, {}, "'b', who is not among the people"),
        ({"person": ["a", "b"], "role": ["nurse", None]}, {}, "'b' has no role"),
        ({"person": ["a", "b", "b"], "role": ["x", "y", "y"]}, {}, "'b' twice"),
        ({"person": ["a", "b"], "band": ["5", "6"]}, {}, "no column 'role'"),
        ({"person": ["a", "b"], "role": ["x", "y"]}, {"by": ["role"]}, "no column .'role'."),
        ({"person": ["a", "b"], "role": ["x", "y"]}, {"value": "hours"}, "number in every row"),
    ],
)
def test_role_tables_that_cannot_be_made_are_told(people, arguments, says):
    pairs = pd.DataFrame({"source": ["a"], "target": ["b"], "hours": [np.nan]})
    with pytest.raises(InputError, match=says):
        role_table(pairs, pd.DataFrame(people), **arguments)


def test_amounts_that_are_no_amounts_are_told():
    tasks = pd.DataFrame({"person": ["a", "b"], "task": ["x", "x"], "hours": [1, -2]})
    with pytest.raises(InputError, match="Row 2 has the hours"):
        two_mode(tasks, weight="hours")
    with pytest.raises(InputError, match="needs the column team"):
        two_mode(tasks, to="team")
