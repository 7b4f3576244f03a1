"""The definition rules. A rule is a class in the file of its concept and one line here."""

from quality.rules.aggregation import NeverAverageRatios
from quality.rules.carrier import AssignmentIsAcknowledged, CarrierExists
from quality.rules.cascade import CascadeHoldsTogether, EdgeHasRationale, MetricServesGoal, StrategyIsMeasured
from quality.rules.definition import (
    DefinitionSaysSomething,
    DirectionAndRange,
    FormulaResolves,
    NoCycle,
    OffsetHasBase,
    RatioHasDenominator,
    StewardAndApprover,
)
from quality.rules.duty import (
    DutyIsReviewed,
    MeasurableDutyHasMetric,
    MetricHasDuty,
    OwnerMayDecide,
    OwnersDoNotRepeatEachOther,
)
from quality.rules.edge import IdentityCanHold, IndividualCanActOnMetric, SignFollowsDirections
from quality.rules.load import EverybodyCarriesSomething, NobodyIsOverloaded
from quality.rules.portfolio import (
    ChainHasAllLenses,
    ChainIsFocused,
    ChainReachesPeople,
    PersonIsNotOverloaded,
    PilotShowsThreeSides,
    ProcessHasDimensions,
    UnitCoversPerspectives,
    UnitMeasuresItsPurpose,
    VolumeHasCounter,
)
from quality.rules.responsibility import (
    CarriersWereConsulted,
    DepartmentsShare,
    MetricHasCollaborator,
    MetricHasOwner,
    OneOwnerPerScope,
)
from quality.rules.review import GapLeadsToAction, MissHasCause, ReviewIsHeld
from quality.rules.rule import Rule
from quality.rules.scorecard import (
    GateIsThreshold,
    NoDataIsNotZero,
    PayIsEarned,
    SoftIsBonus,
    WeightIsBetween,
    WeightsAddUp,
)
from quality.rules.source import InputsExist, SourcesConnected
from quality.rules.target import GoalMetricHasTarget, RevisionsAreExplained, TargetCanBeMeasured
from quality.rules.target_split import (
    EqualSplit,
    PartsAreProrated,
    PartsMakeTheWhole,
    RatesAreNotSplit,
    VersionsAreComparable,
)
from quality.rules.unit import UnitFollowsFormula

RULES: tuple[type[Rule], ...] = (
    DefinitionSaysSomething,
    FormulaResolves,
    NoCycle,
    RatioHasDenominator,
    UnitFollowsFormula,
    DirectionAndRange,
    StewardAndApprover,
    NeverAverageRatios,
    OffsetHasBase,
    MetricServesGoal,
    EdgeHasRationale,
    CascadeHoldsTogether,
    StrategyIsMeasured,
    IdentityCanHold,
    IndividualCanActOnMetric,
    SignFollowsDirections,
    VersionsAreComparable,
    UnitCoversPerspectives,
    ChainHasAllLenses,
    ProcessHasDimensions,
    ChainReachesPeople,
    VolumeHasCounter,
    UnitMeasuresItsPurpose,
    ChainIsFocused,
    PersonIsNotOverloaded,
    PilotShowsThreeSides,
    ReviewIsHeld,
    MissHasCause,
    GapLeadsToAction,
    GoalMetricHasTarget,
    TargetCanBeMeasured,
    PartsMakeTheWhole,
    RatesAreNotSplit,
    EqualSplit,
    PartsAreProrated,
    RevisionsAreExplained,
    MetricHasOwner,
    OneOwnerPerScope,
    DepartmentsShare,
    MetricHasDuty,
    MeasurableDutyHasMetric,
    DutyIsReviewed,
    MetricHasCollaborator,
    NobodyIsOverloaded,
    EverybodyCarriesSomething,
    CarriersWereConsulted,
    OwnerMayDecide,
    AssignmentIsAcknowledged,
    OwnersDoNotRepeatEachOther,
    CarrierExists,
    WeightsAddUp,
    GateIsThreshold,
    WeightIsBetween,
    SoftIsBonus,
    NoDataIsNotZero,
    PayIsEarned,
    InputsExist,
    SourcesConnected,
)
