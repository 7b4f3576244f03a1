{{ config(meta={'dagster': {'ref': {'name': 'fct_working_time'}}}) }}
{% set until_as_of = "date_trunc('month', month_on) <= " ~ run_setting('as_of') -%}
{{ totals_differ([
    {'fact': 'fct_training', 'staged': 'stg_hr__training_records', 'totals': {
        'rows': ['count(*)', 'count(*)'], 'hours': ['sum(hours)', 'sum(hours)'], 'cost': ['sum(cost)', 'sum(cost)']}},
    {'fact': 'fct_working_time', 'staged': 'stg_hr__working_time', 'totals': {
        'rows': ['count(*)', 'count(*)'], 'hours': ['sum(worked_hours)', 'sum(worked_hours)']}},
    {'fact': 'fct_payroll_monthly', 'staged': 'stg_hr__payroll_monthly', 'where': until_as_of, 'totals': {
        'rows': ['count(*)', 'count(*)'],
        'cost': ['sum(workforce_cost)', 'sum(base_pay + coalesce(overtime_pay, 0) + coalesce(bonus_pay, 0)'
                 ~ ' + coalesce(benefits_cost, 0) + coalesce(employer_cost, 0))']}},
    {'fact': 'fct_absence', 'staged': 'stg_hr__absences', 'totals': {
        'rows': ['count(*)', 'count(*)'], 'days': ['sum(working_days)', 'sum(working_days)']}},
    {'fact': 'fct_competency_assessment', 'staged': 'stg_hr__competency_assessments', 'totals': {
        'rows': ['count(*)', 'count(*)'], 'level': ['sum(level)', 'sum(level)']}},
    {'fact': 'fct_survey_response', 'staged': 'stg_hr__surveys', 'totals': {
        'rows': ['count(*)', 'count(*)'], 'score': ['sum(score)', 'sum(score)']}},
]) }}
