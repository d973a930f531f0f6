"""Networks from files and into files, and what is said of files that can't be used."""

from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newroles.errors import InputError
from newroles.networks.exchange import read_network, read_relations, write_network
from newroles.networks.network import RoleNetwork, build


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding, newline="\n")
    return path


def weights(network: RoleNetwork) -> dict[tuple[object, object], float]:
    return {(s, t): w for s, t, w in network.ties.itertuples(index=False, name=None)}


def same(one: RoleNetwork, other: RoleNetwork) -> None:
    pd.testing.assert_frame_equal(one.people, other.people)
    pd.testing.assert_frame_equal(one.ties, other.ties)
    assert one.directed == other.directed


@pytest.fixture
def ward() -> RoleNetwork:
    """Unicode names, an isolate who didn't answer, blanks, four types of columns, weights that need all their digits."""
    people = pd.DataFrame(
        {
            "person": ["Zoë", "O'Neil & <Söhne>", "李 明", "isolate"],
            "role": ["nurse", "peer worker", "nurse", "psychiatrist"],
            "band": [5, 3, 5, 9],
            "wte": [1.0, 0.1 + 0.2, np.nan, 0.5],
            "team": ["A", None, "B, north", 'the "late" team'],
            "responded": ["yes", "yes", "yes", "no"],
            "lead": [True, False, False, False],
        }
    )
    source, target = ["Zoë", "李 明", "李 明"], ["李 明", "Zoë", "O'Neil & <Söhne>"]
    return build(people, pd.DataFrame({"source": source, "target": target, "weight": [1 / 3, 2.0, 1e-12]}))


# There and back --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extension", ["graphml", "csv"])
@pytest.mark.parametrize("directed", [True, False])
def test_what_is_written_reads_back_the_same(ward, tmp_path, extension, directed):
    network = ward if directed else build(ward.people, ward.ties, directed=False)
    write_network(network, tmp_path / f"ward.{extension}")
    again = read_network(tmp_path / f"ward.{extension}")
    same(again, network)
    assert again.answered.tolist() == [True, True, True, False]


@pytest.mark.parametrize("extension", ["graphml", "csv"])
def test_persons_who_are_numbers_stay_numbers_and_a_network_without_ties_stays_one(tmp_path, extension):
    people = pd.DataFrame({"person": [3, 1, 2], "role": ["a", "b", "b"]})
    for ties in (pd.DataFrame({"source": [3], "target": [1]}), pd.DataFrame({"source": [], "target": []})):
        network = build(people, ties, directed=False)
        path = tmp_path / f"n{len(ties)}.{extension}"
        write_network(network, path)
        again = read_network(path, directed=False)
        pd.testing.assert_frame_equal(again.people, people)
        assert weights(again) == weights(network)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cn"]), min_size=1, max_size=8
)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(NAMES.map("p".__add__), min_size=1, max_size=6, unique=True),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(1e-300, 1e300)), max_size=8),
    st.data(),
    st.sampled_from(["graphml", "csv"]),
)
def test_any_network_reads_back_the_same(tmp_path_factory, names, ties, data, extension):
    roles = data.draw(st.lists(NAMES.map("r".__add__), min_size=len(names), max_size=len(names)))
    rows = [(names[s % len(names)], names[t % len(names)], w) for s, t, w in ties]
    rows = list({(s, t): (s, t, w) for s, t, w in rows if s != t}.values())
    network = build(
        pd.DataFrame({"person": names, "role": roles}), pd.DataFrame(rows, columns=["source", "target", "weight"])
    )
    path = tmp_path_factory.getbasetemp() / f"any.{extension}"
    write_network(network, path)
    same(read_network(path, directed=True), network)


def test_line_ends_and_tabs_within_text_survive_xml(ward, tmp_path):
    people = ward.people.assign(note=["one\r\ntwo", "tab\there", " spaces ", "\n"])
    network = build(people, ward.ties)
    write_network(network, tmp_path / "ward.graphml")
    same(read_network(tmp_path / "ward.graphml"), network)


