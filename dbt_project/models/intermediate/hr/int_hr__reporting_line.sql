-- Everybody stands in his own line for ever, whatever HR's records cover.
with chain as (
    {{ ancestor_chain(ref('int_hr__employee_version'), 'employee_id', 'manager_id') }}
)

select
    employee_id as manager_id,
    employee_id,
    0 as distance,
    {{ beginning_of_time() }} as valid_from,
    {{ end_of_time() }} as valid_to
from {{ ref('int_hr__known_employee') }}

union all

select ancestor_id as manager_id, node_id as employee_id, distance, valid_from, valid_to
from chain
where distance > 0
