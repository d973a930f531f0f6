"""Codebooks as tables: the tree of codes, what changed between two versions, and how a book lies to other books.

Any codebook works, the project's or one that an analyst brings; nothing here knows the id of a code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from newroles.datasets import Codebook, list_codebooks, load_codebook
from newroles.datasets.codebooks import CODE_KEYS
from newroles.datasets.yaml_files import as_text
from newroles.errors import InputError, did_you_mean

RELATIONS = ("equal", "narrower", "wider", "overlaps")
_DIFF_COLUMNS = ["code", "what", "before", "after"]
_WORDS = {"name": "renamed", "parent": "moved"}


def codebook_tree(book: Codebook) -> pd.DataFrame:
    """Which code stands under which, and how deep?

    Returns one row a code, each code followed by those under it, siblings in the book's order: code, name, level (1 at
    the top), path (the names from the top down, joined by " / "), n_children (codes directly under it).

    >>> tree = codebook_tree(load_codebook("skill_mix_change")).set_index("code")
    >>> tree.loc["SMC-SUB-VER", "path"], int(tree.loc["SMC-SUB-VER", "level"])
    ('Substitution / Vertical substitution', 2)
    """
    children: dict[str | None, list[str]] = {}
    for code, parent in zip(book.codes["id"], book.codes["parent"], strict=True):
        children.setdefault(None if pd.isna(parent) else parent, []).append(code)
    names = dict(zip(book.codes["id"], book.codes["name"], strict=True))
    rows: list[tuple[str, str, int, str, int]] = []
    waiting = [(code, 1, names[code]) for code in reversed(children.get(None, []))]
    while waiting:
        code, level, path = waiting.pop()
        under = children.get(code, [])
        rows.append((code, names[code], level, path, len(under)))
        waiting += [(below, level + 1, f"{path} / {names[below]}") for below in reversed(under)]
    return pd.DataFrame(rows, columns=["code", "name", "level", "path", "n_children"])


def diff_codebooks(old: Codebook, new: Codebook) -> pd.DataFrame:
    """What changed between two versions of a codebook?

    Codes are recognised by their id: a code whose id changed is removed and added.

    Returns one row for each change, in the order of the new book and then of the codes that it no longer has: code; what
    (added, removed, renamed, moved, or the key that changed: definition, include, exclude, ... any key of either book);
    before and after (text; for an added or removed code its name; for a moved one the id above it; "" for nothing). No
    rows when nothing changed. Order, version and change log of the books aren't compared.

    >>> book = load_codebook("skill_mix_change")
    >>> len(diff_codebooks(book, book))
    0
    """
    before, after = _said(old), _said(new)
    rows: list[tuple[str, str, str, str]] = []
    for code, entry in after.items():
        if code not in before:
            rows.append((code, "added", "", entry["name"]))
            continue
        for key in dict.fromkeys([*CODE_KEYS[1:], *before[code], *entry]):
            was, now = before[code].get(key, ""), entry.get(key, "")
            if was != now:
                rows.append((code, _WORDS.get(key, key), was, now))
    rows += [(code, "removed", entry["name"], "") for code, entry in before.items() if code not in after]
    return pd.DataFrame(rows, columns=_DIFF_COLUMNS).astype("str")


def load_crosswalk(book: Codebook, others: Mapping[str, Codebook] | None = None) -> pd.DataFrame:
    """How does each code of this book lie to the codes of other books?

    `others`: the other books by id. Those not given are read from beside the book's own file (`<id>.yml`), or else from
    the project's codebooks.

    Returns one row for each pair of codes that the book compares, in its order: code, code_name, other_book, other_code,
    other_name, relation, reason. The relation is to be read "our code is ... the other": equal to, narrower than, wider
    than, or overlaps with. No rows when the book compares none.

    Raises InputError for a code that isn't in its book, another book that can't be found, an unknown relation, and a
    pair given twice.

    >>> walk = load_crosswalk(load_codebook("skill_mix_change"))
    >>> walk.loc[walk["code"].eq("SMC-SPE"), ["other_name", "relation"]].values.tolist()[:2]
    [['Enhancement', 'narrower'], ['Specialisation', 'equal']]
    """
    walk, where = book.crosswalk, f"The crosswalk of the codebook '{book.id}'"
    books = {id: _other(book, id, others or {}, where) for id in walk["other_book"].unique()}
    for row in walk.to_dict("records"):
        for code, held in ((row["code"], book), (row["other_code"], books[row["other_book"]])):
            if code not in set(held.ids):
                raise InputError(f"{where} names '{code}', which isn't in '{held.id}'. {did_you_mean(code, held.ids)}")
        if row["relation"] not in RELATIONS:
            raise InputError(
                f"{where}: '{row['relation']}' is no relation of {row['code']} to {row['other_code']}. "
                f"{did_you_mean(row['relation'], RELATIONS)}"
            )
    twice = walk[walk.duplicated(["code", "other_book", "other_code"])]
    if len(twice):
        first = twice.iloc[0]
        raise InputError(f"{where} compares {first['code']} with {first['other_code']} twice; keep one of the two.")
    names = [books[other].name(code) for other, code in zip(walk["other_book"], walk["other_code"], strict=True)]
    ours = [book.name(code) for code in walk["code"]]
    table = walk.assign(code_name=pd.Series(ours, dtype="str"), other_name=pd.Series(names, dtype="str"))
    return table[["code", "code_name", "other_book", "other_code", "other_name", "relation", "reason"]]


def codes_for_no_kind(
    book: Codebook, unclear: Iterable[str] | None = None, none: Iterable[str] | None = None
) -> pd.Series:
    """Which codes of this book are decisions that no other code can be given, and of which sort?

    A coder who can't tell says unclear; one who has read the unit and finds that nothing fits says none. `unclear` and
    `none` name the codes; left out, they are those whose id is, or ends in, UNCLEAR or NONE after a dash or underscore
    (in capitals or not), which is the custom of the project's books.

    Returns one value a code, indexed by id: "unclear" or "none". Empty when the book has no such code.

    Raises InputError for a named code that isn't in the book.

    >>> codes_for_no_kind(load_codebook("skill_mix_change")).to_dict()
    {'SMC-UNCLEAR': 'unclear', 'SMC-NONE': 'none'}
    """
    found: dict[str, str] = {}
    for sort, named in (("unclear", unclear), ("none", none)):
        if named is None:
            endings = pd.Series(book.ids, dtype="str").str.lower().str.split(r"[-_]", regex=True).str[-1]
            found |= {code: sort for code, ending in zip(book.ids, endings, strict=True) if ending == sort}
        else:
            found |= {book.ids[_place(book, code)]: sort for code in named}
    return pd.Series(found, dtype="str").reindex([code for code in book.ids if code in found])


def _place(book: Codebook, code: str) -> int:
    book.name(code)
    return book.ids.index(code)


def _other(book: Codebook, id: str, others: Mapping[str, Codebook], where: str) -> Codebook:
    if id in others:
        return others[id]
    beside = book.path.with_name(f"{id}.yml")
    if beside.is_file():
        return load_codebook(beside)
    if id in list_codebooks():
        return load_codebook(id)
    raise InputError(
        f"{where} names the book '{id}', but there is no {id}.yml beside it. {did_you_mean(id, list_codebooks())}"
    )


def _said(book: Codebook) -> dict[str, dict[str, str]]:
    """What each code says, as text; a key that says nothing is left out."""
    entries: dict[str, dict[str, str]] = {}
    for row in book.codes.to_dict("records"):
        said = {str(key): text for key, value in row.items() if key != "id" and (text := as_text(value))}
        entries[str(row["id"])] = said
    return entries
