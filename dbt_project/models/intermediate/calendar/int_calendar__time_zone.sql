select time_zone from {{ source('library', 'run_context') }}
