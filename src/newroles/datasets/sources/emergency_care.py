"""Who works with whom in emergency psychiatric care: roles of one Australian hospital, from published observations."""

from __future__ import annotations

from itertools import combinations, product

import networkx as nx
import pandas as pd

from newroles.datasets.sources import files
from newroles.datasets.sources.emergency_words import (
    AREAS,
    NOT_STAFF,
    PSYCHIATRY_RECORDS,
    PSYCHIATRY_TYPES,
    RECORDS,
    ROLES,
    SERVICES,
    emergency_table,
)
from newroles.datasets.sources.tables import Column
from newroles.errors import InputError


def tidy_interactions(interactions: pd.DataFrame, agents: pd.DataFrame) -> pd.DataFrame:
    """The observed interactions in order of time within each patient, with the codes of each as tuples.

    One row an interaction: patient, area, staff (roles of ours), agents, stored and accessed (codes of the source).
    A patient seen only in the Mental Health Observation Area belongs to "observation_area", every other patient with
    all their interactions to "emergency_department", as the paper's two parts do.

    Raises InputError when a code is in the interactions but not among the agents, or is one that we have no words for.
    """
    lists = {
        name: interactions[column].fillna("").str.split()
        for name, column in (("agents", "AGENTS"), ("stored", "STORED"), ("accessed", "ACCESSED"))
    }
    used = {code for column in lists.values() for codes in column for code in codes}
    unknown = sorted((used - set(agents["ID"])) | (used - set(ROLES) - set(RECORDS) - NOT_STAFF))
    if unknown:
        raise InputError(
            f"Source file {files.EMERGENCY_INTERACTIONS.path}: unknown code(s) {', '.join(unknown)}. "
            f"Expected the codes of {files.EMERGENCY_AGENTS.path}."
        )
    only_observed = (interactions["AREA"] == "MHOA").groupby(interactions["ID"]).transform("all")
    when = pd.to_datetime(interactions["DATE"] + " " + interactions["TIME"], format="%d/%m/%Y %H:%M")
    table = pd.DataFrame(
        {
            "patient": interactions["ID"],
            "when": when,
            "area": only_observed.map({True: "observation_area", False: "emergency_department"}),
            "staff": [tuple(sorted({ROLES[code] for code in codes if code in ROLES})) for codes in lists["agents"]],
            **{name: [tuple(sorted(set(codes))) for codes in column] for name, column in lists.items()},
        }
    )
    return table.sort_values(["patient", "when"], kind="stable", ignore_index=True)


def emergency_role_pairs(interactions: pd.DataFrame, agents: pd.DataFrame) -> pd.DataFrame:
    """Which staff roles met over the same patient, how often, and how much was each meeting shared with others?

    One row per area and pair of roles that met. `weight_newman` adds 1 / (roles present - 1) for each interaction
    shared, so that a meeting of two counts more than a crowd (Newman 2001, https://doi.org/10.1103/PhysRevE.64.016132).
    """
    met = tidy_interactions(interactions, agents)
    counts = [
        {"area": area, "role_a": a, "role_b": b, "interactions": 1, "weight_newman": 1 / (len(staff) - 1)}
        for own_area, staff in zip(met["area"], met["staff"], strict=True)
        for area in (own_area, "both")
        for a, b in combinations(staff, 2)
    ]
    table = pd.DataFrame(counts).groupby(["area", "role_a", "role_b"], as_index=False).sum()
    observed = met["area"].value_counts()
    table["share_of_interactions"] = table["interactions"] / table["area"].map({**observed, "both": len(met)})
    return _by_area(table, ["role_a", "role_b"])


def interaction_network(met: pd.DataFrame, types: pd.Series) -> nx.Graph:
    """The paper's network of one area: roles, records, patients and associates that took part in one interaction.

    `met`: rows of `tidy_interactions`. `types`: type by code. Three kinds of tie can't be, by the paper's rules: record
    to record; record to patient, associate, police, ambulance or community; and the two psychiatric records to anyone
    outside psychiatry.
    """
    graph = nx.Graph()
    for agents, stored, accessed in zip(met["agents"], met["stored"], met["accessed"], strict=True):
        present = sorted({*agents, *stored, *accessed})
        graph.add_nodes_from(present)
        graph.add_edges_from(
            (a, b) for a, b in combinations(present, 2) if _may_touch(a, b, types) and _may_touch(b, a, types)
        )
    return graph


def _may_touch(one: str, other: str, types: pd.Series) -> bool:
    if types[one] != "RECORD":
        return True
    if types[other] in ("RECORD", "PUBLIC", "EXTERNAL"):
        return False
    return one not in PSYCHIATRY_RECORDS or types[other] in PSYCHIATRY_TYPES


