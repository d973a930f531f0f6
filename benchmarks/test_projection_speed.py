"""How long does it take to turn a million rows of who was there into ties, against networkx and a pandas merge?

Not a test: run with `make benchmark`. 1,000,000 rows of 5,000 people at 200,000 encounters, ids as text, invented. networkx
gets a tenth of the rows (time scaled in extra_info); pandas joins the whole table with itself. All give the same ties.
"""

from __future__ import annotations

import tracemalloc

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from newroles.networks.contacts import contact_events
from newroles.networks.projection import co_presence

ROWS, PEOPLE, ENCOUNTERS = 1_000_000, 5_000, 200_000

pytestmark = pytest.mark.benchmark(group="projection")


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    rng = np.random.default_rng(152665)
    return pd.DataFrame(
        {
            "event": [f"e{number}" for number in rng.integers(0, ENCOUNTERS, ROWS)],
            "person": [f"p{number:04d}" for number in rng.integers(0, PEOPLE, ROWS)],
            "start": rng.integers(0, 8 * 3600, ROWS),
        }
    )


def held(call, *arguments) -> int:
    """Megabytes that a call holds at its peak, beside its arguments."""
    tracemalloc.start()
    call(*arguments)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak >> 20


@pytest.mark.parametrize("window", [None, 30])
@pytest.mark.parametrize("engine", ["numpy", "duckdb"])
def test_co_presence(benchmark, events: pd.DataFrame, engine: str, window: int | None) -> None:
    found = benchmark.pedantic(co_presence, args=(events, window, engine), rounds=3, warmup_rounds=1)
    benchmark.extra_info["ties"] = len(found)
    if engine == "numpy":
        benchmark.extra_info["megabytes_given"] = int(events.memory_usage(deep=True).sum()) >> 20
        benchmark.extra_info["megabytes_returned"] = int(found.memory_usage(deep=True).sum()) >> 20
        benchmark.extra_info["megabytes_at_the_peak"] = held(co_presence, events, window, engine)


def test_pandas_merge(benchmark, events: pd.DataFrame) -> None:
    def merge() -> pd.DataFrame:
        rows = events[["event", "person"]].drop_duplicates()
        rows["share"] = 1 / (rows.groupby("event")["person"].transform("size") - 1)
        pairs = rows.merge(rows[["event", "person"]], on="event", suffixes=("", "_other"))
        pairs = pairs[pairs["person"] < pairs["person_other"]]
        return pairs.groupby(["person", "person_other"])["share"].agg(["size", "sum"])

    found = benchmark.pedantic(merge, rounds=1)
    ours = co_presence(events, engine="numpy")
    assert found["size"].tolist() == ours["encounters"].tolist()
    assert np.allclose(found["sum"], ours["weight_newman"], rtol=1e-10)


def test_networkx_projection(benchmark, events: pd.DataFrame) -> None:
    fewer = events[events["event"].str.endswith("7")]

    def project() -> nx.Graph:
        graph = nx.Graph(list(fewer[["person", "event"]].itertuples(index=False, name=None)))
        return nx.bipartite.collaboration_weighted_projected_graph(graph, fewer["person"].unique())

    found = benchmark.pedantic(project, rounds=1)
    assert found.number_of_edges() == len(co_presence(fewer, engine="numpy"))
    if benchmark.stats:
        benchmark.extra_info["rows"] = len(fewer)
        benchmark.extra_info["seconds_for_a_million"] = benchmark.stats["mean"] * ROWS / len(fewer)


def test_a_million_contact_records(benchmark) -> None:
    rng = np.random.default_rng(152665)
    i, j = rng.integers(0, 100, ROWS), rng.integers(100, 200, ROWS)
    contacts = pd.DataFrame({"time": rng.integers(0, 20_000, ROWS) * 20, "i": i, "j": j})
    found = benchmark.pedantic(contact_events, args=(contacts,), rounds=3, warmup_rounds=1)
    benchmark.extra_info["contact_events"] = len(found)
