"""Where state is kept: the folders below GOLDTHREAD_HOME, and which company's profile is meant."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
HOME_VARIABLE = "GOLDTHREAD_HOME"
PROFILE_VARIABLE = "GOLDTHREAD_PROFILE"
SAMPLE_PROFILE = PROJECT_ROOT / "profiles" / "sample"


class AnotherCompanyError(Exception):
    """A home that holds the nights of another company."""


@dataclass(frozen=True)
class Home:
    """The folders of one warehouse. Nothing is created by asking for a path."""

    root: Path

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def dagster(self) -> Path:
        return self.root / "dagster"

    @property
    def lock_file(self) -> Path:
        return self.root / "night.lock"

    @property
    def company(self) -> str | None:
        """The company whose records have landed here; None before the first night."""
        return self._company_file.read_text("utf-8") if self._company_file.exists() else None

    def belong_to(self, company: str) -> None:
        """Keep this home to one company: records of two must never land in one place.

        Raises AnotherCompanyError where it is another's.
        """
        if self.company is None:
            self.root.mkdir(parents=True, exist_ok=True)
            self._company_file.write_text(company, "utf-8")
        elif self.company != company:
            raise AnotherCompanyError(
                f"{self.root} holds the warehouse of {self.company}, not of {company}; "
                f"name another folder in {HOME_VARIABLE}."
            )

    @property
    def _company_file(self) -> Path:
        return self.root / "company"

    def run(self, run_id: str) -> Path:
        """A night's own folder: its warehouse file, dbt artifacts and logs."""
        return self.runs / run_id


def home_from_environment() -> Home:
    """The home that GOLDTHREAD_HOME names, else ./.goldthread."""
    return Home(Path(os.environ.get(HOME_VARIABLE) or ".goldthread").absolute())


def profile_from_environment() -> Path:
    """The profile folder that GOLDTHREAD_PROFILE names, else the sample company's."""
    return Path(os.environ.get(PROFILE_VARIABLE) or SAMPLE_PROFILE).absolute()
