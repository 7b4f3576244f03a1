-- The type of an ancestor may change with the days (a department becomes a division): intervals are intersected.
select
    chain.ancestor_id,
    ancestor.subject_type as ancestor_type,
    chain.node_id as descendant_id,
    chain.distance,
    greatest(chain.valid_from, ancestor.valid_from) as valid_from,
    least(chain.valid_to, ancestor.valid_to) as valid_to
from {{ ref('int_hr__org_chain') }} as chain
inner join {{ ref('int_hr__org_unit') }} as ancestor
    on
        chain.ancestor_id = ancestor.org_unit_id
        and chain.valid_from < ancestor.valid_to
        and ancestor.valid_from < chain.valid_to
