-- The judge: what each record counts for, written anew from the staged tables alone. It knows neither the library's
-- formulas nor the warehouse's facts, and works day by day where the warehouse works with intervals.
-- Company time is UTC+8 the whole year; the as-of date and the first day of the calendar are the night's own.

create or replace temp macro local_day(moment) as cast(moment + interval 8 hours as date);
create or replace temp macro hours(start_at, end_at) as
    cast(round(date_diff('microsecond', start_at, end_at) / 3600000000.0, 4) as decimal(18, 4));

create temp table as_of as select as_of as day, calendar_start as first_day from library.run_context;

create temp table calendar as
select cast(unnest(generate_series(first_day, day, interval 1 day)) as date) as day from as_of;

-- Who was employed on each day, by the record valid then.
create temp table person_day as
with staff as (
    select
        *,
        max(left_on) over (partition by employee_id, hired_on) as last_known_left_on,
        lead(valid_from) over (partition by employee_id order by valid_from nulls first) as next_from
    from staging.stg_hr__employees
)
select c.day, s.employee_id, coalesce(s.employment_type = 'contractor', false) as is_contractor
from calendar as c
inner join staff as s
    on coalesce(s.valid_from, date '1900-01-01') <= c.day
    and (s.valid_to is null or c.day < s.valid_to) and (s.next_from is null or c.day < s.next_from)
    and s.hired_on <= c.day and (s.last_known_left_on is null or c.day < s.last_known_left_on);

-- Which positions they held, in which unit, and which share of the person-day each has: cut to six decimals, the
-- main position taking the rest.
create temp table holding_day as
with held as (
    select
        d.day, d.employee_id, d.is_contractor, e.position_id, p.org_unit_id, e.fte_share,
        row_number() over (
            partition by d.day, d.employee_id
            order by coalesce(e.is_primary, false) desc, e.fte_share desc, e.position_id
        ) = 1 as is_main,
        sum(e.fte_share) over (partition by d.day, d.employee_id) as whole
    from person_day as d
    inner join staging.stg_hr__employee_positions as e
        on d.employee_id = e.employee_id and e.valid_from <= d.day and (e.valid_to is null or d.day < e.valid_to)
    inner join staging.stg_hr__positions as p
        on e.position_id = p.position_id
        and coalesce(p.valid_from, date '1900-01-01') <= d.day and (p.valid_to is null or d.day < p.valid_to)
),

cut as (
    select
        *,
        case when is_main then 0.000000 else trunc(fte_share * 1000000 / whole) / 1000000 end as part
    from held
)

select
    day, employee_id, is_contractor, position_id, org_unit_id, fte_share, is_main,
    cast(case when is_main then 1 - sum(part) over (partition by day, employee_id) else part end as decimal(9, 6))
        as share
from cut;

-- The unit itself and every unit above it, on each day.
create temp table unit_day as
with recursive parent as (
    select c.day, u.org_unit_id, u.parent_id, u.unit_level
    from calendar as c
    inner join staging.stg_hr__org_units as u
        on coalesce(u.valid_from, date '1900-01-01') <= c.day and (u.valid_to is null or c.day < u.valid_to)
),

above as (
    select day, org_unit_id, org_unit_id as ancestor_id from parent
    union all
    select a.day, a.org_unit_id, p.parent_id
    from above as a
    inner join parent as p on a.day = p.day and a.ancestor_id = p.org_unit_id
    where p.parent_id is not null
)

select a.day, a.org_unit_id, a.ancestor_id, p.unit_level as ancestor_level
from above as a
inner join parent as p on a.day = p.day and a.ancestor_id = p.org_unit_id;

-- Tickets as the desk states them; those it lost are known by their events.
create temp table ticket as
with event as (
    select
        *,
        row_number() over (partition by ticket_id order by occurred_at, _source_file, _source_row, event_id) as number
    from staging.stg_ticketing__ticket_events
    where ticket_id not in (select ticket_id from staging.stg_ticketing__tickets)
),

followed as (
    select *, last_value(status_class ignore nulls) over (partition by ticket_id order by number) as state from event
),

last_open as (
    select ticket_id, coalesce(max(number) filter (where state not in ('resolved', 'closed') or state is null), 0) as number
    from followed group by ticket_id
),

solved as (
    select f.ticket_id, arg_min(f.occurred_at, f.number) as resolved_at, min(f.number) as number
    from followed as f inner join last_open as o on f.ticket_id = o.ticket_id and f.number > o.number
    group by f.ticket_id
),

reopened as (
    select ticket_id, count(*) filter (where before in ('resolved', 'closed') and state in ('new', 'open', 'pending')) as times
    from (select *, lag(state) over (partition by ticket_id order by number) as before from followed)
    group by ticket_id
),

waited as (
    select ticket_id, sum(hours(occurred_at, next_at)) as pending_hours
    from (select *, lead(occurred_at) over (partition by ticket_id order by number) as next_at from followed)
    where state = 'pending' and next_at is not null group by ticket_id
),

