"""One command: what it publishes, what it refuses, and what is left when something goes wrong."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from newroles.book import RunError, compare, run
from newroles.book.manifest import identity
from newroles.book.runs import _checked
from newroles.datasets import load_study
from newroles.errors import InputError

PROJECT = Path(__file__).resolve().parents[1]
RECORD = """
found = Findings("{name}")
found.record("{id}", "{{value}} trusts", value=len(load_study(study).trusts) * factor, unit="trusts", method="count",
             evidence_kind="invented", table="trusts")
found.save()
"""


def chapter(
    project: Path,
    name: str,
    code: str = "",
    needs: tuple[str, ...] = (),
    prose: str = "",
    requires: tuple[dict, ...] = (),
) -> None:
    cells = [
        new_markdown_cell(f"# {name}\n\n{prose}", id="title"),
        new_code_cell("study = 'example_study'\nfactor = 1", id="choices", metadata={"tags": ["parameters"]}),
        new_code_cell("from newroles.datasets import load_study\nfrom newroles.findings import Findings", id="imports"),
        new_code_cell(code or RECORD.format(name=name, id=f"{name}-trusts"), id="record"),
    ]
    kernel = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "newroles": {"needs": list(needs), "requires": list(requires)},
    }
    nbformat.write(new_notebook(cells=cells, metadata=kernel), project / "notebooks" / f"{name}.ipynb")


@pytest.fixture
def project(tmp_path):
    """A book of one page and two chapters, with the house's own settings."""
    home = tmp_path / "project"
    for folder in ("book/_static", "notebooks", "data"):
        (home / folder).mkdir(parents=True)
    (home / "_config.yml").write_text((PROJECT / "_config.yml").read_text())
    (home / "book/references.bib").write_text("")
    for name in ("newroles.css", "favicon.svg"):
        (home / "book/_static" / name).write_bytes((PROJECT / "book/_static" / name).read_bytes())
    (home / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nchapters:\n- file: notebooks/one\n- file: notebooks/two\n"
    )
    (home / "book/index.md").write_text("# Front\n\nThere are {finding}`one-trusts` trusts.\n")
    chapter(home, "one")
    chapter(home, "two", prose="Chapter one counted {finding}`one-trusts.statement`.")
    return home


def manifest(out: Path) -> dict:
    return json.loads((out / "manifest.json").read_text())


@pytest.mark.slow
def test_a_study_becomes_a_book_that_says_what_it_was_made_from(project, tiny_study, tmp_path):
    out = tmp_path / "out"
    report = run(tiny_study, out, project=project, parameters={"factor": 2})
    made = manifest(out)
    assert "There are 6 trusts" in _text(out / "book/index.html")  # three trusts, factor two
    assert made["rows"]["trusts"] == 3
    assert made["parameters"] == {"one": {"factor": 2}, "two": {"factor": 2}}
    assert set(made["chapters"]) == {"one", "two"}
    assert f"{tiny_study.name}/trusts.csv" in made["inputs"]
    assert report.book == out
    everything = "".join(
        p.read_text(errors="ignore") for p in out.rglob("*") if p.suffix in (".html", ".ipynb", ".json", ".js")
    )
    assert str(tmp_path) not in everything  # where the study lies is nobody's business
    # the second run replaces the first and leaves nothing else behind
    run(tiny_study, out, project=project, jobs=1)
    assert "There are 3 trusts" in _text(out / "book/index.html")
    assert {p.name for p in tmp_path.iterdir()} == {"project", "tiny_study", "out", ".out.lock"}


@pytest.mark.slow
def test_a_failure_names_chapter_and_cell_and_leaves_the_last_book(project, tiny_study, tmp_path):
    out = tmp_path / "out"
    run(tiny_study, out, project=project)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    chapter(project, "two", code="print('so far')\nload_study(study).trusts['regoin']")
    with pytest.raises(
        RunError, match=r"Chapter two stopped in cell 4 \(begins 'print\('so far'\)'\): KeyError"
    ) as failure:
        run(tiny_study, out, project=project)
    assert "as it was" in str(failure.value)
    half_run = nbformat.read(failure.value.kept / "two.ipynb", as_version=4)
    assert any("so far" in str(cell.get("outputs")) for cell in half_run.cells)
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    # once mended, the next run works and clears what the failure left
    chapter(project, "two")
    run(tiny_study, out, project=project)
    assert not failure.value.kept.exists()


@pytest.mark.slow
def test_a_number_nobody_recorded_stops_the_book(project, tiny_study, tmp_path):
    (project / "book/index.md").write_text("# Front\n\n{finding}`one-trustz` trusts.\n")
    with pytest.raises(
        RunError, match="no chapter recorded the finding 'one-trustz'. Did you mean 'one-trusts'"
    ) as failure:
        run(tiny_study, tmp_path / "out", project=project)
    assert not (tmp_path / "out").exists()
    assert "one-trustz" in (failure.value.kept / "log.txt").read_text()


