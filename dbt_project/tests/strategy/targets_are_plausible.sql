{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'mart_figure_finding'}}}) }}
-- A target far beyond anything its subject has ever brought says what it rests on (TGT-08).
select * from {{ ref('mart_figure_finding') }} where rule_id = 'TGT-08' and waived_by is null
