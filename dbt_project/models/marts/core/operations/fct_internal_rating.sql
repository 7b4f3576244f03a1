select
    rating.rating_id,
    rating.rating_kind,
    unit.org_unit_id,
    rating.rated_org_unit_id as source_org_unit_id,
    rating.rating_org_unit_id,
    rating.rated_on,
    rating.score,
    rating.score >= 4 as is_top_two_box,
    {{ source_row('rating') }}
from {{ ref('stg_operations__internal_ratings') }} as rating
left join {{ ref('int_hr__known_unit') }} as unit on rating.rated_org_unit_id = unit.org_unit_id
