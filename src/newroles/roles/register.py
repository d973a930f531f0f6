"""The register of roles: what each role is called, since when, and which short forms mean more than one thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from newroles.datasets.codebooks import load_codebook
from newroles.errors import InputError, did_you_mean
from newroles.roles.wording import normalise_title

_ALIAS_COLUMNS = ["alias", "written", "role", "kind", "valid_from", "valid_to", "ambiguous", "also"]


@dataclass(frozen=True, eq=False)
class Register:
    """The roles that titles are matched to.

    `roles` has one row a role: id, name, family, definition, names, abbreviations, trainee_titles, ambiguous,
    band_trainee, band, regulator, training, supervised_by, borders_on, since, case_study, new, sources, confidence,
    note (the data's own `about` says what each holds). `version` is the register's, to be reported with every result
    that depends on it.
    """

    title: str
    version: str
    roles: pd.DataFrame = field(repr=False)

    @property
    def ids(self) -> list[str]:
        """The roles' ids, in the register's order, which tables and figures keep."""
        return list(self.roles["id"])

    def name(self, role: str) -> str:
        """What is this role called?

        Raises InputError for an id that isn't in the register.
        """
        self.require(role)
        return str(self.roles.set_index("id").loc[role, "name"])

    def require(self, role: str) -> None:
        """Raise InputError unless the register has this role."""
        if role not in set(self.roles["id"]):
            raise InputError(f"The register has no role '{role}'. {did_you_mean(role, self.ids)}")

    def is_new(self) -> pd.Series:
        """Which roles does the register count as new?

        Returns one value a role, indexed by id: True or False. Roles of the 2004 to 2006 wave are not new.
        """
        return pd.Series([value is True for value in self.roles["new"]], index=self.roles["id"], name="new", dtype=bool)


def load_register(name_or_path: str | Path = "roles") -> Register:
    """Which roles do we know, and what are they called?

    Takes the name of a codebook of the project, or the path of a register in the same format: a codebook whose codes
    also have `family`, `new` (true, false or earlier_wave) and `names`; see data/codebooks/roles.yml.

    Returns a Register. Raises InputError, naming the file and the role, for a role without family or names, a `new`
    that isn't one of the three, or a date that isn't a year, a month or a day.

    >>> register = load_register()
    >>> register.name("nursing_associate")
    'Nursing Associate'
    >>> int(register.is_new().sum()) < len(register.ids)
    True
    """
    book = load_codebook(name_or_path)
    file, roles = book.path.name, book.codes.copy()
    for key in ("family", "names", "new"):
        if key not in roles:
            raise InputError(f"{file}: no role has `{key}`; a register of roles needs it for each role.")
    for key in ("abbreviations", "trainee_titles", "ambiguous", "borders_on", "sources"):
        values = roles[key] if key in roles else [None] * len(roles)
        roles[key] = pd.Series([_as_list(value) for value in values], index=roles.index, dtype=object)
    for row in roles.to_dict("records"):
        _check_role(row, file)
    register = Register(book.title, book.version, roles)
    aliases(register)
    return register


def aliases(register: Register, on: object = None) -> pd.DataFrame:
    """By which titles is each role known, and when was each in use?

    `on` is a date: only titles in use on that date are returned, and only these can collide. None returns all
    periods.

    Returns one row per title, role and period: alias (as normalise_title writes it), written (as the register writes
    it), role, kind (name, former_name, abbreviation, trainee), valid_from and valid_to (dates, both included; blank
    when open), ambiguous (True when another role has the same alias in an overlapping period, or the register says
    that it stands for something else too) and also (what else it may stand for). An ambiguous alias never matches a
    title by itself.

    Raises InputError for a date that isn't a year, a month or a day.

    >>> table = aliases(load_register())
    >>> table.loc[table["alias"] == "pa", ["role", "kind", "ambiguous", "also"]].values.tolist()
    [['physician_associate', 'abbreviation', True, 'personal assistant']]
    """
    rows = [row for role in register.roles.to_dict("records") for row in _aliases_of(role)]
    table = pd.DataFrame(rows, columns=[c for c in _ALIAS_COLUMNS if c != "ambiguous"])
    table = table.drop_duplicates(["alias", "role", "valid_from", "valid_to"], ignore_index=True)
    if on is not None:
        day = earliest_and_latest(on)[0]
        in_use = ~(table["valid_from"] > day) & ~(table["valid_to"] < day)
        table = table[in_use].reset_index(drop=True)
    pairs = table.reset_index().merge(table.reset_index(), on="alias", suffixes=("", "_other"))
    overlap = ~(pairs["valid_from"] > pairs["valid_to_other"]) & ~(pairs["valid_from_other"] > pairs["valid_to"])
    colliding = pairs.loc[(pairs["role"] != pairs["role_other"]) & overlap, "index"]
    table["ambiguous"] = table["also"].ne("") | table.index.isin(colliding)
    return table[_ALIAS_COLUMNS]


def earliest_and_latest(text: object) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Which days can this date mean, when only the year or the month may be known?

    Takes "2014", "2014-06", "2014-06-30" or a date. Returns the first and the last day it can be; (NaT, NaT) when
    blank. Raises InputError for anything else.

    >>> [str(day.date()) for day in earliest_and_latest("2014")]
    ['2014-01-01', '2014-12-31']
    """
    if text is None or (not isinstance(text, str) and pd.isna(text)) or not str(text).strip():  # type: ignore[call-overload]
        return pd.NaT, pd.NaT  # type: ignore[return-value]
    given = int(text) if isinstance(text, float) and text.is_integer() else text  # a year in a column with blanks
    written = str(given).strip().removesuffix(" 00:00:00").removesuffix("T00:00:00")
    for format, step in (
        ("%Y-%m-%d", pd.DateOffset(days=1)),
        ("%Y-%m", pd.DateOffset(months=1)),
        ("%Y", pd.DateOffset(years=1)),
    ):
        day = pd.to_datetime(written, format=format, errors="coerce", exact=True)
        if not pd.isna(day) and len(written) == len(day.strftime(format)):
            return day, day + step - pd.Timedelta(days=1)
    raise InputError(
        f"'{written}' isn't a date we can read. Write a year (2014), a month (2014-06) or a day (2014-06-30)."
    )


def _as_list(value: Any) -> list[Any]:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _check_role(role: dict[Any, Any], file: str) -> None:
    where = f"{file}: role '{role['id']}'"
    if not isinstance(role["family"], str) or not role["family"].strip():
        raise InputError(f"{where} has no family; write one, such as nursing.")
    if not (isinstance(role["new"], bool) or role["new"] == "earlier_wave"):
        raise InputError(f"{where}: `new` is '{role['new']}'; write true, false or earlier_wave.")
    if not isinstance(role["names"], list) or not role["names"]:
        raise InputError(f"{where} has no names; list at least one as `- {{name: {role['name']}}}`.")
    for entry in role["names"]:
        if not isinstance(entry, dict) or not str(entry.get("name") or "").strip():
            raise InputError(
                f"{where}: each of its names is written as `- {{name: ..., from: ..., to: ...}}`, not '{entry}'."
            )
        if unknown := set(entry) - {"name", "from", "to"}:
            raise InputError(
                f"{where}: a name has the key '{min(unknown)}'. {did_you_mean(min(unknown), ['name', 'from', 'to'])}"
            )
        try:
            start, end = earliest_and_latest(entry.get("from"))[0], earliest_and_latest(entry.get("to"))[1]
        except InputError as error:
            raise InputError(f"{where}, name '{entry['name']}': {error}") from error
        if start > end:
            raise InputError(
                f"{where}, name '{entry['name']}': in use from {entry['from']} to {entry['to']}, which is before."
            )


def _aliases_of(role: dict[Any, Any]) -> list[dict[str, Any]]:
    also = {normalise_title(entry["abbreviation"]): str(entry["also"]) for entry in role["ambiguous"]}
    names = [
        (e["name"], "name" if e.get("to") is None else "former_name", e.get("from"), e.get("to")) for e in role["names"]
    ]
    if normalise_title(role["name"]) not in {normalise_title(name) for name, *_ in names}:
        names.insert(0, (role["name"], "name", None, None))
    short = [(text, "abbreviation", None, None) for text in role["abbreviations"]]
    trainee = [(text, "trainee", None, None) for text in role["trainee_titles"]]
    return [
        {
            "alias": normalise_title(text),
            "written": text,
            "role": role["id"],
            "kind": kind,
            "valid_from": earliest_and_latest(start)[0],
            "valid_to": earliest_and_latest(end)[1],
            "also": also.get(normalise_title(text), ""),
        }
        for text, kind, start, end in [*names, *short, *trainee]
    ]
