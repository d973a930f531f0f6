"""The open tables: rebuilt to the byte, true to what the publishers printed, and ours rather than copies."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import shutil
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from newroles.datasets import sources
from newroles.datasets.intervals import clopper_pearson, wilson
from newroles.datasets.places import data_folder
from newroles.datasets.sources import build, files, list_sources
from newroles.datasets.sources.activities import OCCUPATIONS, occupation_activities
from newroles.datasets.sources.activity_words import ACTIVITY_OF, PROFESSIONS
from newroles.datasets.sources.emergency_care import interaction_network, tidy_interactions
from newroles.datasets.sources.registry import OPEN_TABLES
from newroles.datasets.sources.role_names import official_role_names
from newroles.datasets.sources.shared_work import profession_activities, profession_occupations
from newroles.datasets.sources.staff_survey import change_since_last_year, sector_share
from newroles.datasets.sources.tables import Column, OpenTable, csv_text
from newroles.datasets.sources.tiles import assign_to_grid
from newroles.datasets.sources.trusts import REGIONS, link_to_trusts
from newroles.datasets.sources.workforce import sickness_absence, staff_groups
from newroles.errors import InputError

OPEN = data_folder() / "open"
KEYS = {"role", "name"}  # columns that join tables may be named as in a source


@pytest.fixture(scope="session")
def source_folder(shared: Path) -> Path:
    return shared / "sources"


def committed(name: str) -> pd.DataFrame:
    return pd.read_csv(OPEN / f"{name}.csv", keep_default_na=False, na_values=[""])


# The same files give the same bytes


def test_committed_tables_and_records_are_what_the_builders_write(source_folder: Path, tmp_path: Path) -> None:
    paths = build(source_folder, tmp_path)
    built = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in OPEN.iterdir()}
    assert sorted(built) == sorted(kept)
    differing = sorted(name for name in built if built[name] != kept[name])
    assert not differing, f"data/open differs from what the sources give; run `newroles sources build`: {differing}"
    assert [path.stem for path in paths] == list(OPEN_TABLES)
    assert max(path.stat().st_size for path in paths) < 400_000


def test_only_writes_the_tables_asked_for(source_folder: Path, tmp_path: Path) -> None:
    assert build(source_folder, tmp_path, only=["job_adverts"]) == [tmp_path / "job_adverts.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["LICENSES.md", "job_adverts.csv", "job_adverts.yml"]
    stamp = (tmp_path / "job_adverts.csv").stat().st_mtime_ns
    build(source_folder, tmp_path, only=["job_adverts"])
    assert (tmp_path / "job_adverts.csv").stat().st_mtime_ns == stamp  # the same bytes are not written again


@pytest.mark.parametrize("name", OPEN_TABLES)
def test_record_describes_its_table(name: str) -> None:
    record = yaml.safe_load((OPEN / f"{name}.yml").read_text(encoding="utf-8"))
    table = committed(name)
    assert [column["name"] for column in record["columns"]] == list(table.columns)
    assert record["rows"] == len(table) > 0
    assert all(record[key] for key in ("licence", "attribution", "known_problems"))
    module, function = record["builder"].rsplit(".", 1)
    assert callable(getattr(importlib.import_module(module), function))


# Ours, not copies


@pytest.mark.parametrize("name", OPEN_TABLES)
def test_no_column_has_a_source_column_s_name(name: str, source_folder: Path) -> None:
    ours = {column.name for column in OPEN_TABLES[name].columns} - KEYS
    for source in OPEN_TABLES[name].inputs.values():
        theirs = set(pd.read_csv(source_folder / source.path, nrows=0, encoding="utf-8-sig").columns)
        assert not ours & theirs


def test_no_tests_only_or_non_commercial_source_is_an_input() -> None:
    folders = {source.path.split("/")[0] for table in OPEN_TABLES.values() for source in table.inputs.values()}
    assert not folders & {"sociopatterns_hospital", "did_datasets", "irr_datasets", "qca_datasets"}


def test_notices_hold_the_mit_notice_of_the_emergency_data_in_full(source_folder: Path) -> None:
    notices = (OPEN / "LICENSES.md").read_text(encoding="utf-8")
    words = " ".join(notices.split())
    for paragraph in (source_folder / "ed_psychiatric_interactions" / "LICENSE").read_text().split("\n\n"):
        assert " ".join(paragraph.split()) in words
    assert "Copyright (c) 2021 NHS England" in notices
    assert all(f"## {name}\n" in notices for name in OPEN_TABLES)


def test_onet_attribution_is_the_one_its_owner_asks_for(source_folder: Path) -> None:
    asked = (source_folder / "onet_soc_iwa_29" / "SOURCE.md").read_text(encoding="utf-8").split('Attribution: "')[1]
    for name in ("occupation_activities", "profession_activities", "profession_occupations"):
        assert OPEN_TABLES[name].attribution.startswith(asked.split('"')[0])


# What the publishers printed (SOURCE.md of each source says where)


def test_trusts_and_how_many_each_table_holds(source_folder: Path) -> None:
    trusts = committed("mental_health_trusts")
    assert len(trusts) == trusts["trust"].nunique() == 52
    assert (trusts["survey_years"] > 0).sum() == 51
    assert (trusts["organisation_type"] == "mental health trust").sum() == 49
    assert trusts["has_staff_groups"].sum() == 50
    assert trusts["talking_therapies_own_code"].sum() == 35
    therapies = files.read_source(source_folder, files.TALKING_THERAPIES)
    linked = link_to_trusts(therapies.loc[therapies["org_type"] == "Provider"], trusts["trust"])
    own = linked.loc[linked["trust_link"] == "own code"]
    assert (own.groupby("trust")["reporting_period"].nunique() == 8).sum() == 25
    assert set(trusts["region"]) == set(REGIONS)
    assert trusts["board"].notna().all()
    assert list(trusts.loc[trusts["filled"].notna(), "trust"]) == ["R1A", "R1C", "R1F3"]


def test_national_sickness_rate_of_the_publisher_comes_out_of_the_source(source_folder: Path) -> None:
    # National series of NHS Sickness Absence Rates: 4.76 % in April 2024, 5.74 % in December, 4.88 % in March 2025.
    sickness = files.read_source(source_folder, files.SICKNESS)
    days = sickness.groupby("month")[["FTE_DAYS_LOST", "FTE_DAYS_AVAILABLE"]].sum()
    rate = (100 * days["FTE_DAYS_LOST"] / days["FTE_DAYS_AVAILABLE"]).round(2)
    assert rate[["2024-04", "2024-12", "2025-03"]].tolist() == [4.76, 5.74, 4.88]


def test_staff_totals_of_the_publisher_come_out_of_the_source(source_folder: Path) -> None:
    staff = files.read_source(source_folder, files.STAFF_GROUPS)
    assert staff.groupby("Month")["FTE"].sum().round().to_dict() == {"2017-SEP": 1_052_963, "2018-JUN": 1_061_617}


def test_referrals_and_recovery_in_england(source_folder: Path) -> None:
    # 1.44 million referrals in 2017-18 and 1.81 million in 2024-25; recovery 50.8 % and 50.5 % in the annual reports.
    therapies = files.read_source(source_folder, files.TALKING_THERAPIES)
    england = therapies.loc[therapies["org_type"] == "England"].set_index("reporting_period")
    referrals = england["referrals_received_count"]
    assert [round(referrals[year] / 1e6, 2) for year in ("2017-18", "2024-25")] == [1.44, 1.81]
    table = committed("talking_therapies")
    of_england = table["recovery_share"] - table["recovery_difference"]
    by_year = of_england.groupby(table["year"]).median().mul(100)
    assert by_year[["2017-18", "2024-25"]].tolist() == pytest.approx([50.8, 50.5], abs=0.06)  # printed to one decimal


def test_a_provider_published_twice_in_a_year_is_kept_once() -> None:
    table = committed("talking_therapies")
    assert not table.duplicated(["provider", "year"]).any()
    assert ((table["provider"] == "TAF90") & (table["year"] == "2023-24")).sum() == 1


def test_adverts_counted_for_the_roles_named_in_the_source_note() -> None:
    adverts = committed("job_adverts").set_index("role")
    assert (adverts["adverts"] == 14_842).all()
    assert adverts["titled"][["psychological_wellbeing_practitioner", "nursing_associate"]].tolist() == [62, 60]
    assert adverts["titled"][["assistant_practitioner", "advanced_practitioner"]].tolist() == [87, 95]
    assert adverts.loc["peer_support_worker", ["titled", "described"]].tolist() == [13, 271]
    never = adverts.loc["clinical_associate_in_psychology"]
    assert never["titled_high"] == pytest.approx(0.249, abs=5e-4)  # 1000 (1 - 0.025^(1/14842)), by hand


def test_official_list_knows_the_roles_of_its_time_and_none_of_the_later_ones() -> None:
    names = committed("official_role_names").set_index("role")
    assert names.loc[["support_time_recovery_worker", "gateway_worker", "assistant_practitioner"], "on_list"].all()
    later = ["peer_support_worker", "psychological_wellbeing_practitioner", "nursing_associate", "physician_associate"]
    assert not names.loc[later, "on_list"].any()
    assert committed("official_role_families")["official_names"].sum() == 392


def test_roles_of_open_tables_are_in_the_register() -> None:
    register = yaml.safe_load((data_folder() / "codebooks" / "roles.yml").read_text(encoding="utf-8"))
    roles = [code["id"] for code in register["codes"]]
    assert list(committed("official_role_names")["role"]) == roles
    assert set(committed("job_adverts")["role"]) <= set(roles)


# The emergency psychiatric care network, against the paper (McCullough and others 2024)


@pytest.fixture(scope="session")
def emergency(source_folder: Path) -> tuple[pd.DataFrame, pd.Series]:
    agents = files.read_source(source_folder, files.EMERGENCY_AGENTS)
    interactions = files.read_source(source_folder, files.EMERGENCY_INTERACTIONS)
    return tidy_interactions(interactions, agents), agents.set_index("ID")["type"]


def test_interactions_and_patients_by_area_are_the_paper_s(
    emergency: tuple[pd.DataFrame, pd.Series], source_folder: Path
) -> None:
    published = pd.read_csv(source_folder / "ed_psychiatric_interactions" / "published_values.csv")
    value = published.set_index("quantity")["value"]
    met, _ = emergency
    assert (len(met), met["patient"].nunique()) == (value["interactions"], value["patient_trajectories"])
    areas = met.groupby("area").agg(interactions=("area", "size"), patients=("patient", "nunique"))
    assert areas.loc["emergency_department"].tolist() == [value["interactions_ED"], value["patients_ED"]]
    assert areas.loc["observation_area"].tolist() == [value["interactions_MHOA"], value["patients_MHOA"]]


def test_network_of_the_emergency_department_is_the_paper_s(emergency: tuple[pd.DataFrame, pd.Series]) -> None:
    met, types = emergency
    graph = interaction_network(met.loc[met["area"] == "emergency_department"], types)
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (27, 99)
    assert len(nx.community.greedy_modularity_communities(graph)) == 2
    positions = committed("emergency_role_positions").query("area == 'emergency_department'").set_index("role")
    liaison = positions.loc["psychiatric_liaison_nurse"]
    assert (liaison["degree"], round(liaison["closeness"], 3), round(liaison["betweenness"], 3)) == (21, 0.839, 0.389)
    assert positions[["degree", "closeness", "betweenness"]].idxmax().eq("psychiatric_liaison_nurse").all()


def test_pairs_and_successions_add_up(emergency: tuple[pd.DataFrame, pd.Series]) -> None:
    met, _ = emergency
    pairs = committed("emergency_role_pairs").groupby("area")["weight_newman"].sum()
    # each interaction of k staff roles spreads k(k-1)/2 pairs over k-1: it adds k/2 in all
    sizes = met["staff"].map(len)
    assert pairs["both"] == pytest.approx(sizes[sizes > 1].sum() / 2, abs=0.01)
    assert pairs["both"] == pytest.approx(pairs["emergency_department"] + pairs["observation_area"], abs=0.01)
    steps = met.loc[sizes > 0].groupby("patient").size().sub(1).sum()
    successions = committed("emergency_successions")
    assert successions["weight"].sum() == pytest.approx(steps, abs=0.01)
    assert successions.groupby("from_role")["share_of_from"].sum().round(2).eq(1).all()


def test_patients_and_associates_are_not_staff(emergency: tuple[pd.DataFrame, pd.Series]) -> None:
    met, types = emergency
    assert set(types[types == "PUBLIC"].index) == {"PT", "AS"}
    assert len({role for staff in met["staff"] for role in staff}) == 19  # 21 human agents less these two
    use = committed("emergency_record_use")
    assert (use[["stored", "accessed"]].max(axis=1) <= use["interactions"]).all()
    assert use["record"].nunique() == 10


# Shares and intervals


@pytest.mark.parametrize("name", OPEN_TABLES)
def test_shares_lie_between_0_and_1(name: str) -> None:
    table = committed(name)
    for column in OPEN_TABLES[name].columns:
        if column.unit == "0-1":
            assert table[column.name].dropna().between(0, 1).all(), column.name


@pytest.mark.parametrize(
    ("name", "low", "share", "high"),
    [
        ("staff_survey", "low", "share", "high"),
        ("talking_therapies", "recovery_low", "recovery_share", "recovery_high"),
        ("job_adverts", "titled_low", "titled_per_1000", "titled_high"),
        ("job_adverts", "described_low", "described_per_1000", "described_high"),
    ],
)
def test_intervals_hold_their_share(name: str, low: str, share: str, high: str) -> None:
    table = committed(name).dropna(subset=[share])
    assert ((table[low] <= table[share]) & (table[share] <= table[high])).all()


@given(st.integers(1, 5000), st.floats(0, 1))
def test_wilson_is_statsmodels_and_holds_the_share(n: int, share: float) -> None:
    count = round(share * n)
    low, high = wilson(count / n, n)
    expected = proportion_confint(count, n, method="wilson")
    assert (float(low), float(high)) == pytest.approx(expected, abs=1e-9)
    assert low <= count / n + 1e-12
    assert high >= count / n - 1e-12


@pytest.mark.parametrize(("count", "n"), [(0, 14842), (1, 14842), (95, 14842), (5, 5), (2, 7)])
def test_clopper_pearson_is_scipy_s_exact_binomial_interval(count: int, n: int) -> None:
    expected = binomtest(count, n).proportion_ci(0.95, method="exact")
    low, high = clopper_pearson(count, n)
    assert (float(low), float(high)) == pytest.approx((expected.low, expected.high), abs=1e-12)


# The rules, on the smallest tables that could break them


def test_sector_share_weighs_by_those_who_answered_and_change_needs_the_year_before() -> None:
    table = pd.DataFrame(
        {
            "trust": ["A", "B", "A", "B"],
            "year": [2021, 2021, 2022, 2023],
            "measure": "autonomy",
            "share": [0.5, 0.2, 0.6, 0.4],
            "n": [100, 300, 100, 300],
        }
    )
    assert sector_share(table).tolist() == pytest.approx([0.275, 0.275, 0.6, 0.4])  # (50 + 60) / 400
    change = change_since_last_year(table)
    assert change[2] == pytest.approx(0.1)
    assert change.drop(2).isna().all()  # B has no 2022


def test_differences_from_the_sector_cancel_out() -> None:
    table = committed("staff_survey")
    total = (table["difference"] * table["n"]).groupby([table["year"], table["measure"]]).sum()
    people = table.groupby(["year", "measure"])["n"].sum()
    assert (total / people).abs().max() < 1e-4


def test_quarters_of_a_financial_year_begin_in_april() -> None:
    sickness = pd.DataFrame(
        {
            "ORG_CODE": ["A", "A", "A", "B"],
            "month": ["2024-04", "2024-06", "2025-01", "2024-04"],
            "FTE_DAYS_LOST": [5.0, 15.0, 8.0, 30.0],
            "FTE_DAYS_AVAILABLE": [100.0, 100.0, 100.0, 200.0],
        }
    )
    table = sickness_absence(sickness, pd.DataFrame({"ods_code": ["A", "B"]})).set_index(["trust", "period"])
    assert table.loc[("A", "2024-25 Q1"), ["months", "share"]].tolist() == [2, 0.1]
    assert table.loc[("A", "2024-25 Q4"), "share"] == 0.08
    assert table.loc[("A", "2024-25"), "share"] == pytest.approx(28 / 300)
    assert table.loc[("A", "2024-25 Q1"), "sector_share"] == 0.125  # 50 of 400 days


def test_staff_groups_tell_growth_from_a_merger() -> None:
    rows = [
        ("2017-SEP", "A", "Nurses & health visitors", 60.0),
        ("2017-SEP", "A", "Support to doctors, nurses & midwives", 40.0),
        ("2018-JUN", "A", "Nurses & health visitors", 55.0),
        ("2018-JUN", "A", "Support to doctors, nurses & midwives", 55.0),
        ("2017-SEP", "B", "Managers", 10.0),
        ("2018-JUN", "B", "Managers", 20.0),
    ]
    staff = pd.DataFrame(rows, columns=["Month", "Organisation code", "Staff group", "FTE"])
    table = staff_groups(staff, pd.DataFrame({"ods_code": ["A", "B"]})).set_index(["trust", "staff_group"])
    support = table.loc[("A", "support_to_doctors_and_nurses")]
    assert (support["share_2017"], support["share_2018"]) == (0.4, 0.5)
    assert support["change_points"] == pytest.approx(10)
    assert table["comparable"].tolist() == [True, True, False]


def test_a_site_belongs_to_the_trust_whose_code_begins_it() -> None:
    providers = pd.DataFrame({"org_code": ["RV5", "RV5CG", "RV5C", "NLX01", "RXX"]})
    linked = link_to_trusts(providers, pd.Series(["RV5", "RKL"]))
    assert linked["trust_link"].fillna("").tolist() == ["own code", "site code", "", "", ""]
    assert linked["trust"].fillna("").tolist() == ["RV5", "RV5", "", "", ""]


def test_a_likeness_is_not_a_match() -> None:
    names = pd.DataFrame({"code": ["R1", "R2"], "display": ["Support, Time, Recovery Worker", "Care Navigators"]})
    register = [
        {"id": "str", "name": "Support, Time & Recovery Worker", "names": [], "new": "earlier_wave"},
        {"id": "navigator", "name": "Care Navigator", "names": [{"name": "Health Navigator"}], "new": True},
    ]
    table = official_role_names(names, register)
    assert table["on_list"].tolist() == [True, False]
    assert table["matched_by"].tolist() == ["name", "none"]
    assert table.loc[1, "official_code"] == "R2"
    assert 90 < table.loc[1, "score"] < 100


def test_a_decision_about_a_name_that_is_gone_must_be_taken_anew() -> None:
    names = pd.DataFrame({"code": ["R1"], "display": ["Porter"]})
    with pytest.raises(InputError, match=r"R1710 is gone.*recovery_worker"):
        official_role_names(names, [{"id": "recovery_worker", "name": "Recovery Worker"}])


def test_activities_of_a_pair_by_hand() -> None:
    rows = [(code, "x", "i0", 1.0) for code in OCCUPATIONS]  # every occupation does i0
    psychiatrist, nurse = "29-1223", "29-1141"
    rows += [(psychiatrist, "x", "i1", 2.0), (psychiatrist, "x", "i2", 2.0), (nurse, "x", "i2", 2.0)]
    pair = occupation_activities(pd.DataFrame(rows, columns=["soc", "occupation", "iwa", "weight"]))
    pair = pair.set_index(["occupation_a", "occupation_b"]).loc[("psychiatrist", "registered_nurse")]
    assert pair[["shared_activities", "only_a", "only_b"]].tolist() == [2, 1, 0]
    assert pair["jaccard"] == pytest.approx(2 / 3)
    assert pair["cosine"] == pytest.approx(5 / np.sqrt(9 * 5))  # (1 + 4) over the lengths of (1,2,2) and (1,0,2)


def work_of(**weights: dict[str, float]) -> pd.DataFrame:
    """Rows as in the source: every occupation keeps records with weight 1, and those named do what they are said to do."""
    codes = [code for entry in PROFESSIONS.values() for code in entry.occupations]
    rows = [(code, "x", "4.A.3.b.6.I11", 1.0) for code in codes]
    rows += [(code, "x", iwa, weight) for code, given in weights.items() for iwa, weight in given.items()]
    return pd.DataFrame(rows, columns=["soc", "occupation", "iwa", "weight"])


def test_shares_of_a_profession_s_work_by_hand() -> None:
    """Counsellors: records 1 of 4, counselling 3 of 4. Family therapists: records alone. The mean of the two: 5/8 and 3/8.
    Psychiatrists give care under two names, 1 and 2, beside records: 1/4 and 3/4."""
    given = {"21-1018": {"4.A.4.b.6.I10": 3.0}, "29-1223": {"4.A.4.a.5.I03": 1.0, "4.A.4.a.5.I12": 2.0}}
    found = profession_activities(work_of(**given)).set_index(["profession", "activity"])
    therapist = found.loc["psychological_therapist"]
    assert therapist["share_of_work"].to_dict() == pytest.approx({"keeps_records": 5 / 8, "counsels": 3 / 8})
    assert therapist["place"].to_dict() == {"keeps_records": 1, "counsels": 2}
    assert therapist.loc["counsels", ["occupations_doing", "occupations_joined"]].tolist() == [1, 2]
    assert therapist.loc["counsels", "times_the_mean"] == pytest.approx(len(PROFESSIONS))  # nobody else counsels
    psychiatrist = found.loc["psychiatrist"]
    assert psychiatrist["share_of_work"].to_dict() == pytest.approx(
        {"gives_medical_care": 3 / 4, "keeps_records": 1 / 4}
    )
    assert psychiatrist.loc["gives_medical_care", "activities_joined"] == 2


def test_each_profession_s_shares_are_a_whole_and_its_role_is_in_the_register() -> None:
    shares, occupations = committed("profession_activities"), committed("profession_occupations")
    assert shares.groupby("profession")["share_of_work"].sum().to_numpy() == pytest.approx(1, abs=2e-4)  # rounded
    assert set(shares["profession"]) == set(occupations["profession"]) == set(PROFESSIONS)
    assert set(shares["activity"]) == set(ACTIVITY_OF.values())
    register = {code["id"] for code in yaml.safe_load((OPEN.parent / "codebooks" / "roles.yml").read_text())["codes"]}
    assert set(occupations["role"].dropna()) <= register
    assert not occupations.duplicated("occupation_code").any()
    assert occupations.loc[occupations["role"].isna(), "caution"].notna().all()  # says why there is none


def test_work_that_cannot_be_joined_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"column 'soc': no rows for 29-1223"):
        profession_activities(work_of().query("soc != '29-1223'"))
    with pytest.raises(InputError, match=r"column 'iwa': '4\.A\.9\.z' belongs to none"):
        profession_activities(work_of(**{"29-1223": {"4.A.9.z": 1.0}}))
    with pytest.raises(
        InputError, match="'psychiatrist' is said to match 'psychiatrist', which is not in the register"
    ):
        profession_occupations(work_of(), [{"id": "physician_associate"}])


def test_tiles_cover_regions_and_boards_and_keep_england_s_shape() -> None:
    tiles = committed("region_tiles")
    assert tiles["level"].value_counts().to_dict() == {"board": 42, "region": 7}
    assert not tiles.duplicated(["level", "column", "row"]).any()
    assert list(tiles.loc[tiles["level"] == "region", "name"]) == list(REGIONS)
    boards = tiles.loc[tiles["level"] == "board"].set_index("name")
    assert boards["row"].idxmin() == "North East and North Cumbria"
    assert boards["column"].idxmin() == "Cornwall and the Isles of Scilly"
    assert boards.loc["Kent and Medway", "column"] == boards["column"].max()
    london = boards.loc[boards["region"] == "London", ["column", "row"]]
    assert (london.max() - london.min()).max() <= 2


def test_two_places_on_one_cell_are_moved_apart_as_little_as_can_be() -> None:
    # two places in one cell and one a cell to the east: all in one row, in their order from west to east
    column, row = assign_to_grid(np.array([0.0, 0.4, 1.0]), np.zeros(3), cell=1.0)
    assert row.tolist() == [0, 0, 0]
    assert column.tolist() == [0, 1, 2]


def test_csv_text_has_fixed_decimals_no_minus_zero_and_blanks() -> None:
    columns = (Column("x", "number", "."), Column("n", "integer", "."), Column("yes", "boolean", "."))
    table = OpenTable("t", "T", pd.DataFrame, {}, "", "", "", (), "", "", columns)
    frame = pd.DataFrame({"x": [-0.00001, None], "n": [3.0, None], "yes": [True, False]})
    assert csv_text(frame, table) == "x,n,yes\n0.0000,3,true\n,,false\n"
    with pytest.raises(RuntimeError, match="gave the columns"):
        csv_text(frame[["n", "x", "yes"]], table)


# Bad input


def fake_sources(folder: Path, text: str | None) -> Path:
    """A sources folder with nothing but the job adverts file, holding `text` (no file when None)."""
    path = folder / files.JOB_ADVERTS.path
    path.parent.mkdir(parents=True)
    if text is not None:
        path.write_text(text, encoding="utf-8")
    return folder


HEADER = "role,regex,title_matches,title_matches_with_mh_term,title_matches_in_mh_named_org,description_matches\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            None,
            r"file missing: nhs_jobs_2020_role_counts/role_keyword_counts_2020-11\.csv.*columns: role, title_matches",
        ),
        ("", r"role_keyword_counts_2020-11\.csv can't be read"),
        (HEADER, "has a header but no rows"),
        (
            HEADER.replace("title_matches,", "title_match,") + "x,y,1,1,1,1\n",
            "missing: title_matches.*Did you mean 'title_match'",
        ),
        (
            HEADER + "nursing_associate,na,60,0,6,133\npeer_support_worker,p,many,2,3,271\n",
            "row 3, column 'title_matches'.*'many'",
        ),
        (HEADER + "sous_chef,na,60,0,6,133\n", "no id of ours for sous_chef"),
    ],
)
def test_a_missing_or_changed_source_is_named_and_nothing_is_written(
    tmp_path: Path, text: str | None, says: str
) -> None:
    out = tmp_path / "open"
    with pytest.raises(InputError, match=says):
        build(fake_sources(tmp_path / "sources", text), out, only=["job_adverts"])
    assert not out.exists()


def test_an_unknown_table_or_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Did you mean 'staff_survey'"):
        build(tmp_path, tmp_path / "open", only=["staff_surve"])
    with pytest.raises(InputError, match="No folder of source files"):
        build(tmp_path / "nowhere", tmp_path / "open")


def test_an_emergency_code_without_words_is_refused(source_folder: Path) -> None:
    agents = files.read_source(source_folder, files.EMERGENCY_AGENTS)
    interactions = files.read_source(source_folder, files.EMERGENCY_INTERACTIONS).head(2)
    with pytest.raises(InputError, match=r"unknown code.*ROBOT"):
        tidy_interactions(interactions.assign(AGENTS="PLN ROBOT"), agents)


def test_list_sources_says_which_inputs_are_there(source_folder: Path, tmp_path: Path) -> None:
    assert list_sources().columns.tolist() == ["table", "title", "inputs", "licence", "found"]
    assert list_sources()["found"].isna().all()
    assert list_sources(source_folder)["found"].all()
    source = source_folder / files.OFFICIAL_NAMES.path
    target = tmp_path / files.OFFICIAL_NAMES.path
    target.parent.mkdir(parents=True)
    shutil.copy(source, target)
    found = list_sources(tmp_path).set_index("table")["found"]
    assert list(found[found].index) == ["official_role_names", "official_role_families"]


@pytest.mark.parametrize("module", [module.name for module in pkgutil.iter_modules(sources.__path__)])
def test_examples_in_docstrings_run(module: str) -> None:
    imported = importlib.import_module(f"{sources.__name__}.{module}")
    assert doctest.testmod(imported).failed == 0
