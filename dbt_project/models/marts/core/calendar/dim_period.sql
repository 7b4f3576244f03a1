{% set grains = {'day': '1 day', 'week': '7 days', 'month': '1 month', 'quarter': '3 months', 'year': '1 year'} %}
{% set starts = {
    'day': 'date_day', 'week': 'iso_week_start_on', 'month': 'month_start_on', 'quarter': 'quarter_start_on',
    'year': 'year_start_on',
} %}
{#- Rolling periods end with every week or month: that week or month, and how far before its start they begin. -#}
{% set rolling = {
    'rolling_4_weeks': ('week', '21 days'), 'rolling_3_months': ('month', '2 months'),
    'rolling_12_months': ('month', '11 months'),
} %}
with past as (
    select * from {{ ref('dim_date') }} where is_past
),

-- Elapsed days are those that the calendar knows: a first period that began before the calendar counts from there.
periods as (
    {% for grain, length in grains.items() %}
        select
            '{{ grain }}' as period_grain,
            {{ starts[grain] }} as period_start,
            cast({{ starts[grain] }} + interval '{{ length }}' as date) - 1 as period_end,
            count(*) as calendar_days,
            count(*) filter (where is_workday) as business_days
        from past
        group by 1, 2, 3
        union all
    {% endfor %}
    select
        'ytd' as period_grain,
        months.year_start_on as period_start,
        cast(months.month_start_on + interval '1 month' as date) - 1 as period_end,
        count(*) as calendar_days,
        count(*) filter (where day.is_workday) as business_days
    from (select distinct year_start_on, month_start_on from past) as months
    inner join past as day
        on
            months.year_start_on = day.year_start_on
            and months.month_start_on >= day.month_start_on
    group by 1, 2, 3
    {% for grain, (short, earlier) in rolling.items() %}
        union all
        -- Windows that begin before the calendar does would be too low.
        select
            '{{ grain }}' as period_grain,
            cast(last.period_start - interval '{{ earlier }}' as date) as period_start,
            cast(last.period_start + interval '{{ grains[short] }}' as date) - 1 as period_end,
            count(*) as calendar_days,
            count(*) filter (where day.is_workday) as business_days
        from (select distinct {{ starts[short] }} as period_start from past) as last
        inner join past as day
            on
                day.date_day >= last.period_start - interval '{{ earlier }}'
                and day.date_day < last.period_start + interval '{{ grains[short] }}'
        where last.period_start - interval '{{ earlier }}' >= {{ run_setting('calendar_start') }}
        group by 1, 2, 3
    {% endfor %}
)

select
    period_grain,
    period_start,
    period_end,
    greatest(period_start, {{ run_setting('calendar_start') }}) as first_day_on,
    least(period_end, {{ run_setting('as_of') }}) as last_day_on,
    period_end <= {{ run_setting('as_of') }} as is_complete,
    cast(calendar_days as integer) as calendar_days,
    cast(business_days as integer) as business_days,
    case period_grain
        when 'day' then strftime(period_start, '%Y-%m-%d')
        when 'week' then strftime(period_start, '%G-W%V')
        when 'month' then strftime(period_start, '%Y-%m')
        when 'quarter' then strftime(period_start, '%Y') || '-Q' || quarter(period_start)
        when 'year' then strftime(period_start, '%Y')
        when 'ytd' then strftime(period_end, '%Y-%m') || ' YTD'
        when 'rolling_4_weeks' then '4 weeks to ' || strftime(period_end, '%G-W%V')
        when 'rolling_3_months' then '3 months to ' || strftime(period_end, '%Y-%m')
        when 'rolling_12_months' then '12 months to ' || strftime(period_end, '%Y-%m')
    end as label_en,
    case period_grain
        when 'day' then strftime(period_start, '%Y年%-m月%-d日')
        when 'week' then strftime(period_start, '%G年') || '第' || weekofyear(period_start) || '周'
        when 'month' then strftime(period_start, '%Y年%-m月')
        when 'quarter' then strftime(period_start, '%Y年') || '第' || quarter(period_start) || '季度'
        when 'year' then strftime(period_start, '%Y年')
        when 'ytd' then strftime(period_end, '%Y年1–%-m月')
        when 'rolling_4_weeks' then '截至' || strftime(period_end, '%G年') || '第' || weekofyear(period_end) || '周的4周'
        when 'rolling_3_months' then '截至' || strftime(period_end, '%Y年%-m月') || '的3个月'
        when 'rolling_12_months' then '截至' || strftime(period_end, '%Y年%-m月') || '的12个月'
    end as label_zh
from periods
