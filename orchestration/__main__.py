"""`python -m orchestration` is `goldthread`."""

from orchestration.cli import main

main()
