"""The answer to "why do I have this metric?" as people read it, in English or Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
OTHERS_SHOWN = 8

WORDS = {
    "en": {
        "title": "Why {who} has these metrics, as of {day}",
        "nothing": "{who} carries no metric on {day}, and no goal of theirs has one.",
        "owner": "owner", "collaborator": "collaborator", "approver": "approver", "informed": "informed",
        "goal": "a goal of the unit", "weight": "weight {0} %", "since": "since {0}",
        "version": "definition {0}", "acknowledged": "version {0} acknowledged on {1}",
        "older_version": "acknowledged only in version {0}", "open": "not acknowledged yet",
        "what": "What it is", "why": "Why", "serves": "serves it", "because": "because",
        "identity": "makes it up", "influence": "is expected to move it", "support": "supports it",
        "share": "{0} of it", "target": "Target", "no_target": "no target",
        "at_least": "at least", "at_most": "at most", "within": "within", "maintain": "keep",
        "so_far": "so far", "reached": "{0} of the way", "expected": "{0} expected by now",
        "pace": "pace {0}", "via": "through position {0}",
        "on_track": "on track", "at_risk": "at risk", "off_track": "off track",
        "no_data": "no figure", "not_due": "still running", "ok": "", "stale": "figure of an earlier night",
        "suppressed": "too few records to show", "invalid": "target cannot be measured against ({0})",
        "error": "metric held out", "not_computable": "source not connected",
        "from": "derived from {0} of {1}", "of_parent": "{0} of it", "method": "divided by {0}",
        "capacity": "capacity", "history": "own history", "seasonal": "season", "equal": "equal parts",
        "manual": "agreement", "position": "what the position is to reach",
        "scope": "what the unit is to reach", "handed_down": "handing down",
        "with": "With", "more": "and {0} more",
        "stamp": "run {run_id}, as of {as_of}", "no_reason": "no reason is written down",
    },
    "zh": {
        "title": "{who} 为何承担这些指标（截至 {day}）",
        "nothing": "{who} 在 {day} 未承担任何指标，其目标也没有指标。",
        "owner": "负责人", "collaborator": "协作", "approver": "审批", "informed": "知会",
        "goal": "本单元目标", "weight": "权重 {0}%", "since": "自 {0}",
        "version": "口径版本 {0}", "acknowledged": "{1} 已确认版本 {0}",
        "older_version": "仅确认过版本 {0}", "open": "尚未确认",
        "what": "含义", "why": "缘由", "serves": "支撑上级", "because": "因为",
        "identity": "构成上级", "influence": "预期推动上级", "support": "支持上级",
        "share": "占 {0}", "target": "目标值", "no_target": "没有目标值",
        "at_least": "不低于", "at_most": "不高于", "within": "保持在", "maintain": "维持",
        "so_far": "目前", "reached": "达成 {0}", "expected": "此时应为 {0}",
        "pace": "进度 {0}", "via": "经由岗位 {0}",
        "on_track": "正常", "at_risk": "有风险", "off_track": "偏离",
        "no_data": "无数据", "not_due": "进行中", "ok": "", "stale": "为此前批次的数据",
        "suppressed": "样本过少，不予显示", "invalid": "目标值无法度量（{0}）",
        "error": "指标暂停计算", "not_computable": "数据源未接入",
        "from": "源自 {1} 的 {0}", "of_parent": "占其 {0}", "method": "分解方式：{0}",
        "capacity": "产能", "history": "历史", "seasonal": "季节", "equal": "平均",
        "manual": "协商", "position": "岗位目标", "scope": "单元目标", "handed_down": "下达",
        "with": "共同承担", "more": "另有 {0} 个",
        "stamp": "批次 {run_id}，截至 {as_of}", "no_reason": "未写明理由",
    },
}  # fmt: skip


def why_text(answer: Row, lang: str) -> str:
    """The whole answer, a paragraph per metric."""
    words = WORDS[lang]
    names = [answer["subject_id"], _named(answer, "name", lang)]
    who = " · ".join(name for name in names if name)
    day = answer["as_of"]
    if not answer["metrics"]:
        return "\n".join([words["nothing"].format(who=who, day=day), words["stamp"].format(**answer)])
    lines = [words["title"].format(who=who, day=day)]
    for metric in answer["metrics"]:
        lines += ["", *_metric(metric, lang)]
    return "\n".join([*lines, "", words["stamp"].format(**answer)])


def _metric(metric: Row, lang: str) -> Iterator[str]:
    words = WORDS[lang]
    name = (metric["name_zh"] if lang == "zh" else metric["label"]) or metric["metric_id"]
    yield f"■ {name} ({metric['metric_id']})"
    for row in metric["carried"]:
        yield f"  {_carried(row, metric, words)}"
    meaning = (metric["definition_zh"] if lang == "zh" else metric["description"]) or ""
    if meaning:
        yield f"  {words['what']}: {meaning.strip()}"
    for path in metric["paths"]:
        yield f"  {words['why']}:"
        yield from _path(path["steps"], lang)
    for target in metric["targets"]:
        yield f"  {_target(target, metric, lang)}"
        yield from _derivation(target, metric, lang)
    if not metric["targets"]:
        yield f"  {words['target']}: {words['no_target']}"
    if metric["others"]:
        named = ", ".join(_other(row, lang) for row in metric["others"][:OTHERS_SHOWN])
        more = len(metric["others"]) - OTHERS_SHOWN
        yield f"  {words['with']}: {named}" + (f", {words['more'].format(more)}" if more > 0 else "")


def _carried(row: Row, metric: Row, words: dict[str, str]) -> str:
    parts = [words[row["role"]]]
    if row.get("is_resolved"):
        parts.append(words["via"].format(row["assigned_id"]))
    if row["weight"] is not None:
        parts.append(words["weight"].format(_plain(row["weight"])))
    if row["since"] is not None:
        parts.append(words["since"].format(row["since"]))
    if metric["version"]:
        parts.append(words["version"].format(metric["version"]))
    known = row.get("acknowledgement")
    if known in ("acknowledged", "older_version", "open"):
        parts.append(words[known].format(row["acknowledged_version"], row["acknowledged_on"]))
    return "; ".join(parts)


def _path(steps: list[Row], lang: str) -> Iterator[str]:
    words = WORDS[lang]
    for depth, step in enumerate(steps):
        title = f"{step['goal_id']}: {_named(step, 'title', lang)}"
        if step["edge"] is None:
            yield f"    {'  ' * depth}{title}"
            continue
        edge = step["edge"]
        way = words[edge["kind"]]
        if edge["share"] is not None:
            way += f", {words['share'].format(_percent(edge['share']))}"
        yield f"    {'  ' * depth}↳ {title} ({way})"
        reason = _named(edge, "rationale", lang) or words["no_reason"]
        yield f"    {'  ' * depth}  {words['because']}: {reason}"


def _target(target: Row, metric: Row, lang: str) -> str:
    """Period, what is to be reached, the figure, how far that is, and whether it keeps pace."""
    words = WORDS[lang]
    if target["kind"] == "within":
        aim = f"{amount(target['lower_bound'], metric)} – {amount(target['upper_bound'], metric)}"
    else:
        aim = amount(target["target"], metric)
    parts = [f"{words['target']} {_period(target)}: {words[target['kind']]} {aim}"]
    if target["value"] is not None:
        parts.append(f"{words['so_far']} {amount(target['value'], metric)}")
    # While the period runs, what counts is the pace: the way from the baseline is not gone at an even step.
    if target["state"] == "not_due" and target["pace"] is not None:
        parts.append(words["expected"].format(amount(target["expected_by_now"], metric)))
        parts.append(words["pace"].format(_percent(target["pace"])))
    elif target["attainment"] is not None:
        parts.append(words["reached"].format(_percent(target["attainment"])))
    told = [words[target["status"]] if target["status"] else ""]
    told.append(words.get(target["state"], target["state"]).format(target["invalid_reason"]))
    return "; ".join([*parts, *(one for one in told if one)])


def _derivation(target: Row, metric: Row, lang: str) -> Iterator[str]:
    """Each target above and the share of it that is a part of this one."""
    words = WORDS[lang]
    for above in target["derived_from"]:
        parts = [words["from"].format(amount(above["parent_target"], metric), above["parent_subject_id"])]
        if above["share_of_parent"] is not None:
            parts.append(words["of_parent"].format(_percent(above["share_of_parent"])))
        method = above["allocation_method"]
        if method:
            parts.append(words["method"].format(words.get(method, method)))
        yield f"    {'; '.join(parts)}"


def _other(row: Row, lang: str) -> str:
    name = _named(row, "name", lang)
    who = f"{name} ({row['assigned_id']})" if name else row["assigned_id"]
    return f"{who} – {WORDS[lang][row['role']]}"


def amount(value: Decimal | None, metric: Row) -> str:
    """A figure in its metric's unit: shares in percent, large amounts without decimals."""
    if value is None:
        return "–"
    if metric["unit_kind"] == "proportion":
        return _percent(value)
    decimals = 0 if abs(value) >= 1000 or value == int(value) else 2
    names = {"currency": metric["currency"], "duration": metric["unit"]}
    unit = f" {names.get(metric['unit_kind']) or ''}".rstrip()
    return f"{value:,.{decimals}f}{unit}"


def _percent(share: Decimal) -> str:
    return f"{share * 100:.1f} %"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else "0"


def _period(target: Row) -> str:
    start = target["period_start"]
    return {
        "year": f"{start:%Y}",
        "quarter": f"{start:%Y}-Q{(start.month + 2) // 3}",
        "month": f"{start:%Y-%m}",
        "week": f"{start:%G-W%V}",
    }.get(target["period_grain"], f"{start:%Y-%m-%d}")


def _named(row: Row, field: str, lang: str) -> str:
    """A text in the language asked for, else in the other one."""
    first, second = (f"{field}_zh", field) if lang == "zh" else (field, f"{field}_zh")
    return row.get(first) or row.get(second) or ""