def emergency_role_positions(interactions: pd.DataFrame, agents: pd.DataFrame) -> pd.DataFrame:
    """Which staff roles stand between the others? Position of each role in the paper's network of each area.

    One row per area and staff role: the `service` it belongs to; degree, closeness and betweenness (0-1, networkx) in the
    network of roles, records, patients and associates; `interactions` it took part in; of these, `crossing`: with staff
    of another service, and `only_link`: crossing, and without it staff of one service alone would have been left.
    """
    met = tidy_interactions(interactions, agents)
    types = agents.set_index("ID")["type"]
    service = _services(agents)
    rows = []
    for area in ("emergency_department", "observation_area"):
        here = met.loc[met["area"] == area]
        graph = interaction_network(here, types)
        between, close = nx.betweenness_centrality(graph), nx.closeness_centrality(graph)
        rows += [
            {
                "area": area,
                "role": ROLES[code],
                "service": service[ROLES[code]],
                **_crossings(ROLES[code], here["staff"], service),
                "degree": graph.degree(code),
                "closeness": close[code],
                "betweenness": between[code],
            }
            for code in graph
            if code in ROLES
        ]
    return _by_area(pd.DataFrame(rows), ["role"])


def _services(agents: pd.DataFrame) -> dict[str, str]:
    """The service of each staff role, in our words."""
    types = agents.set_index("ID")["type"]
    return {ROLES[code]: SERVICES[types[code]] for code in ROLES if code in types}


def _crossings(role: str, meetings: pd.Series, service: dict[str, str]) -> dict[str, int]:
    """How many meetings did a role take part in, how many joined services, and how many only through it?"""
    own = [staff for staff in meetings if role in staff]
    crossing = [staff for staff in own if len({service[each] for each in staff}) > 1]
    only = [staff for staff in crossing if len({service[each] for each in staff if each != role}) == 1]
    return {"interactions": len(own), "crossing": len(crossing), "only_link": len(only)}


def emergency_services(interactions: pd.DataFrame, agents: pd.DataFrame) -> pd.DataFrame:
    """How much of emergency psychiatric care crosses the boundaries between services?

    One row per area and set of services whose staff took part in the same interactions: services (joined by "; "),
    services_present, interactions, with_patient (the patient or an associate took part), share_of_interactions (of all
    interactions of the area). Interactions without staff have no service.
    """
    met = tidy_interactions(interactions, agents)
    service = _services(agents)
    met["services"] = [tuple(sorted({service[role] for role in staff})) for staff in met["staff"]]
    met["with_patient"] = [not NOT_STAFF.isdisjoint(present) for present in met["agents"]]
    both = pd.concat([met, met.assign(area="both")])
    table = both.groupby(["area", "services"], as_index=False).agg(
        interactions=("patient", "size"), with_patient=("with_patient", "sum")
    )
    table["share_of_interactions"] = table["interactions"] / table["area"].map(both["area"].value_counts())
    table.insert(2, "services_present", table["services"].map(len))
    table["services"] = table["services"].map("; ".join)
    return _by_area(table, ["services_present", "services"])


def emergency_successions(interactions: pd.DataFrame, agents: pd.DataFrame) -> pd.DataFrame:
    """Which role comes after which in a patient's course through emergency psychiatric care?

    One row per ordered pair: a role in one interaction with staff, and a role in the same patient's next one. `weight`
    spreads each step evenly over its pairs, so that it adds up to the number of steps.
    """
    met = tidy_interactions(interactions, agents)
    with_staff = met.loc[met["staff"].map(len) > 0]
    following = with_staff.groupby("patient")["staff"].shift(-1)
    steps = [
        {"from_role": a, "to_role": b, "successions": 1, "weight": 1 / (len(first) * len(then)), "patient": patient}
        for first, then, patient in zip(with_staff["staff"], following, with_staff["patient"], strict=True)
        if isinstance(then, tuple)
        for a, b in product(first, then)
    ]
    grouped = pd.DataFrame(steps).groupby(["from_role", "to_role"])
    table = grouped.agg(
        successions=("successions", "sum"), weight=("weight", "sum"), patients=("patient", "nunique")
    ).reset_index()
    table["share_of_from"] = table["weight"] / table.groupby("from_role")["weight"].transform("sum")
    return table[["from_role", "to_role", "successions", "weight", "share_of_from", "patients"]]