@pytest.mark.slow
def test_one_chapter_can_be_executed_again(project, tiny_study, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(InputError, match="run once without it"):
        run(tiny_study, out, only=["two"], project=project)
    run(tiny_study, out, project=project)
    chapter(project, "two", prose="Now it says {finding}`two-trusts`.")
    run(tiny_study, out, only=["two"], project=project)
    assert set(manifest(out)["chapters"]) == {"two"}
    assert "Now it says 3" in _text(out / "notebooks/two.html")
    assert "There are 3 trusts" in _text(out / "book/index.html")
    (tiny_study / "trusts.csv").write_text((tiny_study / "trusts.csv").read_text().replace("3100", "3200"))
    with pytest.raises(InputError, match="other inputs"):
        run(tiny_study, out, only=["two"], project=project)


@pytest.mark.slow
def test_killed_at_any_moment_the_last_book_is_whole_and_the_next_run_works(project, tiny_study, tmp_path):
    out = tmp_path / "out"
    run(tiny_study, out, project=project)
    before = (out / "manifest.json").read_bytes()
    slow = RECORD.format(name="two", id="two-trusts") + "\nimport time\ntime.sleep(30)"
    chapter(project, "two", code=slow)
    command = [sys.executable, "-m", "newroles.cli", "run", "--study", str(tiny_study), "--out", str(out)]
    environment = {**os.environ, "NEWROLES_PROJECT": str(project)}
    for moment in (0.5, 4.0):
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        time.sleep(moment)
        if moment > 1:  # while it is at work, nobody else may publish there
            second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            assert second.returncode == 2
            assert f"Another run is writing to {out} (process {process.pid}" in second.stderr
            assert "Traceback" not in second.stderr
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (out / "manifest.json").read_bytes() == before
        assert (out / "index.html").is_file()
    chapter(project, "two")
    run(tiny_study, out, project=project)
    assert not list(tmp_path.glob(".out.work-*"))


def test_input_that_cannot_be_used_stops_before_anything_is_written(project, tiny_study, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(InputError, match="Did you mean 'factor'"):
        run(tiny_study, out, project=project, parameters={"facto": 2})
    with pytest.raises(InputError, match="named by --study"):
        run(tiny_study, out, project=project, parameters={"study": "elsewhere"})
    with pytest.raises(InputError, match="Did you mean 'two'"):
        run(tiny_study, out, project=project, only=["tow"])
    (tiny_study / "trusts.csv").write_text((tiny_study / "trusts.csv").read_text().replace("Midlands", "Midland"))
    with pytest.raises(InputError, match="Midland"):
        run(tiny_study, out, project=project)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["project", "tiny_study"]


@pytest.mark.slow
def test_two_books_are_compared_finding_by_finding(project, tiny_study, tmp_path):
    run(tiny_study, tmp_path / "a", project=project)
    run(tiny_study, tmp_path / "b", project=project, parameters={"factor": 2})
    table = compare(tmp_path / "a", tmp_path / "b").set_index("id")
    assert table.loc["one-trusts", ["value_a", "value_b", "change", "status"]].tolist() == [3, 6, 3, "changed"]
    assert set(compare(tmp_path / "a", tmp_path / "a")["status"]) == {"same"}
    with pytest.raises(InputError, match="holds no book"):
        compare(tmp_path / "a", tmp_path / "nothing")


def _text(page: Path) -> str:
    from bs4 import BeautifulSoup

    return " ".join(BeautifulSoup(page.read_text(), "html.parser").get_text(" ").split())


@pytest.mark.slow
def test_a_person_at_a_terminal_sees_which_chapter_is_running(project, tiny_study, tmp_path):
    process, terminal = pty.fork()
    if process == 0:
        os.environ["NEWROLES_PROJECT"] = str(project)
        command = [
            sys.executable,
            "-m",
            "newroles.cli",
            "run",
            "--study",
            str(tiny_study),
            "--out",
            str(tmp_path / "out"),
        ]
        os.execv(sys.executable, command)
    seen = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the terminal closes with the run
            break
        if not part:
            break
        seen += part
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    bar = [line for line in seen.split(b"\r") if b"cell/s" in line]
    assert any(b"one" in line for line in bar)
    assert any(b"two" in line for line in bar)
    assert seen.rstrip().endswith(b"0 warnings).")


@pytest.mark.slow
def test_a_chapter_whose_table_is_absent_says_so_and_the_book_goes_on(project, tiny_study, tmp_path):
    (tiny_study / "ties.csv").unlink()
    chapter(project, "two", requires=({"table": "ties"},))
    out = run(tiny_study, tmp_path / "book", project=project).book
    words = _text(out / "notebooks/two.html")
    assert "This study has no table ties (one tie in one wave a row). So this chapter is left out" in words
    assert "factor" not in words
    assert manifest(out)["left_out"] == {"two": "This study has no table ties (one tie in one wave a row)."}
    assert "There are 3 trusts" in _text(out / "book/index.html")


@pytest.mark.slow
def test_a_codebook_that_the_study_brings_has_its_page(project, tiny_study, tmp_path):
    (project / "book/forms.md").write_text("# Forms\n\n```{codebook} own_forms\n```\n")
    with (project / "_toc.yml").open("a") as toc:
        toc.write("- file: book/forms\n")
    words = _text(run(tiny_study, tmp_path / "out", project=project).book / "book/forms.html")
    assert "This is the study’s own codebook, in place of the one that comes with the project." in words
    assert "Two sides widen what they do together." in words


def real(study: Path) -> Path:
    """The study, under a real one's name and without a rule of its own: then the strictest holds."""
    text = (study / "study.yml").read_text()
    text = text.replace("kind: invented", "kind: real").replace("ethics_reference:", "ethics_reference: REF-1")
    (study / "study.yml").write_text(text.replace("disclosure_profile: none\n", ""))
    return study


def test_what_a_book_of_a_real_study_was_made_from_gives_no_small_number(tiny_study, project):
    rows = [f"x{number},T01,advert,Peer Worker,2023-05-02,2024,,,,,," for number in range(8)]
    with (tiny_study / "reports.csv").open("a") as reports:
        reports.write("\n".join(rows) + "\n")
    assert identity(project, load_study(tiny_study), {})["rows"]["trusts"] == 3
    _, told = _checked(tiny_study)
    assert len(told) == 8
    assert "2024" in told[0]
    found = identity(project, load_study(real(tiny_study)), {})
    assert found["rows"] == {"reports": 12}
    assert _checked(tiny_study)[1] == ["reports, introduced: `newroles check` says what to look at"]