handled as (
    select f.ticket_id, arg_max(f.actor_id, f.number) as handler_id, arg_max(f.org_unit_id, f.number) as org_unit_id
    from followed as f left join solved as s on f.ticket_id = s.ticket_id
    where f.actor_id is not null and f.actor_type is distinct from 'bot' and (s.number is null or f.number <= s.number)
    group by f.ticket_id
),

derived as (
    select
        f.ticket_id,
        min(f.occurred_at) as created_at,
        coalesce(
            min(f.occurred_at) filter (where f.event_type = 'contact'),
            min(f.occurred_at) filter (where f.status_class in ('open', 'pending', 'resolved', 'closed'))
        ) as first_responded_at,
        arg_max(f.state, f.number) as status_class,
        case when count(*) filter (where f.event_type = 'contact') > 0 then count(*) filter (
            where f.event_type = 'contact' and f.number <= o.number + 1
        ) end as contact_count,
        max(f.support_level) filter (where f.number <= o.number + 1) as highest_level,
        arg_min(f.actor_type, f.number) filter (where f.event_type = 'assigned') = 'bot' as is_auto_assigned,
        count(*) filter (where f.event_type = 'assigned') > 0 as is_assigned
    from followed as f inner join last_open as o on f.ticket_id = o.ticket_id
    group by f.ticket_id, o.number
)

select
    t.ticket_id, t.created_at, t.first_responded_at, t.resolved_at, t.status_class, t.priority,
    t.handler_id as employee_id, t.org_unit_id, t.contact_count, t.reopen_count, t.pending_hours,
    t.is_level1_resolvable, t.highest_level, t.is_auto_assigned, t.is_complaint,
    coalesce(t.response_due_at, t.created_at + to_minutes(p.first_response_minutes)) as response_due_at,
    coalesce(t.resolution_due_at, t.created_at + to_minutes(p.resolution_minutes)) as resolution_due_at
from staging.stg_ticketing__tickets as t
left join staging.stg_ticketing__sla_policies as p
    on t.priority = p.priority
    and coalesce(p.valid_from, date '1900-01-01') <= local_day(t.created_at)
    and (p.valid_to is null or local_day(t.created_at) < p.valid_to)
union all
select
    d.ticket_id, d.created_at, d.first_responded_at, s.resolved_at, d.status_class, null, h.handler_id, h.org_unit_id,
    d.contact_count, r.times, coalesce(w.pending_hours, 0), null, d.highest_level,
    case when d.is_assigned then coalesce(d.is_auto_assigned, false) end, null, null, null
from derived as d
left join solved as s on d.ticket_id = s.ticket_id
left join reopened as r on d.ticket_id = r.ticket_id
left join waited as w on d.ticket_id = w.ticket_id
left join handled as h on d.ticket_id = h.ticket_id;

create temp table accepted as
select
    order_id,
    case when bool_and(accepted_at is not null) then max(accepted_at) end as accepted_at,
    bool_and(is_complete and is_undamaged and has_correct_documents) as is_faultless,
    bool_or(is_complete is null or is_undamaged is null or has_correct_documents is null) as is_partly_unknown,
    bool_or(is_complete is false or is_undamaged is false or has_correct_documents is false) as is_faulty
from staging.stg_sales__deliveries
group by order_id;

create temp table sale as
select
    o.*, local_day(o.ordered_at) as ordered_on, a.accepted_at, local_day(a.accepted_at) as accepted_on,
    case
        when o.committed_on is null then null
        when a.accepted_at is null or local_day(a.accepted_at) > o.committed_on then false
        else true
    end as is_on_time,
    case when a.is_faulty then false when a.is_partly_unknown is false then true end as is_faultless
from staging.stg_sales__orders as o
left join accepted as a on o.order_id = a.order_id;

-- One row per record and component: the day, the person and unit that the record names, and what it counts for.
create temp table record (
    component varchar, day date, employee_id varchar, org_unit_id varchar, amount decimal(38, 10)
);

insert into record
select 'revenue', s.ordered_on, s.employee_id, s.org_unit_id, l.amount
from staging.stg_sales__order_lines as l inner join sale as s on l.order_id = s.order_id where s.status <> 'cancelled'
union all
select 'margin', s.ordered_on, s.employee_id, s.org_unit_id, l.amount - l.cost
from staging.stg_sales__order_lines as l inner join sale as s on l.order_id = s.order_id
where s.status <> 'cancelled' and l.cost is not null
union all
select 'revenue_with_cost', s.ordered_on, s.employee_id, s.org_unit_id, l.amount
from staging.stg_sales__order_lines as l inner join sale as s on l.order_id = s.order_id
where s.status <> 'cancelled' and l.cost is not null
union all
select 'orders', ordered_on, employee_id, org_unit_id, 1 from sale where status <> 'cancelled'
union all
select 'orders_due', committed_on, employee_id, org_unit_id, (status <> 'cancelled')::int from sale
union all
select 'orders_on_time', committed_on, employee_id, org_unit_id, (status <> 'cancelled' and is_on_time)::int from sale
union all
select 'orders_delivered', accepted_on, employee_id, org_unit_id, (status = 'delivered')::int from sale
union all
select 'orders_checked', accepted_on, employee_id, org_unit_id,
    (status = 'delivered' and ((is_on_time and is_faultless) is not null))::int
