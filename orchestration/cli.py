"""The command line. Each command imports what it needs when it runs, so that `--help` answers at once.

Exit codes: 0 good, 1 findings or differences, 2 wrong use or configuration, 3 the night failed.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from orchestration.home import Home, home_from_environment, profile_from_environment

GOOD, FINDINGS, USAGE, FAILED = 0, 1, 2, 3

app = typer.Typer(
    name="goldthread",
    help="A KPI warehouse: from the strategic goal to one person's figure, and back to the source row. · "
    "指标仓库：从战略目标到个人指标，再回到源数据行。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

targets = typer.Typer(
    help="Targets: planning them. · 目标：制定与分解。", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(targets, name="targets")
duties = typer.Typer(
    help="Duties: what might measure them. · 职责：可能的度量指标。",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(duties, name="duties")

ProfileOption = Annotated[
    Path | None,
    typer.Option("--profile", metavar="DIR", help="The company's folder; the sample company if not given."),
]
AsOfOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="The last day that counts."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
RunOption = Annotated[
    str | None, typer.Option("--run", metavar="ID", help="A published night; the current one if not given.")
]
SubjectOption = Annotated[
    str | None, typer.Option("--subject", metavar="TYPE:ID", help="Such as employee:E0042.")
]
MethodOption = Annotated[
    str | None, typer.Option("--method", help="capacity, history, seasonal, manual, equal or identity.")
]
SpreadOption = Annotated[
    str | None, typer.Option("--spread", help="Over time by workdays, seasonal or flat.")
]
QuantumOption = Annotated[
    str | None, typer.Option("--quantum", metavar="AMOUNT", help="What amounts are multiples of.")
]
SharesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--share", metavar="TYPE:ID=N", help="A stated share, for the method manual; may be repeated."
    ),
]
PositionsOption = Annotated[
    list[str] | None,
    typer.Option("--position", metavar="ID", help="A position that carries the metric; may be repeated."),
]
ReasonOption = Annotated[
    str | None, typer.Option("--reason", help="Why targets that stand already are revised.")
]
RequestedByOption = Annotated[
    str | None, typer.Option("--requested-by", metavar="EMPLOYEE", help="Who asked for the revision.")
]
MetricArgument = Annotated[str, typer.Argument(metavar="METRIC", help="The metric's id, such as revenue.")]


class Listed(StrEnum):
    """What `list` can list."""

    metrics = "metrics"
    goals = "goals"
    runs = "runs"
    loads = "loads"


class Parts(StrEnum):
    """What `explain` can take a change apart by."""

    units = "units"
    components = "components"


class Lang(StrEnum):
    """Language of an answer."""

    en = "en"
    zh = "zh"


LangOption = Annotated[Lang, typer.Option("--lang", help="Language of the answer: en or zh. · 语言")]


class CheckFormat(StrEnum):
    """How `check` can answer."""

    text = "text"
    json = "json"
    sarif = "sarif"


@app.command()
def refresh(
    profile: ProfileOption = None,
    as_of: AsOfOption = None,
    full: Annotated[bool, typer.Option("--full", help="Build everything anew.")] = False,
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="Compute anew from this day on."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], metavar="DATE", help="... and up to this day."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per line: what happens, then the summary.")
    ] = False,
) -> None:
    """One night: land, check, build, publish. · 跑一个夜间批次：落地、检查、计算、发布。"""
    from orchestration import console

    report = console.JsonProgress(sys.stdout) if as_json else console.TextProgress(sys.stdout)
    with _messages_for_people(), report:
        from orchestration.refresh import refresh as run_refresh

        outcome = run_refresh(
            home_from_environment(),
            _profile(profile),
            as_of=_day(as_of),
            full=full,
            recompute=_stretch(_day(first), _day(last)),
            report=report,
        )
        report.summary(outcome.summary)
    if outcome.failure is not None:
        _stop(
            FAILED, f"The night failed: {outcome.failure}\nThe last published night stays. Log: {outcome.log}"
        )
    if outcome.not_well:
        _stop(FINDINGS, "Published, but not all is well:\n  " + "\n  ".join(outcome.not_well))


@app.command()
def check(
    profile: ProfileOption = None,
    as_of: AsOfOption = None,
    style: Annotated[CheckFormat, typer.Option("--format", help="text, json or sarif.")] = CheckFormat.text,
    as_json: JsonOption = False,
) -> None:
    """The definition rules, without building anything. · 只检查指标定义，不做计算。"""
    with _messages_for_people():
        from ingestion.landing import Landing
        from ingestion.profile import load_profile
        from orchestration import console
        from quality import report
        from quality.check import run_check

        folder, home = _profile(profile), _home()
        landing = Landing(home.root) if home.company == load_profile(folder).name else None
        result = run_check(folder, as_of=_day(as_of), landing=landing)
        if as_json or style is CheckFormat.json:
            typer.echo(report.to_json(result))
        elif style is CheckFormat.sarif:
            typer.echo(report.to_sarif(result))
        else:
            report.print_text(result, console.open_console(sys.stdout))
        raise typer.Exit(result.exit_code)


@app.command("list")
def list_(
    what: Annotated[Listed, typer.Argument(help="metrics, goals, runs or loads.")],
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """What there is. · 列出指标、目标、批次或数据加载。"""
    from orchestration import console

    with _messages_for_people():
        from publishing import reader

        published = _home().published
        if what is Listed.runs:
            rows = reader.runs(published)
        else:
            with reader.open_night(published, run_id=run) as night:
                rows = {Listed.metrics: night.metrics, Listed.goals: night.goals, Listed.loads: night.loads}[
                    what
                ]()
        _answer(rows, as_json, lambda: console.listing(what.value, rows))


@app.command()
def show(
    metric: MetricArgument, as_of: AsOfOption = None, run: RunOption = None, as_json: JsonOption = False
) -> None:
    """A definition as people read it. · 查看指标定义。"""
    from orchestration import console

    with _messages_for_people(), _night(run, as_of) as night:
        definition = night.metric(metric)
        _answer(
            {**definition, **_stamp(night)}, as_json, lambda: console.definition(definition, _stamp(night))
        )


@app.command()
def value(
    metric: MetricArgument,
    subject: SubjectOption = None,
    period: Annotated[
        str | None,
        typer.Option(
            "--period", metavar="PERIOD", help="2026-06, 2026-Q2, ytd:2026-06, rolling_12_months:2026-06."
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="DIMENSION", help="Broken down, such as by priority. · 按维度拆分。"),
    ] = None,
    as_of: AsOfOption = None,
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """A figure with its state, version, run and as-of date. · 查询指标值。"""
    from orchestration import console
    from publishing.periods import parse_period

    with _messages_for_people():
        wanted = {
            "subject": _subject(subject) if subject else None,
            "period": parse_period(period) if period else None,
        }
        with _night(run, as_of) as night:
            unit = night.metric(metric)["unit"]
            found = night.slices(metric, by, **wanted) if by else night.values(metric, **wanted)
            rows = [{**row, "unit": unit, **_stamp(night)} for row in found]
        _answer(rows, as_json, lambda: console.breakdown(rows) if by else console.figures(rows))


@app.command()
def explain(
    metric: MetricArgument,
    base: Annotated[str, typer.Option("--from", metavar="PERIOD", help="The period to start from: 2026-05.")],
    period: Annotated[str, typer.Option("--to", metavar="PERIOD", help="The period to explain: 2026-06.")],
    subject: SubjectOption = None,
    by: Annotated[Parts | None, typer.Option("--by", help="Units and people below, or terms.")] = None,
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """What each part made of a change, exactly. · 解释变动：各部分的贡献。"""
    from orchestration import console
    from publishing.periods import parse_period

    with _messages_for_people():
        from publishing.explanation import explain as explained

        wanted = {
            "base": parse_period(base),
            "period": parse_period(period),
            "subject": _subject(subject) if subject else None,
            "way": by.value.removesuffix("s") if by else None,
        }
        with _night(run, None) as night:
            answer = {**explained(night, metric, **wanted), **_stamp(night)}
        _answer(answer, as_json, lambda: console.explanation(answer))


@app.command()
def score(
    subject: Annotated[
        str, typer.Option("--subject", metavar="TYPE:ID", help="Such as employee:E0042 or team:T1.")
    ],
    period: Annotated[
        str | None, typer.Option("--period", metavar="PERIOD", help="2026-06, 2026-Q2 or 2026.")
    ] = None,
    lang: LangOption = Lang.en,
    as_of: AsOfOption = None,
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """A scorecard, item by item. · 计分卡：逐项说明得分。"""
    from orchestration import console
    from publishing.periods import parse_period

    with _messages_for_people():
        from publishing.scorecard import scorecard

        wanted = parse_period(period) if period else None
        with _night(run, as_of) as night:
            answer = {**scorecard(night, _subject(subject), wanted), **_stamp(night)}
        _answer(answer, as_json, lambda: console.scorecard(answer, lang.value))


@app.command()
def trace(
    metric: MetricArgument,
    up: Annotated[bool, typer.Option("--up", help="To the goals that it serves.")] = False,
    down: Annotated[bool, typer.Option("--down", help="To its columns, tables and files.")] = False,
    as_of: AsOfOption = None,
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """From the metric up to goals, down to columns and files. · 向上追到目标，向下追到源文件。"""
    from orchestration import console

    with _messages_for_people(), _night(run, as_of) as night:
        both = not up and not down
        answer = {
            "metric_id": metric,
            **({"up": night.goal_paths(metric)} if up or both else {}),
            **({"down": night.sources(metric)} if down or both else {}),
            **_stamp(night),
        }
        _answer(answer, as_json, lambda: console.lineage(answer))


@app.command()
def why(
    employee: Annotated[
        str | None, typer.Option("--employee", metavar="ID", help="Why this person has the metrics.")
    ] = None,
    position: Annotated[
        str | None, typer.Option("--position", metavar="ID", help="... this position.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", metavar="ID", help="... this org unit.")] = None,
    lang: LangOption = Lang.en,
    as_of: AsOfOption = None,
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why somebody has a metric: goals, targets, who else, how it stands. · 为什么由我承担这个指标？"""
    from orchestration.why_text import why_text

    with _messages_for_people():
        from publishing.why import why as reasons

        asked = {"employee": employee, "position": position, "unit": unit}
        given = [(kind, subject) for kind, subject in asked.items() if subject]
        if len(given) != 1:
            raise ValueError("Say whose metrics are meant: one of --employee ID, --position ID, --unit ID.")
        with _night(run, as_of) as night:
            answer = {**reasons(night, *given[0]), **_stamp(night)}
        _answer(answer, as_json, lambda: why_text(answer, lang.value))