def test_networkx_reads_our_files_and_we_read_its(ward, tmp_path):
    """networkx 3.6, write_graphml, read_graphml and read_gexf."""
    plain = ward.to_networkx()
    write_network(ward, tmp_path / "ward.graphml")
    theirs = nx.read_graphml(tmp_path / "ward.graphml")
    assert dict(theirs.nodes(data=True)) == dict(plain.nodes(data=True))
    assert dict(theirs.edges) == dict(plain.edges)
    nx.write_graphml(plain, tmp_path / "theirs.graphml")
    again = read_network(tmp_path / "theirs.graphml")
    assert weights(again) == weights(ward)
    pd.testing.assert_frame_equal(again.people[list(ward.people)], ward.people)
    write_network(ward, tmp_path / "ward.gexf")
    gexf = nx.read_gexf(tmp_path / "ward.gexf")
    assert gexf.is_directed()
    assert {name: {k: v for k, v in known.items() if k != "label"} for name, known in gexf.nodes(data=True)} == dict(
        plain.nodes(data=True)
    )
    assert {(s, t): known["weight"] for s, t, known in gexf.edges(data=True)} == weights(ward)


# Formats ---------------------------------------------------------------------------------------------------------------------


def test_edge_lists_of_other_tools(tmp_path):
    path = written(tmp_path, "ties.csv", "From;To;Weight\n007;12;2\n12;7;0,5\n".replace("0,5", "0.5"))
    network = read_network(path)
    assert weights(network) == {("007", "12"): 2, ("12", "7"): 0.5}  # 007 is a name, so all are
    roles = pd.DataFrame({"person": ["12", "7", "007", "8"], "job": ["nurse", "peer", "nurse", "peer"]})
    network = read_network(path, people=roles, role="job", directed=False)
    assert (len(network), network.groups()[1]) == (4, ["nurse", "peer"])
    people = written(tmp_path, "staff.csv", "person,role\n12,nurse\n7,peer\n")
    numbers = written(tmp_path, "n.csv", "source,target\n7,12\n")
    assert weights(read_network(numbers, people=people)) == {(7, 12): 1}
    named = pd.DataFrame({"person": ["7", "12"], "role": ["peer", "nurse"]})
    assert weights(read_network(numbers, people=named)) == {("7", "12"): 1}


def test_a_matrix_with_its_columns_in_another_order_a_silent_row_and_a_blank_cell(tmp_path):
    path = written(tmp_path, "m.csv", ",b,a,c\na,1,9,\nb,,0,2.5\nc,NA,.,\n")
    network = read_network(path)
    assert weights(network) == {("a", "b"): 1, ("b", "c"): 2.5}
    assert network.people["responded"].tolist() == ["yes", "yes", "no"]
    assert network.left_out.values.tolist() == [["a tie to oneself", 1], ["a blank cell of the matrix", 1]]


def test_relations_of_an_edge_list_are_networks_of_the_same_people(tmp_path):
    path = written(tmp_path, "ties.csv", "source,target,relation\na,b,advice\nb,c,referral\n")
    networks = read_relations(path)
    assert {name: weights(network) for name, network in networks.items()} == {
        "advice": {("a", "b"): 1},
        "referral": {("b", "c"): 1},
    }
    assert [len(network) for network in networks.values()] == [3, 3]
    assert weights(read_network(path, relation="referral")) == {("b", "c"): 1}
    with pytest.raises(InputError, match="2 relations: advice, referral"):
        read_network(path)
    with pytest.raises(InputError, match="Did you mean 'advice'"):
        read_network(path, relation="advise")


FIVE = {("barry", "david"), ("barry", "lin"), ("david", "barry"), ("lin", "pat"), ("pat", "russ"), ("russ", "barry")}