from sale
union all
select 'orders_perfect', accepted_on, employee_id, org_unit_id,
    coalesce(status = 'delivered' and is_on_time and is_faultless, false)::int
from sale
union all
select 'order_cycle_hours', accepted_on, employee_id, org_unit_id,
    hours(ordered_at, accepted_at) - coalesce(customer_hold_hours, 0)
from sale;

insert into record
select 'opportunities_closed', local_day(closed_at), owner_employee_id, org_unit_id, (status in ('won', 'lost'))::int
from staging.stg_sales__opportunities
union all
select 'opportunities_won', local_day(closed_at), owner_employee_id, org_unit_id, (status = 'won')::int
from staging.stg_sales__opportunities
union all
select 'follow_ups_of_closed', local_day(o.closed_at), o.owner_employee_id, o.org_unit_id, count(a.activity_id)
from staging.stg_sales__opportunities as o
left join staging.stg_sales__activities as a on o.opportunity_id = a.opportunity_id
where o.status in ('won', 'lost')
group by o.opportunity_id, o.closed_at, o.owner_employee_id, o.org_unit_id
union all
select 'follow_ups', local_day(occurred_at), employee_id, null, 1 from staging.stg_sales__activities
union all
select 'quotes_sent', local_day(sent_at), employee_id, null, 1 from staging.stg_sales__quotes
union all
select 'quote_hours', local_day(sent_at), employee_id, null, hours(requested_at, sent_at) from staging.stg_sales__quotes
union all
select 'quotes_due', local_day(due_at), employee_id, null, 1 from staging.stg_sales__quotes
union all
select 'quotes_on_time', local_day(due_at), employee_id, null, coalesce(sent_at <= due_at, false)::int
from staging.stg_sales__quotes;

insert into record
select 'tickets_created', local_day(created_at), employee_id, org_unit_id, 1 from ticket
union all
select 'complaints', local_day(created_at), employee_id, org_unit_id, coalesce(is_complaint, false)::int from ticket
union all
select 'tickets_assigned', local_day(created_at), employee_id, org_unit_id, 1 from ticket where is_auto_assigned is not null
union all
select 'tickets_auto_assigned', local_day(created_at), employee_id, org_unit_id, coalesce(is_auto_assigned, false)::int
from ticket
union all
select 'responses_due', local_day(created_at), employee_id, org_unit_id,
    coalesce(first_responded_at is not null or local_day(response_due_at) <= (select day from as_of), false)::int
from ticket where response_due_at is not null
union all
select 'responses_on_time', local_day(created_at), employee_id, org_unit_id,
    coalesce(first_responded_at <= response_due_at, false)::int
from ticket
union all
select 'resolutions_due', local_day(created_at), employee_id, org_unit_id,
    coalesce(resolved_at is not null or local_day(resolution_due_at) <= (select day from as_of), false)::int
from ticket where resolution_due_at is not null
union all
select 'resolutions_on_time', local_day(created_at), employee_id, org_unit_id,
    coalesce(resolved_at <= resolution_due_at, false)::int
from ticket;

insert into record
with resolved as (
    select *, local_day(resolved_at) as resolved_on
    from ticket where resolved_at is not null and status_class in ('resolved', 'closed')
)
select 'tickets_resolved', resolved_on, employee_id, org_unit_id, 1 from resolved
union all
select 'contacts_known', resolved_on, employee_id, org_unit_id, 1 from resolved where contact_count is not null
union all
select 'first_contact', resolved_on, employee_id, org_unit_id, 1
from resolved where contact_count = 1 and coalesce(reopen_count, 0) = 0
union all
select 'within_first_level', resolved_on, employee_id, org_unit_id, 1
from resolved where contact_count is not null and is_level1_resolvable is distinct from false
union all
select 'first_contact_within_first_level', resolved_on, employee_id, org_unit_id, 1
from resolved where contact_count = 1 and coalesce(reopen_count, 0) = 0 and is_level1_resolvable is distinct from false
union all
select 'came_back', resolved_on, employee_id, org_unit_id, 1 from resolved where reopen_count > 0
union all
select 'handling_hours', resolved_on, employee_id, org_unit_id, hours(created_at, resolved_at) - coalesce(pending_hours, 0)
from resolved
union all
select 'ticket_events', local_day(occurred_at), actor_id, org_unit_id, 1 from staging.stg_ticketing__ticket_events;

-- A rating that names nobody belongs to whoever handled its ticket.
create temp table rating as
select
    r.survey_kind, r.score, local_day(r.responded_at) as responded_on, t.org_unit_id,
    coalesce(r.employee_id, t.employee_id) as employee_id
from staging.stg_ticketing__satisfaction_ratings as r
left join ticket as t on r.ticket_id = t.ticket_id;

