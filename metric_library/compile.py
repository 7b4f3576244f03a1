"""From a checked library to what one night computes: the compiled tables and the generated component models.

The tables go into the schema `library` of the night's warehouse, where the engine's dbt models read them; the
models are small calls of the macro `component_leaves`, one per semantic model, so that all components
of a fact cost one pass over it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import yaml

from metric_library.dimensions import merged
from metric_library.expressions import columns_of
from metric_library.formula_sql import formula_sql
from metric_library.leaf_groups import at_once
from metric_library.lineage import lineage_edges
from metric_library.normal_form import (
    DIRECT,
    Component,
    Form,
    Formula,
    NormalForm,
    Term,
    Unsupported,
    additivity,
    grains_of,
    reduce_metric,
)
from metric_library.readable import formula_text
from metric_library.requirements import Connected, connected_columns, requirements, unmet
from metric_library.slice_models import connected_slices, slice_models, slice_rows, sliced_tonight
from metric_library.slices import Slice
from metric_library.versions import Version, next_versions

if TYPE_CHECKING:
    from ingestion.contract import Contract
    from ingestion.landing import Load
    from ingestion.profile import Profile
    from metric_library.library import Library

COMPONENT_FOLDER = Path("marts/metrics/components")
COMPONENT_UNION = Path("marts/metrics/metric_component_daily.sql")
RECORD_UNION = Path("marts/metrics/metric_component_record.sql")
FORMULA_MODEL = Path("marts/metrics/metric_formula_value.sql")
COMPONENT_PROPERTIES = Path("marts/metrics/_metric_component__models.yml")
DAY_FINGERPRINTS = Path("marts/metrics/changes/metric_day_fingerprint.sql")
LEAF_CONFIG = "{{ config(materialized='touched', touched=touched_days()) }}\n"
FINDING_IDENTITY = ("rule_id", "object_type", "object_id", "message")
ENDED = ("retired", "rejected")  # statuses in which a definition is kept, but never computed
COEFFICIENT_SCALE = 10**6  # coefficients are stored with six decimals


@dataclass(frozen=True)
class RunContext:
    """What names a night and bounds its calendar.

    `build_identity` names all that a warehouse is built with besides the records and the definitions;
    `recompute` are the first and last day of a stretch that is computed anew, changed or not;
    `batch_records` is how many records are computed at once.
    """

    run_id: str
    as_of: date
    started_at: datetime
    code_version: str
    calendar_start: date
    build_identity: str = ""
    recompute: tuple[date, date] | None = None
    batch_records: int = 1_500_000


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
    measured = [as_measured(component, domains) for component in components.values()]
    slices = connected_slices(library, computed, connected_columns(profile, contracts))
    tables = {
        "run_context": _frame([_run_context(profile, run)]),
        "run_info": _frame([_run_info(profile, run)]),
        "connected_table": _frame(_connected_tables(profile, contracts, domains)),
        "metric": _frame(_metric_rows(library, profile, states, previous or {})),
        "metric_component": _frame([_component_row(component) for component in measured]),
        "metric_term": _frame([row for name in computed for row in _term_rows(name, forms[name])]),
        "metric_form": _frame([row for name in computed for row in _form_rows(library, name, forms[name])]),
        "period_offset": _frame(_offset_rows(library, forms)),
        "cumulative_window": _frame(_window_rows(forms)),
        "metric_slice": _frame(slice_rows(slices, domains)),
        "metric_input": _frame(_input_rows(library)),
        "metric_level": _frame(_listed(library, "subject_type", "levels", ("company",))),
        "metric_grain": _frame(_grain_rows(library)),
        "lineage": _frame([edge._asdict() for edge in lineage_edges(library, profile, parent_map)]),
        "definition_finding": _frame(_finding_rows(findings, run.as_of, previous or {})),
        "load_reconciliation": _frame([_load_row(load) for load in loads]),
    }
    formulas = {name: form for name, form in forms.items() if isinstance(form, Formula)}
    models = {
        **component_models(components.values(), domains, sliced_tonight(slices, domains)),
        **slice_models(slices, domains, _addend),
        str(FORMULA_MODEL): _formula_model(library, formulas),
    }
    return CompiledLibrary(tables, models)


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


def _not_supported(form: Form) -> str | None:
    """Why the engine cannot compute a form, if so."""
    if isinstance(form, Unsupported):
        return f"cannot be computed: it {form.reason}"
    if any(term.coefficient.limit_denominator(COEFFICIENT_SCALE) != term.coefficient for term in form.terms):
        return "a coefficient of its formula has no exact form with six decimals; measure in the unit wanted"
    return None


def _component_row(component: Component) -> dict[str, Any]:
    return {key: value for key, value in asdict(component).items() if not key.startswith("join")}


def _inputs(form: NormalForm | Formula) -> list[tuple[int, NormalForm]]:
    """What is evaluated for a metric: itself as 0, or the inputs of its formula as 1, 2, ..."""
    if isinstance(form, NormalForm):
        return [(0, form)]
    return [(number, entry.form) for number, entry in enumerate(form.inputs, 1)]


def _term_rows(metric_id: str, form: NormalForm | Formula) -> list[dict[str, Any]]:
    return [
        {
            "metric_id": metric_id,
            "input": number,
            "role": role,
            "component_id": term.component.component_id,
            "coefficient": str(Decimal(term.coefficient.numerator) / Decimal(term.coefficient.denominator)),
            "per": term.per.component_id if term.per else None,
            "offset_periods": term.offset and term.offset.periods,
            "offset_grain": term.offset and term.offset.grain,
            "time_window": term.window and str(term.window),
        }
        for number, part in _inputs(form)
        for role, terms in (("numerator", part.numerator), ("denominator", part.denominator))
        for term in terms
    ]


def _form_rows(library: Library, metric_id: str, form: NormalForm | Formula) -> list[dict[str, Any]]:
    """What a missing term and a zero below the line mean, for a metric and for each input of a formula."""
    kpi = library.metrics[metric_id].kpi
    policies = [(0, kpi.null_policy, kpi.zero_denominator)]
    if isinstance(form, Formula):
        policies = [(n, i.null_policy, i.zero_denominator) for n, i in enumerate(form.inputs, 1)]
    return [
        {"metric_id": metric_id, "input": number, "null_policy": null, "zero_denominator": zero}
        for number, null, zero in policies
    ]


def _terms_of(forms: Mapping[str, Form]) -> list[Term]:
    return [term for form in forms.values() for term in form.terms]


def _offset_rows(library: Library, forms: Mapping[str, Form]) -> list[dict[str, Any]]:
    """Each offset and each grain in which some metric is taken from there."""
    used = {
        (grain, term.offset)
        for name, form in forms.items()
        for term in form.terms
        for grain in grains_of(library, name)
        if term.offset
    }
    return [
        {"period_grain": grain, "offset_periods": offset.periods, "offset_grain": offset.grain}
        for grain, offset in sorted(used, key=str)
    ]


def _window_rows(forms: Mapping[str, Form]) -> list[dict[str, Any]]:
    windows = {term.window for term in _terms_of(forms) if term.window}
    return [
        {
            "time_window": str(window),
            "taken_on": window.at,
            "months": window.back and window.back.months,
            "days": window.back and window.back.days,
            "to_grain": window.to_grain,
        }
        for window in sorted(windows, key=str)
    ]


def _grain_rows(library: Library) -> list[dict[str, Any]]:
    """The grains that a metric is published for; an unreadable file is said to be missing by month."""
    unreadable = [(name, ("month",)) for name in library.held_out if name not in library.definitions]
    known = [(name, grains_of(library, name)) for name in library.metrics]
    return [
        {"metric_id": name, "period_grain": grain}
        for name, grains in (*known, *unreadable)
        for grain in grains
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
        "build_identity": run.build_identity,
        "recompute_from": run.recompute and run.recompute[0],
        "recompute_until": run.recompute and run.recompute[1],
        "batch_records": run.batch_records,
        "company_name": profile.name,
        "company_name_zh": profile.name_zh,
    }


def _run_info(profile: Profile, run: RunContext) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "as_of": run.as_of,
        "code_version": run.code_version,
        "build_identity": run.build_identity,
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


def as_measured(component: Component, domains: DomainState) -> Component:
    """A component on the relation that it is measured on: conversions on the base records with theirs.

    A component that rests on a held domain belongs to that domain.
    """
    held = sorted(component.domains & domains.held.keys())
    domain = held[0] if held else component.domain
    if component.conversion is None:
        return replace(component, domain=domain)
    model = _conversion_model(component)
    return replace(
        component,
        domain=domain,
        semantic_model=model,
        fact=model,
        filter=None,
        date_column="metric_date",
        conversion=None,
        joins=(),
    )


def _conversion_model(component: Component) -> str:
    return "metric_conversion__" + component.component_id.replace(".", "__")


def component_models(
    components: Iterable[Component], domains: DomainState, slices: Iterable[Slice] = ()
) -> dict[str, str]:
    """Generated dbt files: for every semantic model its leaves, and the records of what cannot be summed;
    their unions; the base records of conversions; what is watched for changes, that of the `slices` of
    components included; and the property file of all.
    """
    chosen = sorted(set(components), key=lambda c: c.component_id)
    leaves: dict[str, list[Component]] = defaultdict(list)
    records: dict[str, list[Component]] = defaultdict(list)
    for component in (as_measured(component, domains) for component in chosen):
        side = records if component.time_aggregation == DIRECT else leaves
        side[component.semantic_model].append(component)
    conversions = [c for c in chosen if c.conversion and not c.domains & domains.held.keys()]
    files = {
        **{_place(f"metric_component__{m}"): _leaf_model(c, domains) for m, c in leaves.items()},
        **{_place(f"metric_record__{m}"): _record_model(c, domains) for m, c in records.items()},
        **{_place(_conversion_model(c)): _conversion_rows(c) for c in conversions},
    }
    by_model = {model: [*leaves.get(model, ()), *records.get(model, ())] for model in {*leaves, *records}}
    files[str(DAY_FINGERPRINTS)] = _day_fingerprints(by_model, domains, slices)
    leaf_names = [f"metric_component__{model}" for model in sorted(leaves)]
    record_names = [f"metric_record__{model}" for model in sorted(records)]
    files[str(COMPONENT_UNION)] = "{{ union_of_component_leaves(" + repr(leaf_names) + ") }}\n"
    files[str(RECORD_UNION)] = "{{ union_of_component_records(" + repr(record_names) + ") }}\n"
    files[str(COMPONENT_PROPERTIES)] = _properties(leaves, records, conversions)
    return files


def _place(model: str) -> str:
    return str(COMPONENT_FOLDER / f"{model}.sql")


def _day_fingerprints(
    by_model: Mapping[str, list[Component]], domains: DomainState, slices: Iterable[Slice]
) -> str:
    """What is watched for changes: of each fact and date column, the columns that its components and their
    slices read.
    """
    sliced: dict[tuple[str, str], list[Slice]] = defaultdict(list)
    for part in slices:
        sliced[part.component.semantic_model, part.component.date_column].append(part)
    watched: dict[tuple[str, str], list[Component]] = defaultdict(list)
    for model, members in sorted(by_model.items()):
        for component in members:
            if component.domain not in domains.held:
                watched[model, component.date_column].append(component)
    facts = [
        {
            "semantic_model": model,
            "fact": members[0].fact,
            "attribution": members[0].attribution,
            "date_column": date_column,
            "joins": [asdict(join) for join in merged(j for read in (*members, *parts) for j in read.joins)],
            "columns": sorted(
                {name for c in members for name in _columns_read(c)}
                | {name for part in parts for name in columns_of(part.sql)}
            ),
        }
        for (model, date_column), members in watched.items()
        for parts in (sliced[model, date_column],)
    ]
    return f"{{{{ day_fingerprints({facts!r}) }}}}\n"


def _columns_read(component: Component) -> tuple[str, ...]:
    return (*columns_of(component.expression), *(columns_of(component.filter) if component.filter else ()))


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
    return LEAF_CONFIG + "union all\n".join(parts)


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
        for column, of_date in sorted(by_date.items())
        for components in at_once(of_date)
    ]


def _record_model(members: list[Component], domains: DomainState) -> str:
    first = members[0]
    if first.domain in domains.held:
        leaves = domains.published_components
        parquet = str(leaves.with_name("metric_component_record.parquet")) if leaves else None
        identifiers = [component.component_id for component in members]
        return f"{{{{ component_records_as_published({parquet!r}, {identifiers!r}) }}}}\n"
    listed = [
        {
            "component_id": component.component_id,
            "value": component.expression,
            "is_member": component.aggregation == "count_distinct",
            "filter": component.filter,
            "date_column": component.date_column,
            "joins": [asdict(join) for join in component.joins],
        }
        for component in members
    ]
    return f"{{{{ component_records({first.fact!r}, {first.attribution!r}, {listed!r}) }}}}\n"


def _conversion_rows(component: Component) -> str:
    conversion = component.conversion
    base = {
        "fact": component.fact,
        "date_column": component.date_column,
        "filter": component.filter,
        "matched": [base_side for base_side, _ in conversion.matched],
        "joins": [asdict(join) for join in component.joins],
    }
    following = {
        "fact": conversion.fact,
        "date_column": conversion.date_column,
        "filter": conversion.filter,
        "matched": [conversion_side for _, conversion_side in conversion.matched],
        "joins": [asdict(join) for join in conversion.joins],
        "expression": conversion.expression,
    }
    arguments = f"{base!r}, {following!r}, {conversion.window!r}, {component.attribution!r}"
    return f"{{{{ conversion_rows({arguments}) }}}}\n"


def _formula_model(library: Library, formulas: Mapping[str, Formula]) -> str:
    listed = [
        {
            "metric_id": name,
            "inputs": len(form.inputs),
            "expression": formula_sql(form.expression, library.metrics[name].kpi.zero_denominator == "zero"),
        }
        for name, form in sorted(formulas.items())
    ]
    return f"{{{{ formula_values({listed!r}) }}}}\n"


def _addend(component: Component) -> dict[str, Any]:
    """What one record adds (`amount`), and an expression that is NULL where it does not count towards n.

    A base record without a conversion adds 0: that it did not convert is known.
    """
    expression = component.expression
    otherwise = "else 0 " if component.semantic_model.startswith("metric_conversion__") else ""
    amount, counted = {
        "count": (f"case when ({expression}) is not null then 1 {otherwise}end", expression),
        "sum_boolean": (f"case when {expression} then 1 else 0 end", f"case when {expression} then 1 end"),
        "sum": (f"coalesce({expression}, 0)" if otherwise else expression, expression),
    }[component.aggregation]
    return {
        "component_id": component.component_id,
        "amount": amount,
        "counted": counted,
        "filter": component.filter,
    }


def _properties(
    leaves: Mapping[str, list[Component]],
    records: Mapping[str, list[Component]],
    conversions: Iterable[Component],
) -> str:
    described = {
        **{
            f"metric_component__{model}": "One row per component, day, employee, position and org unit: "
            f"the components measured on {members[0].fact}."
            for model, members in sorted(leaves.items())
        },
        **{
            f"metric_record__{model}": "One row per component and record: "
            f"those of {members[0].fact} behind components that cannot be summed."
            for model, members in sorted(records.items())
        },
        **{
            _conversion_model(c): f"One row per record of {c.fact} and conversion in {c.conversion.fact} "
            "that it led to; a record without one has a row too."
            for c in conversions
        },
    }
    models = [{"name": name, "description": text} for name, text in described.items()]
    return yaml.safe_dump({"version": 2, "models": models}, sort_keys=False, allow_unicode=True, width=120)
