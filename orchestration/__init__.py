"""What runs when: the Dagster definitions, the night and the command line. No business logic."""