insert into record
select survey_kind || '_answers', responded_on, employee_id, org_unit_id, 1 from rating
union all
select 'csat_satisfied', responded_on, employee_id, org_unit_id, 1
from rating where survey_kind = 'csat' and score in (4, 5)
union all
select 'nps_net', responded_on, employee_id, org_unit_id, case when score >= 9 then 1 when score <= 6 then -1 else 0 end
from rating where survey_kind = 'nps'
union all
select survey || '_answers', responded_on, employee_id, org_unit_id, 1 from staging.stg_hr__surveys
union all
select survey || '_favourable', responded_on, employee_id, org_unit_id, 1
from staging.stg_hr__surveys where score::decimal / scale_max >= 0.8
union all
select 'work_items_completed', local_day(completed_at), assignee_id, org_unit_id, 1
from staging.stg_ticketing__work_items where completed_at is not null
union all
select 'rework_known', local_day(completed_at), assignee_id, org_unit_id, 1
from staging.stg_ticketing__work_items where completed_at is not null and rework_count is not null
union all
select 'reworked', local_day(completed_at), assignee_id, org_unit_id, 1
from staging.stg_ticketing__work_items where completed_at is not null and rework_count > 0
union all
select 'work_items_due', due_on, assignee_id, org_unit_id, 1 from staging.stg_ticketing__work_items
union all
select 'work_items_on_time', due_on, assignee_id, org_unit_id, 1
from staging.stg_ticketing__work_items where local_day(completed_at) <= due_on;

insert into record
with hire as (
    select
        employee_id, hired_on, max(left_on) as left_on,
        arg_max(employment_type, coalesce(valid_from, date '1900-01-01')) as employment_type
    from staging.stg_hr__employees where hired_on is not null
    group by employee_id, hired_on
)
select 'hires', hired_on, employee_id, null, 1 from hire where employment_type is distinct from 'contractor'
union all
select 'leavers', left_on - 1, employee_id, null, 1
from hire where left_on is not null and employment_type is distinct from 'contractor'
union all
select 'payroll_cost', month_on, employee_id, null,
    base_pay + coalesce(overtime_pay, 0) + coalesce(bonus_pay, 0) + coalesce(benefits_cost, 0) + coalesce(employer_cost, 0)
from staging.stg_hr__payroll_monthly
union all
select 'training_hours', completed_on, employee_id, null, hours from staging.stg_hr__training_records
union all
select 'absent_days', started_on, employee_id, null, working_days
from staging.stg_hr__absences where absence_type in ('sick', 'unpaid', 'other')
union all
select 'contract_days', worked_on, employee_id, null, 1 from staging.stg_hr__working_time where contract_hours > 0
union all
select 'contract_hours', worked_on, employee_id, null, contract_hours from staging.stg_hr__working_time
union all
select 'overtime_hours', worked_on, employee_id, null, overtime_hours
from staging.stg_hr__working_time where overtime_hours is not null
union all
select 'contract_and_overtime_hours', worked_on, employee_id, null, contract_hours + coalesce(overtime_hours, 0)
from staging.stg_hr__working_time;

insert into record
with booked as (
    select least(last_day(month_on), (select day from as_of)) as day, org_unit_id, account_class, amount
    from staging.stg_finance__ledger_monthly
)
select 'ledger_revenue', day, null, org_unit_id, amount from booked where account_class = 'revenue'
union all
select 'ledger_labour', day, null, org_unit_id, amount from booked where account_class = 'workforce_cost'
union all
select 'ledger_expense', day, null, org_unit_id, amount
from booked where account_class in ('cost_of_goods', 'workforce_cost', 'operating_expense', 'finance_cost')
union all
select 'ledger_profit', day, null, org_unit_id, case account_class when 'revenue' then amount else -amount end
from booked where account_class <> 'tax'
union all
select 'ledger_profit_and_labour', day, null, org_unit_id, case account_class when 'revenue' then amount else -amount end
from booked where account_class not in ('tax', 'workforce_cost');

insert into record
with booked as (
    select least(last_day(month_on), (select day from as_of)) as day, org_unit_id, account_class, amount
    from staging.stg_finance__ledger_monthly
)
select 'ledger_net_profit', day, null, org_unit_id, case account_class when 'revenue' then amount else -amount end from booked
union all
select 'ledger_value_added', day, null, org_unit_id, case account_class when 'revenue' then amount else -amount end
from booked where account_class in ('revenue', 'cost_of_goods', 'operating_expense')
union all
select 'ledger_gross_profit', day, null, org_unit_id, case account_class when 'revenue' then amount else -amount end
from booked where account_class in ('revenue', 'cost_of_goods')
union all
select 'ledger_labour_and_operating', day, null, org_unit_id, amount
from booked where account_class in ('workforce_cost', 'operating_expense')
union all
select 'overtime_pay', month_on, employee_id, null, overtime_pay from staging.stg_hr__payroll_monthly
union all
select 'total_pay', month_on, employee_id, null, base_pay + coalesce(overtime_pay, 0) + coalesce(bonus_pay, 0)
from staging.stg_hr__payroll_monthly
union all
select 'worked_hours', worked_on, employee_id, null, worked_hours from staging.stg_hr__working_time
union all
select 'margin_accepted', s.accepted_on, s.employee_id, s.org_unit_id, l.amount - l.cost
from staging.stg_sales__order_lines as l inner join sale as s on l.order_id = s.order_id where s.status = 'delivered'
union all
select 'units_accepted', s.accepted_on, s.employee_id, s.org_unit_id, l.quantity
from staging.stg_sales__order_lines as l inner join sale as s on l.order_id = s.order_id where s.status = 'delivered'
union all
select 'opportunities_created', local_day(created_at), owner_employee_id, org_unit_id, 1
from staging.stg_sales__opportunities
union all
select 'opportunities_converted', local_day(created_at), owner_employee_id, org_unit_id,
    coalesce(status = 'won' and local_day(closed_at) - local_day(created_at) between 0 and 89, false)::int
