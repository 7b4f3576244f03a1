"""From a checked library to what one night computes: the compiled tables and the generated component models.

The tables go into the schema `library` of the night's warehouse, where the engine's dbt models read them; the
models are small calls of the macro `component_leaves`, one per semantic model, so that all components
of a fact cost one pass over it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import yaml

from metric_library.dimensions import merged
from metric_library.lineage import lineage_edges
from metric_library.normal_form import Component, Direct, NormalForm, additivity, reduce_metric
from metric_library.readable import formula_text
from metric_library.requirements import Connected, connected_columns, requirements, unmet
from metric_library.versions import Version, next_versions

if TYPE_CHECKING:
    from ingestion.contract import Contract
    from ingestion.landing import Load
    from ingestion.profile import Profile
    from metric_library.library import Library

COMPONENT_FOLDER = Path("marts/metrics/components")
COMPONENT_UNION = Path("marts/metrics/metric_component_daily.sql")
COMPONENT_PROPERTIES = Path("marts/metrics/_metric_component__models.yml")
FINDING_IDENTITY = ("rule_id", "object_type", "object_id", "message")
ENDED = ("retired", "rejected")  # statuses in which a definition is kept, but never computed
COEFFICIENT_SCALE = 10**6  # coefficients are stored with six decimals


@dataclass(frozen=True)
class RunContext:
    """What names a night and bounds its calendar."""

    run_id: str
    as_of: date
    started_at: datetime
    code_version: str
    calendar_start: date


@dataclass(frozen=True)
class DomainState:
    """Domains that are not at their best tonight, each with its reason in words.

    `stale`: a source was refused, so the figures rest on what had landed before.
    `held`: the domain's models failed, so the components of the last published night are carried.
    """

    stale: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)
    published_components: Path | None = None


@dataclass(frozen=True)
class CompiledLibrary:
    """Tables for the warehouse schema `library`, and generated dbt files by their path under `models/`."""

    tables: dict[str, pl.DataFrame]
    sql_models: dict[str, str]


def compile_library(
    library: Library,
    *,
    profile: Profile,
    contracts: Mapping[str, Contract],
    run: RunContext,
    loads: Iterable[Load] = (),
    findings: Iterable[Mapping[str, Any]] = (),
    previous: Mapping[str, Any] | None = None,
    parent_map: Mapping[str, Sequence[str]] | None = None,
    domains: DomainState | None = None,
) -> CompiledLibrary:
    """Everything that tonight's dbt build needs to know of the library.

    `previous` is the manifest of the last published night: versions count on from there, and a finding keeps
    the day on which it was first seen. `parent_map` is that of dbt's manifest, where there is one.
    """
    domains = domains or DomainState()
    states = metric_states(library, profile, contracts, domains)
    computed = [name for name, (state, _) in states.items() if state in ("ok", "stale")]
    forms = {name: reduce_metric(library, name) for name in computed}
    components = {c.component_id: c for form in forms.values() for c in form.components}
    tables = {
        "run_context": _frame([_run_context(profile, run)]),
        "run_info": _frame([_run_info(profile, run)]),
        "connected_table": _frame(_connected_tables(profile, contracts, domains)),
        "metric": _frame(_metric_rows(library, profile, states, previous or {})),
        "metric_component": _frame([_component_row(c) for c in components.values()]),
        "metric_term": _frame([row for name in computed for row in _term_rows(name, forms[name])]),
        "metric_input": _frame(_input_rows(library)),
        "metric_level": _frame(_listed(library, "subject_type", "levels", ("company",))),
        "metric_grain": _frame(_listed(library, "period_grain", "grains", ("month",))),
        "lineage": _frame([edge._asdict() for edge in lineage_edges(library, profile, parent_map)]),
        "definition_finding": _frame(_finding_rows(findings, run.as_of, previous or {})),
        "load_reconciliation": _frame([_load_row(load) for load in loads]),
    }
    return CompiledLibrary(tables, component_models(components.values(), domains))


def metric_states(
    library: Library, profile: Profile, contracts: Mapping[str, Contract], domains: DomainState
) -> dict[str, tuple[str, str | None]]:
    """Metric → (ok | stale | not_computable | error, why it is not ok). A file that cannot be read goes by
    its stem.
    """
    connected = connected_columns(profile, contracts)
    states: dict[str, tuple[str, str | None]] = {
        name: ("error", held.reason)
        for name, held in library.held_out.items()
        if name in library.metrics or name not in library.definitions
    }
    for name in library.computable:
        states[name] = _state(library, name, connected, domains)
    return dict(sorted(states.items()))


def _state(library: Library, name: str, connected: Connected, domains: DomainState) -> tuple[str, str | None]:
    status = library.metrics[name].kpi.status
    if status in ENDED:
        return "not_computable", f"its definition is {status}"
    form = reduce_metric(library, name)
    if obstacle := _not_supported(form):
        return "error", obstacle
    components = form.components
    lacking = unmet((need for c in components for need in requirements(library, c)), connected)
    if lacking:
        return "not_computable", f"no source is connected for {', '.join(lacking)}"
    touched = sorted({domain for component in components for domain in component.domains})
    if held := [d for d in touched if d in domains.held]:
        state = "stale" if domains.published_components else "error"
        return state, "; ".join(domains.held[d] for d in held)
    if stale := [d for d in touched if d in domains.stale]:
        return "stale", "; ".join(domains.stale[d] for d in stale)
    return "ok", None


def _not_supported(form: NormalForm | Direct) -> str | None:
    """Why the engine cannot compute a form, if so."""
    if isinstance(form, Direct):
        return f"cannot be computed from sums of components: {form.reason}"
    if any(term.offset or term.window for term in form.terms):
        return "offsets and cumulative windows cannot be computed yet; use the comparison periods instead"
    if any(term.coefficient.limit_denominator(COEFFICIENT_SCALE) != term.coefficient for term in form.terms):
        return "a coefficient of its formula has no exact form with six decimals; measure in the unit wanted"
    return None


def _component_row(component: Component) -> dict[str, Any]:
    return {key: value for key, value in asdict(component).items() if not key.startswith("join")}


def _term_rows(metric_id: str, form: NormalForm) -> list[dict[str, Any]]:
    return [
        {
            "metric_id": metric_id,
            "role": role,
            "component_id": term.component.component_id,
            "coefficient": str(Decimal(term.coefficient.numerator) / Decimal(term.coefficient.denominator)),
            "per": term.per.component_id if term.per else None,
            "offset_periods": term.offset,
        }
        for role, terms in (("numerator", form.numerator), ("denominator", form.denominator))
        for term in terms
    ]


def _metric_rows(
    library: Library,
    profile: Profile,
    states: Mapping[str, tuple[str, str | None]],
    previous: Mapping[str, Any],
) -> list[dict[str, Any]]:
    known = previous.get("definitions", {})
    versions = next_versions(library, known)
    return [
        {
            "metric_id": name,
            "label": name,
            "state": state,
            "state_reason": reason,
            "version": known.get(name, {}).get("version"),
            **_described(library, profile, name),
            **_versioned(library, name, versions.get(name)),
        }
        for name, (state, reason) in states.items()
    ]


def _described(library: Library, profile: Profile, name: str) -> dict[str, Any]:
    """What the metric's file says; of a file that cannot be read, only its name."""
    metric = library.metrics.get(name)
    if metric is None:
        return {"file": _relative(library, library.held_out[name].file)}
    spec, kpi = metric.spec, metric.kpi
    same = ("name_zh", "definition_zh", "direction", "status", "hardness", "population", "null_policy")
    same += ("zero_denominator", "min_n", "is_product")
    roles = {role: getattr(kpi, role) for role in ("owner", "steward", "approver")}
    least, greatest = kpi.valid_range or (None, None)
    return {
        **{key: getattr(kpi, key) for key in same},
        **{role: named and f"position:{profile.position(named)}" for role, named in roles.items()},
        **{key: ",".join(getattr(kpi, key)) for key in ("grains", "levels", "dimensions", "lens")},
        "label": spec.label,
        "description": spec.description,
        "metric_type": spec.type,
        "perspective": metric.perspective,
        "metric_group": spec.config.group,
        "unit_kind": kpi.unit and kpi.unit.kind,
        "unit": kpi.unit and str(kpi.unit),
        "valid_min": None if least is None else str(least),
        "valid_max": None if greatest is None else str(greatest),
        "file": _relative(library, metric.file),
    }


