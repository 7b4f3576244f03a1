-- A person counts where he was on the last day of the period that he was there.
select
    s.subject_id as employee_id, s.period_grain, s.period_start, s.period_end, s.score, s.state,
    max(least(e.ended_on, s.period_end + 1, {{ run_setting('as_of') }} + 1)) - 1 as last_day
from {{ ref('mart_scorecard') }} as s
inner join {{ ref('int_hr__employment') }} as e
    on s.subject_id = e.employee_id and e.started_on <= s.period_end and s.period_start < e.ended_on
where s.subject_type = 'employee' and s.score is not null
group by all
