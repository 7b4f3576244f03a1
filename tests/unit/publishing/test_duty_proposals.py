"""Proposed links of duties with metrics: likeness in either language, records that count, why."""

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from publishing.duty_proposals import FileIsThereError, propose_links, write_proposals
from publishing.reader import UnknownNameError

DUTIES = [
    ("D1", "P-SALES", "Win more of the opportunities.", "提高商机赢单率", None),
    ("D2", "P-SALES", "Keep records complete.", "保持资料完整", None),
    ("D3", "P-SERVICE", "Answer customers in time.", "按时响应客户", "response_time"),
    ("D4", "P-SERVICE", "", "降低投诉率", None),
]
METRICS = [
    (
        "win_rate",
        "Win rate of opportunities",
        "商机赢单率",
        "Won opportunities over closed ones.",
        "赢单商机占比。",
    ),
    (
        "response_time",
        "Response time",
        "响应时长",
        "Hours until customers are answered.",
        "响应客户所需小时。",
    ),
    ("complaint_rate", "Complaint rate", "投诉率", "Complaints per order.", "每单投诉数。"),
    ("steel_price", "Steel price", "钢价", "Yuan per ton.", "每吨元。"),
]


@dataclass
class FewMarts:
    """Stands for a published night with a few duties and metrics."""

    fed: tuple[tuple[str, str], ...] = ()

    def rows(self, sql: str) -> list[dict[str, object]]:
        if "mart_duty_coverage" in sql:
            names = ("duty_id", "position_id", "label", "label_zh", "linked")
            return [dict(zip(names, row, strict=True)) for row in DUTIES]
        if "metric_value" in sql:
            return [{"subject_id": position, "metric_id": metric} for position, metric in self.fed]
        names = ("metric_id", "label", "name_zh", "description", "definition_zh")
        return [dict(zip(names, row, strict=True)) for row in METRICS]

    def metric(self, metric_id: str) -> None:
        raise UnknownNameError(f"There is no metric '{metric_id}'.")


def pairs(proposals) -> list[tuple[str, str]]:
    return [(one.duty_id, one.metric_id) for one in proposals]


def test_what_reads_alike_comes_first_and_what_is_linked_does_not_come_at_all():
    found = propose_links(FewMarts())

    assert pairs(found)[0] == ("D1", "win_rate")
    assert ("D3", "response_time") not in pairs(found)
    assert "steel_price" not in {metric for _, metric in pairs(found)}
    assert all(0 < one.score <= 1 for one in found)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_a_duty_in_one_language_is_found_by_it():
    [found] = [one for one in propose_links(FewMarts()) if one.duty_id == "D4"]

    assert found.metric_id == "complaint_rate"
    assert "投诉" in found.why_zh


def test_both_languages_say_why():
    best = propose_links(FewMarts(fed=(("P-SALES", "win_rate"),)))[0]

    assert "opportunities" in best.why
    assert "counts in the metric" in best.why
    assert "赢单" in best.why_zh
    assert "计入此指标" in best.why_zh


def test_records_that_count_raise_the_score_and_no_likeness_proposes_nothing():
    [without] = [one for one in propose_links(FewMarts()) if one.duty_id == "D1"]
    [with_records] = [
        one
        for one in propose_links(FewMarts(fed=(("P-SALES", "win_rate"), ("P-SALES", "steel_price"))))
        if one.duty_id == "D1"
    ]

    assert with_records.score == pytest.approx(without.score + 0.1, abs=1e-4)
    assert with_records.likeness == without.likeness


def test_one_metric_or_one_position():
    assert {one.metric_id for one in propose_links(FewMarts(), metric="win_rate", top=1)} == {"win_rate"}
    assert {one.position_id for one in propose_links(FewMarts(), position="P-SERVICE")} == {"P-SERVICE"}
    with pytest.raises(UnknownNameError, match="win_rat"):
        propose_links(FewMarts(), metric="win_rat")
    with pytest.raises(UnknownNameError, match="P-NOBODY"):
        propose_links(FewMarts(), position="P-NOBODY")


def test_a_proposal_file_begins_as_a_link_does_and_overwrites_nothing(tmp_path: Path):
    proposals, file = propose_links(FewMarts()), tmp_path / "folder" / "proposals.csv"
    write_proposals(proposals, file)
    with file.open(encoding="utf-8", newline="") as stream:
        written = list(csv.DictReader(stream))

    assert list(written[0])[:3] == ["position_id", "metric_id", "duty_id"]
    assert [(row["duty_id"], row["metric_id"]) for row in written] == pairs(proposals)
    with pytest.raises(FileIsThereError, match="exists already"):
        write_proposals(proposals, file)
