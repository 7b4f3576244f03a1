"""Running the definition rules: over the library alone, or over the library as one company uses it.

    result = run_check(Path("profiles/sample"))
    result.exit_code, result.findings, result.library.held_out

Takes well under two seconds: nothing of dbt, Dagster or Great Expectations is imported, nothing is built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from metric_library.library import HeldOut, Library, load_library
from quality.findings import Finding
from quality.rules import RULES, Rule
from quality.rules.rule import Subject
from quality.waivers import apply_waivers

if TYPE_CHECKING:
    from ingestion.landing import Landing
    from ingestion.profile import Profile

PROJECT_DIR = Path(__file__).resolve().parents[1] / "dbt_project"


@dataclass(frozen=True)
class CheckResult:
    """What the rules found. `library` has everything held out that they hold out."""

    findings: tuple[Finding, ...]
    library: Library
    not_computable: Mapping[str, tuple[str, ...]]
    as_of: date
    profile: Profile | None = None

    @property
    def held_out_files(self) -> set[Path]:
        """Files that dbt must not see."""
        return self.library.held_out_files

    @property
    def held_out_metrics(self) -> Mapping[str, HeldOut]:
        """Metrics that must not be computed, each with the reason."""
        return self.library.held_out

    @property
    def open_errors(self) -> tuple[Finding, ...]:
        """Error findings that nobody has waived."""
        return tuple(f for f in self.findings if f.severity == "error" and f.is_open)

    @property
    def exit_code(self) -> int:
        """0 good, 1 when an error is open. Warnings and what is merely not connected do not count."""
        return 1 if self.open_errors else 0


def run_check(
    profile_dir: Path | None = None,
    as_of: date | None = None,
    *,
    project_dir: Path = PROJECT_DIR,
    landing: Landing | None = None,
) -> CheckResult:
    """Check the library, and with a profile also how the company uses it.

    The as-of day is the one given, else the profile's, else yesterday in its time zone. With a `landing`,
    people and positions are those that have landed. Raises ProfileError and ContractError for a profile
    that cannot be read.
    """
    if profile_dir is None:
        day = as_of or date.today() - timedelta(days=1)
        return check_subject(Subject(load_library(project_dir), day))
    from ingestion.contract import load_contracts
    from ingestion.profile import load_profile
    from metric_library.requirements import connected_columns
    from metric_library.starter_packs import switched_on
    from quality.company import Company

    profile, contracts = load_profile(profile_dir), load_contracts()
    day = as_of or profile.as_of or (datetime.now(profile.zone) - timedelta(days=1)).date()
    extra = [profile.metrics_folder] if profile.metrics_folder else []
    library = switched_on(load_library(project_dir, extra), profile.starter_packs)
    company = Company(profile, contracts, day, landing)
    return check_subject(Subject(library, day, company, connected_columns(profile, contracts)))


def check_subject(subject: Subject, rules: tuple[type[Rule], ...] = RULES) -> CheckResult:
    """Run the rules over a subject and hold out what they say cannot be computed."""
    findings = [finding for rule in rules for finding in _checked(rule(), subject)]
    waivers = subject.rows("library.waivers") if subject.company else []
    findings = apply_waivers(findings, waivers, subject.as_of)
    library = _held_out(subject.library, rules, findings)
    profile = subject.company.profile if subject.company else None
    return CheckResult(
        tuple(sorted(set(findings), key=lambda f: f.order)),
        library,
        {name: needs for name, needs in subject.not_computable.items() if name not in library.held_out},
        subject.as_of,
        profile,
    )


def _checked(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """The findings of one rule; a rule that raises is itself a finding and hides none of the others."""
    try:
        yield from list(rule.check(subject))
    except Exception as error:
        yield Finding(
            rule.rule_id,
            "error",
            "rule",
            rule.rule_id,
            Path(rule.check.__code__.co_filename),
            rule.check.__code__.co_firstlineno,
            f"the rule itself failed: {type(error).__name__}: {error}",
            f"规则自身执行失败：{type(error).__name__}：{error}",
        )


def _held_out(library: Library, rules: tuple[type[Rule], ...], findings: list[Finding]) -> Library:
    """Holds out what open findings of such rules name. Problems of the library's own reading are held out
    already; no waiver makes those computable.
    """
    holding = {rule.rule_id for rule in rules if rule.holds_out}
    reasons: dict[str, HeldOut] = {}
    for finding in findings:
        if finding.rule_id not in holding or not finding.is_open:
            continue
        if finding.object_type not in ("metric", "semantic_model"):
            continue
        for name in _concerned(library, finding):
            metric = library.definitions[name]
            reasons.setdefault(
                name,
                HeldOut(
                    name, metric.file, metric.line, finding.message, finding.message_zh, finding.object_id
                ),
            )
    return library.hold_out(reasons)


def _concerned(library: Library, finding: Finding) -> list[str]:
    if finding.object_type == "metric":
        return [finding.object_id] if finding.object_id in library.definitions else []
    return [
        name
        for name in library.definitions
        if any(library.measures[m][0].name == finding.object_id for m in library.measures_below(name))
    ]