def _versioned(library: Library, name: str, version: Version | None) -> dict[str, Any]:
    """What is computed from a definition that is not held out."""
    if version is None:
        return {}
    return {
        "formula_text": formula_text(library, name),
        "fingerprint": version.fingerprint,
        "wording_hash": version.wording_hash,
        "version": version.version,
        "additivity": additivity(library, name),
    }


def _relative(library: Library, file: Path) -> str:
    """The file as seen from the project's root, where it lies below it."""
    root = library.project_dir.resolve().parent
    return file.resolve().relative_to(root).as_posix() if file.resolve().is_relative_to(root) else str(file)


def _input_rows(library: Library) -> list[dict[str, Any]]:
    return [
        {"metric_id": name, "input_type": kind, "input_id": reference.name}
        for name, metric in library.computable.items()
        for kind, references in (("metric", metric.spec.inputs), ("measure", metric.spec.measures))
        for reference in references
    ]


def _listed(
    library: Library, column: str, field_name: str, otherwise: tuple[str, ...]
) -> list[dict[str, Any]]:
    """One row per metric and entry of a list of its KPI block; an unreadable file has `otherwise`."""
    unreadable = [name for name in library.held_out if name not in library.definitions]
    return [
        {"metric_id": name, column: entry}
        for name, entries in (
            *((name, getattr(metric.kpi, field_name)) for name, metric in library.metrics.items()),
            *((name, otherwise) for name in unreadable),
        )
        for entry in entries
    ]


def _finding_rows(
    findings: Iterable[Mapping[str, Any]], as_of: date, previous: Mapping[str, Any]
) -> list[dict[str, Any]]:
    seen = {
        tuple(row[key] for key in FINDING_IDENTITY): row["first_seen_on"]
        for row in previous.get("findings", [])
    }
    return [{**finding, "first_seen_on": _first_seen(finding, seen, as_of)} for finding in findings]


