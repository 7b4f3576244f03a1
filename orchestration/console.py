"""What the command line shows: progress and summary of a night, and answers as people read them."""

from __future__ import annotations

import io
import itertools
import json
import time
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

WIDTH_WITHOUT_TERMINAL = 120
STAGES = {
    "definitions": "Definitions · 定义",
    "landing": "Landing · 落地",
    "library": "Metric library · 指标库",
    "warehouse": "Warehouse · 数仓计算",
    "export": "Export · 导出",
    "expectations": "Expectations · 数据期望",
    "publication": "Publication · 发布",
    "data_docs": "Data docs · 检查报告",
}


PLACE = ("subject_type", "subject_id", "period_grain", "period_start", "period_end")


class JsonProgress:
    """One JSON object per line for each thing that happens; the last one is the summary."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def __enter__(self) -> JsonProgress:
        return self

    def __exit__(self, *_ending: object) -> None:
        return None

    def __call__(self, event: str, **details: Any) -> None:
        print(
            json.dumps({"event": event, **details}, ensure_ascii=False, default=str),
            file=self._stream,
            flush=True,
        )

    def summary(self, summary: dict[str, Any]) -> None:
        self("summary", **summary)


class TextProgress:
    """A line per stage and per thing worth knowing; on a terminal also what goes on right now."""

    def __init__(self, stream: TextIO):
        self._console = open_console(stream)
        self._status = self._console.status("")
        self._begun = time.monotonic()

    def __enter__(self) -> TextProgress:
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(self, *_ending: object) -> None:
        self._status.stop()

    def __call__(self, event: str, **details: Any) -> None:
        describe = getattr(self, f"_on_{event}", None)
        if describe:
            describe(**details)

    def summary(self, summary: dict[str, Any]) -> None:
        self._status.stop()
        for line in summary_lines(summary):
            self._console.print(line)

    def _on_night_started(self, run_id: str, as_of: date, profile: str) -> None:
        self._console.print(f"[bold]{profile}[/bold]  night {run_id}, as of {as_of}")

    def _on_sample_written(self, folder: str) -> None:
        self._console.print(f"  wrote the sample company's exports to {folder}")

    def _on_stage_started(self, stage: str) -> None:
        self._status.update(STAGES[stage])

    def _on_stage_finished(self, stage: str, seconds: float) -> None:
        self._console.print(f"  [green]✓[/green] {STAGES[stage]}  [dim]{seconds:.1f} s[/dim]")

    def _on_file_landed(self, table: str, file: str, **_rows: int) -> None:
        self._status.update(f"{STAGES['landing']}: {table} ← {file}")

    def _on_node_finished(self, finished: int) -> None:
        self._status.update(f"{STAGES['warehouse']}: {finished} models and tests")

    def _on_file_refused(self, table: str, file: str, message: str) -> None:
        self._console.print(f"  [red]✗[/red] {table}: {file} was refused: {escape(message)}")

    def _on_domain_held(self, domain: str, reason: str) -> None:
        self._console.print(f"  [red]✗[/red] {domain} is held back: {escape(reason)}")


def summary_lines(summary: dict[str, Any]) -> Iterable[Any]:
    """The end of a night: files, metrics, findings, checks, time, and where to look next."""
    if summary["files_new"]:
        columns = ("table", "file", "rows_read", "rows_landed", "rows_quarantined", "rows_duplicate")
        yield _table("New files · 新文件", columns, summary["files_new"])
    yield f"Files: {len(summary['files_new'])} new, {summary['files_known']} known, " + (
        f"{len(summary['files_refused'])} refused"
    )
    for title, key in (
        ("Metrics by state · 指标状态", "metrics"),
        ("Findings by rule · 定义问题", "findings"),
    ):
        if summary[key]:
            yield f"{title}: " + _counts(summary[key])
    for layer, counts in summary["checks"].items():
        yield f"Checks, {layer.replace('_', ' ')}: {_counts(counts)}"
    for domain, reason in summary["held_domains"].items():
        yield f"[red]Held back · 暂缓[/red] {domain}: {escape(reason)}"
    yield f"Seconds: {_counts(summary['seconds'])}; total {sum(summary['seconds'].values()):.1f}"
    yield f"[bold]{summary['status'].capitalize()}[/bold] {summary['run_id']}: {summary['marts']} marts"
    for name, place in summary["look_next"].items():
        yield f"  {name.replace('_', ' ')}: {place}"


def listing(what: str, rows: Sequence[dict[str, Any]]) -> str:
    """Rows as a table."""
    columns = {
        "metrics": ("metric_id", "label", "name_zh", "perspective", "unit", "version", "state"),
        "goals": ("goal_id", "kind", "level", "title", "title_zh", "lifecycle_state"),
        "runs": ("run_id", "as_of", "finished", "code_version", "held_domains", "is_current"),
        "loads": ("table", "file", "rows_read", "rows_landed", "rows_quarantined", "rows_duplicate"),
    }[what]
    return _printed(_table(None, columns, rows), f"{len(rows)} {what}")


def definition(metric: dict[str, Any], stamp: dict[str, str]) -> str:
    """A metric's definition, field by field."""
    skipped = {"terms", "findings", "metric_id", "label", "name_zh"}
    lines = [f"[bold]{metric['metric_id']}[/bold]  {metric['label']} · {metric['name_zh'] or ''}"]
    lines += [
        f"  {field.replace('_', ' ')}: {_plain(content)}"
        for field, content in metric.items()
        if field not in skipped and content not in (None, "")
    ]
    lines += [
        f"  {term['role']}: {_plain(term['coefficient'])} × {term['component_id']}"
        for term in metric["terms"]
    ]
    lines += [f"  {found['severity']} {found['rule_id']}: {found['message']}" for found in metric["findings"]]
    return _printed(*lines, _stamp_line(stamp))


