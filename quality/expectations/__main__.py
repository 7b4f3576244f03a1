"""`python -m quality.expectations`: run the suites of a layer, or serve commands on standard input.

Exit code 0 when everything passed, 1 when an expectation failed or could not be evaluated. With `--serve`,
each line of standard input is a command (`landed`, `marts`, `docs`, `quit`) and is answered with one line of
JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any, TextIO

from ingestion.contract import CONTRACTS_FOLDER, load_contracts
from ingestion.store import Landing
from quality.expectations.landed import landed_suites, landed_tables, write_landed_views
from quality.expectations.marts import load_suites
from quality.expectations.suite import LAYERS, Layer, Summary, write_summary


def main() -> int:
    """Do what the arguments ask for; returns the exit code."""
    options = _options()
    # Libraries print to standard output; it is kept for answers alone.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if options.serve:
        return _serve(options, answers)
    summary = _run(options, options.layer)
    _build_docs(options)
    print(json.dumps(summary.to_dict(), ensure_ascii=False), file=answers)
    return 0 if summary.success else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m quality.expectations", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="GOLDTHREAD_HOME")
    parser.add_argument("--run-id", required=True)
    parser.add_argument("--warehouse", type=Path, help="the run's DuckDB file; needed for marts")
    parser.add_argument("--contracts", type=Path, default=CONTRACTS_FOLDER, help="folder of contracts")
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--layer", choices=LAYERS)
    task.add_argument("--serve", action="store_true")
    return parser.parse_args()


def _serve(options: argparse.Namespace, answers: TextIO) -> int:
    from quality.expectations import runner  # noqa: F401  imported now, while the caller is still landing

    for line in sys.stdin:
        command = line.strip()
        if command == "quit":
            break
        try:
            answer = _answer(options, command)
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, ensure_ascii=False), file=answers, flush=True)
    return 0


def _answer(options: argparse.Namespace, command: str) -> dict[str, Any]:
    if command == "docs":
        return {"index": str(_build_docs(options))}
    if command in LAYERS:
        return _run(options, command).to_dict()
    raise ValueError(f"unknown command {command!r}; known: {', '.join(LAYERS)}, docs, quit")


def _run(options: argparse.Namespace, layer: Layer) -> Summary:
    from quality.expectations.runner import run_suites

    contracts = load_contracts(options.contracts)
    if layer == "landed":
        landing = Landing(options.home)
        present = landed_tables(landing, contracts)
        absent = [table for table in contracts if table not in {contract.table for contract in present}]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "views.duckdb"
            write_landed_views(file, landing, present)
            summary = run_suites(options.home, options.run_id, layer, landed_suites(present), file, absent)
    else:
        summary = run_suites(
            options.home, options.run_id, layer, load_suites(contracts), options.warehouse, []
        )
    write_summary(options.home, summary)
    return summary


def _build_docs(options: argparse.Namespace) -> Path:
    from quality.expectations.runner import build_data_docs

    return build_data_docs(options.home, options.run_id)


if __name__ == "__main__":
    sys.exit(main())
