"""Builders of the open tables: read a folder of source files, write data/open/ the same to the byte each time."""

from newroles.datasets.sources.build import build, list_sources

__all__ = ["build", "list_sources"]
