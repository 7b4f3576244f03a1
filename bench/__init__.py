"""What a night, its metrics and its landing cost, beside what others take for the same work.

`make bench` runs it; `docs/performance.md` says what is measured and what was reached.
"""
