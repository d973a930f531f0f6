"""What the codebook calls forms, and what has been published on boundaries, ready to be read."""

from __future__ import annotations

import pandas as pd

from newroles.boundary_work.code_axes import code_axes
from newroles.datasets import Codebook
from newroles.errors import InputError, did_you_mean


def forms_of_codebook(codebook: Codebook) -> pd.DataFrame:
    """Which forms of boundary work does this codebook know, what are they, and what is the coder prompted to think of them?

    Returns one row per family of forms, in the book's order: name, definition, kinds (names of the forms under it; blank
    where it has none) and default_tone (of the family itself where it is a code; else that of its kinds, if they agree, or
    "differs by kind").

    Raises InputError for a book without forms or tones.

    >>> from newroles.datasets import load_codebook
    >>> forms_of_codebook(load_codebook("boundary_work"))["name"].tolist()[:2]
    ['Competitive boundary work', 'Collaborative boundary work']
    """
    forms = code_axes(codebook).forms
    codes = codebook.codes.set_index("id")
    rows = []
    for family in forms["family"].unique():
        kinds = forms[forms["family"] == family]
        below = kinds.drop(index=family, errors="ignore")
        prompts = set(below["prompt"])
        differs = prompts.pop() if len(prompts) == 1 else "differs by kind"
        rows.append(
            {
                "name": codes.loc[family, "name"],
                "definition": codes.loc[family, "definition"],
                "kinds": "; ".join(below["name"]),
                "default_tone": kinds.loc[family, "prompt"] if family in kinds.index else differs,
            }
        )
    return pd.DataFrame(rows, columns=["name", "definition", "kinds", "default_tone"])


def published_findings(findings: pd.DataFrame, codebook: Codebook, role: str = "") -> pd.DataFrame:
    """What has been found about boundaries between roles, in words that a table can show?

    `findings`: the published table boundary_findings. `codebook`: the book by whose forms it was coded.
    `role`: only findings about this new role (its id in the register); blank: all.

    Returns its rows and columns with said (what came of it: constructive, destructive, both, not said), came_of_it (the same, and
    what it hangs on), form_names (names of the forms, joined by "; ") and study (source, design, and what was counted).

    Raises InputError for a form that the book doesn't have, and a role that no finding is about.

    >>> from newroles.datasets import load_codebook, load_published
    >>> table = published_findings(load_published("boundary_findings"), load_codebook("boundary_work"))
    >>> sorted(table["said"].unique())
    ['both', 'constructive', 'destructive', 'not said']
    """
    if role:
        known = findings["new_role"].dropna().unique()
        if role not in known:
            raise InputError(f"No published finding is about the role '{role}'. {did_you_mean(role, known)}")
        findings = findings[findings["new_role"] == role]
    names = codebook.codes.set_index("id")["name"]

    def named(forms: object) -> str:
        codes = [code.strip() for code in forms.split(";")] if isinstance(forms, str) else []
        for code in codes:
            if code not in names.index:
                raise InputError(
                    f"boundary_findings, column forms: no code '{code}'. {did_you_mean(code, names.index)}"
                )
        return "; ".join(names[code] for code in codes)

    counted = findings["n"].map("{:,.0f}".format, na_action="ignore").astype("string") + " " + findings["n_of"]
    said = findings["tone_said"].str.replace("_", " ")
    hangs = ("; hangs on " + findings["hangs_on"].astype("string")).fillna("")
    return findings.assign(
        said=said,
        came_of_it=said + hangs,
        form_names=[named(forms) for forms in findings["forms"]],
        study=findings["source_name"] + ": " + findings["design"] + (", " + counted).fillna(""),
    )