def _first_seen(finding: Mapping[str, Any], seen: Mapping[tuple, str], as_of: date) -> date:
    day = seen.get(tuple(finding[key] for key in FINDING_IDENTITY))
    return date.fromisoformat(day) if day else as_of


def _connected_tables(
    profile: Profile, contracts: Mapping[str, Contract], domains: DomainState
) -> list[dict[str, Any]]:
    connected = set(profile.connected_tables())
    return [
        {
            "table_name": table,
            "domain": contract.domain,
            "is_connected": table in connected,
            "state": _table_state(table in connected, contract.domain, domains),
        }
        for table, contract in contracts.items()
    ]


def _table_state(is_connected: bool, domain: str, domains: DomainState) -> str:
    if not is_connected:
        return "not_connected"
    return "stale" if domain in domains.stale or domain in domains.held else "ok"


def _load_row(load: Load) -> dict[str, Any]:
    return {
        "load_id": load.load_id,
        "source": load.source,
        "file": load.file,
        "table_name": load.table,
        "rows_read": load.rows_read,
        "rows_landed": load.rows_landed,
        "rows_quarantined": load.rows_quarantined,
        "rows_duplicate": load.rows_duplicate,
        "rows_deleted": load.rows_deleted,
    }


def _run_context(profile: Profile, run: RunContext) -> dict[str, Any]:
    return {
        "as_of": run.as_of,
        "time_zone": profile.time_zone,
        "currency": profile.currency,
        "calendar_start": run.calendar_start,
        "company_name": profile.name,
        "company_name_zh": profile.name_zh,
    }


def _run_info(profile: Profile, run: RunContext) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "as_of": run.as_of,
        "code_version": run.code_version,
        "profile": profile.folder.name,
        "company_name": profile.name,
        "company_name_zh": profile.name_zh,
        "time_zone": profile.time_zone,
        "currency": profile.currency,
        "started_at": run.started_at.astimezone(UTC).replace(tzinfo=None),
    }


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a frame; keys that a row lacks are NULL. Types are the warehouse's business."""
    return pl.from_dicts(rows, infer_schema_length=None) if rows else pl.DataFrame()


def component_models(components: Iterable[Component], domains: DomainState) -> dict[str, str]:
    """Generated dbt files: one leaf model per semantic model, their union, and the property file of both."""
    by_model: dict[str, list[Component]] = defaultdict(list)
    for component in sorted(set(components), key=lambda c: c.component_id):
        by_model[component.semantic_model].append(component)
    names = [f"metric_component__{model}" for model in sorted(by_model)]
    files = {
        str(COMPONENT_FOLDER / f"metric_component__{model}.sql"): _leaf_model(members, domains)
        for model, members in by_model.items()
    }
    files[str(COMPONENT_UNION)] = "{{ union_of_component_leaves(" + repr(names) + ") }}\n"
    files[str(COMPONENT_PROPERTIES)] = _properties(by_model)
    return files


def _leaf_model(members: list[Component], domains: DomainState) -> str:
    held = [component for component in members if domains.held.keys() & set(component.domains)]
    parts = []
    if fresh := [component for component in members if component not in held]:
        first, groups = fresh[0], _groups(fresh)
        parts.append(f"{{{{ component_leaves({first.fact!r}, {first.attribution!r}, {groups!r}) }}}}\n")
    if held:
        parquet = str(domains.published_components) if domains.published_components else None
        identifiers = [component.component_id for component in held]
        parts.append(f"{{{{ component_leaves_as_published({parquet!r}, {identifiers!r}) }}}}\n")
    return "union all\n".join(parts)


def _groups(members: list[Component]) -> list[dict[str, Any]]:
    """The components by the date on which they count, each group with what its filters join."""
    by_date: dict[str, list[Component]] = defaultdict(list)
    for component in members:
        by_date[component.date_column].append(component)
    return [
        {
            "date_column": column,
            "joins": [asdict(join) for join in merged(j for c in components for j in c.joins)],
            "components": [_addend(component) for component in components],
        }
        for column, components in sorted(by_date.items())
    ]


def _addend(component: Component) -> dict[str, Any]:
    """What one record adds (`amount`), and an expression that is NULL where it does not count towards n."""
    expression = component.expression
    amount, counted = {
        "count": (f"case when ({expression}) is not null then 1 end", expression),
        "sum_boolean": (f"case when {expression} then 1 else 0 end", f"case when {expression} then 1 end"),
    }.get(component.aggregation, (expression, expression))
    return {
        "component_id": component.component_id,
        "amount": amount,
        "counted": counted,
        "filter": component.filter,
    }


def _properties(by_model: Mapping[str, list[Component]]) -> str:
    models = [
        {
            "name": f"metric_component__{model}",
            "description": (
                "One row per component, day, employee, position and org unit: "
                f"the components measured on {members[0].fact}."
            ),
        }
        for model, members in sorted(by_model.items())
    ]
    return yaml.safe_dump({"version": 2, "models": models}, sort_keys=False, allow_unicode=True, width=120)
