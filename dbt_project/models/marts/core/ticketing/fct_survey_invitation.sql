{{ config(
    materialized='keyed', key='invitation_id', by_key=['stg_ticketing__survey_invitations'],
    looked_up={
        'int_ticketing__ticket': {'ticket_id': 'ticket_id'},
        'stg_ticketing__satisfaction_ratings': {'ticket_id': 'ticket_id'},
        'int_hr__known_employee': {'employee_id': 'source_employee_id'},
    },
) }}

-- Answered is an invitation whose ticket has a rating of the same survey; whoever handled the ticket stands in where the
-- invitation names nobody.
with named as (
    select
        invitation.*,
        coalesce(invitation.employee_id, ticket.handler_id) as served_by,
        ticket.org_unit_id
    from {{ ref('stg_ticketing__survey_invitations') }} as invitation
    left join {{ ref('int_ticketing__ticket') }} as ticket on invitation.ticket_id = ticket.ticket_id
),

answered as (
    select distinct ticket_id, survey_kind from {{ ref('stg_ticketing__satisfaction_ratings') }}
)

select
    named.invitation_id,
    named.ticket_id,
    person.employee_id,
    named.served_by as source_employee_id,
    unit.org_unit_id,
    named.survey_kind,
    {{ local_date('named.sent_at') }} as sent_on,
    answered.ticket_id is not null as is_answered,
    {{ source_row('named') }}
from named
left join answered on named.ticket_id = answered.ticket_id and named.survey_kind = answered.survey_kind
left join {{ ref('int_hr__known_employee') }} as person on named.served_by = person.employee_id
left join {{ ref('int_hr__known_unit') }} as unit on named.org_unit_id = unit.org_unit_id
