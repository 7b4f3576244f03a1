with members as (
    select * from {{ ref('int_strategy__scored_unit') }}
    union all
    select * from {{ ref('int_strategy__scored_line') }}
),

counted as (
    select
        group_type, group_id, period_grain, period_start, period_end,
        count(*) as n, bool_or(state = 'provisional') as is_open,
        count(*) >= {{ var('score_min_people') }} and not bool_or(is_withheld) as is_told,
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
    case when not d.is_told then 'suppressed' when d.is_open then 'provisional' else 'ok' end as state,
    {%- for name, figure in {
        'mean_score': 'd.mean', 'median_score': 'd.median_score', 'stdev_score': 'd.stdev', 'company_mean': 'c.mean',
        'leniency': 'd.mean - c.mean', 'dispersion': ratio('d.stdev', 'c.stdev'),
    }.items() %}
    cast(case when d.is_told then {{ figure }} end as decimal(9, 4)) as {{ name }}{{ "," if not loop.last }}
    {%- endfor %}
from described as d
left join company as c on {{ same_period('d', 'c') }}
