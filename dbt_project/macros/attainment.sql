{#-
  How far a value is on its way from the baseline to the target. All macros here read the columns of a target: kind, baseline,
  commit, target, stretch, lower_bound, upper_bound, and the metric's direction.
-#}

{#- What keeps a target from being measured against; NULL for a sound one and where there is none. -#}
{% macro target_problem() -%}
    case
        when kind = 'within' and (lower_bound is null or upper_bound is null) then 'band_without_bounds'
        when kind = 'within' and lower_bound >= upper_bound then 'empty_band'
        when kind not in ('at_least', 'at_most') then null
        when baseline = target then 'baseline_is_target'
        when kind = 'at_least' and baseline > target or kind = 'at_most' and baseline < target then 'wrong_side_of_baseline'
        when baseline is null and target <= 0 then 'target_not_positive'
    end
{%- endmacro %}

{#- Whether a value is at a level or on the better side of it. A level is maintained from the side that its metric prefers. -#}
{% macro reaches(value, level) -%}
    case
        when kind = 'at_most' or (kind = 'maintain' and direction = 'down') then {{ value }} <= {{ level }}
        else {{ value }} >= {{ level }}
    end
{%- endmacro %}

{#-
  Attainment as a share, neither capped nor cut off at zero: 1 is the target. With a baseline it is the part of the way covered,
  without one the part of the target; below a limit without a baseline a value under a tenth of it counts as a tenth, or none at
  all could not be told. In a band it is 1, and falls by 1 over the band's width outside (or at the baseline, if that lies
  outside). What is maintained is reached or not.
-#}
{% macro attainment(value) -%}
    case kind
        when 'at_least' then
            case
                when baseline is null then {{ ratio(value, 'target') }}
                else {{ ratio(value ~ ' - baseline', 'target - baseline') }}
            end
        when 'at_most' then
            case
                when baseline is null then {{ ratio('target', 'greatest(' ~ value ~ ', target / 10)') }}
                else {{ ratio('baseline - ' ~ value, 'baseline - target') }}
            end
        when 'within' then
            1 - {{ ratio(outside_of(value), 'coalesce(nullif(' ~ outside_of('baseline') ~ ', 0), upper_bound - lower_bound)') }}
        when 'maintain' then case when {{ reaches(value, 'target') }} then 1.0 else 0.0 end
    end
{%- endmacro %}

{#- How far a value lies outside the bounds; 0 inside, and where there is none. -#}
{% macro outside_of(value) -%}
    greatest(lower_bound - {{ value }}, {{ value }} - upper_bound, 0)
{%- endmacro %}

{#- How far a value is from its target, in the unit of the metric: below it or below the band is negative. -#}
{% macro distance(value) -%}
    case
        when kind <> 'within' then {{ value }} - target
        when {{ value }} < lower_bound then {{ value }} - lower_bound
        when {{ value }} > upper_bound then {{ value }} - upper_bound
        else 0
    end
{%- endmacro %}

{#- Zone of a value: fail, commit, target or stretch. Levels are taken at `share`, the part of them that is due by now. -#}
{% macro zone(value, share='1') -%}
    case
        when kind = 'within' then case when {{ outside_of(value) }} = 0 then 'target' else 'fail' end
        when {{ reaches(value, 'stretch * ' ~ share) }} then 'stretch'
        when {{ reaches(value, 'target * ' ~ share) }} then 'target'
        when {{ reaches(value, 'commit * ' ~ share) }} then 'commit'
        else 'fail'
    end
{%- endmacro %}

{#- A value as a part of what is expected by now, 1 or more where it is at or ahead of it: the other way round below a limit. -#}
{% macro pace(value, expected) -%}
    case
        when kind in ('within', 'maintain') then {{ attainment(value) }}
        when target <= 0 then null
        when kind = 'at_most' then {{ ratio(expected, 'greatest(' ~ value ~ ', ' ~ expected ~ ' / 10)') }}
        else {{ ratio(value, expected) }}
    end
{%- endmacro %}

{#- A share as it is published; none that a hair's breadth below the line has made beyond all measure. -#}
{% macro bounded_share(value) -%}
    case when abs({{ value }}) < 1000000000 then cast({{ value }} as decimal(18, 6)) end
{%- endmacro %}

{#- How much of a period is done at this point of it: as in earlier periods, if there is a year of them; else by working days. -#}
{% macro completion(periods, then, in_all, periods_of_a_year) -%}
    case
        when {{ then }} > 0 and {{ in_all }} > 0 and {{ periods }} >= case period_grain
            {%- for grain, count in periods_of_a_year.items() %} when '{{ grain }}' then {{ count }}{% endfor %} end
            then {{ ratio(then, in_all) }}
        else share_passed
    end
{%- endmacro %}

{#- Whether parts sum to the target: each may be rounded by half of a hundredth. NULL where there are none. -#}
{% macro ties(total, parts) -%}
    abs({{ total }} - t.target) <= 0.005 * {{ parts }}
{%- endmacro %}

{#- What a part of a whole has of one of its levels. The ends of the parts are rounded, not the parts, so that they sum exactly. -#}
{% macro part_of(level, part) -%}
    cast({{ level }} * {{ part }}.part_to as decimal(24, 6)) - cast({{ level }} * {{ part }}.part_from as decimal(24, 6))
{%- endmacro %}
