"""Every trust's place among its peers, as a page of tables that open one at a time, without a script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

import numpy as np
import pandas as pd
from IPython.display import display

from newroles.errors import InputError
from newroles.figures.measures import in_words, value_in_words
from newroles.figures.style import need_columns
from newroles.tables import checked_name, csv_link, evidence

_BETTER = {"lower": "lower is better", "higher": "higher is better", "neither": "neither direction is better"}
_PROFILE = ["trust", "measure", "family", "name", "better", "unit", "value", "low", "high", "period", "comparable",
            "remark", "peers", "n_peers", "peer_low", "peer_high", "position", "how_sure"]  # fmt: skip


def show_trusts(
    profile: pd.DataFrame,
    trusts: pd.DataFrame,
    name: str,
    title: str,
    source: str,
    kind: str = "open",
    note: str = "",
    coverage: str = "",
) -> None:
    """Show on a page where each trust stands among its peers: one table a trust, closed until a reader opens it.

    profile, trusts: see `trusts_html`. name: lower-case words joined by hyphens, unique on the page; the address is
    `#tab-NAME`. title: what can be opened, a sentence. source: where the numbers come from. kind: published or open; a
    study's trusts are never shown by name. note: a remark above. coverage: how many trusts have what, in words.
    Raises InputError for a study's trusts, a missing column or text, or a trust that one of the tables lacks.
    """
    if kind not in ("published", "open"):
        raise InputError(
            f"Trusts are shown by name from published or open data only, never from a study: kind is '{kind}'."
        )
    if not title.strip():
        raise InputError("The dashboard has no title: say in a sentence what a reader can open.")
    body = trusts_html(profile, trusts, checked_name(name))
    remark = f'<p class="nr-note">{escape(note)}</p>' if note else ""
    below = f'<div class="nr-evidence">{evidence(kind, source, coverage)}{csv_link(profile, name)}</div>'
    html = (
        f'<section class="nr-dashboard" id="tab-{name}" aria-labelledby="tab-{name}-title">'
        f'<p class="nr-title" id="tab-{name}-title">{escape(title)}</p>{remark}{body}{below}</section>'
    )
    display({"text/html": html, "text/plain": title}, raw=True)


def trusts_html(profile: pd.DataFrame, trusts: pd.DataFrame, name: str) -> str:
    """Each trust's measures with its peers, as HTML: trusts under their region, one open at a time.

    profile: one row for each trust and measure, as `overview.trust_profile` returns. trusts: one row a trust, in the
    order shown within its region: trust, name, region; optionally note (what to know before comparing it; codes of trusts
    in it become their names).
    Each table has a row a measure under its family: name with direction and period, value with its interval, the peers'
    middle half, the position in words, and a strip from the lowest to the highest trust that only repeats these. No row
    adds measures up.
    Raises InputError when a column is missing, there are no rows, or a trust is in one of the tables only.
    """
    need_columns(profile, _PROFILE, "trusts_html", "a measure of a trust")
    need_columns(trusts, ["trust", "name", "region"], "trusts_html (trusts)", "a trust")
    only_one = sorted(set(profile["trust"]) ^ set(trusts["trust"]))
    if only_one:
        raise InputError(
            f"The trust '{only_one[0]}' is in one of the tables only: pass the profile of the trusts listed."
        )
    able = profile[profile["comparable"].astype(bool)].groupby("measure")["value"]
    ends = {str(measure): (float(values.min()), float(values.max())) for measure, values in able}
    of_trust = dict(list(profile.groupby("trust", sort=False)))
    named = dict(zip(trusts["trust"].astype(str), trusts["name"].astype(str), strict=True))
    parts = []
    for region, group in trusts.groupby("region", sort=False):
        parts.append(f'<p class="nr-region">{escape(str(region))}</p>')
        parts += [_details(row, of_trust[row["trust"]], name, ends, named) for row in group.to_dict("records")]
    return "".join(parts)


def _details(
    trust: Mapping, rows: pd.DataFrame, name: str, ends: Mapping[str, tuple[float, float]], named: Mapping[str, str]
) -> str:
    placed = int(rows["how_sure"].astype(str).ne("").sum())
    remark = trust["note"] if isinstance(trust.get("note"), str) else ""
    remark = re.sub(r"\w+", lambda word: named.get(word[0], word[0]), remark)
    note = f"<p>{escape(remark)}</p>" if remark else ""
    summary = f"{escape(str(trust['name']))} <span>({placed} of {len(rows)} measures compared)</span>"
    caption_id = f"{name}-{escape(str(trust['trust']).lower(), quote=True)}"
    body = "".join(
        f'<tbody><tr><th scope="rowgroup" colspan="4" class="nr-family">{escape(in_words(str(family)))}</th></tr>'
        + "".join(_row(row, ends.get(row["measure"])) for row in part.to_dict("records"))
        + "</tbody>"
        for family, part in rows.groupby("family", sort=False)
    )
    caption = f"{trust['name']} among {rows['peers'].iloc[0]}"
    return (
        f'<details class="nr-trust" name="{name}"><summary>{summary}</summary>{note}'
        f'<div class="nr-scroll-table" role="region" tabindex="0" aria-labelledby="{caption_id}">'
        f'<table class="nr-grid"><caption id="{caption_id}"><span>{escape(caption)}</span></caption>'
        '<thead><tr><th scope="col">Measure</th><th scope="col" class="nr-number">Value</th>'
        '<th scope="col" class="nr-number">Peers\' middle half</th><th scope="col">Where it stands</th></tr></thead>'
        f"{body}</table></div></details>"
    )


def _row(row: Mapping, ends: tuple[float, float] | None) -> str:
    unit = str(row["unit"])
    about = ", ".join(
        text for text in (_BETTER.get(row["better"], ""), row["period"]) if isinstance(text, str) and text
    )
    value = value_in_words(row["value"], unit) or '<span class="nr-blank">not known</span>'
    if pd.notna(row["low"]) and pd.notna(row["value"]):
        value += f" <small>({value_in_words(row['low'], unit)} to {value_in_words(row['high'], unit)})</small>"
    middle, strip = '<span class="nr-blank">not compared</span>', ""
    stands = str(row["position"])
    if str(row["how_sure"]):
        middle = f"{value_in_words(row['peer_low'], unit)} to {value_in_words(row['peer_high'], unit)}"
        strip = _strip(row, ends) if ends else ""
        stands += f" <small>({escape(str(row['how_sure']))})</small>"
    elif isinstance(row["remark"], str) and row["remark"]:
        stands = f'<span class="nr-blank">{escape(stands)}: {escape(row["remark"])}</span>'
    return (
        f'<tr><th scope="row">{escape(str(row["name"]))} <small>({escape(about)})</small></th>'
        f'<td class="nr-number">{value}</td><td class="nr-number">{middle}</td><td>{strip}{stands}</td></tr>'
    )


def _strip(row: Mapping, ends: tuple[float, float]) -> str:
    """From the lowest to the highest trust: the peers' middle half as a bar, the trust as a dot."""
    low, high = ends
    if not high > low:
        return ""
    left, right, own = (
        np.clip((row[c] - low) / (high - low), 0, 1) * 90 + 5 for c in ("peer_low", "peer_high", "value")
    )
    return (
        '<svg class="nr-strip" viewBox="0 0 100 12" width="100" height="12" aria-hidden="true" focusable="false">'
        f'<path d="M5 6H95"/><rect x="{left:.1f}" y="3" width="{right - left:.1f}" height="6"/>'
        f'<circle cx="{own:.1f}" cy="6" r="4"/></svg>'
    )
