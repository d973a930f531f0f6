"""Run the chapters, build the book, check it, publish it. The only room that knows Papermill and Jupyter Book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newroles.book.comparison import compare
    from newroles.book.runs import RunError, RunReport, run

__all__ = ["RunError", "RunReport", "compare", "run"]


def __getattr__(name: str) -> Any:
    """Load what runs a book only when it is asked for: each chapter's process and Sphinx import this room too."""
    if name in __all__:
        from newroles.book import comparison, runs

        return getattr(comparison if name == "compare" else runs, name)
    raise AttributeError(f"module 'newroles.book' has no attribute '{name}'")
