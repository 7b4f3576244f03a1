-- A person counts where he was on the last day of the period that he was there.
with people as (
    select
        s.subject_id as employee_id, s.period_grain, s.period_start, s.period_end, s.score, s.state,
        max(least(e.ended_on, s.period_end + 1, {{ run_setting('as_of') }} + 1)) - 1 as last_day
    from {{ ref('mart_scorecard') }} as s
    inner join {{ ref('int_hr__employment') }} as e
        on s.subject_id = e.employee_id and e.started_on <= s.period_end and s.period_start < e.ended_on
    where s.subject_type = 'employee' and s.score is not null
    group by all
),

members as (
    select distinct p.*, c.ancestor_type as group_type, c.ancestor_id as group_id
    from people as p
    inner join {{ ref('int_hr__employee_assignment') }} as a
        on p.employee_id = a.employee_id and a.valid_from <= p.last_day and p.last_day < a.valid_to
    inner join {{ ref('int_hr__org_closure') }} as c
        on a.org_unit_id = c.descendant_id and c.valid_from <= p.last_day and p.last_day < c.valid_to
    union all
    select p.*, 'manager' as group_type, l.manager_id as group_id
    from people as p
    inner join {{ ref('int_hr__reporting_line') }} as l
        on p.employee_id = l.employee_id and l.distance = 1 and l.valid_from <= p.last_day and p.last_day < l.valid_to
),

counted as (
    select
        group_type, group_id, period_grain, period_start, period_end,
        count(*) as n, bool_or(state = 'provisional') as is_open,
        sum(score) as total, sum(score * score) as total_of_squares, median(score) as median_score
    from members
    group by all
),

-- From sums of decimals, so that the same scores give the same figure whatever the order they come in.
described as (
    select
        *,
        {{ ratio('total', 'n') }} as mean,
        sqrt(greatest({{ ratio('total_of_squares - ' ~ ratio('total * total', 'n'), 'n - 1') }}, 0)) as stdev
    from counted
),

company as (
    select d.period_grain, d.period_start, d.period_end, d.mean, d.stdev
    from described as d
    inner join {{ ref('int_hr__company_root') }} as r on d.group_id = r.org_unit_id
    where d.group_type = 'company'
)

select
    d.group_type, d.group_id, d.period_grain, d.period_start, d.period_end, cast(d.n as integer) as n,
    case when d.n < {{ var('score_min_people') }} then 'suppressed' when d.is_open then 'provisional' else 'ok' end as state,
    {%- for name, figure in {
        'mean_score': 'd.mean', 'median_score': 'd.median_score', 'stdev_score': 'd.stdev', 'company_mean': 'c.mean',
        'leniency': 'd.mean - c.mean', 'dispersion': ratio('d.stdev', 'c.stdev'),
    }.items() %}
    cast(case when d.n >= {{ var('score_min_people') }} then {{ figure }} end as decimal(9, 4)) as {{ name }}{{ "," if not loop.last }}
    {%- endfor %}
from described as d
left join company as c on {{ same_period('d', 'c') }}
