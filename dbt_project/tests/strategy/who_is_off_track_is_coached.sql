{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'mart_figure_finding'}}}) }}
-- With whoever was off track somebody has talked since (REV-04).
select * from {{ ref('mart_figure_finding') }} where rule_id = 'REV-04' and waived_by is null