@pytest.mark.parametrize(
    "text",
    [
        "dl n=5\nformat = fullmatrix\nlabels:\nbarry,david,lin,pat,russ\ndata:\n0 1 1 0 0\n1 0 0 0 0\n0 0 0 1 0\n0 0 0 0 1\n1 0 0 0 0\n",
        "DL N = 5, NM = 1 FORMAT=FM DIAGONAL = ABSENT ROW LABELS:\nbarry david lin pat russ\nCOLUMN LABELS:barry david lin pat russ\n"
        "DATA: 1 1 0 0\n1 0 0 0 0 0 1 0\n0 0 0 1\n1 0 0 0",
        'dl n=5 labels embedded format=fullmatrix data:\nbarry david "lin" pat russ\nbarry 0 1 1 0 0\ndavid 1 0 0 0 0\n'
        "lin 0 0 0 1 0\npat 0 0 0 0 1\nruss 1 0 0 0 0",
        "dl n=5 format=edgelist1 labels:\nbarry david lin pat russ\ndata:\n1 2\n1,3\n2 1\n3 4 1\n4 5\n5 1\n",
        "dl n=5 format=el1\nlabels embedded:\ndata:\nbarry david\nbarry lin\ndavid barry\nlin pat\npat russ\nruss barry\n",
        "dl n=5 format=nodelist1\nlabels embedded\ndata:\nbarry david lin\ndavid barry\nlin pat\npat russ\nruss barry\n",
        "dl n=5 format=nodelist1b labels:\nbarry david lin pat russ\ndata:\n2 2 3\n1 1\n1 4\n1 5\n1 1\n",
    ],
    ids=["full", "no diagonal", "embedded", "edges", "edges embedded", "nodes", "counted nodes"],
)
def test_the_same_network_in_every_dialect_of_dl(tmp_path, text):
    network = read_network(written(tmp_path, "five.dl", text))
    assert weights(network) == dict.fromkeys(FIVE, 1.0)
    assert network.people["person"].tolist() == ["barry", "david", "lin", "pat", "russ"]
    assert network.directed


def test_halves_are_undirected_and_may_lack_their_diagonal(tmp_path):
    for text in (
        "dl n=3 format=lowerhalf data:\n0\n2 0\n0 3 0\n",
        "dl n=3 format=lh diagonal=absent data: 2 0 3",
        "dl n=3 format=upperhalf data:\n0 2 0\n0 3\n0\n",
        "dl n=3 format=uh diagonal absent data:\n2 0\n3\n",
    ):
        network = read_network(written(tmp_path, "half.txt", text))
        assert (network.directed, weights(network)) == (False, {("1", "2"): 2, ("2", "3"): 3}), text
        both = read_network(tmp_path / "half.txt", directed=True)
        assert weights(both) == {("1", "2"): 2, ("2", "1"): 2, ("2", "3"): 3, ("3", "2"): 3}


@pytest.mark.parametrize(
    "data",
    ["fullmatrix data:\n0 1 0 0\n0 5 7 0\n", "edgelist1 data:\n1 2\n!\n1 2 5\n2 1 7\n"],
    ids=["matrices", "edge lists"],
)
def test_several_matrices_are_several_relations(tmp_path, data):
    path = written(tmp_path, "two.dl", f'dl n=2 nm=2 labels: "Ann Lee" bob matrix labels: advice time format={data}')
    networks = read_relations(path)
    assert {name: weights(network) for name, network in networks.items()} == {
        "advice": {("Ann Lee", "bob"): 1},
        "time": {("Ann Lee", "bob"): 5, ("bob", "Ann Lee"): 7},
    }
    unnamed = written(tmp_path, "unnamed.dl", f"dl n=2 nm=2 format={data}")
    assert list(read_relations(unnamed)) == ["relation 1", "relation 2"]


def test_people_whom_a_dl_file_only_counts_are_isolates_and_blank_rows_did_not_answer(tmp_path):
    counted = read_network(written(tmp_path, "c.dl", "dl n=4 format=edgelist1 labels embedded data:\nann bob\n"))
    assert counted.people["person"].tolist() == ["ann", "bob", "unnamed 1", "unnamed 2"]
    silent = read_network(written(tmp_path, "s.dl", "dl n=3 data:\n0 1 1\n. . .\n1 . 0\n"))
    assert silent.people["responded"].tolist() == ["yes", "no", "yes"]
    assert silent.left_out.values.tolist() == [["a blank cell of the matrix", 1]]


