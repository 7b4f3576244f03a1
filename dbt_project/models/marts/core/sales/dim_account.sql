select
    account_id,
    segment,
    region,
    industry,
    created_on
from {{ ref('stg_sales__accounts') }}
