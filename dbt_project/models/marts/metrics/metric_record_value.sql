with components as (
    {{ direct_components() }}
),

records as (
    select r.*, c.attribution, c.population
    from {{ ref('metric_component_record') }} as r
    inner join components as c on r.component_id = c.component_id and c.component_id = c.representative_id
)

-- Values in order; of members only whether two are the same matters.
select
    population, amount, member,
    cast(row_number() over (partition by population order by amount, member) as integer) as value_number
from (select distinct population, amount, member from records) as every_value
