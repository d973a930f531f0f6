"""The notices that travel with the open tables: who owns what, under which licence, in the owners' words."""

from __future__ import annotations

from collections.abc import Iterable

from newroles.datasets.sources.tables import OpenTable

MIT_COPYRIGHT = {
    (
        "emergency_role_pairs, emergency_role_positions, emergency_successions, emergency_record_use"
    ): "Copyright (c) 2023 Michael H McCullough",
    "feedback_themes, feedback_theme_pairs, feedback_saturation": "Copyright (c) 2021 NHS England",
    (
        "talking_therapies and the columns on talking therapies of mental_health_trusts (package nhstt, which "
        "collected the statistics)"
    ): ("Copyright (c) 2025 nhstt authors"),
}

MIT_TEXT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


def notices_text(tables: Iterable[OpenTable]) -> str:
    """LICENSES.md for data/open/: the licence and attribution of each table, and the MIT notices in full."""
    lines = [
        "# Licences of the open tables",
        "",
        (
            "Each table was computed by our own builders (`newroles sources build --from DIR`) from openly "
            "licensed sources."
        ),
        "The sources stay under their owners' licences, given here and in the record (`.yml`) beside each table.",
        "",
    ]
    for table in sorted(tables, key=lambda one: one.name):
        lines += [f"## {table.name}", "", f"Licence: {table.licence}", "", table.attribution, ""]
    lines += ["## MIT notices", ""]
    for what, holder in MIT_COPYRIGHT.items():
        lines += [f"Tables {what}:", "", "    MIT License", "", f"    {holder}", ""]
    lines += ["The permission notice, the same for each:", ""]
    lines += [f"    {line}" if line else "" for line in MIT_TEXT.splitlines()]
    lines += [
        "",
        "## Open Government Licence and other texts",
        "",
        "- Open Government Licence v3.0: https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        "- Creative Commons Attribution 4.0: https://creativecommons.org/licenses/by/4.0/",
        "- Apache License 2.0: https://www.apache.org/licenses/LICENSE-2.0",
    ]
    return "\n".join(lines) + "\n"
