"""dbt as a child of the night: the same program, which ends when its parent does."""

from orchestration.child import end_with_parent


def main() -> None:
    """Run dbt with this process's arguments."""
    end_with_parent()
    from dbt.cli.main import cli

    cli(prog_name="dbt")


if __name__ == "__main__":
    main()
