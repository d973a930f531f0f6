"""The `newroles` command: thin. Every subcommand calls one function of the package and says what happened.

Exit codes: 0 all is well; 1 a chapter, the build or a check on the site failed; 2 the input can't be used.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import newroles
from newroles.errors import InputError


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
