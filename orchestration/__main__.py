"""`python -m orchestration` is `goldthread`."""

from orchestration.cli import main

if __name__ == "__main__":
    main()
