"""Hand-written suites: what is in the project is sound, and each mistake is told with file and line."""

from pathlib import Path

import pytest

from ingestion.contract import load_contracts
from quality.expectations.marts import SUITES_FOLDER, SuiteError, load_suites

GOOD = """\
table: core.fct_ticket
domain: ticketing
expectations:
  resolved_ticket_has_its_day:
    title: A resolved ticket has the day of its resolution.
    title_zh: 已解决的工单有解决日期。
    unexpected_rows: |
      select ticket_id from batch where is_resolved and resolved_on is null
"""


def load(folder: Path, text: str) -> list:
    (folder / "fct_ticket.yml").write_text(text, encoding="utf-8")
    return load_suites(load_contracts(), folder)


def test_suite_is_read(tmp_path: Path) -> None:
    [suite] = load(tmp_path, GOOD)

    assert (suite.name, suite.relation, suite.domain) == (
        "marts__fct_ticket",
        ("core", "fct_ticket"),
        "ticketing",
    )
    [expectation] = suite.expectations
    assert expectation.severity == "critical"


def test_suites_of_the_project_are_sound_and_named_like_their_tables() -> None:
    suites = load_suites(load_contracts())

    assert len(suites) == len(list(SUITES_FOLDER.iterdir()))
    assert len({suite.name for suite in suites}) == len(suites)
    assert {"marts.metric_value", "marts.dim_metric", "marts.goal_path", "marts.lineage_edge"} <= {
        suite.table for suite in suites
    }


@pytest.mark.parametrize(
    ("found", "instead", "message"),
    [
        ("domain:", "domian:", r"fct_ticket\.yml:2: domian: this key is not known here"),
        ("    title_zh: 已解决的工单有解决日期。\n", "", r"fct_ticket\.yml:4: .*title_zh: Field required"),
        ("core.fct_ticket", "fct_ticket", r"fct_ticket\.yml:1: table: "),
        ("select ticket_id from", "select from where", r"fct_ticket\.yml:4: .*not a query"),
        ("select ticket_id", "select *", "must name the columns"),
        ("from batch", "from core.fct_ticket", "does not read batch"),
        ("select ticket_id", "select ticket_id, full_name", "full_name is personal data"),
        ("select ticket_id", "select ticket_id, email as contact", "contact is personal data"),
        ("select ticket_id", "select ticket_id, upper(gender) as g", "g is personal data"),
    ],
)
def test_mistake_is_told_with_its_place(tmp_path: Path, found: str, instead: str, message: str) -> None:
    with pytest.raises(SuiteError, match=message):
        load(tmp_path, GOOD.replace(found, instead))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "another.yml").write_text(GOOD.replace("ticket_id", "*"), encoding="utf-8")

    with pytest.raises(SuiteError) as raised:
        load(tmp_path, GOOD.replace("ticket_id", "email"))

    assert len(str(raised.value).splitlines()) == 2
