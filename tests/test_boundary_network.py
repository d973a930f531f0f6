"""The network of boundary acts, patterns in it, and whether those who work together contest more.

Known answers: by hand beside each table; scipy's pearsonr and spearmanr for one team; a plain loop over all orders of roles.
"""

from __future__ import annotations

import itertools
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from newroles.boundary_work.act_network import act_network, pair_table, write_act_network
from newroles.boundary_work.act_patterns import buffering, mutual_contest, one_sided
from newroles.boundary_work.contact import contest_and_contact, pairs_in_teams
from newroles.errors import InputError
from newroles.few_clusters.clustered_shares import clustered_shares

FAMILY = {"CON": "BW-COMP", "DEF": "BW-COMP", "NEG": "BW-COLL", "BUF": "BW-CONF", "HOA": "BW-ROU"}
ID = {"CON": "BW-COMP-CON", "DEF": "BW-COMP-DEF", "NEG": "BW-COLL-NEG", "BUF": "BW-CONF-BUF", "HOA": "BW-HOA"}
TONE = {"+": "constructive", "-": "destructive", "?": "depends", ".": ""}


def acts(*lines: str) -> pd.DataFrame:
    """One line an act: team document day actor>target FORM tone, "_" for what isn't known; segments s1, s2, ... in order."""
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        team, document, day, ends, form, tone = line.split()
        actor, target = ends.split(">")
        rows.append(
            {
                "segment": f"s{number}",
                "team": None if team == "_" else team,
                "document": document,
                "on": pd.NaT if day == "_" else pd.Timestamp(f"2023-01-{day}"),
                "place": sum(row["document"] == document for row in rows),
                "actor_role": actor,
                "target_role": target,
                "tone": TONE[tone],
                "forms": (ID.get(form, form),),
                "families": (FAMILY.get(form, form),),
            }
        )
    return pd.DataFrame(rows)


CONTEST = acts(
    "t d1 01 nurse>peer CON -",
    "t d1 01 nurse>peer NEG +",
    "t d1 01 peer>nurse DEF ?",
    "u d2 01 nurse>peer DEF .",
    "v d3 01 peer>nurse CON -",
    "w d4 01 nurse>manager CON -",
    "_ d5 01 manager>nurse CON -",
)
FORMS = pd.DataFrame(
    {
        "segment": CONTEST["segment"],
        "form": [codes[0] for codes in CONTEST["forms"]],
        "name": "a form",
        "agreement": [{"BW-COMP-CON": 0.6, "BW-COMP-DEF": 0.8}.get(codes[0], 0.9) for codes in CONTEST["forms"]],
        "agreement_low": 0.5,
        "agreement_high": 0.95,
    }
)


# --- the network -------------------------------------------------------------------------------------------------------------


def test_every_act_is_an_edge_of_its_own_with_its_sign_and_id() -> None:
    network = act_network(CONTEST, FORMS)
    assert network.number_of_edges() == 7
    assert {key: data["sign"] for *_, key, data in network.edges(keys=True, data=True)} == {
        "s1": -1, "s2": 1, "s3": 0, "s4": 0, "s5": -1, "s6": -1, "s7": -1
    }  # fmt: skip
    assert set(network["nurse"]["peer"]) == {"s1", "s2", "s4"}  # two acts of one pair don't hide each other
    assert network.edges["peer", "nurse", "s3"]["agreement"] == 0.8
    assert set(act_network(CONTEST, team="t").nodes) == {"nurse", "peer"}


def test_graphml_brings_every_segment_back_as_text_and_overwrites_nothing(tmp_path) -> None:
    odd = CONTEST.assign(actor_role=CONTEST["actor_role"].replace("manager", 'Führung & <"Co">'))
    path = write_act_network(act_network(odd), tmp_path / "acts.graphml")
    back = nx.read_graphml(path, force_multigraph=True)
    assert {key for *_, key in back.edges(keys=True)} == set(CONTEST["segment"])
    assert all(isinstance(value, str) for *_, data in back.edges(data=True) for value in data.values())
    edge = back.edges['Führung & <"Co">', "nurse", "s7"]
    assert (edge["sign"], edge["team"], edge["on"], edge["forms"]) == ("-1", "", "2023-01-01", "BW-COMP-CON")
    before = path.read_bytes()
    for name, said in (("acts.graphml", "exists already"), ("acts.gml", "ends in .graphml")):
        with pytest.raises(InputError, match=said):
            write_act_network(act_network(CONTEST), tmp_path / name)
    assert path.read_bytes() == before
    with pytest.raises(InputError, match="GraphML can't"):
        write_act_network(act_network(CONTEST.replace("peer", "pe\x00er")), tmp_path / "b.graphml")


