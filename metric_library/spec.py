"""The shape of a metric file: dbt's legacy semantic spec as dbt-core 1.11 reads it, and what a KPI means
under `config.meta.kpi`.

Unknown keys are errors everywhere, as dbt itself treats them. `write_schema` publishes the same models as
the JSON Schema (`kpi.schema.json`) by which editors complete and check a metric file.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ingestion.profile import StarterPack

SCHEMA_FILE = Path(__file__).with_name("kpi.schema.json")

Name = Annotated[str, Field(pattern=r"^[A-Za-z]\w*$", max_length=250)]
Duration = Annotated[
    str, Field(pattern=r"^P(\d+[YMWD])+$", description="ISO 8601 duration in days or longer: P1D, P6M.")
]
PositionRef = Annotated[
    str, Field(pattern=r"^position:[^\s:]+$", description="A position, as position:<position_id>.")
]
Scope = Annotated[str, Field(pattern=r"^(job_family|position|org_unit|org_unit_type):[^\s:]+$")]

Level = Literal["company", "division", "department", "team", "position", "employee", "reporting_line"]
Grain = Literal["day", "week", "month", "quarter", "year", "ytd"]
TimeGrain = Literal["day", "week", "month", "quarter", "year"]
Length = Annotated[str, Field(pattern=r"^[1-9]\d* (day|week|month|quarter|year)s?$")]

# Windows of weeks or months, published wherever the weeks or months themselves are.
ROLLING_GRAINS = {"week": ("rolling_4_weeks",), "month": ("rolling_3_months", "rolling_12_months")}
Filter = Annotated[
    list[str],
    BeforeValidator(lambda v: [v] if isinstance(v, str) else v, json_schema_input_type=str | list[str]),
]


class Strict(BaseModel):
    """A block in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _named(value: Any) -> Any:
    """dbt lets an input be written as its bare name."""
    return {"name": value} if isinstance(value, str) else value


# --- what a KPI means to the company --------------------------------------------------------------


class Unit(Strict):
    """What a value is counted in. A ratio names both of its units; a currency without a code is the company's
    own.
    """

    kind: Literal["count", "currency", "duration", "proportion", "score", "ratio"]
    code: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = Field(
        None, description="Currency: its ISO 4217 code."
    )
    unit: Literal["minutes", "hours", "days"] | None = Field(
        None, description="Duration: what it is measured in."
    )
    numerator: Unit | None = Field(None, description="Ratio: unit above the line.")
    denominator: Unit | None = Field(None, description="Ratio: unit below the line.")

    @model_validator(mode="after")
    def _fields_belong_to_the_kind(self) -> Unit:
        allowed = {"currency": {"code"}, "duration": {"unit"}, "ratio": {"numerator", "denominator"}}.get(
            self.kind, set()
        )
        for name in ("code", "unit", "numerator", "denominator"):
            if getattr(self, name) is not None and name not in allowed:
                raise ValueError(f"a unit of kind {self.kind} has no `{name}`")
        if self.kind == "ratio" and not (self.numerator and self.denominator):
            raise ValueError("a unit of kind ratio names its numerator and its denominator")
        if self.kind == "duration" and self.unit is None:
            raise ValueError("a unit of kind duration names its unit: minutes, hours or days")
        return self

    def __str__(self) -> str:
        if self.kind == "ratio":
            return f"{self.numerator}/{self.denominator}"
        return self.code or self.unit or self.kind


