"""Waivers: findings that somebody has allowed, with a reason, until a day.

They are rows of `library.waivers`. `*` as object stands for every object of its type. A waiver lifts the
blame, never the fact: a definition that cannot be computed stays held out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from quality.findings import Finding


def apply_waivers(
    findings: Iterable[Finding], waivers: Iterable[dict[str, Any]], as_of: date
) -> list[Finding]:
    """The findings, each with the waiver that is in force for it on the as-of day."""
    in_force = {
        (w["rule_id"], w["object_type"], w["object_id"]): w for w in waivers if as_of < w["expires_on"]
    }
    waived = []
    for finding in findings:
        waiver = next(
            (
                in_force[key]
                for object_id in (finding.object_id, "*")
                if (key := (finding.rule_id, finding.object_type, object_id)) in in_force
            ),
            None,
        )
        waived.append(
            finding
            if waiver is None
            else replace(finding, waived_by=waiver["approver"], waiver_expires_on=waiver["expires_on"])
        )
    return waived