# --- pairs of roles ----------------------------------------------------------------------------------------------------------


def test_volume_and_net_tone_by_hand() -> None:
    """nurse to peer: one -, one +, one not settled: net 0 of 3; peer to nurse: one that depends and one -: -1/2."""
    table = pair_table(CONTEST).set_index(["actor_role", "target_role"])
    columns = ["acts", "constructive", "destructive", "depends", "net", "segments"]
    assert table.loc[("nurse", "peer"), columns].tolist() == [3, 1, 1, 0, 0.0, ("s1", "s2", "s4")]
    assert table.loc[("peer", "nurse"), columns].tolist() == [2, 0, 1, 1, -0.5, ("s3", "s5")]
    by_team = pair_table(CONTEST, by_team=True)
    assert by_team.columns[0] == "team"
    assert by_team["acts"].sum() == 6
    assert by_team.iloc[0][["team", "acts", "net"]].tolist() == ["t", 2, 0.0]


def test_the_interval_of_net_tone_is_that_of_the_share_when_every_tone_is_plain() -> None:
    """net = 2 p - 1, so its interval is that of p, moved; one cluster has none; acts all alike have one wider than nothing."""
    lines = [f"t{k} d{k} 01 a>b NEG {tone}" for k in range(6) for tone in "++-"[: 1 + k % 3]]
    row = pair_table(acts(*lines)).iloc[0]
    share = clustered_shares([[1], [2], [2]] * 2, [1, 2, 3] * 2)
    assert np.allclose(
        row[["net", "net_low", "net_high"]].astype(float), [2 * float(each[0]) - 1 for each in share[:3]]
    )
    assert row["cluster"] == "team"
    assert row["clusters"] == 6
    assert pd.isna(pair_table(acts(*["t d 01 a>b NEG +"] * 4)).loc[0, "net_low"])
    alike = pair_table(acts(*[f"t d{k} 01 a>b NEG +" for k in range(4)])).iloc[0]
    assert alike["net"] == 1
    assert -1 < alike["net_low"] < 0.5
    assert alike["cluster"] == "document"


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("tuv"), st.sampled_from(["a>b", "b>a", "a>c"]), st.sampled_from("+-?.")),
        min_size=1,
        max_size=15,
    )
)
def test_no_act_is_lost_and_turning_every_tone_turns_the_table(drawn: list[tuple[str, str, str]]) -> None:
    table = acts(*[f"{team} {team}{n % 3} 01 {ends} NEG {tone}" for n, (team, ends, tone) in enumerate(drawn)])
    pairs = pair_table(table)
    assert sorted(itertools.chain(*pairs["segments"])) == sorted(table["segment"])
    assert (pairs["acts"] >= pairs[["constructive", "destructive", "depends"]].sum(axis=1)).all()
    known = pairs.dropna(subset=["net_low"])
    assert known["net"].between(known["net_low"] - 1e-12, known["net_high"] + 1e-12).all()
    turned = {"constructive": "destructive", "destructive": "constructive"}
    other = pair_table(table.assign(tone=table["tone"].replace(turned)))
    assert np.allclose(pairs["net"], -other["net"])
    assert np.allclose(pairs["net_low"], -other["net_high"], equal_nan=True)


# --- patterns ----------------------------------------------------------------------------------------------------------------


def test_contest_is_mutual_only_where_both_sides_contest_in_the_same_team() -> None:
    found = mutual_contest(CONTEST, FORMS).set_index(["role_a", "role_b"])
    row = found.loc[("nurse", "peer")]
    assert row[["a_to_b", "b_to_a", "teams_both", "teams_one"]].tolist() == [2, 2, ("t",), ("u", "v")]
    assert row["segments"] == ("s1", "s3", "s4", "s5")  # s2 negotiates
    assert (row["agreement_lowest"], row["agreement_lowest_form"]) == (0.6, "BW-COMP-CON")
    # the manager's contest is about no one team, so the pair is mutual in none
    assert found.loc[("manager", "nurse"), ["a_to_b", "b_to_a", "teams_both", "teams_one"]].tolist() == [
        1,
        1,
        (),
        ("w",),
    ]
    own = mutual_contest(CONTEST.assign(forms=[("ours",)] * 7, families=[("all",)] * 7), codes="ours")
    assert own.loc[0, "segments"] == ("s1", "s2", "s3", "s4", "s5")
    assert mutual_contest(CONTEST, FORMS, codes="BW-HOA").empty


