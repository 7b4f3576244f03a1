with ranked as (
    select
        *, coalesce(weight_total, 0) > 0 or owned_metrics > 0 as answers_for_something,
        row_number() over (partition by org_unit_id order by load_index, employee_id) as load_rank
    from {{ ref('int_strategy__person_load') }}
),

-- Gini of n loads in rising order: (2 × sum of rank × load) / (n × sum of loads) - (n + 1) / n; 0 where all carry the same.
units as (
    select
        org_unit_id, count(*) as unit_people,
        count(*) filter (where answers_for_something) as unit_answering_people,
        {{ ratio('2 * sum(load_rank * load_index)', 'count(*) * sum(load_index)') }} - (count(*) + 1.0) / count(*) as unit_gini,
        quantile_cont(load_index, 0.25) as unit_p25,
        quantile_cont(load_index, 0.75) as unit_p75
    from ranked
    where load_index is not null and org_unit_id is not null
    group by org_unit_id
    having count(*) >= {{ var('load_min_unit_people') }}
),

-- Of several targets, the one of which the person has most.
largest as (
    select employee_id, metric_id, period_grain, target, target_per_fte, unit_target_per_fte, share_of_unit
    from {{ ref('int_strategy__person_target') }}
    qualify row_number() over (partition by employee_id order by share_of_unit desc nulls last, metric_id asc) = 1
),

compared as (
    select
        p.*, u.unit_people, t.metric_id as target_metric_id, t.period_grain as target_period_grain, t.target,
        t.target_per_fte, t.unit_target_per_fte, t.share_of_unit as target_share_of_unit,
        cast(u.unit_gini as decimal(9, 6)) as unit_gini,
        cast(u.unit_p75 as decimal(12, 4)) as unit_p75,
        cast(u.unit_p75 + 1.5 * (u.unit_p75 - u.unit_p25) as decimal(12, 4)) as unit_bound,
        p.metrics > {{ var('load_max_metrics') }} as has_too_many,
        coalesce(p.effort_pct_total > {{ var('load_max_effort_pct') }}, false) as has_no_time_left,
        coalesce(
            p.load_index > u.unit_p75 + 1.5 * (u.unit_p75 - u.unit_p25) and p.metrics > {{ var('load_usual_metrics') }}, false
        ) as stands_out,
        coalesce(not p.answers_for_something and 2 * u.unit_answering_people > u.unit_people, false) as is_free_riding
    from ranked as p
    left join units as u on p.org_unit_id = u.org_unit_id
    left join largest as t on p.employee_id = t.employee_id
)

select
    employee_id, position_id, org_unit_id, fte, metrics, owned_metrics, weight_total, effort_pct_total, load_index,
    unit_people, unit_gini, unit_p75, unit_bound,
    target_metric_id, target_period_grain, target, target_per_fte, unit_target_per_fte, target_share_of_unit,
    has_too_many or has_no_time_left or stands_out as is_overloaded,
    is_free_riding,
    nullif(concat_ws(
        '; ',
        case when has_too_many then 'carries ' || metrics || ' metrics, more than {{ var("load_max_metrics") }}' end,
        case when has_no_time_left then 'metrics take ' || effort_pct_total || ' % of the time, more than {{ var("load_max_effort_pct") }} %' end,
        case when stands_out then 'load ' || load_index || ' is beyond ' || unit_bound || ', the bound of the unit' end,
        case when is_free_riding then 'owns no metric and has no weight in one, while most of the unit do' end
    ), '') as reason,
    nullif(concat_ws(
        '；',
        case when has_too_many then '承担 ' || metrics || ' 项指标，超过 {{ var("load_max_metrics") }} 项' end,
        case when has_no_time_left then '指标占用工时 ' || effort_pct_total || '%，超过 {{ var("load_max_effort_pct") }}%' end,
        case when stands_out then '负荷 ' || load_index || ' 超出本单元上限 ' || unit_bound end,
        case when is_free_riding then '本单元多数人负责指标或承担权重，此人没有' end
    ), '') as reason_zh
from compared
