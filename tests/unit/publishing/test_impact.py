"""What a new version of a metric moved, told from two small published nights."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from publishing.database import DATABASE_FILE
from publishing.impact import version_impact
from publishing.manifest import Manifest, write_manifest
from publishing.reader import UnknownNameError
from publishing.switch import switch_to

PERIODS = {
    "2026-05": (date(2026, 5, 1), date(2026, 5, 31)),
    "2026-06": (date(2026, 6, 1), date(2026, 6, 30)),
    "2026-07": (date(2026, 7, 1), date(2026, 7, 31)),
}
FIGURES = {
    "1.0": [
        ("company", "c", "2026-05", 10), ("company", "c", "2026-06", 20),
        ("employee", "e1", "2026-06", 5), ("employee", "e2", "2026-06", None),
        ("employee", "e3", "2026-06", 7),
    ],
    "2.0": [
        ("company", "c", "2026-05", 10), ("company", "c", "2026-06", 22), ("company", "c", "2026-07", 3),
        ("employee", "e1", "2026-06", 5), ("employee", "e2", "2026-06", 2),
        ("employee", "e3", "2026-06", None),
    ],
}  # fmt: skip
MARTS = """
create schema marts;
create table marts.metric_value (
    metric_id varchar, subject_type varchar, subject_id varchar, period_grain varchar, period_start date,
    period_end date, value decimal(38, 10)
);
create table marts.lineage_edge as from (values
    ('metric', 'win_rate', 'metric', 'won', 'input'), ('metric', 'health', 'metric', 'win_rate', 'input'),
    ('metric', 'other', 'metric', 'health_of_others', 'input'), ('metric', 'won', 'component', 'c1', 'numerator')
) as edges(from_type, from_id, to_type, to_id, kind);
create table marts.goal_path as from (values ('g1', 'health'), ('g1', 'won'), ('g2', 'other')) as p(root_goal_id, metric_id);
create table marts.dim_goal as from (values ('g1', 'Grow', '增长'), ('g2', 'Save', '节约')) as g(goal_id, title, title_zh);
create table marts.mart_carried_metric as from (values
    ('won', 'employee', 'e1', true), ('health', 'employee', 'e1', true), ('won', 'employee', 'e2', false),
    ('win_rate', 'team', 't1', true), ('other', 'team', 't2', true)
) as c(metric_id, subject_type, subject_id, is_current);
create table marts.mart_attainment as from (values
    ('won', 'company', 'c', 'month', date '2026-06-01', date '2026-06-30'),
    ('won', 'company', 'c', 'month', date '2026-07-01', date '2026-07-31'),
    ('health', 'company', 'c', 'month', date '2026-07-01', date '2026-07-31'),
    ('other', 'company', 'c', 'month', date '2026-07-01', date '2026-07-31')
) as a(metric_id, subject_type, subject_id, period_grain, period_start, period_end);
create table marts.mart_scorecard_item as from marts.mart_attainment;
"""  # noqa: E501 - tables as they are read


@pytest.fixture
def published(tmp_path):
    for run_id, as_of, version in (("r1", "2026-06-30", "1.0"), ("r2", "2026-07-01", "2.0")):
        folder = tmp_path / run_id
        (folder / "marts").mkdir(parents=True)
        with duckdb.connect(str(folder / DATABASE_FILE)) as connection:
            connection.execute(MARTS)
            rows = [
                ("won", kind, subject, "month", *PERIODS[period], value)
                for kind, subject, period, value in FIGURES[version]
            ]
            connection.executemany("insert into marts.metric_value values (?, ?, ?, ?, ?, ?, ?)", rows)
            connection.execute(f"copy marts.metric_value to '{folder}/marts/metric_value.parquet'")
        marts = {"metric_value": {"file": "marts/metric_value.parquet"}}
        definitions = {"won": {"version": version, "fingerprint": run_id}}
        manifest = Manifest(run_id, as_of, "", "", "", "sample", marts=marts, definitions=definitions)
        write_manifest(folder, manifest)
        switch_to(tmp_path, run_id)
    return tmp_path


def test_figures_are_counted_by_what_became_of_them(published):
    impact = version_impact(published, "won", "1.0", "2.0")
    assert impact["before"] == {"run_id": "r1", "as_of": "2026-06-30"}
    assert impact["after"] == {"run_id": "r2", "as_of": "2026-07-01"}
    assert impact["figures"] == [
        {"subject_type": "company", "period_grain": "month", "same": 1, "different": 1, "gone": 0, "new": 1},
        {"subject_type": "employee", "period_grain": "month", "same": 1, "different": 0, "gone": 1, "new": 1},
    ]


def test_the_companys_newest_figure_that_both_nights_have_is_shown(published):
    start, end = PERIODS["2026-06"]
    [newest] = version_impact(published, "won", "1.0", "2.0")["company"]
    assert newest == {
        "period_grain": "month",
        "period_start": start,
        "period_end": end,
        "before": Decimal(20),
        "after": Decimal(22),
    }


def test_what_rests_on_the_metric_is_found_over_every_step(published):
    assert version_impact(published, "won", "1.0", "2.0")["rests_on_it"] == {
        "metrics": ["health", "win_rate"],
        "goals": [{"goal_id": "g1", "title": "Grow", "title_zh": "增长"}],
        "subjects": 2,
        "targets": 2,
        "scorecards": 1,
    }


def test_a_version_that_no_night_shows_is_named(published):
    with pytest.raises(UnknownNameError, match=r"'3\.0' of 'won'. Kept are: 1\.0, 2\.0"):
        version_impact(published, "won", "1.0", "3.0")
