-- Acceptance counts what came from below and was decided, in the half-year in which it was proposed: what is open or withdrawn
-- says nothing yet. Amended is accepted in another form.
with proposals as (
    select
        *,
        direction = 'up' and status in ('accepted', 'amended') as is_taken_up,
        direction = 'up' and status in ('accepted', 'amended', 'rejected') as is_judged
    from {{ ref('stg_library__goal_proposals') }}
    where proposed_on <= {{ run_setting('as_of') }}
),

counted as (
    select
        *,
        date_trunc('year', proposed_on) + to_months(6 * ((month(proposed_on) - 1) // 6)) as half_year
    from proposals
)

select
    proposal_id, direction, org_unit_id, position_id, parent_goal_id, metric_id, title, title_zh, rationale, rationale_zh,
    proposed_on, status, decided_on, decided_by_position_id, resolution, resolution_zh, goal_id,
    cast(decided_on - proposed_on as integer) as days_to_decision,
    cast(case when status = 'open' then {{ run_setting('as_of') }} - proposed_on end as integer) as days_open,
    cast(half_year as date) as half_year_on,
    cast(count(*) filter (where is_judged) over same_half_year as integer) as proposals_from_below_decided,
    cast(count(*) filter (where is_taken_up) over same_half_year as integer) as proposals_from_below_accepted,
    cast(
        {{ ratio('count(*) filter (where is_taken_up) over same_half_year',
                 'count(*) filter (where is_judged) over same_half_year') }} as decimal(9, 6)
    ) as bottom_up_acceptance
from counted
window same_half_year as (partition by half_year)
