{{ config(meta={'dagster': {'ref': {'name': 'int_hr__org_closure'}}}) }}
-- On any day a unit, and a person, has at most one ancestor at each distance: nothing is rolled up twice.
with ancestors as (
    select 'org unit' as hierarchy, descendant_id as node_id, distance, valid_from, valid_to
    from {{ ref('int_hr__org_closure') }}
    union all
    select 'reporting line' as hierarchy, employee_id as node_id, distance, valid_from, valid_to
    from {{ ref('int_hr__reporting_line') }}
),

followed as (
    select
        *,
        lead(valid_from) over (partition by hierarchy, node_id, distance order by valid_from, valid_to) as next_from
    from ancestors
)

select * from followed where next_from < valid_to or valid_from >= valid_to
