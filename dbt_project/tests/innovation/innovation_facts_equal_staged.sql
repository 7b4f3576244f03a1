{{ config(meta={'dagster': {'ref': {'name': 'fct_innovation_submission'}}}) }}
{{ totals_differ([
    {'fact': 'fct_innovation_submission', 'staged': 'stg_innovation__submissions', 'totals': {
        'rows': ['count(*)', 'count(*)']}},
]) }}
