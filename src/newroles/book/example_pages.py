"""What the page about the invented example study says from its generator: the parameters, and what was planted."""

from __future__ import annotations

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from newroles import simulate
from newroles.book.pages import data_table, folded
from newroles.datasets.places import data_folder


class StudyParameters(SphinxDirective):
    """{study-parameters} PART: every parameter of one part of an invented study, with unit, default and reason."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        part = self.arguments[0] if self.arguments else ""
        table = simulate.describe_spec(simulate.StudySpec())
        table = table[table["part"] == part]
        if table.empty:
            raise self.error(f"An invented study has no part '{part}'.")
        rows = [
            [each["parameter"], f"{each['value']} ({each['unit']})", each["reason"]]
            for each in table.to_dict("records")
        ]
        return folded(f"Parameters ({len(rows)})", data_table(["Parameter", "Default and unit", "Reason"], rows))


class PlantedTruth(SphinxDirective):
    """{planted-truth} PART: what was planted in this part of the example study, read from the truth beside it."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        table = simulate.planted(simulate.read_truth(data_folder() / "example_study"))
        table = table[table["part"] == self.arguments[0]]
        if table.empty:
            raise self.error(f"Nothing is said to be planted in '{self.arguments[0]}'.")
        rows = [[each["planted"], f"{each['value']} ({each['unit']})"] for each in table.to_dict("records")]
        return [nodes.container("", data_table(["What was planted", "Value and unit"], rows), classes=["nr-scroll"])]