PAJEK = """% a ward
*Vertices 4
1 "Ann Lee" 0.1 0.2 0.5
2 "Zoë"
3 cy ellipse
*Arcs :1 "advice"
1 2 3 c Green
3 1
*Edges :2 "friends"
1 3 2
"""


def test_pajek_with_several_relations_an_isolate_and_a_partition(tmp_path):
    path = written(tmp_path, "ward.net", PAJEK)
    classes = written(tmp_path, "roles.clu", "*Vertices 4\n2\n1\n1\n3\n")
    networks = read_relations(path, partition=classes)
    assert weights(networks["advice"]) == {("Ann Lee", "Zoë"): 3, ("cy", "Ann Lee"): 1}
    assert weights(networks["friends"]) == {("Ann Lee", "cy"): 2, ("cy", "Ann Lee"): 2}
    assert networks["advice"].people.values.tolist() == [["Ann Lee", 2], ["Zoë", 1], ["cy", 1], ["4", 3]]
    assert not read_network(path, relation="friends", directed=False).directed


@pytest.mark.parametrize(
    ("text", "directed", "expected"),
    [
        ("*Vertices 3\n*Arcslist\n1 2 3\n3 1\n", True, {("1", "2"): 1, ("1", "3"): 1, ("3", "1"): 1}),
        ("*vertices 3\n*edgeslist\n1 2 3\n", False, {("1", "2"): 1, ("1", "3"): 1}),
        ("*Vertices 3\n*Matrix\n0 1 0\n0 0 2.5\n0 0 0\n", True, {("1", "2"): 1, ("2", "3"): 2.5}),
        ("*Vertices 2\n*Edges\n1 2 4\n", False, {("1", "2"): 4}),
        ("*Network ward\n*Vertices 2\n", True, {}),
    ],
)
def test_the_other_sections_of_pajek(tmp_path, text, directed, expected):
    network = read_network(written(tmp_path, "n.net", text))
    assert (network.directed, weights(network)) == (directed, expected)


def test_pajek_equals_the_reader_of_networkx(tmp_path):
    """networkx 3.6, write_pajek of a random directed graph with weights, read_pajek."""
    graph = nx.gnp_random_graph(12, 0.3, seed=4, directed=True)
    nx.set_edge_attributes(graph, {edge: float(at + 1) for at, edge in enumerate(graph.edges)}, "weight")
    nx.write_pajek(nx.relabel_nodes(graph, {node: f"person {node}" for node in graph}), tmp_path / "g.net")
    theirs = {(s, t): known["weight"] for s, t, known in nx.read_pajek(tmp_path / "g.net").edges(data=True)}
    assert weights(read_network(tmp_path / "g.net")) == theirs


GRAPHML = """<?xml version="1.0"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="a" for="node" attr.name="name" attr.type="string"/>
<key id="b" for="node" attr.name="profession" attr.type="string"><default>nurse</default></key>
<key id="c" for="edge" attr.name="hours" attr.type="double"/>
<graph edgedefault="undirected">
<node id="n0"><data key="a">Ann</data></node>
<node id="n1"><data key="a">Bob</data><data key="b">peer</data></node>
<edge source="n0" target="n1"><data key="c">2.5</data></edge>
</graph></graphml>
"""


def test_graphml_with_names_roles_and_weights_called_otherwise(tmp_path):
    path = written(tmp_path, "igraph.graphml", GRAPHML)
    network = read_network(path, person="name", role="profession", weight="hours")
    assert network.people.values.tolist() == [["Ann", "nurse"], ["Bob", "peer"]]
    assert (network.directed, weights(network)) == (False, {("Ann", "Bob"): 2.5})
    assert weights(read_network(path)) == {("n0", "n1"): 1}


def test_old_encodings_are_read_when_named(tmp_path):
    path = written(tmp_path, "old.net", '*Vertices 2\n1 "Zoë"\n*Arcs\n1 2\n', encoding="cp1252")
    assert weights(read_network(path, encoding="cp1252")) == {("Zoë", "2"): 1}
    with pytest.raises(InputError, match="old.net, line 2 isn't UTF-8.*cp1252"):
        read_network(path)
    marked = written(tmp_path, "excel.csv", "source,target\na,b\n", encoding="utf-16")
    assert weights(read_network(marked)) == {("a", "b"): 1}


