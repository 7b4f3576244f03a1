{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'mart_cascade_reconciliation'}}}) }}
-- A figure that is said to be made of others is what they come to, within the tolerance that was stated (LIN-04). Each row that
-- differs names the goal, the period, both figures and the difference. It holds back nothing: the figures are right, the
-- cascade is not.
select
    parent_goal_id, parent_metric_id, operation, subject_type, subject_id, label_en, parent_value, composed_value, difference,
    difference_share, tolerance_share, children
from {{ ref('mart_cascade_reconciliation') }}
where state = 'differs' and is_complete
