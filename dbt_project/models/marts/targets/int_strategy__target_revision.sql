-- A target is judged by what was in force when its period ended, or tonight while it runs: what is written afterwards is refused.
with explained as (
    select object_id as target_id from {{ ref('stg_library__adjustments') }} where object_type = 'target'
    union
    select t.target_id
    from {{ ref('stg_library__targets') }} as t
    inner join {{ ref('stg_library__adjustments') }} as a on t.adjustment_id = a.adjustment_id
),

revisions as (
    select
        t.*,
        {{ last_day_of_period('t.period_grain', 't.period_start_on') }} as period_end,
        t.revision = 1 or explained.target_id is not null as is_explained
    from {{ ref('stg_library__targets') }} as t
    left join explained on t.target_id = explained.target_id
),

judged as (
    select
        *,
        case
            when recorded_on > {{ run_setting('as_of') }} then 'not_yet_known'
            when recorded_on > period_end then 'after_close'
            when not is_explained then 'unexplained'
            when
                {{ open_from('valid_from') }} > least(period_end, {{ run_setting('as_of') }})
                or {{ open_to('valid_to') }} <= least(period_end, {{ run_setting('as_of') }})
                then 'not_in_force'
        end as refused_for
    from revisions
)

select
    target_id, metric_id, subject_type, subject_id, period_grain, period_start_on as period_start, period_end, revision,
    case
        when refused_for is not null then refused_for
        when row_number() over (
            partition by metric_id, subject_type, subject_id, period_grain, period_start_on, refused_for is null
            order by revision desc, target_id asc
        ) = 1 then 'in_force'
        else 'superseded'
    end as standing
from judged
