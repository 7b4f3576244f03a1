with shape as (
    select
        t.metric_id,
        count(case when t.role = 'denominator' then 1 end) as denominator_terms,
        count(case when t.role = 'denominator' and c.attribution = 'shared' then 1 end) as shared_terms,
        bool_or(c.time_aggregation = 'direct') as is_counted_once,
        bool_or(coalesce(t.offset_periods, 0) <> 0) as is_of_earlier_periods
    from {{ source('library', 'metric_term') }} as t
    inner join {{ source('library', 'metric_component') }} as c on t.component_id = c.component_id
    group by t.metric_id
),

ways as (
    select
        m.metric_id, w.way, s.denominator_terms, s.shared_terms,
        case
            when s.metric_id is null then 'no_figures'
            when m.additivity = 'formula' then 'formula'
            when s.is_of_earlier_periods then 'earlier_periods'
            when w.way = 'unit' and s.is_counted_once then 'counted_once'
            when w.way = 'unit' and s.shared_terms not in (0, s.denominator_terms) then 'mixed_denominator'
        end as obstacle
    from {{ source('library', 'metric') }} as m
    cross join (values ('unit'), ('component')) as w (way)
    left join shape as s on m.metric_id = s.metric_id
)

select
    metric_id, way, obstacle is null as is_decomposable,
    case
        when obstacle is not null then null
        when denominator_terms = 0 then 'sum'
        when way = 'component' then 'term'
        when shared_terms = 0 then 'ratio'
        else 'shared'
    end as method,
    case obstacle
        when 'no_figures' then 'it has no figures tonight'
        when 'formula' then 'it is a formula of other figures, and the effects of its inputs do not add up'
        when 'earlier_periods' then 'it is made of figures of several periods'
        when 'counted_once' then 'what counts once in the whole counts in several of its parts'
        when 'mixed_denominator' then 'its denominator adds what all units share to what each has'
    end as reason,
    case obstacle
        when 'no_figures' then '当晚没有数值'
        when 'formula' then '它是其他数值的公式，各输入的影响不能加总'
        when 'earlier_periods' then '它由多个周期的数值构成'
        when 'counted_once' then '整体中只计一次的，会在多个部分中各计一次'
        when 'mixed_denominator' then '其分母把各单元共有的量与各自的量相加'
    end as reason_zh
from ways
