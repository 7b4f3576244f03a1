-- A day is touched where what a component reads, or who carries it, differs from the night that this one starts from; a
-- component whose definition differs is touched on every day. Where there is no such night, everything is touched.
with days as (
    select
        coalesce(tonight.semantic_model, before.semantic_model) as semantic_model,
        coalesce(tonight.date_column, before.date_column) as date_column,
        coalesce(tonight.metric_date, before.metric_date) as metric_date
    from {{ ref('metric_day_fingerprint') }} as tonight
    full outer join {{ source('base', 'metric_day_fingerprint') }} as before
        on
            tonight.semantic_model = before.semantic_model
            and tonight.date_column = before.date_column
            and tonight.metric_date = before.metric_date
    where tonight.fingerprint is distinct from before.fingerprint
),

past as (
    select date_day as metric_date from {{ ref('dim_date') }} where is_past
),

-- Days on which it matters to every figure: new ones, reorganised ones, and those that somebody wants computed anew.
touched_by_all as (
    select distinct metric_date
    from days
    where semantic_model in ('calendar', 'holdings', 'organisation', 'reporting_lines')
    union
    select past.metric_date
    from past
    inner join {{ source('library', 'run_context') }} as run
        on past.metric_date >= run.recompute_from and past.metric_date <= run.recompute_until
),

changed_definitions as (
    {{ component_definitions('library') }}
    except
    {{ component_definitions('base') }}
)

select c.component_id, d.metric_date
from {{ source('library', 'metric_component') }} as c
inner join days as d on c.semantic_model = d.semantic_model and c.date_column = d.date_column
union
select c.component_id, d.metric_date
from {{ source('library', 'metric_component') }} as c
cross join touched_by_all as d
union
select c.component_id, past.metric_date
from changed_definitions as c
cross join past