def figures(rows: Sequence[dict[str, Any]]) -> str:
    """Figures with everything that qualifies them."""
    parts = []
    for row in rows:
        shown = "no value" if row["value"] is None else f"{_plain(row['value'])} {row['unit'] or ''}".strip()
        parts.append(f"[bold]{row['metric_id']}[/bold]  {shown}  ({row['state']})")
        parts.append(
            f"  {row['subject_type']} {_plain(row['subject_id'])}, {row['period_grain']} "
            f"{row['period_start']} to {row['period_end']}"
        )
        basis = [
            f"{name} {_plain(row[name])}"
            for name in ("numerator", "denominator", "n")
            if row[name] is not None
        ]
        parts.append(f"  {', '.join(basis)}; version {row['metric_version']}")
        if row.get("restated_on"):
            parts.append(f"  restated on · 更正于 {row['restated_on']}: it was published otherwise before")
    return _printed(*parts, _stamp_line(rows[0]))


def explanation(answer: dict[str, Any]) -> str:
    """A change and what each part made of it, the largest effect first."""
    before, after = answer["from"], answer["to"]
    parts = [_part_row(part, answer) for part in answer["parts"]]
    columns = ("part", "name", "before", "after", "effect", "rate_effect", "mix_effect")
    shown = [column for column in columns if any(part[column] is not None for part in parts)]
    lines: list[Any] = [
        f"[bold]{answer['metric_id']}[/bold]  {answer['label']} · {answer['name_zh'] or ''}",
        f"  {answer['subject_type']} {_plain(answer['subject_id'])}, {answer['period_grain']} "
        f"{before['period_start']} → {after['period_start']}: {_plain(before['value'])} → "
        f"{_plain(after['value'])} {answer['unit'] or ''}".rstrip(),
        *(f"  {day}: not over, a part compared with a whole · 期间未结束" for day in answer["unfinished"]),
        _table(None, shown, parts),
        f"sum of {len(parts)} parts · 各部分之和 {_signed(answer['sum_of_effects'])} = "
        f"change · 变动 {_signed(answer['change'])}",
    ]
    return _printed(*lines, _stamp_line(answer))