class Kpi(Strict):
    """The block `config.meta.kpi`: what the figure means, who answers for it and where it applies.

    Fields that a draft may still lack are optional here; the definition rules ask for them.
    """

    name_zh: str = Field(min_length=1, description="Name in Chinese.")
    definition_zh: str = Field("", description="Definition in Chinese.")
    owner: PositionRef | None = Field(None, description="Position that answers for the figure.")
    steward: PositionRef | None = Field(
        None, description="Position that keeps the definition and its data right."
    )
    approver: PositionRef | None = Field(
        None, description="Position that approves changes of the definition."
    )
    status: Literal["draft", "in_review", "published", "retiring", "retired", "rejected"]
    packs: list[StarterPack] = Field(
        [], description="Starter packs that bring the metric; one without any is there for every company."
    )
    unit: Unit | None = None
    direction: Literal["up", "down", "band", "maintain"] | None = Field(
        None, description="Which way is better."
    )
    valid_range: Annotated[list[Decimal | None], Field(min_length=2, max_length=2)] | None = Field(
        None, description="Least and greatest value that can be right; null leaves a side open."
    )
    levels: list[Level] = Field(min_length=1)
    grains: list[Grain] = Field(min_length=1)
    dimensions: list[Literal["time", "quantity", "quality", "cost"]] = []
    lens: list[Literal["effectiveness", "efficiency", "benefit"]] = []
    hardness: Literal["hard", "soft"] = "hard"
    population: str = Field("", description="What is counted: channels, cohorts, windows.")
    null_policy: Literal["null", "zero", "carry"] = Field("null", description="What a missing input means.")
    zero_denominator: Literal["no_data", "zero"] | None = Field(
        None, description="Ratio: the value when nothing is below the line."
    )
    min_n: int | None = Field(None, ge=1, description="Fewest cases for a figure to be shown.")
    is_product: bool = Field(
        False, description="Whether it multiplies shares, so that the weakest of its inputs limits it."
    )
    slices: list[Name] = Field(
        [], description="Dimensions by whose values it is published too: priority, account__account_segment."
    )
    controllability: Literal["high", "medium", "low"] | None = Field(
        None, description="How far whoever carries it can move it by own work."
    )
    counter_metrics: list[Name] = Field([], description="Metrics that keep this one honest.")
    superseded_by: list[Name] = Field(
        [], description="Metrics that take its place; it is kept to continue its series."
    )
    freshness: Duration | None = None
    review_every: Duration | None = None
    applies_to: list[Scope] = []

    @model_validator(mode="after")
    def _range_has_an_order(self) -> Kpi:
        low, high = self.valid_range or (None, None)
        if low is not None and high is not None and low >= high:
            raise ValueError("valid_range starts with the lower end")
        return self

    @model_validator(mode="after")
    def _slices_are_named_once(self) -> Kpi:
        if len(set(self.slices)) < len(self.slices):
            raise ValueError("a dimension stands once among the slices")
        return self


class Meta(BaseModel):
    """dbt's `meta`: others may keep their own keys beside ours."""

    model_config = ConfigDict(extra="allow", frozen=True)
    kpi: Kpi | None = None


class MetricConfig(Strict):
    """dbt's `config` of a metric."""

    enabled: bool = True
    group: str | None = None
    meta: Meta = Meta()
    tags: list[str] | str = []


# --- metrics --------------------------------------------------------------------------------------


class MeasureInput(Strict):
    """A measure as input of a metric."""

    name: Name
    filter: Filter = []
    alias: Name | None = None
    join_to_timespine: bool = False
    fill_nulls_with: int | None = None


class MetricInput(Strict):
    """A metric as input of another."""

    name: Name
    filter: Filter = []
    alias: Name | None = None
    offset_window: Length | None = None
    offset_to_grain: TimeGrain | None = None


MeasureRef = Annotated[MeasureInput, BeforeValidator(_named, json_schema_input_type=str | MeasureInput)]
MetricRef = Annotated[MetricInput, BeforeValidator(_named, json_schema_input_type=str | MetricInput)]


class ConstantProperty(Strict):
    """What a base event and its conversion must agree in: a dimension or entity of each."""

    base_property: Name
    conversion_property: Name


class ConversionParams(Strict):
    """A conversion metric: base events that are followed by a conversion within a window."""

    base_measure: MeasureRef
    conversion_measure: MeasureRef
    entity: Name
    calculation: Literal["conversion_rate", "conversions"] = "conversion_rate"
    window: Length | None = None
    constant_properties: list[ConstantProperty] = []


class CumulativeParams(Strict):
    """A cumulative metric: its rolling window, or the grain to whose start it reaches back."""

    window: Length | None = None
    grain_to_date: TimeGrain | None = None
    period_agg: Literal["first", "last", "average"] = "first"


class MetricTypeParams(Strict):
    """What a metric is computed from; which keys are needed depends on its type."""

    measure: MeasureRef | None = None
    numerator: MetricRef | None = None
    denominator: MetricRef | None = None
    expr: str | bool | None = None
    window: Length | None = None
    grain_to_date: TimeGrain | None = None
    metrics: list[MetricRef] = []
    conversion_type_params: ConversionParams | None = None
    cumulative_type_params: CumulativeParams | None = None


