"""Running the rules: waivers, rules that fail, what is held out, how it is reported, and how fast."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path

from rich.console import Console
from small_company import SmallCompany

from quality.check import check_subject, run_check
from quality.findings import Finding
from quality.report import print_text, to_json, to_sarif
from quality.rules import RULES
from quality.rules.rule import Rule, Subject

ROOT = Path(__file__).parents[3]


def test_waiver_lifts_the_blame_until_it_expires(company: SmallCompany) -> None:
    company.edit("revenue.yml", "          direction: up\n", "")
    assert company.check().exit_code == 1
    company.append("waivers.csv", "DEF-06,metric,revenue,Agreed,P-APPROVER,2026-07-01")
    (finding,) = company.check().findings
    assert (finding.waived_by, finding.waiver_expires_on) == ("P-APPROVER", date(2026, 7, 1))
    assert company.check().exit_code == 0
    assert company.check(date(2026, 7, 1)).exit_code == 1, "the end of a waiver is exclusive"


def test_star_waives_every_object_of_its_type(company: SmallCompany) -> None:
    for name in ("revenue.yml", "kept_rate.yml"):
        company.edit(name, "          direction: up\n", "")
    company.append("waivers.csv", "DEF-06,metric,*,Agreed,P-APPROVER,2027-01-01")
    assert [f.is_open for f in company.check().findings] == [False, False]


def test_waived_formula_stays_held_out(company: SmallCompany) -> None:
    company.edit("kept_rate.yml", "expr: 1 - rate", "expr: 1 - rat")
    company.append("waivers.csv", "DEF-02,metric,kept_rate,Later,P-APPROVER,2027-01-01")
    result = company.check()
    assert result.exit_code == 0
    assert set(result.held_out_metrics) == {"kept_rate"}


def test_rule_that_raises_is_a_finding_and_hides_none(company: SmallCompany) -> None:
    class Broken(Rule):
        rule_id = "DEF-99"
        severity = "error"
        title = title_zh = "breaks"

        def check(self, subject: Subject) -> Iterator[Finding]:
            raise RuntimeError("out of order")

    company.edit("revenue.yml", "          direction: up\n", "")
    result = check_subject(Subject(company.load(), date(2026, 6, 30)), (Broken, *RULES))
    assert {f.rule_id for f in result.findings} == {"DEF-99", "DEF-06"}
    finding = next(f for f in result.findings if f.rule_id == "DEF-99")
    assert finding.message == "the rule itself failed: RuntimeError: out of order"
    assert finding.file == Path(__file__)


def test_company_metric_files_are_part_of_the_library(company: SmallCompany) -> None:
    folder = company.profile / "metrics"
    folder.mkdir()
    (folder / "own.yml").write_text("metrics:\n  - name: own\n    label: Own: broken\n", encoding="utf-8")
    result = company.check()
    assert set(result.held_out_metrics) == {"own"}
    assert result.held_out_files == {folder / "own.yml"}


def test_reports_say_the_same(company: SmallCompany) -> None:
    company.edit("kept_rate.yml", "expr: 1 - rate", "expr: 1 - rat")
    result = company.check()
    data = json.loads(to_json(result))
    assert data["findings"][0]["rule_id"] == "DEF-02"
    assert data["held_out"][0]["metric_id"] == "kept_rate"
    sarif = json.loads(to_sarif(result))
    (found,) = sarif["runs"][0]["results"]
    assert found["level"] == "error"
    assert found["locations"][0]["physicalLocation"]["region"]["startLine"] == company.line(
        "kept_rate.yml", "expr:"
    )
    assert len(sarif["runs"][0]["tool"]["driver"]["rules"]) == len(RULES)
    for language, words in (("en", "1 errors"), ("zh", "1 个错误")):
        text = StringIO()
        print_text(result, Console(file=text, width=200), language)
        assert "kept_rate.yml" in text.getvalue()
        assert words in text.getvalue()


def test_our_own_library_is_sound() -> None:
    result = run_check()
    assert [str(f.message) for f in result.findings] == []
    assert len(result.library.metrics) >= 24


def test_check_imports_nothing_heavy() -> None:
    heavy = ("dbt", "dagster", "pandas", "great_expectations", "duckdb")
    program = (
        "import sys; from quality.check import run_check; run_check(); "
        f"sys.exit(','.join(m for m in {heavy!r} if m in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
