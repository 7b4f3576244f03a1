{{ config(meta={'dagster': {'ref': {'name': 'fct_process_case'}}}) }}
{% set rows = ['count(*)', 'count(*)'] -%}
{{ totals_differ([
    {'fact': 'fct_process_case', 'staged': 'stg_operations__process_cases', 'totals': {
        'rows': rows, 'units': ['sum(units)', 'sum(units)']}},
    {'fact': 'fct_step_execution', 'staged': 'stg_operations__step_executions', 'totals': {'rows': rows}},
    {'fact': 'fct_inspection', 'staged': 'stg_operations__inspections', 'totals': {
        'rows': rows, 'defects': ['sum(defects)', 'sum(defects)']}},
    {'fact': 'fct_maintenance_order', 'staged': 'stg_operations__maintenance_orders', 'totals': {'rows': rows}},
    {'fact': 'fct_improvement', 'staged': 'stg_operations__improvements', 'totals': {'rows': rows}},
    {'fact': 'fct_internal_rating', 'staged': 'stg_operations__internal_ratings', 'totals': {
        'rows': rows, 'score': ['sum(score)', 'sum(score)']}},
    {'fact': 'fct_deployment', 'staged': 'stg_operations__deployments', 'totals': {'rows': rows}},
    {'fact': 'fct_project', 'staged': 'stg_operations__projects', 'totals': {'rows': rows}},
    {'fact': 'fct_system_session', 'staged': 'stg_operations__system_sessions', 'totals': {'rows': rows}},
]) }}