# Files that can't be used ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("n.csv", " \n", "n.csv is empty"),
        ("n.xlsx", "x", "Say format="),
        ("n.csv", "source,target,weight\na,b,1\nb,c,-2\n", "line 3 has '-2'"),
        ("n.csv", "source,target,weight\na,b,much\n", "line 2 has 'much'"),
        ("n.csv", "source,target,weight\na,b,\n", "line 2 has ''"),
        ("n.csv", "source,target\na,b\nc,\n", "line 3 has no target"),
        ("n.csv", "source,target\na,b,c\n", "line 2 has 3 cells"),
        ("n.csv", 'source,target\n"a,b\n', "line 2"),
        ("n.csv", "source,target,type\na,b,mixed\n", "type 'mixed'"),
        ("n.csv", "wave,source,target\n1,a,b\n2,a,b\n", "2 waves"),
        ("n.csv", ",a,b\na,0,1\n", "isn't a square matrix.*1 rows, 2 columns, and b"),
        ("n.csv", ",a,b\na,0,1\nc,1,0\n", "isn't a square matrix.*c, b"),
        ("n.csv", ",a,a\na,0,1\na,1,0\n", "'a' twice"),
        ("n.csv", ",a,b\na,0,x\nb,1,0\n", "line 2, column 'b' has 'x'"),
        ("n.dl", "n=2 data:\n0 1 1 0", "begin with the word DL"),
        ("n.dl", "dl n=2\n0 1 1 0", "no line 'data:'"),
        ("n.dl", "dl data:\n0 1 1 0", "how many people"),
        ("n.dl", "dl nr=2 nc=3 data:\n0 1 1 0 1 1", "two_mode"),
        ("n.dl", "dl n=two data:\n0", "N needs a whole number"),
        ("n.dl", "dl n=2 data:\n0 1 1\n", "only 3 entries"),
        ("n.dl", "dl n=2 data:\n0 1\n1 0\n7\n", "line 4: '7' comes after"),
        ("n.dl", "dl n=2 data:\n0 1\nx 0\n", "line 3, row '2' has 'x'"),
        ("n.dl", "dl n=2 format=edgelist2 data:\n1 2\n", "'edgelist2' isn't read. Did you mean 'edgelist1'"),
        ("n.dl", "dl n=2\nlables: a b data:\n0 1 1 0\n", "line 2: 'lables:' isn't a word"),
        ("n.dl", "dl n=3\nlabels: a b data:\n0 1 1 0\n", "2 labels, but 3"),
        ("n.dl", "dl n=2\nlabels: a a data:\n0 1 1 0\n", "'a' twice"),
        ("n.dl", "dl labels: a a n=2 data:\n0 1 1 0\n", "must stand before the labels"),
        ("n.dl", "dl n=2 row labels: a b column labels: b a data:\n0 1 1 0\n", "row labels and column labels differ"),
        ("n.dl", "dl n=2 labels embedded data:\na b\na 0 1\nc 1 0\n", "label 'c'"),
        ("n.dl", "dl n=2 format=edgelist1 data:\n1 3\n", "line 2: '3' isn't a number from 1 to 2"),
        ("n.dl", "dl n=2 format=edgelist1 labels embedded data:\na b\na c\n", "line 3: 'c' is person 3"),
        ("n.dl", "dl n=2 format=edgelist1 data:\n1\n", "line 2 needs two persons"),
        ("n.dl", "dl n=2 nm=2 format=edgelist1 data:\n1 2\n", "announces 2 relations .* holds 1"),
        ("n.dl", "dl n=2 format=nodelist1b data:\n2 1\n", "announces 2 persons and names 1"),
        ("n.net", "1 2\n", "begins with .Vertices"),
        ("n.net", "*Vertices 3 2\n", "two-mode"),
        ("n.net", "*Vertices\n", "number of people"),
        ("n.net", "*Vertices 2\n*Arcs\n1 3\n", "line 3 has '3', which isn't a vertex"),
        ("n.net", "*Vertices 2\n*Arcs\n1\n", "one person only"),
        ("n.net", "*Vertices 2\n*Arcs\n1 2 -1\n", "line 3 has '-1'"),
        ("n.net", "*Vertices 2\n*Matrix\n0 1\n", "isn't square"),
        ("n.net", "*Vertices 2\n*Matrix\n0 1 2\n", "line 3 has 3 numbers"),
        ("n.net", '*Vertices 2\n1 "a"\n2 "a"\n', "two vertices are called 'a'"),
        ("n.net", "*Vertices 2\n*Vector\n", "line 2: .Vector isn't read"),
        ("n.net", "*Vertices 2\n*Vertices 2\n", "second network"),
        ("n.net", "% nothing\n", "no .Vertices"),
        ("n.csv", "source,target,weight,Weight\na,b,1,2\n", "more than one column weight"),
        ("n.csv", "hello", "one cell or line, 'hello', and no network"),
        ("n.txt", "some words of prose", "no network"),
        ("n.csv", ",\n", "blank cells only"),
        ("n.dl", "dl n=1000000000\ndata:\n0\n", "N needs a whole number from 1 to 1,000,000"),
        ("n.dl", "dl n=2 nm=1000000000\ndata:\n0 1 1 0\n", "NM needs a whole number from 1 to 35"),
        ("n.dl", "dl n=²\ndata:\n0 1 1 0\n", "N needs a whole number"),
        ("n.dl", f"dl n={'9' * 5000}\ndata:\n0\n", "N needs a whole number"),
        ("n.dl", "dl n=2 format=edgelist1 data:\n1 ²\n", "'²' isn't a number from 1 to 2"),
        ("n.net", "*Vertices 1000000000\n", "from 1 to 1,000,000"),
        ("n.net", "*Vertices ²\n", "from 1 to 1,000,000"),
        ("n.net", "*Vertices 2\n*Arcs\n1 ²\n", "'²', which isn't a vertex"),
        ("n.net", "*Vertices 2\n1 a\n1 b\n", "line 3 gives vertex 1 a second time"),
        ("n.graphml", GRAPHML.replace("<edge ", "<edge directed='maybe' ", 1), "true or false, not 'maybe'"),
        ("n.graphml", "<graphml><graph edgedefault='maybe'><node id='a'/></graph></graphml>", "not 'maybe'"),
        ("n.graphml", " ", "empty"),
        ("n.graphml", "<graphml><graph>", "not well-formed"),
        ("n.graphml", "<graphml/>", "holds 0 graphs"),
        ("n.graphml", "<!DOCTYPE graphml [<!ENTITY a 'b'>]><graphml/>", "document type"),
        ("n.graphml", "<graphml><graph><node id='a'/><node id='a'/></graph></graphml>", "the same id"),
        ("n.graphml", "<graphml><graph><node id='a'/><edge source='a' target='b'/></graph></graphml>", "no node 'b'"),
        ("n.graphml", "<graphml><graph><node id='a'><graph/></node></graph></graphml>", "graph inside"),
        ("n.graphml", GRAPHML.replace("2.5", "much"), "hours is 'much'"),
        ("n.graphml", GRAPHML.replace('"double"', '"colour"'), "unknown type 'colour'"),
        ("n.graphml", GRAPHML.replace('<data key="c">', '<data key="z">'), "'z' isn't declared"),
    ],
)
def test_files_that_cannot_be_used_are_told(tmp_path, name, text, says):
    with pytest.raises(InputError, match=says):
        read_network(written(tmp_path, name, text))