def _part_row(part: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """A part as TYPE:ID, with its own figure before and after: its ratio, its share of one, or its amount."""
    names = [name for name in (part["name"], part["name_zh"]) if name]
    row = {
        **part,
        "part": f"{part['part_type']}:{part['part_id']}".rstrip(":"),
        "name": " · ".join(names) or None,
    }
    for name, side, whole in (("before", "base_", answer["from"]), ("after", "", answer["to"])):
        above, below = part[f"{side}numerator"], part[f"{side}denominator"]
        divisor = {"ratio": below, "shared": whole["denominator"]}.get(answer["method"], 1)
        amount = below if part["part_type"] == "denominator" else above
        row[name] = None if amount is None or not divisor else round(amount / divisor, 6)
    return row


def _signed(amount: Decimal) -> str:
    return f"{'+' if amount > 0 else ''}{_plain(amount)}"


def breakdown(rows: Sequence[dict[str, Any]]) -> str:
    """Figures by the values of a dimension: a table per subject and period."""
    parts: list[Any] = []
    for place, slices in itertools.groupby(rows, key=lambda row: tuple(row[key] for key in PLACE)):
        listed = list(slices)
        first = listed[0]
        named = dict(zip(PLACE, place, strict=True))
        parts.append(
            f"[bold]{first['metric_id']}[/bold]  {first['unit'] or ''}  {named['subject_type']} "
            f"{_plain(named['subject_id'])}, {named['period_grain']} {named['period_start']} to "
            f"{named['period_end']}; version {first['metric_version']}"
        )
        shown = [{**row, first["dimension"]: row["dimension_value"]} for row in listed]
        columns = (first["dimension"], "value", "numerator", "denominator", "n", "state")
        parts.append(_table(None, columns, shown))
    return _printed(*parts, _stamp_line(rows[0]))


def duty_proposals(answer: dict[str, Any]) -> str:
    """Proposed links of duties with metrics, best first, each with its reasons in both languages."""
    parts: list[Any] = [f"{len(answer['proposals'])} proposal(s), none of them linked · 建议，均未关联"]
    for one in answer["proposals"]:
        parts += [
            f"[bold]{one['score']:.2f}[/bold]  {_plain(one['duty_id'])} ← {_plain(one['metric_id'])}",
            f"      {_plain(one['duty'])} · {_plain(one['duty_zh'])}",
            f"      {_plain(one['metric'])} · {_plain(one['metric_zh'])}",
            f"      [dim]{_plain(one['why'])} · {_plain(one['why_zh'])}[/dim]",
        ]
    if answer["written"]:
        parts.append(f"Written to {_plain(answer['written'])} · 已写入")
    return _printed(*parts, _stamp_line(answer))


def scorecard(answer: dict[str, Any], language: str) -> str:
    """A scorecard in one language: gates, core items and bonuses, each with what it adds and why."""
    titles = {
        "en": {"gate": "Gates", "core": "Core items", "bonus": "Bonus"},
        "zh": {"gate": "门槛", "core": "核心项", "bonus": "加分项"},
    }[language]
    talk = {"en": "To be talked about in person, whatever the score.", "zh": "需单独面谈，与得分无关。"}[
        language
    ]
    parts: list[Any] = [
        f"[bold]{answer['subject_type']} {_plain(answer['subject_id'])}[/bold]  {answer['period_grain']} "
        f"{answer['period_start']} – {answer['period_end']}",
        f"  {_plain(answer[f'text_{language}'])}",
    ]
    if answer["is_for_talk"]:
        parts.append(f"  {talk}")
    for role, items in itertools.groupby(answer["items"], key=lambda item: item["score_role"]):
        parts.append(f"{titles[role]}")
        parts += [f"  {_plain(item[f'text_{language}'])}{_measured_by(answer, item)}" for item in items]
    return _printed(*parts, _stamp_line(answer))


def _measured_by(answer: dict[str, Any], item: dict[str, Any]) -> str:
    """The unit whose figure an item is measured by, where it is not the subject's own."""
    measured = (item["measured_subject_type"], item["measured_subject_id"])
    if measured[1] is None or measured == (answer["subject_type"], answer["subject_id"]):
        return ""
    return f"  [dim]{measured[0]}:{_plain(measured[1])}[/dim]"


def lineage(answer: dict[str, Any]) -> str:
    """The way up to the goals and down to the files."""
    parts: list[Any] = [f"[bold]{answer['metric_id']}[/bold]"]
    if "up" in answer:
        parts.append(f"Up to {len(answer['up'])} goal path(s) · 向上")
        for path in answer["up"]:
            parts.append(f"  ↑ {path['path']}  ({path['title']} · {path['title_zh'] or ''})")
            carriers = [f"{one['subject_type']}:{one['subject_id']}" for one in path["subjects"]]
            parts.append(f"    carried by {', '.join(carriers[:6])}{' …' if len(carriers) > 6 else ''}")
    if "down" in answer:
        parts.append("Down to its sources · 向下")
        parts += [
            f"{'  ' * edge['distance']}↓ {edge['kind']} {edge['to_type']} {edge['to_id']}"
            + (f"  [dim]{_plain(edge['detail'])}[/dim]" if edge["detail"] else "")
            for edge in answer["down"]
        ]
    return _printed(*parts, _stamp_line(answer))


def differences(metric: str, first: str, second: str, rows: Sequence[dict[str, Any]]) -> str:
    """What changed between two versions."""
    if not rows:
        return f"{metric}: versions {first} and {second} say the same."
    return _printed(_table(f"{metric}: {first} → {second}", ("field", "before", "after"), rows))


def impact(metric: str, first: str, second: str, answer: dict[str, Any]) -> str:
    """What changed between two versions, what it moved, and what rests on the metric."""
    before, after, rests = answer["before"], answer["after"], answer["rests_on_it"]
    counted = ("subject_type", "period_grain", "same", "different", "gone", "new")
    newest = ("period_grain", "period_start", "period_end", "before", "after")
    goals = [f"{goal['goal_id']} {goal['title']}" for goal in rests["goals"]]
    lines = [
        f"{first} as of {before['as_of']}, {second} as of {after['as_of']}"
        + ("" if before["as_of"] == after["as_of"] else ": records that came in between move figures too"),
        f"computed from it: {', '.join(rests['metrics']) or 'nothing'}",
        f"strategic goals: {'; '.join(goals) or 'none'}",
        f"carried by {rests['subjects']} subjects; read by {rests['targets']} targets and "
        f"{rests['scorecards']} scorecards of periods that are not over",
    ]
    return "\n".join(
        [
            differences(metric, first, second, answer["differences"]),
            "",
            _printed(_table("figures", counted, answer["figures"])),
            "",
            _printed(_table("the company's newest figures", newest, answer["company"])),
            "",
            *lines,
        ]
    )


def audit(answer: dict[str, Any]) -> str:
    """Whether a night is still what was published."""
    if not answer["differences"]:
        return f"{answer['run_id']}: every published file is the one that its manifest names."
    return "\n".join([f"{answer['run_id']}: not what was published:", *answer["differences"]])


def open_console(stream: TextIO) -> Console:
    """A console on a stream; what is not a terminal gets lines of a fixed, generous width."""
    width = None if stream.isatty() else WIDTH_WITHOUT_TERMINAL
    return Console(file=stream, width=width, highlight=False, soft_wrap=True)


def _printed(*parts: Any) -> str:
    stream = io.StringIO()
    console = open_console(stream)
    for part in parts:
        console.print(part)
    return stream.getvalue().rstrip()


def _table(
    title: str | None, columns: Sequence[str], rows: Sequence[dict[str, Any]], right: Sequence[str] = ()
) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        numeric = column in right or any(isinstance(row.get(column), int | Decimal) for row in rows)
        table.add_column(column.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_plain(row.get(column)) for column in columns))
    return table


def _plain(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, bool):
        return "yes" if content else ""
    if isinstance(content, Decimal):
        return f"{content.normalize():f}" if content else "0"
    if isinstance(content, list):
        return ", ".join(map(str, content))
    return escape(str(content))


def _counts(counts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _stamp_line(stamp: dict[str, Any]) -> str:
    return f"[dim]run {stamp['run_id']}, as of {stamp['as_of']}[/dim]"