from staging.stg_sales__opportunities
union all
select 'production_output', local_day(closed_at), null, org_unit_id, units
from staging.stg_operations__process_cases where process = 'production' and not coalesce(is_cancelled, false)
union all
select 'new_customers', created_on, owner_employee_id, null, 1 from staging.stg_sales__accounts
union all
select 'active_hours', local_day(resolved_at), employee_id, org_unit_id, hours(created_at, resolved_at) - pending_hours
from ticket where status_class in ('resolved', 'closed')
union all
select 'hours_to_resolution', local_day(resolved_at), employee_id, org_unit_id, hours(created_at, resolved_at)
from ticket where status_class in ('resolved', 'closed') and pending_hours is not null;

insert into record
with idea as (
    select *, status in ('accepted', 'implemented') as is_accepted,
        kind in ('innovation', 'process_improvement') as is_suggestion
    from staging.stg_innovation__submissions
)
select kind || '_accepted', decided_on, employee_id, org_unit_id, is_accepted::int from idea where kind <> 'project'
union all
select 'project_accepted', decided_on, employee_id, org_unit_id, is_accepted::int
from idea where kind = 'project' and partner_departments >= 1
union all
select 'suggestion_decided', decided_on, employee_id, org_unit_id, 1 from idea where is_suggestion
union all
select 'suggestion_accepted', decided_on, employee_id, org_unit_id, is_accepted::int from idea where is_suggestion
union all
select 'suggestion_implemented', implemented_on, employee_id, org_unit_id, (status = 'implemented')::int
from idea where is_suggestion
union all
select question || '_answers', responded_on, employee_id, org_unit_id, 1
from staging.stg_hr__surveys where survey = 'engagement'
union all
select question || '_favourable', responded_on, employee_id, org_unit_id, 1
from staging.stg_hr__surveys where survey = 'engagement' and score::decimal / scale_max >= 0.8
union all
select unnest(['levels_required', 'levels_reached']), a.assessed_on, a.employee_id, null,
    unnest([c.required_level, case when a.level < c.required_level then a.level else c.required_level end])
from staging.stg_hr__competency_assessments as a
inner join holding_day as h on a.employee_id = h.employee_id and a.assessed_on = h.day and h.is_main
inner join staging.stg_hr__competencies as c on h.position_id = c.position_id and a.competency_id = c.competency_id;

-- A clock that stands still on days off, in microseconds.
create temp table workday as
select
    date_day as day, is_workday,
    86400000000 * (sum(is_workday::int) over (order by date_day) - is_workday::int) as clock
from library.calendar_day;

create temp table interval_of as
with ended as (
    select 'resolution' as flow, 'all' as lane, null as org_unit_id, employee_id, resolved_at as moment, ticket_id as id
    from ticket where resolved_at is not null and status_class in ('resolved', 'closed')
    union all
    select 'production', coalesce(org_unit_id, ''), org_unit_id, null, closed_at, case_id
    from staging.stg_operations__process_cases
    where process = 'production' and closed_at is not null and is_cancelled is not true
),

paced as (
    select e.*, w.clock + case when w.is_workday then epoch_us(e.moment + interval 8 hours) % 86400000000 else 0 end as now
    from ended as e inner join workday as w on local_day(e.moment) = w.day
)

select
    flow, local_day(moment) as day, employee_id, org_unit_id,
    cast((now - lag(now) over (partition by flow, lane order by moment, id)) / 3600000000.0 as decimal(18, 2)) as gap
from paced;

create temp table step as
select
    s.*, c.process, c.is_key_process,
    s.finished_at is not null and s.outcome is not null as is_judged,
    rank() over (partition by s.case_id order by s.received_at, s.execution_id) > 1 as is_handed_over,
    s.previous_execution_id in (
        select b.execution_id from staging.stg_operations__step_executions as b where b.case_id = s.case_id
    ) as is_keyed
from staging.stg_operations__step_executions as s
left join staging.stg_operations__process_cases as c on s.case_id = c.case_id;

create temp table process_case as
select
    c.case_id, c.process, c.org_unit_id, local_day(c.closed_at) as day, c.units,
    hours(c.opened_at, c.closed_at) - coalesce(c.customer_hold_hours, 0) as lead,
    hours(min(s.started_at), max(s.finished_at)) as process_time,
    coalesce(sum(hours(s.started_at, s.finished_at)) filter (where s.is_value_adding), 0) as valuable,
    count(*) filter (where s.step_kind = 'approval') as approvals,
    coalesce(sum(hours(s.received_at, s.finished_at)) filter (where s.step_kind = 'approval'), 0) as approving,
    count(s.execution_id) > 0 as has_steps,
    count(*) filter (where s.attempt_number > 1 or s.outcome = 'failed') > 0 as is_reworked,
    any_value(b.baseline_hours) as baseline
