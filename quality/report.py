"""Findings as text for people, as JSON for programs and as SARIF for code review."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from quality.check import CheckResult
from quality.findings import SEVERITIES, Finding
from quality.rules import RULES

if TYPE_CHECKING:
    from rich.console import Console

Language = Literal["en", "zh"]
_STYLES = {"error": "bold red", "warning": "yellow", "info": "dim"}
_WORDS = {"error": "错误", "warning": "警告", "info": "提示"}
_SARIF_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def print_text(result: CheckResult, console: Console, language: Language = "en") -> None:
    """Findings by file, then what is held out and what is not computable, then the count."""
    from rich.text import Text

    located = sorted(
        (f for f in result.findings if f.severity != "info"), key=lambda f: (str(f.file), f.line)
    )
    for file, findings in groupby(located, key=lambda f: f.file):
        console.print(Text(_shown(file), style="bold"))
        for finding in findings:
            console.print(_line(finding, language))
    for name, held in result.held_out_metrics.items():
        label, reason = ("held out", held.reason) if language == "en" else ("已搁置", held.reason_zh)
        console.print(Text(f"{label} {name}: {reason}", style="magenta"))
    if result.not_computable:
        names = ", ".join(sorted(result.not_computable))
        label = "not computable, sources not connected" if language == "en" else "不可计算（数据源未接入）"
        console.print(Text(f"{label}: {names}", style="dim"))
    console.print(_summary(result, language))


def to_json(result: CheckResult) -> str:
    """Everything that was found, for programs."""
    return json.dumps(
        {
            "as_of": result.as_of.isoformat(),
            "profile": result.profile.name if result.profile else None,
            "findings": [_record(finding) for finding in result.findings],
            "held_out": [
                {
                    "metric_id": name,
                    "file": _shown(held.file),
                    "line": held.line,
                    "reason": held.reason,
                    "reason_zh": held.reason_zh,
                    "cause": held.cause,
                }
                for name, held in result.held_out_metrics.items()
            ],
            "not_computable": {name: list(needs) for name, needs in result.not_computable.items()},
            "exit_code": result.exit_code,
        },
        ensure_ascii=False,
        indent=2,
    )


def to_sarif(result: CheckResult) -> str:
    """SARIF 2.1.0; waived findings are suppressed there too."""
    rules = [
        {
            "id": rule.rule_id,
            "name": rule.__name__,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": f"{rule.title} / {rule.title_zh}"},
            "defaultConfiguration": {"level": _SARIF_LEVELS[rule.severity]},
        }
        for rule in RULES
    ]
    run = {
        "tool": {"driver": {"name": "goldthread", "rules": rules}},
        "results": [_sarif_result(finding) for finding in result.findings],
    }
    return json.dumps(
        {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2
    )


def _line(finding: Finding, language: Language) -> Any:
    from rich.text import Text

    message = finding.message if language == "en" else finding.message_zh
    word = finding.severity if language == "en" else _WORDS[finding.severity]
    line = Text(f"  {finding.line:>5}  ")
    line.append(f"{finding.rule_id} {word}", style=_STYLES[finding.severity] if finding.is_open else "dim")
    line.append(f"  {message}")
    if not finding.is_open:
        until = f"waived by {finding.waived_by} before {finding.waiver_expires_on}"
        until_zh = f"由 {finding.waived_by} 豁免，{finding.waiver_expires_on} 失效"
        line.append(f" ({until if language == 'en' else until_zh})", style="dim")
    return line


def _summary(result: CheckResult, language: Language) -> str:
    counts = {s: sum(f.severity == s and f.is_open for f in result.findings) for s in SEVERITIES}
    waived = sum(not f.is_open for f in result.findings)
    held, absent = len(result.held_out_metrics), len(result.not_computable)
    if language == "zh":
        return (
            f"{len(result.library.metrics)} 个指标：{counts['error']} 个错误，{counts['warning']} 个警告，"
            f"{waived} 个已豁免；{held} 个指标被搁置，{absent} 个不可计算"
        )
    return (
        f"{len(result.library.metrics)} metrics: {counts['error']} errors, {counts['warning']} warnings, "
        f"{waived} waived; {held} held out, {absent} not computable"
    )


def _record(finding: Finding) -> dict[str, Any]:
    return {
        "rule_id": finding.rule_id,
        "severity": finding.severity,
        "object_type": finding.object_type,
        "object_id": finding.object_id,
        "file": _shown(finding.file),
        "line": finding.line,
        "message": finding.message,
        "message_zh": finding.message_zh,
        "waived_by": finding.waived_by,
        "waiver_expires_on": finding.waiver_expires_on.isoformat() if finding.waiver_expires_on else None,
    }


def _sarif_result(finding: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule_id,
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": f"{finding.message} / {finding.message_zh}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": Path(_shown(finding.file)).as_posix()},
                    "region": {"startLine": finding.line},
                }
            }
        ],
    }
    if not finding.is_open:
        result["suppressions"] = [{"kind": "external", "justification": f"waived by {finding.waived_by}"}]
    return result


def _shown(file: Path) -> str:
    """The path relative to the working directory where it lies below it."""
    return str(file.relative_to(Path.cwd())) if file.is_relative_to(Path.cwd()) else str(file)
