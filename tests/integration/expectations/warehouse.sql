-- A night's warehouse in miniature: what the suites on the marts read, and nothing wrong with it.
create schema library;
create schema marts;
create schema core;
create schema intermediate;

create table library.run_context as select date '2026-06-30' as as_of;

create table marts.dim_metric (
    metric_id varchar, label varchar, name_zh varchar, description varchar, definition_zh varchar, owner varchar,
    unit_kind varchar, direction varchar, zero_denominator varchar, min_n bigint, valid_min decimal(38, 10),
    valid_max decimal(38, 10), version varchar, fingerprint varchar, state varchar, state_reason varchar,
    additivity varchar
);
insert into marts.dim_metric values
    ('win_rate', 'Win rate', '赢单率', 'Won of closed.', '赢单占已关闭的比例。', 'position:head_of_sales',
        'proportion', 'up', 'no_data', 2, 0, 1, '1.0', 'aa', 'ok', null, 'ratio'),
    ('headcount', 'Headcount', '人数', 'People.', '在职人数。', 'position:head_of_hr',
        'count', 'maintain', 'no_data', 1, 0, null, '1.0', 'bb', 'ok', null, 'semi_additive'),
    ('misspelt', null, null, null, null, null, null, null, null, null, null, null, null, null, 'error', 'unknown measure', null);

create table marts.metric_value (
    metric_id varchar, subject_type varchar, subject_id varchar, period_grain varchar, period_start date, period_end date,
    numerator decimal(38, 10), denominator decimal(38, 10), value decimal(38, 10), n bigint, state varchar,
    metric_version varchar
);
insert into marts.metric_value values
    ('win_rate', 'company', 'U1', 'month', '2026-05-01', '2026-05-31', 1, 3, 0.3333333333, 3, 'ok', '1.0'),
    ('win_rate', 'company', 'U1', 'month', '2026-06-01', '2026-06-30', null, null, null, 1, 'suppressed', '1.0'),
    ('win_rate', 'team', 'U2', 'month', '2026-06-01', '2026-06-30', null, null, null, 0, 'no_data', '1.0'),
    ('headcount', 'company', 'U1', 'month', '2026-06-01', '2026-06-30', 12, null, 12, 12, 'ok', '1.0');

create table marts.dim_goal as select 'G1' as goal_id, 'strategic' as kind union all select 'G2', 'objective';
create table marts.goal_path (
    root_goal_id varchar, depth integer, path varchar, metric_id varchar, subject_type varchar, subject_id varchar
);
insert into marts.goal_path values ('G1', 1, 'G1 > G2', 'win_rate', 'company', 'U1');

create table marts.lineage_edge (
    from_type varchar, from_id varchar, to_type varchar, to_id varchar, kind varchar, detail varchar
);
insert into marts.lineage_edge values
    ('goal', 'G2', 'metric', 'win_rate', 'measured_by', null),
    ('metric', 'win_rate', 'measure', 'opportunities_won', 'numerator', null),
    ('metric', 'headcount', 'measure', 'heads', 'measure', null);

create table marts.load_reconciliation (
    load_id varchar, source varchar, file varchar, "table" varchar, rows_read bigint, rows_landed bigint,
    rows_quarantined bigint, rows_duplicate bigint, rows_deleted bigint
);
insert into marts.load_reconciliation values ('l1', 'crm', 'deals.csv', 'sales.opportunities', 10, 8, 1, 1, 0);

create table intermediate.int_hr__employee_assignment (
    employee_id varchar, position_id varchar, attribution_share decimal(9, 6), valid_from date, valid_to date
);
insert into intermediate.int_hr__employee_assignment values
    ('E1', 'P1', 0.6, '1900-01-01', '2026-03-01'), ('E1', 'P2', 0.4, '1900-01-01', '2026-03-01'),
    ('E1', 'P1', 1, '2026-03-01', '9999-12-31');

create table core.fct_workforce_daily (employee_id varchar, work_date date, fte decimal(9, 4), headcount integer);
insert into core.fct_workforce_daily values ('E1', '2026-01-01', 0.6, 1), ('E1', '2026-01-01', 0.4, 0);

create table core.fct_payroll_monthly (
    source_employee_id varchar, month_on date, base_pay decimal(18, 4), overtime_pay decimal(18, 4),
    bonus_pay decimal(18, 4), benefits_cost decimal(18, 4), employer_cost decimal(18, 4), total_pay decimal(18, 4),
    workforce_cost decimal(18, 4)
);
insert into core.fct_payroll_monthly values ('E1', '2026-01-01', 100, 10, null, 5, 20, 110, 135);

create table core.fct_order (
    order_id varchar, ordered_on date, accepted_on date, is_delivered boolean, amount decimal(18, 4)
);
insert into core.fct_order values ('O1', '2026-01-01', '2026-01-09', true, 30), ('O2', '2026-02-01', null, false, null);
create table core.fct_order_line (
    order_line_id varchar, order_id varchar, amount decimal(18, 4), cost decimal(18, 4), margin decimal(18, 4)
);
insert into core.fct_order_line values ('L1', 'O1', 10, 4, 6), ('L2', 'O1', 20, null, null);

create table core.fct_opportunity (
    opportunity_id varchar, status varchar, created_on date, closed_on date, is_won boolean, is_lost boolean,
    is_closed boolean
);
insert into core.fct_opportunity values
    ('D1', 'won', '2026-01-01', '2026-02-01', true, false, true), ('D2', 'open', '2026-01-01', null, false, false, false);

create table core.fct_ticket (
    ticket_id varchar, status_class varchar, created_on date, resolved_on date, response_due_on date,
    resolution_due_on date, is_resolved boolean, is_response_on_time boolean, is_resolution_on_time boolean,
    response_hours decimal(18, 4), handling_hours decimal(18, 4)
);
insert into core.fct_ticket values
    ('T1', 'closed', '2026-01-01', '2026-01-02', '2026-01-01', null, true, true, null, 0.5, 20),
    ('T2', 'open', '2026-01-03', null, null, null, false, null, null, null, null);
create table core.fct_ticket_event as select 'V1' as event_id, 'T1' as ticket_id;

create table core.fct_ledger_monthly (
    source_org_unit_id varchar, month_on date, account_class varchar, amount decimal(18, 4), revenue decimal(18, 4),
    cost_of_goods decimal(18, 4), workforce_cost decimal(18, 4), operating_expense decimal(18, 4),
    finance_cost decimal(18, 4), tax decimal(18, 4), total_expense decimal(18, 4)
);
insert into core.fct_ledger_monthly values
    ('U1', '2026-01-01', 'workforce_cost', 80, 0, 0, 80, 0, 0, 0, 80), ('U1', '2026-01-01', 'tax', 5, 0, 0, 0, 0, 0, 5, 0);