from staging.stg_operations__process_cases as c
left join step as s on c.case_id = s.case_id
left join staging.stg_library__cycle_baselines as b
    on c.process = b.process and local_day(c.closed_at) >= b.valid_from
    and (b.valid_to is null or local_day(c.closed_at) < b.valid_to)
where c.closed_at is not null and c.is_cancelled is not true
group by all;

insert into record
select unnest(['cases', 'case_lead']), day, null, org_unit_id, unnest([1, lead]) from process_case
union all
select
    unnest(['cases_with_steps', 'process_time', 'valuable', 'lead_with_steps', 'approvals', 'approving']), day, null, org_unit_id,
    unnest([1, process_time, valuable, lead, approvals, approving])
from process_case where process_time is not null
union all
select unnest(['case_baseline', 'lead_with_baseline']), day, null, org_unit_id, unnest([baseline, lead])
from process_case where baseline is not null
union all
select unnest(['made', 'made_first_pass', 'made_reworked']), day, null, org_unit_id,
    unnest([1, (not is_reworked)::int, is_reworked::int])
from process_case where process = 'production' and has_steps
union all
select 'units_made', day, null, org_unit_id, units from process_case where process = 'production'
union all
select unnest([flow || '_gaps', flow || '_gap_hours', flow || '_gap_squares']), day, employee_id, org_unit_id,
    unnest([1, gap, gap * gap])
from interval_of where gap is not null
union all
select unnest([stage || '_tried', stage || '_passed_first']), local_day(finished_at), employee_id, org_unit_id,
    unnest([1, (outcome = 'passed')::int])
from step where process = 'production' and is_judged and attempt_number = 1
union all
select unnest(['steps_judged', 'steps_failed']), local_day(finished_at), employee_id, org_unit_id, unnest([1, (outcome = 'failed')::int])
from step where is_judged
union all
select unnest(['automatable', 'automated']), local_day(finished_at), employee_id, org_unit_id,
    unnest([1, coalesce(actor_type = 'bot', false)::int])
from step where is_automatable
union all
select unnest(['key_hand_offs', 'keyed_hand_offs']), local_day(received_at), employee_id, org_unit_id,
    unnest([1, coalesce(is_keyed, false)::int])
from step where is_key_process and is_handed_over;

insert into record
with lot as (
    select *, local_day(inspected_at) as inspected_on, local_day(due_at) as due_on from staging.stg_operations__inspections
)
select unnest(['lots_due', 'lots_inspected', 'lots_in_time']), due_on, inspector_id, org_unit_id,
    unnest([1, (inspected_at is not null)::int, coalesce(inspected_at <= due_at, false)::int])
from lot
union all
select unnest(['lots_judged', 'lots_accepted']), inspected_on, inspector_id, org_unit_id, unnest([1, (verdict = 'accepted')::int])
from lot where verdict is not null
union all
select unnest(['outgoing_judged', 'outgoing_accepted']), inspected_on, inspector_id, org_unit_id,
    unnest([1, (verdict = 'accepted')::int])
from lot where verdict is not null and inspection_kind = 'outgoing'
union all
select unnest(['units_inspected', 'units_defective']), inspected_on, inspector_id, org_unit_id,
    unnest([units_inspected, units_defective])
from lot where units_defective is not null
union all
select unnest(['defects', 'opportunities']), inspected_on, inspector_id, org_unit_id,
    unnest([defects, units_inspected * opportunities_per_unit])
from lot where defects is not null
union all
select unnest(['services_due', 'services_in_time']), due_on, null, org_unit_id,
    unnest([1, coalesce(local_day(completed_at) <= due_on, false)::int])
from staging.stg_operations__maintenance_orders where maintenance_kind = 'preventive'
union all
select 'improvements', closed_on, employee_id, org_unit_id, 1
from staging.stg_operations__improvements where status = 'closed'
union all
select unnest([rating_kind || '_ratings', rating_kind || '_satisfied']), rated_on, null, rated_org_unit_id,
    unnest([1, (score in (4, 5))::int])
from staging.stg_operations__internal_ratings
union all
select unnest(['deployed', 'deployed_badly']), local_day(deployed_at), employee_id, org_unit_id, unnest([1, has_failed::int])
from staging.stg_operations__deployments
union all
select 'projects_done', completed_on, employee_id, org_unit_id, 1
from staging.stg_operations__projects where status = 'completed'
union all
select unnest(['projects_due', 'projects_in_time']), committed_on, employee_id, org_unit_id,
    unnest([1, coalesce(completed_on <= committed_on, false)::int])
from staging.stg_operations__projects where status <> 'cancelled'
union all
select 'sessions', local_day(started_at), employee_id, null, 1 from staging.stg_operations__system_sessions;

