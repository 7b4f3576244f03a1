"""A scorecard as it is asked for: which period, in which order, and what is said where there is none."""

from collections.abc import Iterator
from types import SimpleNamespace

import duckdb
import pytest

from orchestration import console
from publishing.periods import parse_period
from publishing.reader import PublishedNight, UnknownNameError
from publishing.scorecard import scorecard

CARDS = """
create schema marts;
create table marts.mart_scorecard as select * from (values
    ('employee', 'E1', 'month', date '2026-05-01', date '2026-05-31', 'ok', 70.0, false),
    ('employee', 'E1', 'month', date '2026-06-01', date '2026-06-30', 'ok', 80.0, false),
    ('employee', 'E1', 'quarter', date '2026-04-01', date '2026-06-30', 'ok', 75.0, true),
    ('employee', 'E1', 'year', date '2026-01-01', date '2026-12-31', 'provisional', 60.0, true)
) as cards (subject_type, subject_id, period_grain, period_start, period_end, state, score, is_for_talk);
alter table marts.mart_scorecard add column text_en varchar;
alter table marts.mart_scorecard add column text_zh varchar;
update marts.mart_scorecard set text_en = score || ' points', text_zh = score || ' 分';
create table marts.mart_scorecard_item as
select 'employee' as subject_type, 'E1' as subject_id, 'quarter' as period_grain,
    date '2026-04-01' as period_start, items.*
from (values
    ('ideas', 'bonus', null, 'employee', 'E1', 'Ideas: 2 points', '建议：2 分'),
    ('orders', 'core', 40.0, 'employee', 'E1', 'Orders: 30 points', '订单：30 分'),
    ('revenue', 'core', 60.0, 'team', 'T1', 'Revenue: 43 points', '销售额：43 分'),
    ('margin', 'gate', null, null, null, 'Margin: gate not decided', '毛利：门槛未判定')
) as items (metric_id, score_role, weight, measured_subject_type, measured_subject_id, text_en, text_zh);
alter table marts.mart_scorecard_item add column scope_org_unit_id varchar;
"""
E1 = ("employee", "E1")


@pytest.fixture
def night() -> Iterator[PublishedNight]:
    with duckdb.connect() as connection:
        connection.execute(CARDS)
        manifest = SimpleNamespace(run_id="20260701T000000-abc", as_of="2026-06-30")
        yield PublishedNight(connection, manifest)  # type: ignore[arg-type]


def test_without_a_period_it_is_the_longest_of_the_last_that_are_over(night: PublishedNight) -> None:
    card = scorecard(night, E1)
    assert (card["period_grain"], card["score"]) == ("quarter", 75)
    assert [item["metric_id"] for item in card["items"]] == ["margin", "revenue", "orders", "ideas"]


@pytest.mark.parametrize(("period", "score"), [("2026-05", 70), ("2026-06", 80), ("2026", 60)])
def test_a_period_is_the_one_named(night: PublishedNight, period: str, score: int) -> None:
    assert scorecard(night, E1, parse_period(period))["score"] == score


def test_a_period_without_a_scorecard_says_which_there_are(night: PublishedNight) -> None:
    with pytest.raises(UnknownNameError, match="There are those of 2026-Q2, 2026-06, 2026-05, 2026"):
        scorecard(night, E1, parse_period("2026-Q1"))


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        (("employee", "E2"), "carries nothing with a weight"),
        (("squad", "E1"), "no scorecards of the type 'squad'"),
    ],
)
def test_a_subject_without_a_scorecard_says_why(
    night: PublishedNight, subject: tuple[str, str], said: str
) -> None:
    with pytest.raises(UnknownNameError, match=said):
        scorecard(night, subject)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "employee E1  quarter 2026-04-01 – 2026-06-30",
                "  75.0 points",
                "  To be talked about in person, whatever the score.",
                "Gates",
                "  Margin: gate not decided",
                "Core items",
                "  Revenue: 43 points  team:T1",
                "  Orders: 30 points",
                "Bonus",
                "  Ideas: 2 points",
                "run 20260701T000000-abc, as of 2026-06-30",
            ],
        ),
        (
            "zh",
            [
                "employee E1  quarter 2026-04-01 – 2026-06-30",
                "  75.0 分",
                "  需单独面谈，与得分无关。",
                "门槛",
                "  毛利：门槛未判定",
                "核心项",
                "  销售额：43 分  team:T1",
                "  订单：30 分",
                "加分项",
                "  建议：2 分",
                "run 20260701T000000-abc, as of 2026-06-30",
            ],
        ),
    ],
)
def test_it_is_shown_item_by_item_in_either_language(
    night: PublishedNight, language: str, lines: list[str]
) -> None:
    stamp = {"run_id": night.manifest.run_id, "as_of": night.manifest.as_of}
    assert console.scorecard({**scorecard(night, E1), **stamp}, language).splitlines() == lines
