with stated as (
    select
        f.* exclude (value, value_state),
        m.relative_low, m.relative_high, m.absolute_low, m.absolute_high,
        case when value_state <> 'suppressed' then value end as value,
        case
            when invalid_reason is not null then 'invalid'
            when metric_state in ('error', 'not_computable') then metric_state
            when value_state = 'suppressed' then 'suppressed'
            when target is null then 'no_target'
            when value is null and f.is_open then 'not_due'
            when value is null then 'no_data'
            when value_state = 'stale' then 'stale'
            when f.is_open then 'not_due'
            else 'ok'
        end as state,
        -- The part of the target that is due by now: all of it, but for an amount that still gathers.
        case
            when f.accumulates and f.is_open
                then coalesce(f.due_share, m.completion, {{ ratio('f.elapsed_workdays', 'f.workdays') }})
            else 1.0
        end as share_due
    from {{ ref('int_strategy__target_figure') }} as f
    left join {{ ref('int_strategy__forecast_method') }} as m
        on
            f.metric_id = m.metric_id and f.measured_type = m.measured_type and f.measured_id = m.measured_id
            and f.period_grain = m.period_grain and f.is_open
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
        case when has_figure then {{ pace('value', 'expected_by_now') }} end as pace,
        case when has_figure and share_due > 0 then value / share_due end as foreseen
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
    cast(foreseen as decimal(24, 6)) as forecast,
    {%- for end in ['low', 'high'] %}
    cast(
        case
            when not is_open or share_due = 1 and accumulates then foreseen
            when accumulates then foreseen * relative_{{ end }}
            else foreseen + absolute_{{ end }}
        end as decimal(24, 6)
    ) as forecast_{{ end }},
    {%- endfor %}
    metric_version, origin, measured_type, measured_id,
    case when has_figure then cast({{ distance('value') }} as decimal(24, 6)) end as distance
from placed
