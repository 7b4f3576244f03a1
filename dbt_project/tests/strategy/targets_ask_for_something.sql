{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'mart_figure_finding'}}}) }}
-- What was reached every time is not set again at what is usual, and no stretch goal is always reached (TGT-07).
select * from {{ ref('mart_figure_finding') }} where rule_id = 'TGT-07' and waived_by is null
