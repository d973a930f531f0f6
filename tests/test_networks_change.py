"""Two waves of a network: what changed, how surely, and through whom."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newroles.errors import InputError
from newroles.networks import build
from newroles.networks.change import change
from newroles.networks.dyad_draws import dyad_bootstrap
from newroles.networks.newcomers import newcomers, newcomers_compared, newcomers_in_words
from newroles.networks.turnover import turnover
from newroles.networks.two_waves import Wave, chosen, measured

ROLES = {"a": "nurse", "b": "nurse", "c": "peer", "d": "peer", "e": "nurse", "f": "peer"}


def network(persons, pairs, directed=False, **columns):
    people = pd.DataFrame({"person": list(persons), "role": [ROLES[p] for p in persons], **columns})
    return build(people, pd.DataFrame(pairs, columns=["source", "target"]), directed=directed)


def row(table, measure):
    return table.set_index("measure").loc[measure]


def test_measures_are_those_of_counting_by_hand():
    # before: ab within, bc across; after: ab, ac, bd: two of three across; 1 of 2 possible within, 2 of 4 across
    found = change(
        network("abcd", [("a", "b"), ("b", "c")]), network("abcd", [("a", "b"), ("a", "c"), ("b", "d")]), draws=20
    )
    assert row(found, "partners")[["before", "after"]].tolist() == [1.0, 1.5]
    assert row(found, "share_across")[["before", "after"]].tolist() == pytest.approx([1 / 2, 2 / 3])
    assert row(found, "ei")[["before", "after"]].tolist() == pytest.approx([0, 1 / 3])
    assert row(found, "density_within")[["before", "after"]].tolist() == pytest.approx([1 / 2, 1 / 2])
    assert row(found, "density_across")[["before", "after"]].tolist() == pytest.approx([1 / 4, 2 / 4])
    assert row(found, "log_odds_ratio")["before"] == pytest.approx(np.log(3))
    assert row(found, "log_odds_ratio")["after"] == pytest.approx(0)


def test_a_directed_tie_counts_once_and_reciprocity_is_the_share_returned():
    before = network("abcd", [("a", "b"), ("b", "a"), ("a", "c")], directed=True)
    found = change(before, before, draws=20)
    assert row(found, "partners")["before"] == pytest.approx(3 / 4)
    assert row(found, "reciprocity")["before"] == pytest.approx(2 / 3)
    assert (found["change"] == 0).all()
    assert (found["p_two_sided"].dropna() == 1).all()


def test_the_exact_exchange_tries_every_pair_of_waves():
    # three pairs differ or stand; enumerated here by hand over the 2^3 exchanges of ab, ac, bd
    before, after = network("abcd", [("a", "b")]), network("abcd", [("a", "b"), ("a", "c"), ("b", "d")])
    waves = np.array([[1, 0, 0], [1, 1, 1]])
    changes = []
    for swap in product([0, 1], repeat=3):
        one = np.where(swap, waves[1], waves[0])
        two = np.where(swap, waves[0], waves[1])
        changes.append(2 * (two[1:].sum() - one[1:].sum()) / 4)
    expected = np.mean(np.abs(changes) >= abs(changes[0]) - 1e-12)
    found = row(change(before, after, draws=20), "partners_across")
    assert found["change"] == pytest.approx(changes[0])
    assert found["p_two_sided"] == pytest.approx(expected)


def test_teams_are_exchanged_as_wholes():
    # two teams that changed alike: of 2^2 exchanges two are as large, whatever the number of pairs in a team
    ends, team = [("a", "c"), ("a", "d"), ("e", "f")], dict(zip("abcdef", "ttttuu", strict=True))
    columns = {"team": [team[p] for p in "abcdef"]}
    before = network("abcdef", [("a", "b")], **columns)
    after = network("abcdef", [("a", "b"), *ends], **columns)
    found = row(change(before, after, unit="team", within="team", draws=20), "partners_across")
    assert found["p_two_sided"] == pytest.approx(0.5)


def test_the_parts_add_up_to_the_change():
    before = network("abcd", [("a", "b"), ("b", "c"), ("c", "d")])
    after = network("abcf", [("a", "b"), ("b", "f"), ("c", "a")])
    found = change(before, after, draws=20)
    parts = found[["left", "stayed", "joined"]].sum(axis=1, skipna=False)
    known = parts.notna()
    assert known.sum() >= 4
    assert parts[known].to_numpy() == pytest.approx(found.loc[known, "change"].to_numpy())
    assert found[["n_before", "n_after", "n_both"]].drop_duplicates().values.tolist() == [[4, 4, 3]]


def test_ties_across_teams_are_left_out_when_only_a_team_can_be_tied():
    columns = {"team": ["t", "t", "t", "u"]}
    before = network("abcd", [("a", "b"), ("a", "d")], **columns)
    found = row(change(before, before, within="team", draws=20), "share_across")
    assert found["before"] == 0.0
    assert row(change(before, before, within="team", draws=20), "density_across")["before"] == 0.0


def test_the_interval_covers_the_change_of_the_population_it_was_drawn_from():
    # many small independent teams from one known law; the drawn-teams interval should cover in about 95 of 100 samples
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(60):
        people = pd.DataFrame({"person": range(120), "team": np.repeat(range(20), 6), "role": np.tile(list("xyz"), 40)})
        waves = []
        for rate in (0.3, 0.5):
            first, second = np.triu_indices(120, 1)
            same = (first // 6 == second // 6) & (rng.random(len(first)) < rate)
            waves.append(build(people, pd.DataFrame({"source": first[same], "target": second[same]}), directed=False))
        found = row(
            change(*waves, measures=["partners"], within="team", unit="team", draws=200, permutations=0), "partners"
        )
        covered.append(found["low"] <= 5 * 0.2 <= found["high"])
    assert np.mean(covered) > 0.85


def test_few_teams_get_an_interval_that_knows_it():
    # six teams whose rates differ: the percentile interval of a bootstrap over six would cover some 85 in 100
    rng = np.random.default_rng(6)
    people = pd.DataFrame({"person": range(48), "team": np.repeat(range(6), 8), "role": np.tile(list("xxyyzzww"), 6)})
    first, second = np.triu_indices(48, 1)
    first, second = first[first // 8 == second // 8], second[first // 8 == second // 8]
    covered = []
    for _ in range(80):
        shift = rng.normal(0, 0.1, 6)[first // 8]
        tied = [rng.random(len(first)) < rate for rate in (0.3 - shift, 0.5 + shift)]
        waves = [build(people, pd.DataFrame({"source": first[t], "target": second[t]}), directed=False) for t in tied]
        found = row(change(*waves, measures=["partners"], within="team", unit="team", permutations=0), "partners")
        assert found["interval"] == "jackknife"
        covered.append(found["low"] <= 7 * 0.2 <= found["high"])
    assert np.mean(covered) > 0.87


def test_pairs_drawn_by_hand():
    # one of three pairs is tied later: k of three draws are that pair, k binomial with 1/3; 2k/3 partners more
    found = row(
        change(network("abc", []), network("abc", [("a", "b")]), draws=1000, level=0.6, resample="dyads"), "partners"
    )
    assert found["interval"] == "dyad bootstrap"
    assert (found["low"], found["high"]) == (0.0, pytest.approx(4 / 3))  # P(k = 0) = 8/27, P(k <= 1) = 20/27


def of_all_pairs(waves, within):
    """The totals of each wave for each pair that can be tied in one of them, one by one: pairs x waves x 7."""
    known = [wave.people.set_index("person") for wave in waves]
    ties = [{(t.source, t.target): t.weight for t in wave.ties.itertuples()} for wave in waves]
    if not waves[0].directed:
        ties = [{**told, **{(b, a): weight for (a, b), weight in told.items()}} for told in ties]
    found = []
    for pair in combinations(sorted({*known[0].index, *known[1].index}), 2):
        rows = np.zeros((2, 7))
        for here, told, totals in zip(known, ties, rows, strict=True):
            if set(pair) <= set(here.index) and (not within or here.loc[pair[0], within] == here.loc[pair[1], within]):
                across = here.loc[pair[0], "role"] != here.loc[pair[1], "role"]
                totals[5:] = 2, 0 if across else 2
                for one in (pair, pair[::-1]):
                    if one in told:
                        totals[:5] += [1, across, told[one], across * told[one], one[::-1] in told]
        if rows[:, 5].any():
            found.append(rows)
    return np.array(found)


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("within", [None, "team"])
def test_pairs_drawn_are_as_often_as_among_all_ways_to_draw_them(directed, within):
    """Six pairs can be drawn in 6^6 ways, four (within teams, and people come and go) in 4^4; all of them, one by one."""
    first = pd.DataFrame({"person": list("abcd"), "role": list("xxyy"), "team": list("ttut")})
    later = pd.DataFrame({"person": list("abce" if within else "abcd"), "role": list("xyyy"), "team": list("ttuu")})
    told = {"source": list("aabd"), "target": list("bdac"), "weight": [1, 2.5, 1.3, 2]}
    after = {"source": list("abca"), "target": list("cabb"), "weight": [1, 0.5, 1.3, 3]}
    waves = [build(p, pd.DataFrame(t), directed=directed) for p, t in ((first, told), (later, after))]
    pairs = of_all_pairs(waves, within)
    ways = np.array(list(product(range(len(pairs)), repeat=len(pairs))))
    totals = np.stack([pairs[ways[:, k]] for k in range(len(pairs))]).sum(axis=0)
    totals = np.insert(totals, 5, 4, axis=2)  # people
    names = chosen(None, directed)
    every = measured(totals[:, 1], names) - measured(totals[:, 0], names)
    drawn = dyad_bootstrap(
        *(Wave.of(wave, "role", within, None) for wave in waves), names, 4000, np.random.default_rng(1)
    )
    for k, name in enumerate(names):
        expected, found = every[np.isfinite(every[:, k]), k], drawn[np.isfinite(drawn[:, k]), k]
        assert len(found) / 4000 == pytest.approx(len(expected) / len(every), abs=0.03), name
        for value in np.unique(expected.round(9)):
            share = (expected.round(9) == value).mean()
            assert (found.round(9) == value).mean() == pytest.approx(share, abs=0.04), (name, value)
        assert set(found.round(9)) <= set(expected.round(9)), name


def test_pairs_hold_the_truth_where_pairs_are_independent_and_not_where_people_differ():
    rng, n = np.random.default_rng(7), 20
    people = pd.DataFrame({"person": range(n), "role": np.arange(n) % 2})
    i, j = np.triu_indices(n, 1)

    def held(sd):
        found = []
        for _ in range(40):
            waves = []
            for _ in range(2):
                more = rng.normal(0, sd, n)
                tied = rng.random(len(i)) < 1 / (1 + np.exp(0.8 - more[i] - more[j]))
                waves.append(build(people, pd.DataFrame({"source": i[tied], "target": j[tied]}), directed=False))
            table = change(*waves, measures=["partners"], draws=80, permutations=0, resample="dyads")
            found.append(table["low"][0] <= 0 <= table["high"][0])
        return np.mean(found)

    assert held(0) > 0.85
    assert held(1) < 0.75


def test_people_may_be_drawn_though_teams_are_exchanged():
    columns = {"team": list("ttuu")}
    before, after = network("abcd", [("a", "c")], **columns), network("abcd", [("a", "c"), ("b", "d")], **columns)
    found = change(before, after, unit="team", resample="people", draws=40)
    assert found["interval"].eq("bootstrap").all()
    pd.testing.assert_series_equal(found["low"], change(before, after, draws=40)["low"])
    assert found["p_two_sided"].equals(change(before, after, unit="team")["p_two_sided"])


def test_two_teams_have_no_interval():
    people = pd.DataFrame({"person": range(4), "team": [0, 0, 1, 1], "role": list("xyxy")})
    wave = build(people, pd.DataFrame({"source": [0, 2], "target": [1, 3]}), directed=False)
    assert change(wave, wave, unit="team")["low"].isna().all()


def test_a_null_change_is_seldom_called_a_change():
    rng = np.random.default_rng(9)
    small = []
    for _ in range(80):
        pairs = [(a, b) for a in "abcdef" for b in "abcdef" if a < b]
        waves = [network("abcdef", [p for p in pairs if rng.random() < 0.5]) for _ in range(2)]
        small.append(row(change(*waves, draws=0, permutations=99, rng=rng), "partners")["p_two_sided"] <= 0.1)
    assert np.mean(small) < 0.2


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=20), st.booleans())
def test_exchanging_the_waves_turns_the_sign(rows, directed):
    pairs = [("abcdef"[a], "abcdef"[b]) for a, b in rows]
    one, two = network("abcdef", pairs[::2], directed), network("abcdef", pairs[1::2], directed)
    there = change(one, two, draws=0, permutations=0)
    back = change(two, one, draws=0, permutations=0)
    np.testing.assert_allclose(there["change"], -back["change"])


def test_unknown_measures_mixed_waves_and_undirected_reciprocity_are_refused():
    one, two = network("ab", [("a", "b")]), network("ab", [("a", "b")], directed=True)
    with pytest.raises(InputError, match="Did you mean .partners"):
        change(one, one, measures=["partner"])
    with pytest.raises(InputError, match="needs a directed network"):
        change(one, one, measures=["reciprocity"])
    with pytest.raises(InputError, match="Build both the same way"):
        change(one, two)
    with pytest.raises(InputError, match="Build both the same way"):
        turnover(one, two)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"draws": 2.5}, "draws is a whole"),
        ({"permutations": -1}, "permutations is"),
        ({"level": 95}, "between 0 and 1"),
        ({"measures": []}, "No measure"),
        ({"unit": "zz"}, "no column 'zz'"),
        ({"resample": "pairs"}, "resample: 'pairs' is unknown"),
        ({"resample": "teams"}, 'unit="team"'),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments, message):
    one = network("ab", [("a", "b")])
    with pytest.raises(InputError, match=message):
        change(one, one, **arguments)


def test_waves_without_ties_or_common_people_have_blanks():
    found = change(network("ab", []), network("cd", []), draws=20)
    assert row(found, "partners")["change"] == 0
    assert np.isnan(row(found, "share_across")["change"])
    assert found["p_two_sided"].isna().all()
    assert found["n_both"].eq(0).all()


def test_turnover_counts_people_and_ties_once():
    before = network("abcd", [("a", "b"), ("b", "c"), ("c", "d")])
    after = network("abcf", [("b", "a"), ("a", "c"), ("c", "f")])
    found = turnover(before, after).set_index("group")
    assert found.loc["all", ["people_before", "stayed", "left", "joined", "people_after"]].tolist() == [4, 3, 1, 1, 4]
    counts = ["ties_before", "kept", "ended", "lost_with_leavers", "ties_after", "begun", "with_joiners"]
    assert found.loc["all", counts].tolist() == [3, 1, 1, 1, 3, 1, 1]
    assert found.loc["all", "jaccard"] == pytest.approx(1 / 3)
    assert found.loc["peer", "left"] == 1


def study_tables():
    """Two who stay, then x (new role) and y, z (existing) come; x could be matched with y of the team or z of another."""
    base = [(1, "a", "t", "nurse", "existing", "5"), (1, "b", "u", "nurse", "existing", "5")]
    second = [(2, *row[1:]) for row in base]
    came = [("x", "t", "peer", "new", "3"), ("y", "t", "nurse", "existing", "5"), ("z", "u", "nurse", "existing", "3")]
    rows = [*base, *second, *((w, *row) for w in (2, 3) for row in came), *((3, *row[1:]) for row in base)]
    people = pd.DataFrame(rows, columns=["wave", "person", "team", "role", "role_kind", "band"])
    told = pd.DataFrame(
        [(2, "x", "a"), (2, "y", "a"), (2, "y", "x"), (3, "x", "a"), (3, "x", "y"), (3, "z", "b")],
        columns=["wave", "source", "target"],
    ).assign(relation="works_with")
    return people, told


def test_a_newcomer_is_matched_in_the_team_before_the_band():
    people, told = study_tables()
    found = newcomers(people, told, "works_with")
    assert found["newcomer"].tolist() == ["x", "x"]
    assert found["matched"].tolist() == ["y", "y"]
    assert found["same_within"].all()
    assert found["waves_since"].tolist() == [0, 1]
    assert found["partners"].tolist() == [2, 2]
    assert found["partners_across"].tolist() == [2, 2]
    assert found["matched_partners"].tolist() == [2, 1]
    assert found["others"].tolist() == [2, 2]


def test_a_newcomer_without_a_match_stays_in_the_table_but_not_in_the_comparison():
    people, told = study_tables()
    found = newcomers(
        people[~people["person"].isin(["y", "z"])], told[told["source"].eq("x") & told["target"].eq("a")], "works_with"
    )
    assert found["matched"].isna().all()
    assert newcomers_compared(found)["n"].sum() == 0


def test_the_band_decides_among_several_of_the_team_and_nobody_is_matched_twice():
    people, told = study_tables()
    people.loc[people["person"].eq("z"), "team"] = "t"
    more = people[people["person"].eq("x")].assign(person="w")
    found = newcomers(pd.concat([people, more]), told, "works_with").drop_duplicates("newcomer").set_index("newcomer")
    assert found["matched"].to_dict() == {"w": "z", "x": "y"}


def test_newcomers_need_their_columns():
    people, told = study_tables()
    with pytest.raises(InputError, match="needs the column role_kind"):
        newcomers(people.drop(columns="role_kind"), told)


def test_a_team_that_is_asked_for_the_first_time_brings_no_newcomers():
    people, told = study_tables()
    late = people[~(people["wave"].eq(1) & people["team"].eq("t"))]
    assert newcomers(late, told, "works_with").empty


def test_growth_is_of_the_same_pairs():
    found = pd.DataFrame(
        [("x", "a", 0, 1.0, 3.0), ("x", "a", 1, 4.0, 4.0), ("y", "b", 0, 5.0, 5.0)],
        columns=["newcomer", "matched", "waves_since", "partners", "matched_partners"],
    ).assign(partners_across=0.0, matched_across=0.0, others=9, matched_others=9, same_within=True)
    table = newcomers_compared(found)
    growth = table[table["what"].eq("growth") & table["measure"].eq("partners")].iloc[0]
    assert growth[["new", "matched", "difference", "n"]].tolist() == [3.0, 1.0, 2.0, 1]
    said = newcomers_in_words(found, table)
    assert said.startswith("Of 2 people who came into new roles, 2 can be set beside")
    assert "a wave later those still there had gained 3.0 and 1.0 (difference +2.0; 1 pairs)." in said
    assert "can't be compared" in newcomers_in_words(found.iloc[:0], newcomers_compared(found.iloc[:0]))
