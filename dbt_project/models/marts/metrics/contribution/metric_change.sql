-- What was compared anew tonight is explained anew, of this year and the last: history further back is explained when somebody
-- asks, and what is published does not grow with the years.
with compared as (
    select c.*
    from {{ ref('metric_comparison') }} as c
    inner join {{ ref('metric_comparison_touched') }} as touched
        on c.metric_id = touched.metric_id and {{ same_period('c', 'touched') }}
    where
        c.subject_type in {{ unit_types() }} and c.period_grain in ('month', 'quarter', 'year')
        and c.period_end >= {{ beginning_of_years(var('contribution_years')) }}
),

changes as (
    select
        metric_id, subject_type, subject_id, period_grain, period_start, period_end, 'previous_period' as comparison,
        previous_start as base_start, previous_end as base_end, previous_change as change
    from compared
    where previous_change is not null
    union all
    select
        metric_id, subject_type, subject_id, period_grain, period_start, period_end, 'same_period_last_year' as comparison,
        last_year_start as base_start, last_year_end as base_end, last_year_change as change
    from compared
    where last_year_change is not null
),

figures as (
    select * from {{ ref('metric_value') }}
    where subject_type in {{ unit_types() }} and period_grain in ('month', 'quarter', 'year')
)

select
    -- One number names the change: what follows groups many parts by it.
    row_number() over (
        order by c.metric_id, c.subject_type, c.subject_id, c.period_grain, c.period_start, c.comparison
    ) as change_id,
    c.*,
    base.numerator as whole_base_numerator, base.denominator as whole_base_denominator,
    v.numerator as whole_numerator, v.denominator as whole_denominator
from changes as c
inner join figures as v on {{ same_figure('c', 'v') }}
inner join figures as base
    on
        {{ same_series('c', 'base') }} and c.period_grain = base.period_grain
        and c.base_start = base.period_start and c.base_end = base.period_end
-- Where a denominator is 0, or the two cancel each other out, no part can be told from another.
where v.denominator is null or (v.denominator <> 0 and base.denominator <> 0 and v.denominator + base.denominator <> 0)
