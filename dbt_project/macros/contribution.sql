{#-
  How much each part moved the whole, exactly: the effects of the parts of one whole sum to its change.

  `parts` is a relation of one row per part, with
      base_numerator, base_denominator, numerator, denominator     of the part, in the base period and in the period
      whole_base_numerator, ... whole_denominator                  of the whole
      change                                                       of the whole's value
      method                                                       how the parts make up the whole:
          sum      the value is the sum of the parts' numerators
          shared   it is that sum over a denominator that all parts share
          ratio    the parts' numerators and denominators each add up
          term     as ratio, but a part is one term of the formula and has no rate of its own
  `whole` and `part` list the columns that tell wholes apart, and the parts of one whole.

  With Rm the mean of the two ratios of the whole and Dm the mean of its two denominators,
      V1 - V0 = (dN - Rm dD) / Dm,  hence  effect = (dn - Rm dd) / Dm  of each part.
  The effect of a part with rates r is split into what its rate did, dm dr / Dm, and what its weight did, (rm - Rm) dd / Dm;
  a part without a rate in one of the periods, being new or gone, is all weight. Effects have ten decimals; what rounding leaves
  goes to the parts with the largest remainders.
-#}
{% macro contribution_effects(parts, whole, part) -%}
{%- set whole = whole | join(', ') -%}
{%- set part = part | join(', ') -%}
{%- set dn = '(numerator - base_numerator)' -%}
{%- set dd = '(denominator - base_denominator)' -%}
{%- set mean_ratio = '(whole_base_numerator / whole_base_denominator + whole_numerator / whole_denominator) / 2' -%}
{%- set mean_denominator = '((whole_base_denominator + whole_denominator) / 2)' -%}
with exact as (
    select
        *,
        case
            when method = 'shared'
                then numerator / whole_denominator - base_numerator / whole_base_denominator
            when method in ('ratio', 'term') then ({{ dn }} - {{ mean_ratio }} * {{ dd }}) / {{ mean_denominator }}
            else 0
        end * 1e10 as quotient,
        case
            when method <> 'ratio' then null
            when base_denominator = 0 or denominator = 0 then 0
            else
                (base_denominator + denominator) / 2
                * (numerator / denominator - base_numerator / base_denominator) / {{ mean_denominator }}
        end as rate
    from {{ parts }}
),

rounded as (
    select
        * exclude (quotient),
        quotient - round(quotient) as remainder,
        cast(round(quotient) as hugeint)
        + case when method = 'sum' then cast({{ dn }} * 10000000000 as hugeint) else 0 end as units
    from exact
),

left_over as (
    select
        *,
        cast(change * 10000000000 as hugeint) - sum(units) over (partition by {{ whole }}) as rest,
        count(*) over (partition by {{ whole }}) as parts
    from rounded
),

placed as (
    select
        *,
        row_number() over (partition by {{ whole }} order by remainder * sign(rest) desc, {{ part }}) as place,
        row_number() over (partition by {{ whole }} order by abs(units) desc, {{ part }}) as place_by_size
    from left_over
),

-- As a rule the rest is less than one unit for each part. Figures too large for ten exact decimals leave more: the largest
-- effect takes it, being as little exact itself.
settled as (
    select
        * exclude (remainder, units, rest, parts, place, place_by_size),
        units
        + case when place <= abs(rest) then sign(rest) else 0 end
        + case when place_by_size = 1 then sign(rest) * greatest(abs(rest) - parts, 0) else 0 end as units
    from placed
),

effects as (
    select
        * exclude (units, rate),
        cast(cast(units as decimal(38, 0)) * cast(0.0000000001 as decimal(11, 10)) as decimal(38, 10)) as effect,
        cast(rate as decimal(38, 10)) as rate_effect
    from settled
)

select *, effect - rate_effect as mix_effect from effects
{%- endmacro %}


{#- Types of subject that are org units, from the company down. -#}
{% macro unit_types() -%} ('company', 'division', 'department', 'team') {%- endmacro %}
