-- A metric's period is touched with a component that it reads there, wholly when its definition changed, and for every
-- metric when a day is new: a period without data has its row too.
with terms as (
    select metric_id, component_id, offset_periods, offset_grain, time_window from {{ source('library', 'metric_term') }}
    union
    select metric_id, per as component_id, offset_periods, offset_grain, time_window
    from {{ source('library', 'metric_term') }}
    where per is not null
),

-- What a window holds reaches every later period; what is offset counts for another.
read as (
    select t.metric_id, t.offset_periods, t.offset_grain, c.period_grain, c.period_start, c.period_end
    from terms as t
    inner join {{ ref('metric_component_touched_period') }} as c on t.component_id = c.component_id
    where t.time_window is null
    union
    select t.metric_id, t.offset_periods, t.offset_grain, p.period_grain, p.period_start, p.period_end
    from terms as t
    inner join (
        select component_id, min(period_start) as first_day
        from {{ ref('metric_component_touched_period') }}
        where period_grain = 'day'
        group by component_id
    ) as c
        on t.component_id = c.component_id
    inner join {{ ref('dim_period') }} as p on p.period_end >= c.first_day
    where t.time_window is not null
),

changed_definitions as (
    {{ metric_definitions('library') }}
    except
    {{ metric_definitions('base') }}
),

new_days as (
    select metric_date from {{ ref('metric_day_fingerprint') }} where semantic_model = 'organisation'
    except
    select metric_date from {{ source('base', 'metric_day_fingerprint') }} where semantic_model = 'organisation'
),

touched as (
    select metric_id, period_grain, period_start, period_end from read where offset_grain is null
    union
    select r.metric_id, o.period_grain, o.period_start, o.period_end
    from read as r
    inner join {{ ref('dim_period_offset') }} as o
        on
            r.offset_periods = o.offset_periods and r.offset_grain = o.offset_grain and r.period_grain = o.period_grain
            and r.period_start = o.base_start and r.period_end = o.base_end
    union
    select m.metric_id, p.period_grain, p.period_start, p.period_end
    from changed_definitions as m
    cross join {{ ref('dim_period') }} as p
    union
    select m.metric_id, p.period_grain, p.period_start, p.period_end
    from {{ source('library', 'metric') }} as m
    cross join {{ ref('dim_period') }} as p
    inner join new_days as d on p.period_start <= d.metric_date and p.period_end >= d.metric_date
)

-- What is no longer asked for by a grain is touched too: its rows go.
select t.*
from touched as t
inner join (
    select metric_id, period_grain from {{ source('library', 'metric_grain') }}
    union
    select metric_id, period_grain from {{ source('base', 'metric_grain') }}
) as g
    on t.metric_id = g.metric_id and t.period_grain = g.period_grain
