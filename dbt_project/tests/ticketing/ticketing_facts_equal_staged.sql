{{ config(meta={'dagster': {'ref': {'name': 'fct_ticket'}}}) }}
{% set rows = ['count(*)', 'count(*)'] -%}
{{ totals_differ([
    {'fact': 'fct_ticket', 'staged': 'stg_ticketing__tickets', 'totals': {
        'stated tickets': ['count(*) filter (where not is_derived)', 'count(*)']}},
    {'fact': 'fct_ticket_event', 'staged': 'stg_ticketing__ticket_events', 'totals': {'rows': rows}},
    {'fact': 'fct_satisfaction_rating', 'staged': 'stg_ticketing__satisfaction_ratings', 'totals': {
        'rows': rows, 'score': ['sum(score)', 'sum(score)']}},
    {'fact': 'fct_survey_invitation', 'staged': 'stg_ticketing__survey_invitations', 'totals': {'rows': rows}},
    {'fact': 'fct_work_item', 'staged': 'stg_ticketing__work_items', 'totals': {'rows': rows}},
]) }}
