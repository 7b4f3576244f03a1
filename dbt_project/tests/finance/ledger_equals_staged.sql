{{ config(meta={'dagster': {'ref': {'name': 'fct_ledger_monthly'}}}) }}
-- The classes do not overlap: their columns add up to the amounts, and the amounts to what was staged.
{{ totals_differ([
    {'fact': 'fct_ledger_monthly', 'staged': 'stg_finance__ledger_monthly',
     'where': "date_trunc('month', month_on) <= " ~ run_setting('as_of'), 'totals': {
        'rows': ['count(*)', 'count(*)'],
        'amount': ['sum(amount)', 'sum(amount)'],
        'classes': [
            'sum(revenue + cost_of_goods + workforce_cost + operating_expense + finance_cost + tax)', 'sum(amount)'],
     }},
]) }}
