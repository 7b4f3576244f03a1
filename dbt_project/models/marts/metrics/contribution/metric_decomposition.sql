with shape as (
    select
        t.metric_id,
        count(case when t.role = 'denominator' then 1 end) as denominator_terms,
        count(case when t.role = 'denominator' and c.attribution = 'shared' then 1 end) as shared_terms
    from {{ source('library', 'metric_term') }} as t
    inner join {{ source('library', 'metric_component') }} as c on t.component_id = c.component_id
    group by t.metric_id
),

ways as (
    select
        m.metric_id, w.way,
        case
            when s.denominator_terms = 0 then 'sum'
            when w.way = 'component' then 'term'
            when s.shared_terms = 0 then 'ratio'
            when s.shared_terms = s.denominator_terms then 'shared'
        end as method,
        case
            when s.metric_id is null then 'no_figures'
            when w.way = 'component' or s.shared_terms in (0, s.denominator_terms) then null
            else 'mixed_denominator'
        end as obstacle
    from {{ source('library', 'metric') }} as m
    cross join (values ('unit'), ('component')) as w (way)
    left join shape as s on m.metric_id = s.metric_id
)

select
    metric_id, way, obstacle is null as is_decomposable,
    case when obstacle is null then method end as method,
    case obstacle
        when 'no_figures' then 'it has no figures tonight'
        when 'mixed_denominator' then 'its denominator adds what all units share to what each has'
    end as reason,
    case obstacle
        when 'no_figures' then '当晚没有数值'
        when 'mixed_denominator' then '其分母把各单元共有的量与各自的量相加'
    end as reason_zh
from ways
