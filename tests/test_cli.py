"""The command speaks to a researcher: exit codes, no traceback, nothing overwritten."""

import shutil
import subprocess
import sys

import pytest

from newroles.cli import main


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "newroles.cli", *arguments], capture_output=True, text=True, check=False
    )


def test_a_good_study_is_said_to_be_good(tiny_study, capsys):
    assert main(["check", str(tiny_study)]) == 0
    assert "no problems" in capsys.readouterr().out.lower()


def test_every_problem_is_listed_at_once_and_the_exit_code_is_two(tiny_study, capsys):
    trusts = tiny_study / "trusts.csv"
    trusts.write_text(trusts.read_text().replace("Midlands", "Midland").replace("2400.5", "lots"))
    (tiny_study / "ties.csv").write_text("wave,source,target,relation,weight\n1,p1,p9,advice,1\n")
    assert main(["check", str(tiny_study)]) == 2
    said = capsys.readouterr().out
    for part in ("trusts.csv", "row 2", "region", "Midland", "Midlands", "wte", "lots", "ties.csv", "p9"):
        assert part in said, part


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "nowhere"], "nowhere"),
        (["run", "--study", "nowhere", "--out", "out"], "nowhere"),
        (["run", "--study", "example_study", "--out", "out", "-p", "within_year=5"], "Did you mean 'within_years'"),
        (
            ["run", "--study", "example_study", "--out", "out", "--only", "phase1_new_role"],
            "Did you mean 'phase1_new_roles'",
        ),
        (["run", "--study", "example_study", "--out", "out", "--jobs", "0"], "At least one"),
        (["sources", "build", "--from", "nowhere"], "nowhere"),
    ],
)
def test_bad_input_ends_with_two_and_no_traceback(arguments, said):
    done = command(*arguments)
    assert done.returncode == 2, done
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_overwritten(tmp_path, tiny_study):
    workbook = tmp_path / "study.xlsx"
    assert main(["template", str(workbook)]) == 0
    before = workbook.read_bytes()
    assert main(["template", str(workbook)]) == 2
    assert workbook.read_bytes() == before
    kept = tmp_path / "mine"
    shutil.copytree(tiny_study, kept)
    assert main(["simulate", "--out", str(kept)]) == 2
    assert main(["run", "--study", "example_study", "--out", str(kept)]) == 2
    assert sorted(p.name for p in kept.iterdir()) == sorted(p.name for p in tiny_study.iterdir())


@pytest.mark.slow
def test_another_seed_gives_another_study(tmp_path):
    assert main(["simulate", "--out", str(tmp_path / "a"), "--seed", "7"]) == 0
    assert main(["simulate", "--out", str(tmp_path / "b"), "--seed", "8"]) == 0
    a, b = ((tmp_path / name / "reports.csv").read_bytes() for name in "ab")
    assert a != b
    assert main(["check", str(tmp_path / "a")]) == 0


def test_a_place_that_cannot_be_used_is_named_without_a_traceback(tmp_path):
    """/dev/null is a file on every system, so nothing can be made below it."""
    for arguments in (
        ["run", "--study", "example_study", "--out", "/dev/null/book"],
        ["template", "/dev/null/x.xlsx"],
        ["simulate", "--out", "/dev/null/s"],
        ["simulate", "--out", ""],
    ):
        done = command(*arguments)
        assert done.returncode == 2, (arguments, done.stderr)
        assert "Traceback" not in done.stderr
