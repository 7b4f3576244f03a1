{#- How a score is made of attainments: the states that count, the cap and the floor, gates, and what is said of it.
    The numbers are vars of dbt_project.yml. -#}

{#- Whether an item is scored: its state is one that counts and there is an attainment. What is not scored is left out, never 0. -#}
{% macro counts_in_score(item) -%}
    ({{ item }}.attainment_counted is not null and {{ item }}.state in ('{{ var("score_states") | join("', '") }}'))
{%- endmacro %}


{#- An attainment as a factor between 0 and a cap. Only for one that is there: NULL would become 0. -#}
{% macro score_factor(attainment, cap) -%}
    least(greatest({{ attainment }}, 0), {{ cap }})
{%- endmacro %}


{#- Whether a gate holds: NULL where there is no figure or no threshold, and while the period is open. -#}
{% macro gate_holds(item) -%}
    case
        when {{ item }}.state not in ('{{ var("score_states") | reject("equalto", "not_due") | join("', '") }}') then null
        when {{ item }}.kind = 'within' then {{ item }}.value between {{ item }}.lower_bound and {{ item }}.upper_bound
        when {{ at_most(item) }} then {{ item }}.value <= {{ item }}.gate
        else {{ item }}.value >= {{ item }}.gate
    end
{%- endmacro %}


{#- Whether a target is a limit: its kind says so, or what is to be maintained is better low. -#}
{% macro at_most(item) -%}
    ({{ item }}.kind = 'at_most' or ({{ item }}.kind = 'maintain' and {{ item }}.direction = 'down'))
{%- endmacro %}


{#- The threshold of a gate as people read it, in any language. -#}
{% macro gate_text(item) -%}
    case
        when {{ item }}.kind = 'within'
            then {{ number_text(item ~ '.lower_bound') }} || ' – ' || {{ number_text(item ~ '.upper_bound') }}
        when {{ at_most(item) }} then '≤ ' || {{ number_text(item ~ '.gate') }}
        else '≥ ' || {{ number_text(item ~ '.gate') }}
    end
{%- endmacro %}


{#- A number with at most four decimals, without zeros at its end. -#}
{% macro number_text(number) -%}
    regexp_replace(cast(cast({{ number }} as decimal(24, 4)) as varchar), '\.?0+$', '')
{%- endmacro %}


{#- A number with two decimals. -#}
{% macro two_decimals(number) -%}
    cast(cast({{ number }} as decimal(18, 2)) as varchar)
{%- endmacro %}


{#- Why an item is not scored, in English or Chinese. -#}
{% macro not_scored_text(state, language) -%}
    {%- set texts = {
        'no_data': ('no data', '无数据'), 'no_target': ('no target', '无目标值'), 'suppressed': ('too few records', '样本过少'),
        'stale': ('its source failed', '数据源未更新'), 'invalid': ('its target cannot be right', '目标值有误'),
        'error': ('its definition is broken', '定义有误'), 'not_computable': ('no source is connected', '未接入数据源'),
        'not_due': ('the period is open', '周期未结束'),
    } -%}
    case {{ state }}
        {%- for name, (english, chinese) in texts.items() %}
        when '{{ name }}' then '{{ english if language == "en" else chinese }}'
        {%- endfor %}
        else {{ "'no attainment'" if language == "en" else "'无达成率'" }}
    end
{%- endmacro %}


{#- An attainment in percent, of what is due by now where it still gathers, and as how much it counts beyond the cap or below 0. -#}
{% macro attainment_text(item, cap, language) -%}
    {%- set attainment = item ~ '.attainment_counted' -%}
    {%- set due, counted, end = (' of what is due', ', counted as ', ' %') if language == 'en' else ('（按进度）', '，按 ', ' % 计') -%}
    {{ two_decimals('100 * ' ~ attainment) }} || ' %' || case when {{ item }}.is_paced then '{{ due }}' else '' end
    || case when {{ attainment }} not between 0 and {{ cap }}
        then '{{ counted }}' || {{ two_decimals('100 * ' ~ score_factor(attainment, cap)) }} || '{{ end }}' else '' end
{%- endmacro %}


{#- Why a gate is neither held nor missed. -#}
{% macro undecided_gate_text(item, language) -%}
    case
        when {{ item }}.target_id is not null and {{ gate_text(item) }} is null
            then {{ "'its target names no threshold'" if language == "en" else "'目标值未设门槛'" }}
        else {{ not_scored_text(item ~ '.state', language) }}
    end
{%- endmacro %}
