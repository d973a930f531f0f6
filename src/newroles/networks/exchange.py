"""Networks from files and into files: edge lists, matrices, GraphML, Pajek, UCINET DL; GraphML, GEXF, CSV."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.networks.dl_files import read_dl
from newroles.networks.graph_files import read_graphml, write_gexf, write_graphml
from newroles.networks.matrix_files import is_edge_list, people_beside, read_edges, read_matrix, read_table, write_csv
from newroles.networks.network import RoleNetwork, build
from newroles.networks.network_file import NetworkFile, path_of, read_text, rows_of
from newroles.networks.pajek_files import read_pajek, read_partition

Format = Literal["edges", "matrix", "graphml", "pajek", "dl"]
_BY_EXTENSION: dict[str, Format | None] = {
    ".csv": None,
    ".tsv": None,
    ".txt": None,
    ".graphml": "graphml",
    ".xml": "graphml",
    ".net": "pajek",
    ".dl": "dl",
}
_WRITERS = {".graphml": write_graphml, ".gexf": write_gexf, ".csv": write_csv}


def read_network(
    path: str | Path,
    format: Format | None = None,
    people: pd.DataFrame | str | Path | None = None,
    relation: str | None = None,
    role: str | None = None,
    person: str | None = None,
    weight: str = "weight",
    partition: str | Path | None = None,
    directed: bool | None = None,
    encoding: str | None = None,
) -> RoleNetwork:
    """Which network does this file hold?

    path: a file in one of these formats, told by its extension (and, for .csv, .tsv and .txt, by its first line) or by `format`.

    - edges: CSV with one row per tie: source, target (or from, to) and, where given, weight, relation, type (directed or
      undirected). Its people stand in a second file, of the same name with _people, or in `people`.
    - matrix: CSV with persons in the first row and the first column; a cell is the tie from the row's to the column's person.
    - graphml: GraphML, as Gephi, igraph, networkx and visone write it. Attributes of nodes become columns.
    - pajek: Pajek .net with *Arcs, *Edges, *Arcslist, *Edgeslist or *Matrix.
    - dl: UCINET's DL language: full matrix, lower or upper half, edgelist1, nodelist1, nodelist1b.

    people: a table, or the path of a CSV, with one row per person: person, role and more. Its people are the people of the
    network, so that isolates and people who did not answer are kept; without it, they are those whom the file names.
    relation: which relation to take from a file with several. role: the column or attribute that holds the role, if it isn't
    called role. person, weight: GraphML's attribute that names people, if that isn't the id, and the weight's attribute or
    column, if it isn't called weight. partition: a Pajek .clu file; its classes become the role. directed: None takes what the
    file says, and True where it doesn't say. encoding: of a text file that isn't UTF-8.

    Conventions. Cells that all are numbers become numbers, as in any spreadsheet (not "007"). A role of "" or of spaces only
    is blank. In a matrix a blank cell, a dot or NA is no tie; a person whose whole row is blank did not answer: `responded`
    becomes "no" for them and "yes" for others.
    Other blank cells are counted in `left_out`. A DL file that counts more people than it names has isolates called
    "unnamed 1" and so on. Where a file has ties of both kinds, the network is directed and an undirected tie goes both ways.

    Returns a RoleNetwork. Raises InputError, naming file and line, for anything else: matrices that aren't square, unknown or
    repeated labels or columns, a `person` or `weight` that the file doesn't have, more than a million people, weights that
    aren't numbers of 0 or more, XML with a document type, several relations and none named.

    Sources: UCINET's help page "DL language"; the Pajek reference manual; the GraphML specification at graphml.graphdrawing.org.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "ward.dl")
    ...     _ = path.write_text("dl n=3 format=edgelist1\\nlabels:\\nana, ben, cy\\ndata:\\n1 2 3\\n2 1\\n")
    ...     network = read_network(path)
    >>> network.ties.values.tolist(), len(network)
    ([['ana', 'ben', 3.0], ['ben', 'ana', 1.0]], 3)
    """
    path = path_of(path, "path")
    file = _read(path, format, person, weight, partition, encoding)
    if relation is None and len(file.relations) > 1:
        raise InputError(
            f"{path.name} holds {len(file.relations)} relations: {', '.join(file.relations)}. Say which, as in "
            f"relation={file.relations[0]!r}, or take them all with read_relations."
        )
    if relation is not None and relation not in file.relations:
        raise InputError(f"{path.name} has no relation {relation!r}. {did_you_mean(relation, file.relations)}")
    return _network(path, file, _people(path, file, people, role, encoding), relation, directed)


def read_relations(
    path: str | Path,
    format: Format | None = None,
    people: pd.DataFrame | str | Path | None = None,
    role: str | None = None,
    person: str | None = None,
    weight: str = "weight",
    partition: str | Path | None = None,
    directed: bool | None = None,
    encoding: str | None = None,
) -> dict[str, RoleNetwork]:
    """Which networks does a file with several relations hold: one per relation, all of the same people?

    The arguments are those of `read_network`. Returns a dict from each relation's name, in the file's order, to its network.
    Raises InputError as `read_network` does, and where ties have no relation.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "ties.csv")
    ...     _ = path.write_text("source,target,relation\\nana,ben,advice\\nben,cy,supervision\\n")
    ...     networks = read_relations(path)
    >>> {name: network.ties["target"].tolist() for name, network in networks.items()}
    {'advice': ['ben'], 'supervision': ['cy']}
    """
    path = path_of(path, "path")
    file = _read(path, format, person, weight, partition, encoding)
    if not file.relations or any(tie[3] is None for tie in file.ties):
        raise InputError(f"{path.name} has ties without the name of a relation. Use read_network.")
    table = _people(path, file, people, role, encoding)
    return {relation: _network(path, file, table, relation, directed) for relation in file.relations}


def write_network(network: RoleNetwork, path: str | Path) -> None:
    """Which file opens this network elsewhere? Written as GraphML, GEXF or CSV, told by the extension of the path.

    .graphml: people with all columns and their types, and ties with weights, for Gephi, igraph, networkx and others; read back by
    `read_network` as the same network (dates come back as text). .gexf: the same for Gephi. .csv: ties (source, target, weight,
    type) at the path, people in a second file of the same name with _people; `read_network` finds both. CSV has no types: a
    column of names that all are numbers comes back as numbers, empty text as missing, and spaces around a name are lost.

    People without ties and those who did not answer are written. Nothing is suppressed: a file with people in it is for the
    study team, not for publication.

    Raises InputError for another extension, a folder that doesn't exist, a folder of this name, and control characters that XML can't hold.

    >>> from tempfile import TemporaryDirectory
    >>> people = pd.DataFrame({"person": ["ana", "ben", "cy"], "role": ["nurse", "peer", "nurse"]})
    >>> network = build(people, pd.DataFrame({"source": ["ana"], "target": ["ben"]}))
    >>> with TemporaryDirectory() as folder:
    ...     write_network(network, Path(folder, "ward.graphml"))
    ...     again = read_network(Path(folder, "ward.graphml"))
    >>> again.people.equals(network.people), again.ties.equals(network.ties)
    (True, True)
    """
    path = path_of(path, "path")
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise InputError(
            f"Networks aren't written as {path.suffix or 'a file without extension'!r}. Use {', '.join(_WRITERS)}."
        )
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent} to write {path.name} into.")
    for file in [path, people_beside(path)] if path.suffix.lower() == ".csv" else [path]:
        if file.is_dir():
            raise InputError(f"{file.name} is a folder, and a file can't take its place. Choose another name.")
    try:
        writer(network, path)
    except OSError as error:
        raise InputError(f"{path.name} can't be written: {error.strerror}.") from error


def _read(
    path: Path,
    format: Format | None,
    person: str | None,
    weight: str,
    partition: str | Path | None,
    encoding: str | None,
) -> NetworkFile:
    if format is not None and format not in get_args(Format):
        raise InputError(f"There is no format {format!r}. {did_you_mean(format, get_args(Format))}")
    if format is None and path.suffix.lower() not in _BY_EXTENSION:
        known = ", ".join(_BY_EXTENSION)
        raise InputError(f"What {path.name} holds can't be told from its extension ({known} can). Say format=.")
    format = format or _BY_EXTENSION[path.suffix.lower()]
    for name, value in (("person", person), ("weight", weight)):
        if value is not None and not isinstance(value, str):
            raise InputError(f"{name} is the name of an attribute or a column, not {value!r}.")
    if format == "graphml":
        file = read_graphml(path, person, weight)
    else:
        text = read_text(path, encoding)
        if format is None:
            start = text.lstrip().lower()
            format = "pajek" if start.startswith(("*", "%")) else "dl" if start.split()[0] == "dl" else None
        if format == "pajek":
            file = read_pajek(path, text)
        elif format == "dl":
            file = read_dl(path, text)
        elif format == "matrix" or (format is None and not is_edge_list(path, text)):
            format, file = "matrix", read_matrix(path, text)
        else:
            format, file = "edges", read_edges(path, text, weight)
        if person is not None:
            raise InputError(
                f"{path.name} isn't GraphML, so its people have no attribute {person!r}: person= names an attribute of GraphML. "
                f"Leave it out{_columns(path, text, format)}; in a table of people call the column person."
            )
        if weight != "weight" and format != "edges":
            raise InputError(
                f"{path.name} has no column or attribute {weight!r}: weight= is for edge lists and GraphML, and this is of the format "
                f"{format}. Leave it out{_columns(path, text, format)}."
            )
    if partition is not None:
        classes = path_of(partition, "partition")
        file.people["role"] = read_partition(classes, read_text(classes, encoding), len(file.people))
    return file


def _people(
    path: Path, file: NetworkFile, people: pd.DataFrame | str | Path | None, role: str | None, encoding: str | None
) -> pd.DataFrame:
    """The people given, with what the file knows of them; the file's own where none are given."""
    if people is None and path.suffix.lower() == ".csv" and people_beside(path).is_file():
        people = people_beside(path)
    if people is None:
        table = file.people
    else:
        table = (
            people
            if isinstance(people, pd.DataFrame)
            else read_table(path_of(people, "people, where it isn't a table,"), encoding)
        )
        if "person" not in table:
            raise InputError(
                f"The people of {path.name} need a column person. There is: {', '.join(map(str, table.columns))}."
            )
        known = file.people
        if table["person"].dtype != known["person"].dtype and not known["person"].isin(table["person"]).any():
            ids = dict(zip(table["person"].astype(str), table["person"], strict=True))
            known = known.assign(person=[ids.get(str(name), name) for name in known["person"]])
        strangers = known.loc[~known["person"].isin(table["person"]), "person"]
        if len(strangers):
            raise InputError(
                f"{path.name} names {len(strangers)} people who are not in the table of people, such as {strangers.iloc[0]!r}. Add "
                "them there, with their role."
            )
        more = [column for column in known if column not in table]
        if more:
            table = table.merge(known[["person", *more]], on="person", how="left")
    if role is not None:
        if role not in table:
            raise InputError(f"The people of {path.name} have no {role!r}. {did_you_mean(role, table.columns)}")
        table = table.drop(columns="role", errors="ignore").rename(columns={role: "role"}) if role != "role" else table
    if "role" in table:
        blank = table["role"].map(lambda value: isinstance(value, str) and not value.strip()).to_numpy(dtype=bool)
        if blank.any():
            table = table.assign(role=table["role"].mask(blank))
    return table


def _columns(path: Path, text: str, format: str) -> str:
    """The columns of a CSV, for a message."""
    return f" (the columns are {', '.join(rows_of(path, text)[0][:20])})" if format in ("edges", "matrix") else ""


def _network(
    path: Path, file: NetworkFile, people: pd.DataFrame, relation: str | None, directed: bool | None
) -> RoleNetwork:
    if directed is None:
        directed = file.directed if file.directed is not None else True
    ties = file.table(directed)
    if relation is not None:
        ties = ties[ties["relation"] == relation]
    network = build(people, ties.drop(columns="relation"), directed=directed)
    if not file.blank:
        return network
    note = pd.DataFrame({"reason": ["a blank cell of the matrix"], "rows": [file.blank]})
    return dataclasses.replace(network, left_out=pd.concat([network.left_out, note], ignore_index=True))


__all__ = ["read_network", "read_relations", "write_network"]
