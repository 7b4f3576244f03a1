{%- set decimal = 'decimal(38, 10)' -%}
with periods as (
    select * from {{ ref('metric_component_period') }}
),

metrics as (
    select * from {{ source('library', 'metric') }}
),

-- Each term of a metric for each subject and period; a term may be spread over the period's days (a daily mean).
terms as (
    select
        t.metric_id, p.subject_type, p.subject_id, p.period_grain, p.period_start, p.period_end, t.role, p.n,
        -- Each branch is cast by itself: a division is a double, and would make one of the exact product as well.
        case
            when t.per is null then cast(t.coefficient * p.amount as {{ decimal }})
            else cast({{ ratio("t.coefficient * p.amount", "s.amount") }} as {{ decimal }})
        end as amount
    from {{ source('library', 'metric_term') }} as t
    inner join {{ source('library', 'metric_grain') }} as g on t.metric_id = g.metric_id
    inner join {{ source('library', 'metric_level') }} as l on t.metric_id = l.metric_id
    inner join periods as p
        on t.component_id = p.component_id and g.period_grain = p.period_grain and l.subject_type = p.subject_type
    left join periods as s
        on t.per = s.component_id and s.subject_type = 'shared'
        and p.period_grain = s.period_grain and p.period_start = s.period_start and p.period_end = s.period_end
),

summed as (
    select
        metric_id, subject_type, subject_id, period_grain, period_start, period_end,
        sum(case when role = 'numerator' then amount end) as numerator,
        sum(case when role = 'denominator' then amount end) as denominator,
        count(case when role = 'numerator' then amount end) as numerator_terms,
        count(case when role = 'denominator' then amount end) as denominator_terms,
        cast(ceil(coalesce(max(case when role = 'denominator' then n end), max(n))) as bigint) as n
    from terms
    group by metric_id, subject_type, subject_id, period_grain, period_start, period_end
),

shared_denominators as (
    select
        t.metric_id, p.period_grain, p.period_start, p.period_end,
        sum(cast(t.coefficient * p.amount as {{ decimal }})) as denominator, count(*) as denominator_terms
    from {{ source('library', 'metric_term') }} as t
    inner join periods as p on t.component_id = p.component_id and p.subject_type = 'shared'
    where t.role = 'denominator'
    group by t.metric_id, p.period_grain, p.period_start, p.period_end
),

shape as (
    select
        metric_id,
        count(case when role = 'numerator' then 1 end) as numerator_terms,
        count(case when role = 'denominator' then 1 end) as denominator_terms
    from {{ source('library', 'metric_term') }}
    group by metric_id
),

joined as (
    select
        v.metric_id, v.subject_type, v.subject_id, v.period_grain, v.period_start, v.period_end, v.n,
        m.version as metric_version, m.state as metric_state, m.min_n, m.zero_denominator,
        h.denominator_terms > 0 as is_ratio,
        case
            when v.numerator_terms = h.numerator_terms or m.null_policy = 'zero' then coalesce(v.numerator, 0)
        end as numerator,
        case
            when v.denominator_terms + coalesce(s.denominator_terms, 0) = h.denominator_terms or m.null_policy = 'zero'
                then coalesce(v.denominator, 0) + coalesce(s.denominator, 0)
        end as denominator
    from summed as v
    inner join metrics as m on v.metric_id = m.metric_id
    inner join shape as h on v.metric_id = h.metric_id
    left join shared_denominators as s
        on v.metric_id = s.metric_id and v.period_grain = s.period_grain
        and v.period_start = s.period_start and v.period_end = s.period_end
),

valued as (
    select
        *,
        case
            when not is_ratio then numerator
            when denominator = 0 and zero_denominator = 'zero' then cast(0 as {{ decimal }})
            else cast({{ ratio("numerator", "denominator") }} as {{ decimal }})
        end as value
    from joined
),

stated as (
    select
        *,
        case
            when value is null then 'no_data'
            when n < min_n then 'suppressed'
            when metric_state = 'stale' then 'stale'
            else 'ok'
        end as state
    from valued
),

measured as (
    select
        metric_id, subject_type, subject_id, period_grain, period_start, period_end,
        case when state <> 'suppressed' then numerator end as numerator,
        case when state <> 'suppressed' and is_ratio then denominator end as denominator,
        case when state <> 'suppressed' then value end as value,
        n, state, metric_version
    from stated
),

missing as (
    select m.*
    from {{ ref('metric_value_missing') }} as m
    left join measured as v
        on
            v.subject_type = 'company'
            and m.metric_id = v.metric_id and m.subject_id = v.subject_id
            and m.period_grain = v.period_grain and m.period_start = v.period_start and m.period_end = v.period_end
    where v.metric_id is null
),

figures as (
    select * from measured
    union all
    select * from missing
)

{{ with_restatement('figures') }}
