{{ config(
    materialized='keyed', key='rating_id', by_key=['stg_ticketing__satisfaction_ratings'],
    looked_up={
        'int_ticketing__ticket': {'ticket_id': 'ticket_id'},
        'int_hr__known_employee': {'employee_id': 'source_employee_id'},
    },
) }}

-- A rating that names nobody belongs to whoever handled its ticket.
-- Satisfied is 4 or 5 of five; a promoter gives 9 or 10 of ten, a detractor 0 to 6. A mark of the other survey is unknown.
with named as (
    select
        rating.*,
        coalesce(rating.employee_id, ticket.handler_id) as served_by,
        ticket.org_unit_id
    from {{ ref('stg_ticketing__satisfaction_ratings') }} as rating
    left join {{ ref('int_ticketing__ticket') }} as ticket on rating.ticket_id = ticket.ticket_id
)

select
    named.rating_id,
    named.ticket_id,
    person.employee_id,
    named.served_by as source_employee_id,
    unit.org_unit_id,
    named.survey_kind,
    named.score,
    {{ local_date('named.responded_at') }} as responded_on,
    case when named.survey_kind in ('csat', 'follow_up') then named.score >= 4 end as is_top_two_box,
    case when named.survey_kind = 'nps' then named.score >= 9 end as is_promoter,
    case when named.survey_kind = 'nps' then named.score <= 6 end as is_detractor,
    {{ source_row('named') }}
from named
left join {{ ref('int_hr__known_employee') }} as person on named.served_by = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on named.org_unit_id = unit.org_unit_id
