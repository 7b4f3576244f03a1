"""What a dbt build came to: each model and test with its status, and the domain that answers for it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FAILED = {"error", "fail", "runtime error"}
# Every other domain's models read these two as well; a model of sales that also reads HR is a model of sales.
SUPPORTING_DOMAINS = {"hr", "library"}


@dataclass(frozen=True)
class NodeResult:
    """One model or test as dbt left it. `domain` is None where several domains meet, `reads` names them."""

    unique_id: str
    name: str
    kind: str
    status: str
    seconds: float
    domain: str | None
    severity: str
    failures: int | None
    message: str | None
    reads: frozenset[str]

    @property
    def is_failed(self) -> bool:
        return self.status in FAILED


@dataclass(frozen=True)
class BuildResult:
    """A whole `dbt build`. `error` is set when dbt stopped before it ran anything."""

    nodes: tuple[NodeResult, ...] = ()
    error: str | None = None

    @property
    def failed(self) -> list[NodeResult]:
        return [node for node in self.nodes if node.is_failed]

    @property
    def failed_domains(self) -> dict[str, str]:
        """Domain → its first failure in words; shared failures are not in here."""
        reasons: dict[str, str] = {}
        for node in self.failed:
            if node.domain is not None:
                reasons.setdefault(node.domain, failure_text(node))
        return reasons

    def shared_failures(self, held: Collection[str] = ()) -> list[NodeResult]:
        """Failures that no single domain answers for, except models that read a domain held back."""
        return [
            node
            for node in self.failed
            if node.domain is None and not (node.kind == "model" and node.reads.intersection(held))
        ]


def failure_text(node: NodeResult) -> str:
    """A failure in one line."""
    if node.kind == "test" and node.failures:
        return f"test {node.name} found {node.failures} row(s) that break it"
    return f"{node.kind} {node.name} failed: {' '.join((node.message or 'no message').split())}"


def read_build(target: Path, domains: Collection[str]) -> BuildResult:
    """The results that dbt left in its target folder."""
    results_file, manifest_file = target / "run_results.json", target / "manifest.json"
    if not results_file.exists() or not manifest_file.exists():
        return BuildResult(
            error=f"dbt stopped before it left results in {target}; the night's log has what it said."
        )
    manifest = json.loads(manifest_file.read_bytes())
    responsible = Responsibility(manifest, domains)
    results = json.loads(results_file.read_bytes())["results"]
    return BuildResult(tuple(_node_result(result, manifest, responsible) for result in results))


class Responsibility:
    """Which domain answers for a dbt node: the one whose folder it stands in, else the one that it reads."""

    def __init__(self, manifest: Mapping[str, Any], domains: Collection[str]):
        self._manifest = manifest
        self._domains = frozenset(domains)
        self._read: dict[str, frozenset[str]] = {}

    def domain_of(self, unique_id: str) -> str | None:
        read = self.domains_read(unique_id)
        own = read - SUPPORTING_DOMAINS or read
        return next(iter(own)) if len(own) == 1 else None

    def domains_read(self, unique_id: str) -> frozenset[str]:
        if unique_id not in self._read:
            self._read[unique_id] = self._domains_read(unique_id)
        return self._read[unique_id]

    def _domains_read(self, unique_id: str) -> frozenset[str]:
        if unique_id.startswith("source."):
            table = self._manifest["sources"][unique_id]["name"]
            return frozenset({table.partition("__")[0]} & self._domains)
        node = self._manifest["nodes"].get(unique_id) or self._manifest.get("unit_tests", {}).get(unique_id)
        if node is None:
            return frozenset()
        folders = set(node.get("fqn", ())[1:-1]) & self._domains
        if folders and node["resource_type"] == "model":
            return frozenset(folders)
        parents = [node["attached_node"]] if node.get("attached_node") else node["depends_on"]["nodes"]
        return frozenset().union(*(self.domains_read(parent) for parent in parents))


def _node_result(result: Mapping[str, Any], manifest: Mapping[str, Any], who: Responsibility) -> NodeResult:
    unique_id = result["unique_id"]
    node = manifest["nodes"].get(unique_id, {})
    return NodeResult(
        unique_id=unique_id,
        name=node.get("name", unique_id.rpartition(".")[2]),
        kind=unique_id.partition(".")[0],
        status=result["status"],
        seconds=round(result.get("execution_time") or 0, 3),
        domain=who.domain_of(unique_id),
        severity=str(node.get("config", {}).get("severity", "error")).lower(),
        failures=result.get("failures"),
        message=result.get("message"),
        reads=who.domains_read(unique_id),
    )