def test_one_side_alone_hoards_in_a_team_where_the_other_was_never_seen_to() -> None:
    """t: two by the nurse alone, chance 1/4; u: both; v: one by the peer, 1/2. Expected either way: 1/4 + 1/4 + 1/2."""
    table = acts(
        "t d1 01 nurse>peer HOA ?", "t d2 01 nurse>peer HOA ?", "u d3 01 nurse>peer HOA ?", "u d3 01 peer>nurse HOA ?",
        "v d4 01 peer>nurse HOA ?", "v d4 01 nurse>peer CON -", "_ d5 01 nurse>peer HOA ?",
    )  # fmt: skip
    found = one_sided(table).set_index(["actor_role", "target_role"])
    assert found.loc[("nurse", "peer")].tolist() == [2, ("t",), 1.0, ("s1", "s2")]
    assert found.loc[("peer", "nurse")].tolist() == [1, ("v",), 1.0, ("s5",)]
    twice = one_sided(table, least=2)
    assert twice[["actor_role", "teams", "expected"]].values.tolist() == [
        ["nurse", ("t",), 0.5]
    ]  # t and u have two acts
    with pytest.raises(InputError, match="least"):
        one_sided(table, least=0)


def test_a_third_party_is_neither_of_the_two_and_acts_towards_one_of_them_in_their_team() -> None:
    table = acts(
        "t d1 05 manager>peer BUF +",  # later in d1 than nothing: its contest follows, so before
        "t d1 05 nurse>peer DEF -",
        "t d1 05 doctor>nurse BUF +",  # later in the same document: after
        "t d2 05 doctor>nurse BUF +",  # the same day in another document: not known
        "t d3 06 doctor>nurse BUF +",  # a later day: after
        "t d4 _ doctor>nurse BUF +",  # no day: not known
        "t d1 05 nurse>peer BUF +",  # by one of the two: no third party
        "t d1 05 doctor>manager BUF +",  # towards neither
        "u d9 09 doctor>nurse BUF +",  # another team
    )
    found = buffering(table).set_index(["team", "role_a", "role_b"])
    row = found.loc[("t", "nurse", "peer")]
    assert row[["contests", "buffers", "third_parties", "both_sides"]].tolist() == [1, 5, ("doctor", "manager"), True]
    assert row[["before", "after", "order_unknown"]].tolist() == [1, 2, 2]
    assert row["buffer_segments"] == ("s1", "s3", "s4", "s5", "s6")
    assert row["segments"][0] == "s2"
    assert found.loc[("u", "doctor", "nurse"), ["contests", "buffers", "segments"]].tolist() == [0, 0, ()]
    # an act before one contest and after another comes after a contest
    two = acts("t d1 05 nurse>peer DEF -", "t d1 05 manager>peer BUF +", "t d1 05 nurse>peer DEF -")
    assert buffering(two).set_index("role_b").loc["peer", "after"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.drop(columns="tone"), "no column tone"),
        (lambda t: t.assign(segment="s1"), "segment 's1' is there twice"),
        (lambda t: t.assign(target_role="nurse"), "'s1' goes from a role to itself"),
        (lambda t: t.assign(actor_role=None), "no actor"),
        (lambda t: t.assign(tone="nice"), "tone other than"),
        (lambda t: t.assign(forms="BW-COMP-CON"), "tuple of codes"),
    ],
)
def test_acts_that_cannot_be_read_are_named(change, said) -> None:
    for reads in (act_network, pair_table, mutual_contest, one_sided, buffering):
        with pytest.raises(InputError, match=said):
            reads(change(CONTEST))