insert into record
with resolved as (
    select * from ticket where resolved_at is not null and status_class in ('resolved', 'closed') and highest_level is not null
)
select unnest(['levels_known', 'first_level']), local_day(resolved_at), employee_id, org_unit_id, unnest([1, (highest_level = 1)::int])
from resolved
union all
select 'agent_days', day, actor_id, arg_min(org_unit_id, (occurred_at, event_id)), 1
from (select *, local_day(occurred_at) as day from staging.stg_ticketing__ticket_events)
where actor_type is distinct from 'bot' and actor_id is not null group by actor_id, day
union all
select unnest(['csat_invited', 'csat_replied']), local_day(i.sent_at), coalesce(i.employee_id, t.employee_id), t.org_unit_id,
    unnest([1, (exists (
        select 1 from staging.stg_ticketing__satisfaction_ratings as r
        where r.ticket_id = i.ticket_id and r.survey_kind = 'csat'
    ))::int])
from staging.stg_ticketing__survey_invitations as i left join ticket as t on i.ticket_id = t.ticket_id
where i.survey_kind = 'csat'
union all
select 'follow_up_satisfied', responded_on, employee_id, org_unit_id, 1
from rating where survey_kind = 'follow_up' and score in (4, 5)
union all
select unnest(['tasks_due', 'tasks_in_time']), due_on, assignee_id, org_unit_id,
    unnest([1, coalesce(local_day(completed_at) <= due_on, false)::int])
from staging.stg_ticketing__work_items where item_type = 'task'
union all
select 'bugs', local_day(created_at), assignee_id, org_unit_id, 1 from staging.stg_ticketing__work_items where item_type = 'bug'
union all
select 'releases', local_day(completed_at), assignee_id, org_unit_id, 1
from staging.stg_ticketing__work_items where item_type = 'release' and completed_at is not null
union all
select unnest([v.step || '_judged', v.step || '_passed']), local_day(v.at), v.employee_id, w.org_unit_id,
    unnest([1, (v.verdicts = ['passed'])::int])
from (
    select
        work_item_id, step, max(occurred_at) as at, list(outcome) as verdicts,
        last(employee_id order by occurred_at) filter (where employee_id is not null) as employee_id
    from staging.stg_ticketing__work_item_events where outcome in ('passed', 'failed') group by work_item_id, step
) as v
left join staging.stg_ticketing__work_items as w on v.work_item_id = w.work_item_id
union all
select unnest(['parcels_due', 'parcels_in_time']), d.promised_on, s.employee_id, s.org_unit_id,
    unnest([1, coalesce(local_day(d.delivered_at) <= d.promised_on, false)::int])
from staging.stg_sales__deliveries as d left join sale as s on d.order_id = s.order_id
union all
select unnest(['order_baseline', 'order_cycle_with_baseline']), s.accepted_on, s.employee_id, s.org_unit_id,
    unnest([b.baseline_hours, hours(s.ordered_at, s.accepted_at) - coalesce(s.customer_hold_hours, 0)])
from sale as s
inner join staging.stg_library__cycle_baselines as b
    on b.process = 'order_fulfilment' and s.accepted_on >= b.valid_from and (b.valid_to is null or s.accepted_on < b.valid_to)
union all
select unnest(['quote_approvals', 'quote_approving']), local_day(q.sent_at), q.employee_id, null,
    unnest([count(a.approval_id), coalesce(sum(hours(a.requested_at, a.decided_at)), 0)])
from staging.stg_sales__quotes as q left join staging.stg_sales__quote_approvals as a on q.quote_id = a.quote_id
where q.sent_at is not null
group by q.quote_id, q.sent_at, q.employee_id;

-- What cannot be summed is judged on the records themselves: a quantity, or a name of which different ones are counted.
create temp table observation as
select
    'response_hours' as component, local_day(t.created_at) as day, t.employee_id, t.org_unit_id,
    cast((clock_answered - clock_created) / 3600000000.0 as decimal(18, 4)) as amount, null as name
from (
    select
        ticket.*,
        a.clock + case when a.is_workday then epoch_us(first_responded_at + interval 8 hours) % 86400000000 else 0 end as clock_answered,
        c.clock + case when c.is_workday then epoch_us(created_at + interval 8 hours) % 86400000000 else 0 end as clock_created
    from ticket
    inner join workday as a on local_day(first_responded_at) = a.day
    inner join workday as c on local_day(created_at) = c.day
) as t
union all
select 'handling_hours', local_day(resolved_at), employee_id, org_unit_id,
    hours(created_at, resolved_at) - coalesce(pending_hours, 0), null
from ticket where resolved_at is not null and status_class in ('resolved', 'closed')
union all
select 'project_days', completed_on, employee_id, org_unit_id, completed_on - started_on, null
from staging.stg_operations__projects where status = 'completed'
union all
select 'change_hours', local_day(deployed_at), employee_id, org_unit_id, hours(first_commit_at, deployed_at), null
from staging.stg_operations__deployments
union all
select 'users', local_day(started_at), employee_id, null, 1, employee_id
from staging.stg_operations__system_sessions
union all
select 'ordering_accounts', ordered_on, employee_id, org_unit_id, 1, account_id from sale where status <> 'cancelled';

delete from record where amount is null or day is null or day < (select first_day from as_of) or day > (select day from as_of);

