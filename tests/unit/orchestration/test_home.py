"""A home holds the records of one company."""

from pathlib import Path

import pytest

from orchestration.home import AnotherCompanyError, Home


def test_a_home_belongs_to_the_company_of_its_first_night(tmp_path: Path):
    home = Home(tmp_path / "home")
    assert home.company is None
    home.belong_to("Qingmu Instruments")
    home.belong_to("Qingmu Instruments")
    assert home.company == "Qingmu Instruments"


def test_another_company_is_refused_with_a_way_out(tmp_path: Path):
    home = Home(tmp_path)
    home.belong_to("Qingmu Instruments")
    with pytest.raises(
        AnotherCompanyError, match=r"Qingmu Instruments, not of Adventure Works.*GOLDTHREAD_HOME"
    ):
        home.belong_to("Adventure Works")
