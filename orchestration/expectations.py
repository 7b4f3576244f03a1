"""The expectations of one night, in the background: started early, asked twice, read before publishing."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from quality.expectations.process import ExpectationsError, ExpectationsProcess
from quality.expectations.suite import ExpectationResult, Layer, SuiteResult, Summary


class ExpectationRun:
    """The two layers of suites, one after the other in one child process while the night goes on."""

    def __init__(self, home: Path, run_id: str, warehouse: Path):
        self._run_id = run_id
        self._process = ExpectationsProcess(home, run_id, warehouse)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="expectations")
        self._asked: dict[Layer, Future[Summary]] = {}
        self._is_started = False

    def start(self) -> None:
        """Let the child import what it needs; once."""
        if not self._is_started:
            self._process.start()
            self._is_started = True

    def ask(self, layer: Layer) -> None:
        """Evaluate a layer in the background."""
        self._asked[layer] = self._worker.submit(self._process.run, layer)

    def summaries(self) -> list[Summary]:
        """Every layer that was asked for.

        Landed data that could not be evaluated is an error among the results: the broken file of one domain
        must not keep the others from their readers. For marts it raises ExpectationsError.
        """
        return [self._answer(layer, asked) for layer, asked in self._asked.items()]

    def _answer(self, layer: Layer, asked: Future[Summary]) -> Summary:
        try:
            return asked.result()
        except ExpectationsError as error:
            if layer != "landed":
                raise
            return Summary(self._run_id, layer, [_not_evaluated(str(error))], [], 0.0)

    def build_docs(self) -> Path:
        """Render the Data Docs of what was evaluated; returns the first page."""
        return self._worker.submit(self._process.build_docs).result()

    def close(self) -> None:
        """End the child. What was asked and not answered is forgotten."""
        self._worker.shutdown(wait=False, cancel_futures=True)
        self._process.close()


def _not_evaluated(message: str) -> SuiteResult:
    result = ExpectationResult(
        name="evaluation",
        title="The landed data can be looked at.",
        title_zh="落地数据可以检查。",
        severity="critical",
        status="error",
        message=message,
    )
    return SuiteResult(name="landed", table="landing", domain=None, expectations=[result])