@app.command()
def diff(
    metric: MetricArgument,
    first: Annotated[str, typer.Argument(metavar="V1", help="A version, such as 1.0.")],
    second: Annotated[str, typer.Argument(metavar="V2", help="The version to compare it with.")],
    impact: Annotated[
        bool, typer.Option("--impact", help="And what it moved: figures, and what rests on them.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """What changed between two published versions of a metric. · 比较指标的两个版本。"""
    from orchestration import console

    with _messages_for_people():
        from publishing.history import version_differences

        published = _home().published
        differences = version_differences(published, metric, first, second)
        if impact:
            from publishing.impact import version_impact

            answer = {"differences": differences, **version_impact(published, metric, first, second)}
            _answer(answer, as_json, lambda: console.impact(metric, first, second, answer))
        else:
            _answer(differences, as_json, lambda: console.differences(metric, first, second, differences))
        raise typer.Exit(FINDINGS if differences else GOOD)


@app.command()
def audit(run: RunOption = None, as_json: JsonOption = False) -> None:
    """Whether a published night is still what was published. · 核验已发布批次。"""
    from orchestration import console

    with _messages_for_people():
        from publishing.manifest import verify
        from publishing.reader import choose_run

        published = _home().published
        run_id = choose_run(published, run_id=run)
        differences = verify(published, run_id)
        answer = {"run_id": run_id, "differences": differences}
        _answer(answer, as_json, lambda: console.audit(answer))
        raise typer.Exit(FINDINGS if differences else GOOD)


@app.command()
def sample(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write the exports.")],
    people: Annotated[int, typer.Option("--people", min=1, help="About how many employees.")] = 300,
    years: Annotated[int, typer.Option("--years", min=1, help="How many years of history.")] = 3,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], metavar="DATE", help="The last day.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same company.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """Write the sample company's exports. · 生成示例公司的导出文件。"""
    with _messages_for_people():
        import dataclasses

        from ingestion.sample import write_sample

        options = {"until": until.date()} if until else {}
        written = dataclasses.asdict(write_sample(out, people=people, years=years, seed=seed, **options))
        _answer(written, as_json, lambda: f"Wrote the sample company to {out}.")


@duties.command("propose")
def duties_propose(
    position: Annotated[
        str | None, typer.Option("--position", metavar="ID", help="Only duties of this position.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", metavar="ID", help="Only proposals of this metric.")
    ] = None,
    top: Annotated[
        int, typer.Option("--top", min=1, help="Most proposals for a duty, or for the metric.")
    ] = 3,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write them as CSV; nothing is linked by it.")
    ] = None,
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """Metrics that might measure a duty, to be agreed by people. · 建议哪些指标可度量职责，须由人确认。"""
    from orchestration import console

    with _messages_for_people(), _night(run, None) as night:
        from dataclasses import asdict

        from publishing.duty_proposals import propose_links, write_proposals

        proposals = propose_links(night, position=position, metric=metric, top=top)
        if out is not None:
            write_proposals(proposals, out)
        answer = {
            "proposals": [asdict(one) for one in proposals],
            "written": None if out is None else str(out),
            **_stamp(night),
        }
        _answer(answer, as_json, lambda: console.duty_proposals(answer))


@targets.command("plan")
def targets_plan(
    metric: MetricArgument,
    year: Annotated[int, typer.Option("--year", min=1900, max=9998, help="The year to plan.")],
    target: Annotated[str, typer.Option("--target", metavar="AMOUNT", help="The year's target.")],
    subject: Annotated[str, typer.Option("--subject", metavar="TYPE[:ID]", help="Whose.")] = "company",
    method: MethodOption = None,
    spread: SpreadOption = None,
    by: Annotated[str, typer.Option("--by", help="Down to month, week or day.")] = "month",
    to: Annotated[str, typer.Option("--to", help="Down to team, position or employee.")] = "employee",
    quantum: QuantumOption = None,
    share: SharesOption = None,
    position: PositionsOption = None,
    profile: ProfileOption = None,
    run: RunOption = None,
    write: Annotated[bool, typer.Option("--write", help="Make files of the strategy library.")] = False,
    reason: ReasonOption = None,
    requested_by: RequestedByOption = None,
    as_json: JsonOption = False,
) -> None:
    """One yearly target taken apart over time and down to people. · 将年度目标按时间与组织分解到人。"""
    from orchestration import console_plan

    with _messages_for_people():
        from ingestion.profile import load_profile
        from planning.library_files import Change, held_targets, write_targets
        from planning.plan import Request, propose
        from planning.published import Ground

        company = load_profile(_profile(profile))
        request = Request(
            metric,
            year,
            _number(target),
            subject=_subject(subject) if ":" in subject else (subject, None),
            method=method,
            spread=spread,
            by=by,
            down_to=to,
            quantum=_number(quantum) if quantum else None,
            shares=_shares(share or []),
            positions=tuple(position or ()),
        )
        with _night(run, None) as night:
            held = held_targets(company, metric)
            plan, stamp = propose(Ground(night, year), request, held), _stamp(night)
        change = Change(reason, requested_by) if reason and requested_by else None
        written = write_targets(plan, company, held, change) if write else None
        content = console_plan.as_data(plan, stamp, written) if as_json else None
        _answer(content, as_json, lambda: console_plan.as_text(plan, stamp, written))


@app.command()
def dev(
    profile: ProfileOption = None,
    port: Annotated[int, typer.Option("--port", help="Where the page is served.")] = 3000,
) -> None:
    """Dagster's web page over the same home and job. · 打开 Dagster 页面。"""
    import os

    from orchestration.home import HOME_VARIABLE, PROFILE_VARIABLE, PROJECT_ROOT
    from orchestration.instance import prepare_instance

    home = home_from_environment()
    with _messages_for_people():
        prepare_instance(home)
        os.environ |= {
            PROFILE_VARIABLE: str(_profile(profile)),
            HOME_VARIABLE: str(home.root),
            "PYTHONPATH": os.pathsep.join([str(PROJECT_ROOT), os.environ.get("PYTHONPATH", "")]).strip(
                os.pathsep
            ),
        }
        dagster = str(Path(sys.executable).parent / "dagster")
        options = ["dev", "-m", "orchestration.definitions", "-p", str(port), "-d", str(PROJECT_ROOT)]
        os.execv(dagster, [dagster, *options])  # noqa: S606


def _home() -> Home:
    return home_from_environment()


def _profile(folder: Path | None) -> Path:
    return folder.absolute() if folder else profile_from_environment()


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _stretch(first: date | None, last: date | None) -> tuple[date, date] | None:
    """A stretch of days with either end left open; None when neither is given."""
    if first is None and last is None:
        return None
    stretch = (first or date.min, last or date.max)
    if stretch[0] > stretch[1]:
        raise ValueError(f"--from {first} lies after --until {last}.")
    return stretch


def _subject(text: str) -> tuple[str, str]:
    subject_type, colon, subject_id = text.partition(":")
    if not colon or not subject_type or not subject_id:
        raise ValueError(
            f"'{text}' is not a subject: write TYPE:ID, such as employee:E0042 or department:D03."
        )
    return subject_type, subject_id


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"'{text}' is not an amount: write it as 395250000 or 0.75.")
    return number


def _shares(texts: list[str]) -> dict[Any, Decimal]:
    """TYPE:ID=N as a subject's share."""
    from planning.cascade import Subject

    shares = {}
    for text in texts:
        subject, equals, amount = text.partition("=")
        if not equals:
            raise ValueError(f"'{text}' is not a share: write TYPE:ID=N, such as team:T01=6.")
        shares[Subject(*_subject(subject))] = _number(amount)
    return shares


def _night(run: str | None, as_of: datetime | None) -> Any:
    from publishing.reader import open_night

    return open_night(_home().published, run_id=run, as_of=_day(as_of))


def _stamp(night: Any) -> dict[str, str]:
    """What every answer carries: the night that it comes from."""
    return {"run_id": night.manifest.run_id, "as_of": night.manifest.as_of}


def _answer(content: Any, as_json: bool, text: Any) -> None:
    if as_json:
        typer.echo(json.dumps(content, ensure_ascii=False, indent=1, default=str))
    else:
        typer.echo(text())


# Errors whose text is written for people, and the exit code that each stands for.
EXIT_CODES = {
    "FileIsThereError": USAGE,
    "NightIsRunningError": FAILED,
    "AnotherCompanyError": USAGE,
    "ProjectError": FAILED,
    "ProfileError": USAGE,
    "ContractError": USAGE,
    "SampleError": USAGE,
    "UnknownNameError": USAGE,
    "NotDecomposableError": USAGE,
    "NothingPublishedError": USAGE,
    "ManifestError": USAGE,
    "PlanningError": USAGE,
    "ValueError": USAGE,
}


@contextmanager
def _messages_for_people() -> Iterator[None]:
    """Ends a command that fails with one message and the right exit code, never with a traceback."""
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except KeyboardInterrupt:
        _stop(FAILED, "Stopped. Nothing was published; run it again to go on.")
    except Exception as error:
        code = EXIT_CODES.get(type(error).__name__)
        if code is not None:
            _stop(code, str(error))
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        _stop(FAILED, f"Something went wrong that should not: {type(error).__name__} at {where}: {error}")


def _stop(code: int, message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def main() -> None:
    """The program."""
    app()
