"""The `newroles` command: thin. Every subcommand calls one function of the package and says what happened.

Exit codes: 0 all is well; 1 a chapter, the build or a check on the site failed; 2 the input can't be used.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import newroles
from newroles.errors import InputError
from newroles.guidance_commands import add_guidance

if TYPE_CHECKING:
    from newroles.datasets import Codebook, Study


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        return given.do(given)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        if isinstance(error, BrokenPipeError):  # the reader, such as head, has seen enough
            sys.stderr.close()
            return 0
        print(
            f"{error.filename or 'A file'} can't be used: {error.strerror or error}. Nothing was published.",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("Stopped. Nothing was published.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="newroles", description="A study folder in, a published book out.")
    parser.add_argument("--version", action="version", version=f"newroles {newroles.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="check a study folder, execute the chapters, publish the book")
    run.add_argument("--study", required=True, metavar="DIR", help="the study folder, for example data/example_study")
    run.add_argument(
        "--out",
        required=True,
        type=_named,
        metavar="DIR",
        help="where the book goes; a book that is there is replaced at the end",
    )
    run.add_argument(
        "--only", action="append", default=[], metavar="CHAPTER", help="execute this chapter only (can be repeated)"
    )
    run.add_argument("--jobs", type=int, default=2, metavar="N", help="chapters at a time (default: 2)")
    run.add_argument(
        "-p",
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="replace a chapter's default (can be repeated)",
    )
    run.set_defaults(do=_run)

    check = commands.add_parser("check", help="list everything that is wrong in a study folder")
    check.add_argument("study", metavar="DIR")
    check.set_defaults(do=_check)

    template = commands.add_parser("template", help="write an Excel workbook to fill in")
    template.add_argument("file", metavar="FILE.xlsx")
    template.set_defaults(do=_template)

    sources = commands.add_parser("sources", help="the open data: what is there, and building it anew")
    what = sources.add_subparsers(required=True, metavar="list|build")
    listing = what.add_parser("list", help="the open tables and the files they are computed from")
    listing.add_argument("--from", dest="folder", metavar="DIR", help="say which of the files are in this folder")
    listing.set_defaults(do=_sources_list)
    build = what.add_parser("build", help="compute data/open from a folder of source files")
    build.add_argument("--from", dest="folder", required=True, metavar="DIR", help="the folder of source files")
    build.add_argument("--to", dest="to", metavar="DIR", help="where the tables go (default: data/open)")
    build.set_defaults(do=_sources_build)

    _add_coding(commands.add_parser("coding", help="bring a team's coding in, settle its differences, read it"))

    extract = commands.add_parser(
        "extract", help="say where a segment's extract lies, who coded it how, what was settled"
    )
    extract.add_argument("segments", nargs="+", metavar="SEGMENT", help="the segment's id, such as S00001")
    extract.add_argument("--study", required=True, type=_named, metavar="DIR", help="the study folder")
    extract.add_argument(
        "--texts",
        type=_named,
        metavar="DIR",
        help="your own safe store, one DOCUMENT.txt each: shows the words, on this screen only",
    )
    extract.set_defaults(do=_extract)

    add_guidance(commands, _named, _print_as_shown)

    simulate = commands.add_parser("simulate", help="write an invented study with a known truth")
    simulate.add_argument(
        "--out", required=True, type=_named, metavar="DIR", help="a new folder; the truth is written beside it"
    )
    simulate.add_argument("--seed", type=int, metavar="N", help="another seed gives another study")
    simulate.add_argument("--trusts", type=int, metavar="N", help="organisations in the sampling frame (51)")
    simulate.add_argument("--teams", type=int, metavar="N", help="case teams, one for each role in turn (8)")
    simulate.add_argument("--waves", type=int, metavar="N", help="waves of the network: before, at and after (3)")
    simulate.add_argument("--people-per-team", type=int, metavar="N", help="people before the new role comes (24)")
    simulate.add_argument("--events", type=int, metavar="N", help="about how many rows of encounters (4000)")
    simulate.add_argument("--jobs", type=int, metavar="N", help="how many blocks of events are drawn at a time (1)")
    simulate.set_defaults(do=_simulate)
    return parser


def _add_coding(coding: argparse.ArgumentParser) -> None:
    """The commands of `newroles coding`; all take a study and a codebook."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--study", required=True, type=_named, metavar="DIR", help="the study folder")
    common.add_argument("--codebook", required=True, metavar="ID", help="a codebook that study.yml names")
    units = argparse.ArgumentParser(add_help=False)
    units.add_argument("--unit-kind", default="segment", metavar="KIND", help="segment (default), report or role")
    units.add_argument(
        "--round", type=int, metavar="N", help="a round of coding (default: each coder's last on each unit)"
    )
    what = coding.add_subparsers(required=True, metavar="import|export|disagreements|adjudicate|agreement|framework")

    bring = what.add_parser("import", parents=[common], help="add a coding tool's codings to the study")
    bring.add_argument("file", metavar="FILE", help=".qdpx, .qde, .qda, .sqlite3 or .csv")
    bring.add_argument("--mapping", metavar="map.csv", help="what the tool's codes become: columns code and becomes")
    bring.add_argument(
        "--write-mapping", action="store_true", help="write FILE.mapping.csv, to be filled in for codes that don't fit"
    )
    bring.add_argument(
        "--key", metavar="FILE.csv", help="who is which coder (default: DIR.coders.csv beside the study)"
    )
    bring.add_argument(
        "--method", default="document", metavar="HOW", help="interview, observation or document (default)"
    )
    bring.add_argument("--round", type=int, default=1, metavar="N", help="the round of coding (default: 1)")
    bring.add_argument("--coder", type=_named, metavar="NAME", help="who coded, where the file doesn't say")
    bring.add_argument("--layout", choices=["long", "coders", "codes"], help="how a spreadsheet is laid out")
    bring.add_argument("--project", metavar="NAME", help="which project of a Taguette database, by name or number")
    bring.set_defaults(do=_coding_import)

    export = what.add_parser("export", parents=[common], help="write the codebook for other tools")
    export.add_argument("--out", required=True, type=_named, metavar="FILE.qdc")
    export.set_defaults(do=_coding_export)

    differ = what.add_parser("disagreements", parents=[common, units], help="write the list of what is to be settled")
    differ.add_argument("--out", required=True, type=_named, metavar="FILE.xlsx|FILE.csv")
    differ.set_defaults(do=_coding_disagreements)

    settle = what.add_parser("adjudicate", parents=[common, units], help="read the filled list back into the study")
    settle.add_argument("file", metavar="FILE")
    settle.set_defaults(do=_coding_adjudicate)

    agree = what.add_parser("agreement", parents=[common, units], help="print how well the coders agree")
    agree.set_defaults(do=_coding_agreement)

    matrix = what.add_parser("framework", parents=[common], help="write the framework matrix of the segments")
    matrix.add_argument("--out", required=True, type=_named, metavar="FILE.xlsx")
    matrix.add_argument("--by", default="team", metavar="COLUMN", help="what a case is, a column of segments (team)")
    matrix.add_argument("--summaries", metavar="OLD.xlsx", help="keep the summaries typed into this earlier workbook")
    matrix.add_argument(
        "--rule",
        metavar="RULE",
        help="majority, adjudicated or unanimous (default: adjudicated once anything is settled, else majority)",
    )
    matrix.set_defaults(do=_coding_framework)