-- Records reach the units of the person's positions that day; without one, the unit that the record names; else the company.
create temp table reached as
with known as (select distinct employee_id from staging.stg_hr__employees),
company as (select org_unit_id from staging.stg_hr__org_units where parent_id is null limit 1)
select
    r.component, r.day, k.employee_id, h.position_id,
    coalesce(h.org_unit_id, u.org_unit_id, c.org_unit_id) as org_unit_id,
    r.amount * coalesce(h.share, 1) as amount
from record as r
cross join company as c
left join known as k on r.employee_id = k.employee_id
left join holding_day as h on k.employee_id = h.employee_id and r.day = h.day
left join (select distinct day, org_unit_id from unit_day) as u on r.org_unit_id = u.org_unit_id and r.day = u.day;

insert into reached
select
    'headcount_days', d.day, d.employee_id, h.position_id,
    coalesce(h.org_unit_id, (select org_unit_id from staging.stg_hr__org_units where parent_id is null limit 1)),
    case when h.is_main is false then 0 else 1 end
from person_day as d left join holding_day as h on d.day = h.day and d.employee_id = h.employee_id
where not d.is_contractor
union all
select 'fte_days', day, employee_id, position_id, org_unit_id, fte_share from holding_day;

-- Duties stand since their last review, as long as their position does.
insert into reached
select
    unnest(['duties_measurable', 'duties_measured']), c.day, null, p.position_id, p.org_unit_id,
    unnest([1, (d.duty_id in (
        select l.duty_id
        from staging.stg_library__position_metrics as l
        inner join marts.dim_metric as m on l.metric_id = m.metric_id and m.status = 'published' and m.state = 'ok'
        where
            l.duty_id is not null
            and coalesce(l.valid_from <= (select day from as_of), true)
            and coalesce(l.valid_to > (select day from as_of), true)
    ))::int])
from calendar as c
inner join staging.stg_hr__job_duties as d on d.measurability = 'quantitative' and c.day >= d.last_reviewed_on
inner join staging.stg_hr__positions as p
    on d.position_id = p.position_id
    and coalesce(p.valid_from, date '1900-01-01') <= c.day and (p.valid_to is null or c.day < p.valid_to);

-- Sums by company, by department and by person: for each day, then for months, quarters and years.
create temp table daily as
with by_unit as (
    select component, day, org_unit_id, sum(amount) as amount from reached group by component, day, org_unit_id
)

select r.component, u.ancestor_level as subject_type, u.ancestor_id as subject_id, r.day, sum(r.amount) as amount
from by_unit as r
inner join unit_day as u on r.org_unit_id = u.org_unit_id and r.day = u.day
where u.ancestor_level in ('company', 'department')
group by r.component, u.ancestor_level, u.ancestor_id, r.day
union all
select component, 'employee', employee_id, day, sum(amount)
from reached where employee_id is not null
group by component, employee_id, day;

create temp table period as
select
    grain, day, cast(date_trunc(grain, day) as date) as period_start,
    day = max(day) over (partition by grain, date_trunc(grain, day)) as is_last_day
from calendar, (values ('month'), ('quarter'), ('year')) as g(grain);

create temp table summed as
select
    d.component, d.subject_type, d.subject_id, p.grain, p.period_start,
    sum(d.amount) as amount, sum(d.amount) filter (where p.is_last_day) as last_day_amount
from daily as d
inner join period as p on d.day = p.day
group by d.component, d.subject_type, d.subject_id, p.grain, p.period_start;

insert into summed
select
    'new_customers_last_year', subject_type, subject_id, grain, cast(period_start + interval 1 year as date), amount, null
from summed where component = 'new_customers';

create temp table elapsed as select grain, period_start, count(*) as days from period group by grain, period_start;

-- A record that somebody with two positions left reaches each unit once, whole.
create temp table statistic as
with known as (select distinct employee_id from staging.stg_hr__employees),
company as (select org_unit_id from staging.stg_hr__org_units where parent_id is null limit 1),
numbered as (
    select *, row_number() over () as id from observation
    where amount is not null and day between (select first_day from as_of) and (select day from as_of)
),

carried as (
    select o.*, k.employee_id as person, coalesce(h.org_unit_id, u.org_unit_id, c.org_unit_id) as unit
    from numbered as o
    cross join company as c
    left join known as k on o.employee_id = k.employee_id
    left join holding_day as h on k.employee_id = h.employee_id and o.day = h.day
    left join (select distinct day, org_unit_id from unit_day) as u on o.org_unit_id = u.org_unit_id and o.day = u.day
),

placed as (
    select distinct c.id, c.component, c.day, c.amount, c.name, u.ancestor_level as subject_type, u.ancestor_id as subject_id
    from carried as c inner join unit_day as u on c.unit = u.org_unit_id and c.day = u.day
    where u.ancestor_level in ('company', 'department')
    union all
    select distinct id, component, day, amount, name, 'employee', person from carried where person is not null
)

select
    p.component, p.subject_type, p.subject_id, d.grain, d.period_start,
    quantile_cont(p.amount::double, 0.5) as median, quantile_cont(p.amount::double, 0.9) as ninetieth,
    count(distinct p.name) as different
from placed as p
inner join period as d on p.day = d.day
group by p.component, p.subject_type, p.subject_id, d.grain, d.period_start;
