"""A book is replaced at one stroke, by one run at a time, and never overwrites anything else."""

import subprocess
import sys
import textwrap
import threading

import pytest

from newroles.book.publish import can_publish_to, keep_failure, list_files, only_run, publish, work_folder
from newroles.errors import InputError


def make_book(folder, text):
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    (folder / "index.html").write_text(text)
    list_files(folder)


def test_readers_see_one_whole_book_at_every_moment(tmp_path):
    out = tmp_path / "book"
    make_book(out, "0")
    seen, stop = [], threading.Event()

    def read():
        while not stop.is_set():
            seen.append((out / "index.html").read_text())  # raises if the book is gone for an instant

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(1, 200):
        make_book(tmp_path / f"new{i}", str(i))
        publish(tmp_path / f"new{i}", out)
    stop.set()
    reader.join()
    assert (out / "index.html").read_text() == "199"
    assert seen == sorted(seen, key=int)
    assert len(seen) > 10


def test_what_is_not_a_book_is_not_overwritten(tmp_path):
    study = tmp_path / "study"
    mine = tmp_path / "thesis"
    mine.mkdir()
    (mine / "manifest.json").write_text('{"name": "a web app, which has such a file too"}')
    with pytest.raises(InputError, match=r"such as manifest\.json\. Nothing was written"):
        can_publish_to(mine, study)
    with pytest.raises(InputError, match="not a folder"):
        can_publish_to(mine / "manifest.json", study)
    can_publish_to(tmp_path / "new", study)
    (tmp_path / "empty").mkdir()
    can_publish_to(tmp_path / "empty", study)
    make_book(tmp_path / "book", "old")
    can_publish_to(tmp_path / "book", study)
    (tmp_path / "book/notes").mkdir()
    (tmp_path / "book/notes/mine.txt").write_text("kept inside the book")
    with pytest.raises(InputError, match="such as notes/mine.txt"):
        can_publish_to(tmp_path / "book", study)


def test_the_folder_of_failures_is_not_overwritten_either(tmp_path):
    out, kept = tmp_path / "book", tmp_path / "book-failed"
    kept.mkdir()
    (kept / "interviews_that_failed.txt").write_text("mine")
    with pytest.raises(InputError, match="book-failed holds files .* such as interviews_that_failed.txt"):
        can_publish_to(out, tmp_path / "study")
    (kept / "interviews_that_failed.txt").unlink()
    keep_failure(out, None, "why")
    can_publish_to(out, tmp_path / "study")  # what we kept ourselves is ours to replace


def test_book_and_study_do_not_lie_in_each_other(tmp_path):
    study = tmp_path / "study"
    for out in (study, study / "book", tmp_path):
        with pytest.raises(InputError, match="lie in each other"):
            can_publish_to(out, study)


HOLD = """
    import pathlib, sys, time
    from newroles.book.publish import only_run, work_folder
    out = pathlib.Path(sys.argv[1])
    with only_run(out), work_folder(out) as work:
        (work / "half").write_text("half-made")
        print("holding", flush=True)
        time.sleep(60)
"""


def test_a_second_run_is_refused_and_a_killed_one_leaves_no_lock(tmp_path):
    out = tmp_path / "book"
    first = subprocess.Popen([sys.executable, "-c", textwrap.dedent(HOLD), str(out)], stdout=subprocess.PIPE, text=True)
    try:
        assert first.stdout.readline() == "holding\n"
        with pytest.raises(InputError, match=f"Another run is writing to .*process {first.pid}"), only_run(out):
            pass
    finally:
        first.kill()
        first.wait()
    assert list(tmp_path.glob(".book.work-*"))  # what the killed run left ...
    with only_run(out), work_folder(out) as work:
        assert list(tmp_path.glob(".book.work-*")) == [work]  # ... is cleared by the next
    assert not list(tmp_path.glob(".book.work-*"))


def test_a_failure_is_kept_beside_the_book(tmp_path):
    out = tmp_path / "book"
    make_book(out, "good")
    notebook = tmp_path / "phase1.ipynb"
    notebook.write_text("half-run")
    kept = keep_failure(out, notebook, "why")
    assert (kept / "phase1.ipynb").read_text() == "half-run"
    assert (kept / "log.txt").read_text() == "why"
    assert (out / "index.html").read_text() == "good"