def _named(text: str) -> str:
    """A place must have a name: an unset variable in a script gives none."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the name of a folder is missing")
    return text


def _run(given: argparse.Namespace) -> int:
    from newroles.book import RunError, run
    from newroles.book.plan import parse_parameters

    try:
        report = run(
            given.study,
            given.out,
            only=given.only,
            jobs=given.jobs,
            parameters=parse_parameters(given.parameter),
            progress=sys.stderr.isatty(),
        )
    except RunError as error:
        print(error, file=sys.stderr)
        return 1
    print(report)
    for warning in report.manifest["warnings"]:
        print(f"  warning: {warning}")
    return 0


def _check(given: argparse.Namespace) -> int:
    from newroles.datasets import check_study, describe_problems

    found = check_study(given.study)
    print(describe_problems(found))
    return 2 if (found["severity"] == "error").any() else 0


def _template(given: argparse.Namespace) -> int:
    from newroles.datasets import write_template

    print(f"The template is {write_template(given.file)}.")
    return 0


def _sources_list(given: argparse.Namespace) -> int:
    from newroles.datasets import sources

    for table in sources.list_sources(given.folder).to_dict("records"):
        state = {True: " (inputs found)", False: " (inputs missing)"}.get(table["found"], "")
        print(f"{table['table']}{state}: {table['title']}. {table['licence']}")
        for name in table["inputs"].split("; "):
            print(f"    {name}")
    return 0


def _sources_build(given: argparse.Namespace) -> int:
    from newroles.datasets import sources

    for path in sources.build(given.folder, given.to):
        print(path)
    return 0


def _study_and_book(given: argparse.Namespace) -> tuple[Study, Codebook]:
    from newroles.coding.workflow import study_codebook
    from newroles.datasets import load_study

    study = load_study(given.study)
    return study, study_codebook(study, given.codebook)


def _coding_import(given: argparse.Namespace) -> int:
    from newroles.coding.importing import import_coding

    names = ("mapping", "write_mapping", "key", "method", "round", "coder", "layout", "project")
    print(import_coding(given.file, *_study_and_book(given), **{name: getattr(given, name) for name in names}))
    return 0


def _coding_export(given: argparse.Namespace) -> int:
    from newroles.coding.workflow import export_codebook

    print(export_codebook(*_study_and_book(given), given.out))
    return 0


def _coding_disagreements(given: argparse.Namespace) -> int:
    from newroles.coding.workflow import write_study_disagreements

    print(write_study_disagreements(*_study_and_book(given), given.out, given.unit_kind, given.round))
    return 0


def _coding_adjudicate(given: argparse.Namespace) -> int:
    from newroles.coding.workflow import adjudicate

    print(adjudicate(given.file, *_study_and_book(given), given.unit_kind, given.round))
    return 0


def _coding_agreement(given: argparse.Namespace) -> int:
    from newroles.coding.workflow import describe_agreement

    print(describe_agreement(*_study_and_book(given), given.unit_kind, given.round))
    return 0


def _coding_framework(given: argparse.Namespace) -> int:
    from newroles.coding.workflow import write_study_framework

    print(write_study_framework(*_study_and_book(given), given.out, given.by, given.summaries, given.rule))
    return 0


def _extract(given: argparse.Namespace) -> int:
    from newroles.coding.extracts import describe_extracts
    from newroles.datasets import load_study

    _print_as_shown(describe_extracts(load_study(given.study), given.segments, given.texts))
    return 0


def _print_as_shown(text: str) -> None:
    """Print text that holds any characters: a screen that lacks one gets a question mark for it."""
    known = sys.stdout.encoding or "utf-8"
    print(text.encode(known, "replace").decode(known))


def _simulate(given: argparse.Namespace) -> int:
    from newroles.simulate import write_example

    asked = {
        "seed": given.seed,
        "trusts": given.trusts,
        "teams": given.teams,
        "waves": given.waves,
        "people_per_team": given.people_per_team,
        "events": given.events,
        "workers": given.jobs,
    }
    chosen = {name: value for name, value in asked.items() if value is not None}
    print(f"An invented study is in {write_example(given.out, **chosen)}, its truth beside it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
