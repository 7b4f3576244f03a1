{#- Every ancestor of every node, as of each day, in a hierarchy of any depth whose edges are dated.
    `edges`: relation with {node}, {parent}, valid_from, valid_to (closed off, never NULL).
    Result: one row per node, ancestor, interval: node_id, ancestor_id, distance (0 = itself), ancestor_parent_id,
    valid_from, valid_to. A loop in the data ends where it would repeat. -#}
{% macro ancestor_chain(edges, node, parent) %}
with recursive edges as (
    select {{ node }} as node_id, {{ parent }} as parent_id, valid_from, valid_to from {{ edges }}
),

chain as (
    select
        node_id,
        node_id as ancestor_id,
        parent_id as ancestor_parent_id,
        0 as distance,
        valid_from,
        valid_to,
        '/' || node_id || '/' as visited
    from edges

    union all

    select
        chain.node_id,
        edges.node_id as ancestor_id,
        edges.parent_id as ancestor_parent_id,
        chain.distance + 1 as distance,
        greatest(chain.valid_from, edges.valid_from) as valid_from,
        least(chain.valid_to, edges.valid_to) as valid_to,
        '/' || edges.node_id || chain.visited as visited
    from chain
    inner join edges
        on
            chain.ancestor_parent_id = edges.node_id
            and chain.valid_from < edges.valid_to
            and edges.valid_from < chain.valid_to
    where position('/' || edges.node_id || '/' in chain.visited) = 0
)

select node_id, ancestor_id, ancestor_parent_id, distance, valid_from, valid_to from chain
{% endmacro %}


{#- Per node, the intervals within which none of its dated rows in `relation` begins or ends: node_id, valid_from, valid_to. -#}
{% macro unchanging_intervals(relation, node) -%}
    select node_id, valid_from, valid_to
    from (
        select node_id, bound as valid_from, lead(bound) over (partition by node_id order by bound) as valid_to
        from (
            select {{ node }} as node_id, valid_from as bound from {{ relation }}
            union
            select {{ node }} as node_id, valid_to as bound from {{ relation }}
        ) as bounds
    ) as intervals
    where valid_to is not null
{%- endmacro %}
