"""What is there to do first, for whom is how much known, and where is nothing known? Tables and sentences for the chapter."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from newroles.guidance.cards import Recommendation
from newroles.guidance.judging import Judged
from newroles.guidance.statements import CONFIDENCE, EVIDENCE_NAMES, confidence_level
from newroles.guidance.vocabulary import AUDIENCES, GROUPS, JUDGEMENTS, SETTINGS, STRENGTH, WHEN, change_types
from newroles.phrases import counted, inside, listed


def to_do_first(judged: Judged, most: int = 6) -> pd.DataFrame:
    """What should be done first, whatever the role? The best founded advice for everyone, moment by moment.

    most: how many at the most for each moment. Advice that we only say one could follow comes after what should be done, and
    within each, what we are surest of comes first; then what more evidence is for, and among equals the order of the files.
    What the evidence doesn't settle is left out.

    Returns one row a recommendation: id, when, action, who, strength, confidence, rests_on (the kinds of evidence for it, in words),
    pieces (of that evidence), against (pieces).
    Without advice that holds for every role, setting and kind of change the table is empty.
    """
    anywhere = [each for each in judged.guidance if each.generic and each.types == each.settings == ("all",)]
    cards = [each for each in anywhere if each.strength != "unclear"]
    rows = [
        {
            "id": each.id,
            "when": WHEN[each.when],
            "action": each.action,
            "who": ", ".join(AUDIENCES[who] for who in each.who_acts),
            "strength": STRENGTH[each.strength],
            "confidence": CONFIDENCE[confidence_level(each)],
            "rests_on": ", ".join(EVIDENCE_NAMES[kind] for kind in judged.kinds(each.id, "rests_on")),
            "pieces": len(each.rests_on),
            "against": len(each.against),
        }
        for each in sorted(cards, key=lambda one: (list(WHEN).index(one.when), *_sureness(one)))
    ]
    columns = ["id", "when", "action", "who", "strength", "confidence", "rests_on", "pieces", "against"]
    table = pd.DataFrame(rows, columns=columns)
    return table[table.groupby("when", sort=False).cumcount() < most].reset_index(drop=True)


def confidence_by_role(judged: Judged) -> pd.DataFrame:
    """For whom is how much advice, and how sure of it are we?

    Returns one row for each file of advice and level of confidence: title, role (`all` or an id), confidence (as `CONFIDENCE` names it,
    from surest to least), n; noughts kept.
    """
    rows = []
    for each in judged.guidance.collections:
        levels = pd.Series([confidence_level(one) for one in each.recommendations], dtype="str").value_counts()
        rows += [
            {"title": each.title, "role": each.role, "confidence": name, "n": int(levels.get(level, 0))}
            for level, name in CONFIDENCE.items()
        ]
    return pd.DataFrame(rows, columns=["title", "role", "confidence", "n"])


def by_role(judged: Judged) -> pd.DataFrame:
    """What is particular to each role?

    Returns one row a role with a file: role, n (recommendations that name it, in whatever file), first (the one to begin with: what
    should be done before what could, then what we are surest of; blank where there is none), confidence (in it), unknown (what
    couldn't be advised, or blank).
    """
    rows = []
    for each in judged.guidance.collections:
        if each.role == "all":
            continue
        own = judged.guidance.for_role(each.role, generic=False)
        best = min(own, key=_sureness, default=None)
        rows.append(
            {
                "role": each.title,
                "n": len(own),
                "first": best.action if best else "",
                "confidence": CONFIDENCE[confidence_level(best)] if best else "",
                "unknown": each.nothing_for,
            }
        )
    return pd.DataFrame(rows, columns=["role", "n", "first", "confidence", "unknown"])


def _sureness(each: Recommendation) -> tuple[int, int, int]:
    """What should be done before what could; then what we are surest of; then what most evidence is for."""
    return (
        list(STRENGTH).index(each.strength),
        list(CONFIDENCE).index(confidence_level(each)),
        -len(each.rests_on),
    )


def by_context(judged: Judged) -> pd.DataFrame:
    """For which settings and kinds of change is there advice that holds only there?

    Returns one row a setting or kind of skill-mix change that some recommendation names: place, n (recommendations), files (whose:
    the titles of their files, with how many each); settings first, in the order of the vocabulary. One that names several places
    counts in each.
    """
    titles = {one.id: each.title for each in judged.guidance.collections for one in each.recommendations}
    named: dict[str, list[str]] = {}
    for each in judged.guidance:
        places = [SETTINGS[setting] for setting in each.settings if setting != "all"]
        places += [f"Where it is {inside(change_types()[kind])}" for kind in each.types if kind != "all"]
        for place in places:
            named.setdefault(place, []).append(titles[each.id])
    order = [*SETTINGS.values(), *(f"Where it is {inside(name)}" for name in change_types().values())]
    rows = [
        {
            "place": place,
            "n": len(named[place]),
            "files": ", ".join(f"{title} ({named[place].count(title)})" for title in dict.fromkeys(named[place])),
        }
        for place in order
        if place in named
    ]
    return pd.DataFrame(rows, columns=["place", "n", "files"])


def silences(judged: Judged) -> pd.DataFrame:
    """On which questions between evidence and decision was nothing found, and for how much of the advice?

    Returns one row a question, most often silent first: question, silent (recommendations that cite no evidence on it), n (all), share.
    """
    cards = judged.guidance.recommendations
    rows = [
        {
            "question": name,
            "silent": sum(not each.evidence_to_decision[key].evidence for each in cards),
            "n": len(cards),
        }
        for key, name in JUDGEMENTS.items()
    ]
    table = pd.DataFrame(rows, columns=["question", "silent", "n"])
    table["share"] = table["silent"] / table["n"].where(table["n"] > 0)
    return table.sort_values("silent", ascending=False, kind="stable", ignore_index=True)


def silences_in_words(table: pd.DataFrame) -> str:
    """Where is nothing known? A sentence that names every question on which evidence is most often lacking.

    table: as `silences` gives it.

    >>> silences_in_words(pd.DataFrame({"question": ["Equity", "Resources"], "silent": [3, 1], "n": [4, 4], "share": [0.75, 0.25]}))
    'For 3 of 4 recommendations we found no evidence on equity, and least is lacking on resources (1 of 4).'
    """
    if table.empty or not table["n"].iloc[0]:
        return "There is no advice whose gaps could be counted."
    first, last = table.iloc[0], table.iloc[-1]
    if not first["silent"]:
        return "For every recommendation some evidence was found on every question."
    most = f"For {first['silent']} of {counted(first['n'], 'recommendation')} we found no evidence on {_question(first['question'])}"
    if first["silent"] == last["silent"]:
        return f"{most}." if len(table) == 1 else f"{most}, and for as many none on any other question."
    tied = [_question(name) for name in table.loc[table["silent"].eq(first["silent"]), "question"][1:]]
    if tied:
        most += f", for as many none on {listed(tied, 'or')}"
    if not last["silent"]:
        return f"{most}; on {_question(last['question'])} some was found for every one."
    return f"{most}, and least is lacking on {_question(last['question'])} ({last['silent']} of {last['n']})."


def _question(name: str) -> str:
    return "its priority" if name.endswith("?") else inside(name)


def first_in_words(table: pd.DataFrame, most: int = 3) -> str:
    """What comes first, in a sentence: the advice that should be followed before the role arrives.

    table: as `to_do_first` gives it; most: how many are named. What rests on an invented study, even in part, isn't among them.
    """
    founded = ~table["rests_on"].str.contains(EVIDENCE_NAMES["invented"], regex=False)
    before = table[founded & table["when"].eq(WHEN["before"]) & table["strength"].eq(STRENGTH["should"])].head(most)
    if before.empty:
        return "Nothing is founded well enough to come first for everyone."
    actions = [_clause(action) for action in before["action"]]
    return f"Before a role arrives: {'; '.join(actions)}."


def _clause(action: str) -> str:
    return inside(action.split(". ")[0].rstrip("."))


def helped_in_words(cards: Sequence[Recommendation]) -> str:
    """Whom does the advice mean to help? A sentence with a count for each group."""
    if not cards:
        return "There is no advice."
    counts = {name: sum(group in each.helps for each in cards) for group, name in GROUPS.items()}
    parts = [f"{n or 'none'} {'is' if n == 1 else 'are'} meant to help {inside(name)}" for name, n in counts.items()]
    return f"Of {counted(len(cards), 'recommendation')}, {listed(parts)}; one can be meant for several groups."


def sure_in_words(table: pd.DataFrame) -> str:
    """How sure are we of the advice as a whole? A sentence.

    table: as `confidence_by_role` gives it.

    >>> rows = {"title": "For everyone", "role": "all", "confidence": ["Fairly confident", "Little confidence"], "n": [1, 3]}
    >>> sure_in_words(pd.DataFrame(rows))
    'Of 4 recommendations, we are fairly confident of 1 and have little confidence in 3.'
    """
    counts = table.groupby("confidence", sort=False)["n"].sum()
    said = {
        "Confident": "are confident of {n}",
        "Fairly confident": "are fairly confident of {n}",
        "Limited confidence": "have limited confidence in {n}",
        "Little confidence": "have little confidence in {n}",
    }
    parts = [said[str(name)].format(n=n) for name, n in counts.items() if n]
    if not parts:
        return "There is no advice to be sure of."
    return f"Of {counted(int(counts.sum()), 'recommendation')}, we {listed(parts)}."


def sure_title(table: pd.DataFrame) -> str:
    """The finding that a figure of confidence shows: how much of the advice we are at least fairly sure of.

    >>> sure_title(pd.DataFrame({"confidence": ["Fairly confident", "Little confidence"], "n": [1, 3]}))
    'Of 4 pieces of advice we are at least fairly confident of 1'
    """
    sure = table["confidence"].isin([CONFIDENCE["confident"], CONFIDENCE["fairly"]])
    n = int(table["n"].sum())
    if not n:
        return "There is no advice to be sure of"
    return f"Of {n} {'piece' if n == 1 else 'pieces'} of advice we are at least fairly confident of {int(table.loc[sure, 'n'].sum())}"
