with wanted as (
    select period_grain, offset_periods, offset_grain
    from (
        {{ comparison_offsets() }}
    ) as comparisons
    union
    select period_grain, offset_periods, offset_grain from {{ source('library', 'period_offset') }}
),

periods as (
    select period_grain, period_start, period_end from {{ ref('dim_period') }}
),

-- Where the offset would lead by the calendar. Its end is counted from the day after, so that the end of a month stays one.
shifted as (
    select
        p.*, w.offset_periods, w.offset_grain,
        p.period_grain in ('week', 'rolling_4_weeks') as is_weekly,
        {{ start_of_offset_grain('w.offset_grain', 'p.period_start') }} as start_of_longer,
        cast(p.period_start - {{ offset_interval('w') }} as date) as shifted_start,
        case
            when p.period_start = p.period_end then cast(p.period_start - {{ offset_interval('w') }} as date)
            else cast(cast(p.period_end + 1 as date) - {{ offset_interval('w') }} as date) - 1
        end as shifted_end
    from periods as p
    inner join wanted as w on p.period_grain = w.period_grain
)

-- A week last year is the one with the same number; the 53rd has none where that year had 52.
select
    s.period_grain, s.period_start, s.period_end, s.offset_periods, s.offset_grain,
    base.period_start as base_start, base.period_end as base_end
from shifted as s
inner join periods as base
    on
        s.period_grain = base.period_grain
        and case
            when s.is_weekly and s.offset_grain = 'year'
                then
                    isoyear(base.period_end) = isoyear(s.period_end) - s.offset_periods
                    and weekofyear(base.period_end) = weekofyear(s.period_end)
            when s.start_of_longer is not null then base.period_start = s.start_of_longer
            when s.period_grain = 'ytd'
                then base.period_start = date_trunc('year', s.shifted_end) and base.period_end = s.shifted_end
            else base.period_start = s.shifted_start and base.period_end = s.shifted_end
        end