def emergency_record_use(interactions: pd.DataFrame, agents: pd.DataFrame) -> pd.DataFrame:
    """Which records were written to and read while which role was there?

    One row per staff role and record that came up together. The observations say what was stored and accessed in an
    interaction, not by whom; `as_only_staff` counts those where the role was the only staff.
    """
    met = tidy_interactions(interactions, agents)
    uses = [
        {
            "role": role,
            "record": RECORDS[code],
            "stored": int(code in stored),
            "accessed": int(code in accessed),
            "as_only_staff": int(len(staff) == 1),
        }
        for staff, stored, accessed in zip(met["staff"], met["stored"], met["accessed"], strict=True)
        for role in staff
        for code in sorted({*stored, *accessed})
    ]
    table = pd.DataFrame(uses).groupby(["role", "record"], as_index=False).sum()
    present = met["staff"].explode().value_counts()
    table.insert(2, "interactions", table["role"].map(present))
    return table


def _by_area(table: pd.DataFrame, then: list[str]) -> pd.DataFrame:
    place = {area: n for n, area in enumerate(AREAS)}
    return table.sort_values(
        ["area", *then], key=lambda values: values.map(place) if values.name == "area" else values, ignore_index=True
    )


_AREA = Column(
    "area",
    "string",
    "emergency_department (patients seen there or across areas), observation_area (seen only there), or both together.",
)
TABLES = (
    emergency_table(
        name="emergency_role_pairs",
        title="Staff roles that met in emergency psychiatric care",
        builder=emergency_role_pairs,
        one_row_is="one pair of staff roles in one area (pairs that never met are left out)",
        columns=(
            _AREA,
            Column("role_a", "string", "First role, in our words."),
            Column("role_b", "string", "Second role, in our words."),
            Column("interactions", "integer", "Interactions in which both took part.", "interactions"),
            Column("weight_newman", "number", "Sum over these of 1 / (staff roles present - 1).", "weight"),
            Column("share_of_interactions", "number", "interactions over all interactions of the area.", "0-1"),
        ),
    ),
    emergency_table(
        name="emergency_role_positions",
        title="Which roles stand between the others in emergency psychiatric care",
        builder=emergency_role_positions,
        one_row_is="one staff role in the network of one area",
        columns=(
            Column("area", "string", "emergency_department or observation_area."),
            Column("role", "string", "Staff role, in our words."),
            Column("service", "string", "Service that the role belongs to, by the source's types, in our words."),
            Column("interactions", "integer", "Interactions that the role took part in.", "interactions"),
            Column("crossing", "integer", "Of these, with staff of another service as well.", "interactions"),
            Column("only_link", "integer", "Of these, where all others present were of one service.", "interactions"),
            Column("degree", "integer", "Roles, records, patients and associates tied to it.", "nodes"),
            Column("closeness", "number", "Closeness centrality.", "0-1"),
            Column("betweenness", "number", "Betweenness centrality, normalised.", "0-1"),
        ),
    ),
    emergency_table(
        name="emergency_services",
        title="Services whose staff met in emergency psychiatric care",
        builder=emergency_services,
        one_row_is="one area and one set of services whose staff took part in the same interactions",
        columns=(
            _AREA,
            Column(
                "services", "string", "Services with staff present, joined by '; '; blank where no staff took part."
            ),
            Column("services_present", "integer", "How many services.", "services"),
            Column("interactions", "integer", "Interactions with staff of just these services.", "interactions"),
            Column("with_patient", "integer", "Of these, with the patient or an associate.", "interactions"),
            Column("share_of_interactions", "number", "interactions over all interactions of the area.", "0-1"),
        ),
    ),
    emergency_table(
        name="emergency_successions",
        title="Which role follows which in a patient's course through emergency psychiatric care",
        builder=emergency_successions,
        one_row_is="one ordered pair of staff roles in consecutive interactions of one patient",
        columns=(
            Column("from_role", "string", "Role in the earlier interaction."),
            Column(
                "to_role", "string", "Role in the patient's next interaction with staff; the same role when it stays."
            ),
            Column("successions", "integer", "Steps in which this pair occurred.", "steps"),
            Column("weight", "number", "Steps spread evenly over the pairs within each.", "steps"),
            Column("share_of_from", "number", "weight over all weight that starts from from_role.", "0-1"),
            Column("patients", "integer", "Patients in whose course the pair occurred.", "patients"),
        ),
    ),
    emergency_table(
        name="emergency_record_use",
        title="Which records were used with which role present in emergency psychiatric care",
        builder=emergency_record_use,
        one_row_is="one staff role and one record that came up together",
        columns=(
            Column("role", "string", "Staff role, in our words."),
            Column("record", "string", "Record or information system, in our words."),
            Column("interactions", "integer", "All interactions that the role took part in.", "interactions"),
            Column(
                "stored",
                "integer",
                "Of these, interactions in which something was stored in the record.",
                "interactions",
            ),
            Column("accessed", "integer", "Of these, interactions in which the record was accessed.", "interactions"),
            Column(
                "as_only_staff",
                "integer",
                "Interactions with this record (stored or accessed) in which the role was the only staff.",
                "interactions",
            ),
        ),
    ),
)
