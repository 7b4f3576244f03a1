"""Great Expectations on what was landed and on what is about to be published.

An expectation here is one query that returns the rows which should not be there. DuckDB does the work; Great
Expectations runs the queries, keeps the results of every run and renders them as Data Docs. What is selected
is what is stored, so the queries name keys and never a personal column.

- `landed`: suites generated from the contracts, over the Parquet of all committed loads;
- `marts`: suites written by hand in `suites/*.yml`, where a mart's meaning cannot be read off a contract;
- `runner` imports Great Expectations, which takes about ten seconds: the night therefore runs it in a child
  process (`process`, `__main__`) that starts to import while the sources are still being read.
"""
