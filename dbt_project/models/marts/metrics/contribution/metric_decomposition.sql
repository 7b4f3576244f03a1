with shape as (
    select
        t.metric_id,
        count(case when t.role = 'denominator' then 1 end) as denominator_terms,
        count(case when t.role = 'denominator' and c.attribution = 'shared' then 1 end) as shared_terms,
        bool_or(t.role = 'numerator' and c.attribution = 'shared') as has_shared_numerator,
        bool_or(c.time_aggregation = 'direct') as is_counted_once,
        bool_or(t.input > 0) as is_formula,
        bool_or(t.offset_periods is not null or t.time_window is not null) as is_of_several_periods
    from {{ source('library', 'metric_term') }} as t
    inner join {{ source('library', 'metric_component') }} as c on t.component_id = c.component_id
    group by t.metric_id
),

ways as (
    select
        m.metric_id, w.way, s.denominator_terms, s.shared_terms,
        case
            when s.metric_id is null then 'no_figures'
            when s.is_formula then 'formula'
            when s.is_of_several_periods then 'several_periods'
            when w.way = 'unit' and s.is_counted_once then 'counted_once'
            when w.way = 'unit' and (s.has_shared_numerator or s.shared_terms not in (0, s.denominator_terms)) then 'shared'
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
        when 'several_periods' then 'it takes earlier periods or accumulates over a window; explain what it is made of'
        when 'counted_once' then 'what counts once in the whole counts in several of its parts'
        when 'shared' then 'it adds what all units share to what each has'
    end as reason,
    case obstacle
        when 'no_figures' then '当晚没有数值'
        when 'formula' then '它是其他数值的公式，各输入的影响不能加总'
        when 'several_periods' then '它取自更早的周期或在一段时间内累计；请解释其构成指标'
        when 'counted_once' then '整体中只计一次的，会在多个部分中各计一次'
        when 'shared' then '它把各单元共有的量与各自的量相加'
    end as reason_zh
from ways