def test_an_unknown_team_is_named_and_blank_tones_count_as_not_settled() -> None:
    with pytest.raises(InputError, match="Did you mean|Valid names"):
        act_network(CONTEST, team="x")
    assert pair_table(CONTEST.assign(tone=np.nan)).loc[0, "net"] == 0


# --- beside the working network ----------------------------------------------------------------------------------------------

ROLES = {"t": "abcd", "u": "abce"}
TWO_TEAMS = acts(
    *[f"t d 01 {ends} {form}" for ends in ("a>b", "b>a", "a>b") for form in ("CON -", "NEG +")],
    "t d 01 a>c DEF -", "t d 01 c>d NEG +", "t d 01 b>d NEG ?", "t d 01 a>d CON +",
    "u e 01 a>b CON -", "u e 01 b>c DEF -", "u e 01 c>b CON +", "u e 01 e>a NEG +", "u e 01 e>a NEG -",
    "x f 01 a>b CON -", "u e 01 a>z CON -",
)  # fmt: skip
CONTACTS = pd.DataFrame(
    [(team, *pair) for team, roles in ROLES.items() for pair in itertools.combinations(roles, 2)],
    columns=["team", "role_a", "role_b"],
).assign(contacts=[5, 2, 1, 0, 3, 0, 4, 0, 1, 2, 2, 7])


def by_plain_loop(pairs: pd.DataFrame, measure: str, kind: str) -> tuple[float, np.ndarray]:
    """The correlation, and those of all 24 x 24 orders of roles, one by one."""
    in_team = []
    for team, roles in ROLES.items():
        rows = pairs.loc[pairs["team"] == team, ["role_a", "role_b", "contacts", measure]].values.tolist()
        held = {frozenset((a, b)): x for a, b, x, _ in rows}
        rows = [row for row in rows if row[3] == row[3]]  # without the blanks
        y = np.array([row[3] for row in rows], dtype=float)
        ways = []
        for order in itertools.permutations(roles):
            rename = dict(zip(roles, order, strict=True))
            x = np.array([held[frozenset((rename[a], rename[b]))] for a, b, *_ in rows])
            one, other = (stats.rankdata(x), stats.rankdata(y)) if kind == "spearman" else (x, y)
            ways.append((one - one.mean(), other - other.mean()))
        in_team.append(ways)
    found = []
    for (x1, y1), (x2, y2) in itertools.product(*in_team):
        found.append(np.corrcoef(np.concatenate([x1, x2]), np.concatenate([y1, y2]))[0, 1])
    return found[0], np.nan_to_num(np.array(found))


@pytest.mark.parametrize(("measure", "kind"), [("contests", "spearman"), ("net_tone", "pearson")])
def test_correlation_and_p_are_those_of_every_order_of_roles(measure: str, kind: str) -> None:
    pairs = pairs_in_teams(TWO_TEAMS, CONTACTS)
    r, every = by_plain_loop(pairs, measure, kind)
    found = contest_and_contact(TWO_TEAMS, CONTACTS, permutations=576).set_index(["measure", "correlation"])
    row = found.loc[(measure, kind)]
    assert row["estimate"] == pytest.approx(r)
    expected = [(every <= r + 1e-9).mean(), (every >= r - 1e-9).mean(), (abs(every) >= abs(r) - 1e-9).mean()]
    assert row[["p_low", "p_high", "p_two_sided"]].astype(float).tolist() == pytest.approx(expected)
    assert (row["method"], row["orders"]) == ("all orders", 576)
    drawn = contest_and_contact(TWO_TEAMS, CONTACTS, np.random.default_rng(3), permutations=575)
    near = drawn.set_index(["measure", "correlation"]).loc[(measure, kind)]
    assert near["method"] == "orders drawn"
    assert near["p_high"] == pytest.approx(expected[1], abs=4 * 0.5 / np.sqrt(575))


def test_one_team_gives_the_plain_correlations_of_scipy() -> None:
    pairs = pairs_in_teams(TWO_TEAMS, CONTACTS).query("team == 't'")
    found = contest_and_contact(TWO_TEAMS, CONTACTS.query("team == 't'"), permutations=1).set_index(
        ["measure", "correlation"]
    )
    for measure in ("acts", "contest_share"):
        x, y = pairs.dropna(subset=[measure])[["contacts", measure]].to_numpy(dtype=float).T
        assert found.loc[(measure, "pearson"), "estimate"] == pytest.approx(stats.pearsonr(x, y)[0])
        assert found.loc[(measure, "spearman"), "estimate"] == pytest.approx(stats.spearmanr(x, y)[0])
    small = CONTACTS.query("team == 't'").assign(
        contacts=lambda table: table["contacts"] * 1e-7
    )  # once read as no contacts
    again = contest_and_contact(TWO_TEAMS, small, permutations=1).set_index(["measure", "correlation"])
    assert again["estimate"].tolist() == pytest.approx(found["estimate"].tolist(), nan_ok=True)


