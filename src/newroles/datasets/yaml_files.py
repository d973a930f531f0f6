"""Reading the YAML files that describe studies, codebooks and records, with errors that name the line."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import yaml

from newroles.errors import InputError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_Loader):
    """Plain YAML in which a key may be written only once."""


def _mapping_without_repeats(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key_node, yaml.ScalarNode):
            problem = "a key must be a word, not a list or a mapping"
            raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
        if key in seen:
            problem = f"the key '{key}' is written twice"
            raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
        seen.add(key)
    return dict(loader.construct_pairs(node, deep=True))


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_repeats)


def read_yaml(path: Path) -> dict[str, Any]:
    """What does this YAML file say? Its top-level keys and values.

    Raises InputError, naming the file and the line, when the file is absent, isn't UTF-8, isn't YAML, repeats a key or
    isn't a list of keys with values.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        content = yaml.load(text, Loader=_StrictLoader)
    except OSError as error:
        raise InputError(f"{path.name} can't be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise InputError(f"{path.name}, line {line}: not UTF-8 text. Save the file as UTF-8.") from error
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise InputError(
            f"{path.name}{where}: not valid YAML ({what}). Each line is `key: value`; indent with spaces, never tabs, "
            "and put quotes round a text that holds a colon."
        ) from error
    if not isinstance(content, dict):
        raise InputError(f"{path.name}: expected lines of `key: value`, found {_named(content)}.")
    return {str(key): value for key, value in content.items()}


def _named(content: object) -> str:
    if content is None:
        return "an empty file"
    return "a list" if isinstance(content, list) else f"'{str(content)[:40]}'"


def as_text(value: object) -> str | None:
    """A YAML value as the text that was meant: dates as ISO, numbers as written, lists joined by semicolons, blank as None."""
    if value is None or value == [] or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, list):
        return "; ".join(as_text(part) or "" for part in value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return str(value).strip()