def test_calls_that_cannot_be_met_are_told(ward, tmp_path):
    path = written(tmp_path, "n.csv", "source,target\na,b\n")
    graph = written(tmp_path, "g.graphml", GRAPHML)
    net = written(tmp_path, "w.net", PAJEK)
    clu = written(tmp_path, "w.clu", "*Vertices 3\n1\n2\n3\n")
    words = written(tmp_path, "x.clu", "*Vertices 4\n1\n2\nnurse\n3\n")
    (tmp_path / "taken.csv").mkdir()
    (tmp_path / "ward_people.csv").mkdir()
    for call, says in (
        (lambda: read_network(tmp_path / "absent.csv"), "absent.csv can't be read"),
        (lambda: read_network(tmp_path / "absent.graphml"), "absent.graphml can't be read"),
        (lambda: read_network(path, format="edge"), "Did you mean 'edges'"),
        (lambda: read_network(path, encoding="utf-99"), "no encoding 'utf-99'"),
        (lambda: read_network(path, encoding="a\0b"), "no encoding"),
        (lambda: read_network(None), "path is the path of a file"),
        (lambda: read_network("a\0b.csv"), "path is the path of a file"),
        (lambda: read_network(path, people=5), "where it isn't a table.* not 5"),
        (lambda: read_network(path, weight="hours"), "no column 'hours' .*source, target"),
        (lambda: read_network(path, weight=1), "weight is the name"),
        (lambda: read_network(path, person="nick"), "isn't GraphML.*source, target"),
        (lambda: read_network(net, relation="advice", weight="hours"), "format pajek"),
        (lambda: read_network(graph, weight="zeal"), "edges have no attribute 'zeal'"),
        (lambda: read_network(path, people=pd.DataFrame({"name": ["a"]})), "need a column person"),
        (lambda: read_network(path, people=pd.DataFrame({"person": ["a"]})), "1 people who are not .* 'b'"),
        (lambda: read_network(path, role="job"), "no 'job'"),
        (lambda: read_network(path, format="matrix"), "isn't a square matrix"),
        (lambda: read_relations(path), "without the name of a relation"),
        (lambda: read_network(graph, person="nick"), "no attribute 'nick'"),
        (lambda: read_network(net, relation="advice", partition=clu), "w.clu doesn't fit"),
        (lambda: read_network(net, relation="advice", partition=words), "x.clu, line 4 has 'nurse'"),
        (lambda: write_network(ward, tmp_path / "ward.gml"), "Use .graphml, .gexf, .csv"),
        (lambda: write_network(ward, tmp_path / "no folder" / "ward.csv"), "no folder"),
        (lambda: write_network(ward, (tmp_path / "taken.csv")), "taken.csv is a folder"),
        (lambda: write_network(ward, (tmp_path / "ward.csv")), "ward_people.csv is a folder"),
        (lambda: write_network(ward, None), "path of a file"),
    ):
        with pytest.raises(InputError, match=says):
            call()