def test_pairs_of_a_team_by_hand_and_what_is_elsewhere_is_counted() -> None:
    pairs = pairs_in_teams(TWO_TEAMS, CONTACTS).set_index(["team", "role_a", "role_b"])
    columns = ["acts", "contests", "contest_share", "net_tone"]
    assert pairs.loc[("t", "a", "b"), columns].tolist() == [6, 3, 0.5, 0.0]
    assert pairs.loc[("u", "b", "c"), columns].tolist() == [2, 2, 1.0, 0.0]
    quiet = pairs.loc[("t", "b", "c")]
    assert quiet[["acts", "contests", "segments"]].tolist() == [0, 0, ()]
    assert pd.isna(quiet["net_tone"])
    found = contest_and_contact(TWO_TEAMS, CONTACTS, permutations=9).set_index("measure")
    assert set(found["acts_elsewhere"]) == {2}  # team x, and a role that team u doesn't have
    assert found.loc["contests", ["pairs", "teams", "acts"]].values.tolist() == [[12, 2, 15]] * 2
    assert len(found["segments"].iloc[0]) == 15


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 50), st.integers(1, 5), st.randoms(use_true_random=False))
def test_what_differs_between_teams_as_a_whole_makes_no_correlation(moved: int, times: int, random) -> None:
    """Contacts of one team moved up, all in another unit, pairs named the other way round, rows in another order."""
    one = contest_and_contact(TWO_TEAMS, CONTACTS, permutations=5)
    other = CONTACTS.assign(contacts=times * CONTACTS["contacts"] + moved * CONTACTS["team"].eq("u"))
    other = other.rename(columns={"role_a": "role_b", "role_b": "role_a"})
    two = contest_and_contact(TWO_TEAMS, other.sample(frac=1, random_state=random.randint(0, 99)), permutations=5)
    ranks = one["correlation"] == "spearman"
    assert np.allclose(one.loc[ranks, "estimate"], two.loc[ranks, "estimate"])
    if times == 1:
        assert np.allclose(one["estimate"], two["estimate"])


def test_nothing_to_see_is_blank_not_zero() -> None:
    found = contest_and_contact(TWO_TEAMS, CONTACTS.assign(contacts=1.0), permutations=9)
    assert found[["estimate", "p_low", "p_high", "p_two_sided"]].isna().all(axis=None)
    pair = pd.DataFrame({"team": ["t"], "role_a": ["a"], "role_b": ["b"], "contacts": [2]})
    alone = contest_and_contact(TWO_TEAMS, pair).iloc[0]
    assert pd.isna(alone["estimate"])
    assert alone["teams"] == 0


@pytest.mark.parametrize(
    ("contacts", "permutations", "said"),
    [
        (CONTACTS.drop(columns="contacts"), 9, "no column contacts"),
        (CONTACTS.iloc[1:], 9, "team t has 4 roles and 5 pairs of them; 6 were expected"),
        (pd.concat([CONTACTS, CONTACTS.iloc[:1].rename(columns={"role_a": "role_b", "role_b": "role_a"})]), 9, "twice"),
        (CONTACTS.assign(role_b=CONTACTS["role_a"]), 9, "within one role"),
        (CONTACTS.assign(contacts=[None, *range(11)]), 9, "blank for team t, a and b"),
        (CONTACTS.assign(contacts="often"), 9, "must hold a number"),
        (CONTACTS.assign(team="z" + CONTACTS["team"]), 9, "No act is between"),
        (CONTACTS, 0, "permutations"),
    ],
)
def test_contacts_that_cannot_be_compared_are_named(contacts, permutations, said) -> None:
    with pytest.raises(InputError, match=said):
        contest_and_contact(TWO_TEAMS, contacts, permutations=permutations)
