"""What every part of the sample company shares.

Seed, dates, organisation, people and who can do which work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from ingestion.sample.calendar import demand
from ingestion.sample.draws import Draws
from ingestion.sample.organisation import Organisation, organisation
from ingestion.sample.people import People, Roster, build_people

REGIONS = ("East", "South", "North", "Key")
GROUP_ROLES = {
    "hotline": ("service_agent", "service_lead"),
    "support": ("support_engineer", "support_lead", "lab_specialist"),
    "field": ("field_engineer", "field_lead"),
    "solutions": ("solution_engineer",),
    "approve_1": ("sales_manager",),
    "approve_2": ("head_sales",),
    "approve_3": ("head_finance",),
    "develop": ("hardware_engineer", "software_engineer", "rd_lead"),
    "test": ("test_engineer",),
    "people": ("hr_partner",),
    "assemble": ("assembler", "production_lead"),
    "calibrate": ("calibrator",),
    "pack": ("logistics_specialist",),
    "inspect": ("quality_inspector",),
    "improve": ("production_lead", "calibrator", "quality_inspector"),
    "buy": ("buyer",),
    "approve_purchase": ("procurement_manager",),
    "lead_projects": ("rd_project_manager", "rd_lead"),
}


@dataclass(frozen=True)
class Workload:
    """How much happens at the company, beside the usual: tickets and repeat orders as multiples, lines per
    order as a multiple, and notes that are written on each ticket.
    """

    tickets: float = 1
    notes: int = 0
    orders: float = 1
    order_lines: float = 1


@dataclass(frozen=True)
class World:
    """The company of one seed and size from `start` to `until` (ordinals, both inclusive)."""

    seed: int
    size: int
    start: int
    until: int
    workload: Workload = Workload()

    @cached_property
    def draws(self) -> Draws:
        return Draws(self.seed)

    @cached_property
    def org(self) -> Organisation:
        return organisation(self.size)

    @cached_property
    def people(self) -> People:
        return build_people(self.org, self.draws, self.start, self.until)

    @cached_property
    def roster(self) -> Roster:
        positions = self.org.positions.values()
        groups = {
            region: [p.id for p in positions if self.org.units[p.unit].region == region] for region in REGIONS
        }
        for name, roles in GROUP_ROLES.items():
            groups[name] = [p.id for p in positions if p.role in roles]
        return Roster(self.people.stints, groups)

    @cached_property
    def start_date(self) -> date:
        return date.fromordinal(self.start)

    def births(self, stream: str, days: np.ndarray, per_head: float, groups: tuple[str, ...], season=None):
        """How many records of a kind begin on each day, in step with the people who do that work."""
        mean = [
            per_head
            * sum(self.roster.strength(g, int(d)) for g in groups)
            * demand(int(d))
            * (season(int(d)) if season else 1)
            for d in days
        ]
        return self.draws.counts(stream, days.astype(np.uint64), np.array(mean))
