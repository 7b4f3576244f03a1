-- Periods of the as-of day's year that have begun; what is carried on the day that counts and has no target says so.
with periods as (
    select period_grain, period_start, period_end, last_day_on as judged_on
    from {{ ref('dim_period') }}
    where
        period_grain in ('month', 'quarter', 'year')
        and period_start >= cast(date_trunc('year', {{ run_setting('as_of') }}) as date)
),

carried as (
    select c.*, p.period_grain, p.period_start, p.period_end
    from {{ ref('int_strategy__carried_figure') }} as c
    inner join {{ source('library', 'metric_grain') }} as g on c.metric_id = g.metric_id
    inner join periods as p
        on g.period_grain = p.period_grain and p.judged_on >= c.valid_from and p.judged_on < c.valid_to
    qualify row_number() over (
        partition by c.metric_id, c.subject_type, c.subject_id, p.period_grain, p.period_start
        order by c.weight desc, c.answers_for_scope desc, c.measured_id asc
    ) = 1
)

select
    c.metric_id, c.subject_type, c.subject_id, c.period_grain, c.period_start, c.period_end, c.measured_type, c.measured_id
from carried as c
left join {{ ref('int_strategy__target') }} as t
    on
        {{ same_series('c', 't') }} and c.period_grain = t.period_grain and c.period_start = t.period_start
where t.target_id is null