@pytest.mark.parametrize("extension", ["graphml", "gexf"])
def test_names_that_xml_cannot_hold_are_refused(tmp_path, extension):
    network = build(pd.DataFrame({"person": ["a", "b\x00"]}), pd.DataFrame({"source": ["a"], "target": ["b\x00"]}))
    with pytest.raises(InputError, match="control characters"):
        write_network(network, tmp_path / f"n.{extension}")
    assert not (tmp_path / f"n.{extension}").exists()


@pytest.mark.parametrize("role", ["", "  "])
def test_a_role_of_spaces_is_blank(tmp_path, role):
    network = build(
        pd.DataFrame({"person": ["a", "b"], "role": [role, "peer"]}), pd.DataFrame({"source": ["a"], "target": ["b"]})
    )
    for extension in ("graphml", "csv"):
        write_network(network, tmp_path / f"n.{extension}")
        assert read_network(tmp_path / f"n.{extension}").people["role"].isna().tolist() == [True, False]


def test_many_embedded_labels_are_read_in_the_order_of_the_file(tmp_path):
    names = [f"p{place}" for place in range(20_000)]
    ties = "\n".join(f"{one} {other}" for one, other in pairwise(names))
    path = written(tmp_path, "n.dl", f"dl n=20001 format=edgelist1\nlabels embedded\ndata:\n{ties}\n")
    assert read_network(path).people["person"].tolist() == [*names, "unnamed 1"]
