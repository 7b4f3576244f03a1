{{ config(meta={'dagster': {'ref': {'name': 'fct_order'}}}) }}
{% set rows = ['count(*)', 'count(*)'] -%}
{% set amount = ['sum(amount)', 'sum(amount)'] -%}
{{ totals_differ([
    {'fact': 'fct_order', 'staged': 'stg_sales__orders', 'totals': {'rows': rows}},
    {'fact': 'fct_order_line', 'staged': 'stg_sales__order_lines', 'totals': {
        'rows': rows, 'amount': amount, 'cost': ['sum(cost)', 'sum(cost)']}},
    {'fact': 'fct_order', 'staged': 'fct_order_line', 'totals': {
        'amount of lines': amount, 'lines': ['sum(line_count)', 'nullif(count(*), 0)']},
     'where': 'order_id in (select order_id from ' ~ ref('fct_order') ~ ')'},
    {'fact': 'fct_account_won', 'staged': 'stg_sales__accounts', 'totals': {'rows': rows}},
    {'fact': 'fct_opportunity', 'staged': 'stg_sales__opportunities', 'totals': {'rows': rows, 'amount': amount}},
    {'fact': 'fct_quote', 'staged': 'stg_sales__quotes', 'totals': {'rows': rows, 'amount': amount}},
    {'fact': 'fct_sales_activity', 'staged': 'stg_sales__activities', 'totals': {'rows': rows}},
]) }}