class MetricSpec(Strict):
    """One metric of dbt's legacy spec."""

    name: Name
    label: str = Field(min_length=1)
    description: str = ""
    type: Literal["simple", "ratio", "derived", "cumulative", "conversion"]
    type_params: MetricTypeParams
    filter: Filter = []
    time_granularity: TimeGrain | None = None
    meta: dict[str, Any] = {}
    tags: list[str] = []
    config: MetricConfig = MetricConfig()

    @property
    def kpi(self) -> Kpi | None:
        """What the metric means to the company; None for a mere building block."""
        return self.config.meta.kpi

    @property
    def cumulation(self) -> tuple[str | None, str | None, Literal["first", "last", "average"]]:
        """Of a cumulative metric: its window, the grain to whose start it reaches back, and which day stands
        for a longer period; where dbt's two places for them differ, cumulative_type_params counts.
        """
        params = self.type_params
        written = params.cumulative_type_params or CumulativeParams()
        return (
            written.window or params.window,
            written.grain_to_date or params.grain_to_date,
            written.period_agg,
        )

    @property
    def inputs(self) -> list[MetricInput]:
        """The metrics it is made of."""
        params = self.type_params
        if self.type == "ratio":
            return [i for i in (params.numerator, params.denominator) if i]
        return list(params.metrics) if self.type == "derived" else []

    @property
    def measures(self) -> list[MeasureInput]:
        """The measures it reads itself."""
        params = self.type_params
        if self.type == "conversion" and params.conversion_type_params:
            return [
                params.conversion_type_params.base_measure,
                params.conversion_type_params.conversion_measure,
            ]
        return [params.measure] if params.measure else []


# --- semantic models ------------------------------------------------------------------------------


class Entity(Strict):
    """A key of the fact."""

    name: Name
    type: Literal["primary", "unique", "foreign", "natural"]
    description: str | None = None
    label: str | None = None
    role: str | None = None
    expr: str | None = None
    config: dict[str, Any] = {}


class ValidityParams(Strict):
    """Marks the start or end column of a dated dimension."""

    is_start: bool = False
    is_end: bool = False


class DimensionTypeParams(Strict):
    """Grain of a time dimension."""

    time_granularity: str
    validity_params: ValidityParams | None = None


class Dimension(Strict):
    """A column or expression by which the fact can be filtered or cut."""

    name: Name
    type: Literal["categorical", "time"]
    description: str | None = None
    label: str | None = None
    is_partition: bool = False
    type_params: DimensionTypeParams | None = None
    expr: str | None = None
    config: dict[str, Any] = {}


class NonAdditiveDimension(Strict):
    """The time dimension over which a measure must not be summed, and which end of a period stands for it."""

    name: Name
    window_choice: Literal["min", "max"]
    window_groupings: list[Name] = []


class AggregationParams(Strict):
    """Parameters of percentile."""

    percentile: float | None = Field(None, ge=0, le=1)
    use_discrete_percentile: bool = False
    use_approximate_percentile: bool = False


class Measure(Strict):
    """An aggregation over the rows of a fact."""

    name: Name
    agg: Literal[
        "sum", "min", "max", "count", "count_distinct", "sum_boolean", "average", "median", "percentile"
    ]
    description: str | None = None
    label: str | None = None
    expr: str | bool | int | None = None
    agg_params: AggregationParams | None = None
    non_additive_dimension: NonAdditiveDimension | None = None
    agg_time_dimension: Name | None = None
    create_metric: bool = False
    config: dict[str, Any] = {}


class Defaults(Strict):
    """Defaults of a semantic model."""

    agg_time_dimension: Name | None = None


class SemanticModelSpec(Strict):
    """One fact as dbt's semantic layer sees it."""

    name: Name
    model: str = Field(pattern=r"^ref\(\s*['\"]\w+['\"]\s*\)$", description="ref('<fact>')")
    description: str | None = None
    label: str | None = None
    config: dict[str, Any] = {}
    defaults: Defaults = Defaults()
    primary_entity: Name | None = None
    entities: list[Entity] = []
    measures: list[Measure] = []
    dimensions: list[Dimension] = []

    @property
    def fact(self) -> str:
        """Name of the dbt model behind it."""
        return self.model[4:-1].strip().strip("'\"")


class LibraryFile(Strict):
    """A metric or semantic-model file; groups and saved queries may stand beside, they are dbt's alone."""

    version: int | None = None
    groups: list[dict[str, Any]] = []
    saved_queries: list[dict[str, Any]] = []
    metrics: list[MetricSpec] = []
    semantic_models: list[SemanticModelSpec] = []


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a metric file, KPI block included."""
    schema = LibraryFile.model_json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Goldthread metric library file",
    }


def write_schema(file: Path = SCHEMA_FILE) -> None:
    """Publish the schema; a test fails when the published file is not this one."""
    file.write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
