{%- set open_period = 'period_end > ' ~ run_setting('as_of') -%}
with stated as (
    select
        * exclude (value, value_state),
        case when value_state <> 'suppressed' then value end as value,
        case
            when invalid_reason is not null then 'invalid'
            when metric_state in ('error', 'not_computable') then metric_state
            when value_state = 'suppressed' then 'suppressed'
            when target is null then 'no_target'
            when value is null and {{ open_period }} then 'not_due'
            when value is null then 'no_data'
            when value_state = 'stale' then 'stale'
            when {{ open_period }} then 'not_due'
            else 'ok'
        end as state,
        -- The part of the target that is due by now: all of it, but for an amount that still gathers.
        case
            when accumulates and {{ open_period }} then coalesce(due_share, {{ ratio('elapsed_workdays', 'workdays') }})
            else 1.0
        end as share_due
    from {{ ref('int_strategy__target_figure') }}
),

measured as (
    select
        *,
        value is not null and target is not null and state in ('ok', 'stale', 'not_due') as has_figure,
        case when share_due > 0 then target * share_due end as expected_by_now
    from stated
),

placed as (
    select
        *,
        case when has_figure then {{ attainment('value') }} end as attainment,
        case when has_figure and share_due > 0 then {{ zone('value', 'share_due') }} end as zone,
        case when has_figure then {{ pace('value', 'expected_by_now') }} end as pace
    from measured
)

select
    metric_id, subject_type, subject_id, period_grain, period_start, period_end, target_id, revision, kind,
    baseline, gate, commit, target, stretch, lower_bound, upper_bound, value, n, state, invalid_reason,
    {{ bounded_share('attainment') }} as attainment,
    zone,
    case
        when zone in ('target', 'stretch') then 'on_track'
        when zone = 'commit' or commit is null and pace >= {{ var('at_risk_pace') }} then 'at_risk'
        when zone = 'fail' then 'off_track'
    end as status,
    elapsed_workdays, workdays,
    cast(expected_by_now as decimal(24, 6)) as expected_by_now,
    {{ bounded_share('pace') }} as pace,
    case when has_figure and share_due > 0 then cast(value / share_due as decimal(24, 6)) end as forecast,
    cast(null as decimal(24, 6)) as forecast_low,
    cast(null as decimal(24, 6)) as forecast_high,
    metric_version, origin, measured_type, measured_id,
    case when has_figure then cast({{ distance('value') }} as decimal(24, 6)) end as distance
from placed
