"""SQL of the dbt project without dbt, to try it on a few rows in memory."""

from pathlib import Path

import jinja2
import yaml

DBT_PROJECT = Path(__file__).resolve().parents[3] / "dbt_project"
MACROS = (
    "ratio", "time", "period", "comparison", "restatement", "attainment", "identity", "touched",
    "metric_components", "scores",
)  # fmt: skip

VARIABLES = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text("utf-8"))["vars"]


def rendered(text: str) -> str:
    """A template as SQL: `ref` reads the table of that name, `source` that of its schema."""
    macros = "".join((DBT_PROJECT / "macros" / f"{name}.sql").read_text("utf-8") for name in MACROS)
    environment = jinja2.Environment(autoescape=False)  # noqa: S701 - the text becomes SQL, not HTML
    environment.globals |= {
        "ref": lambda name: name,
        "source": lambda schema, name: f"{schema}.{name}",
        "config": lambda **_settings: "",
        "var": VARIABLES.__getitem__,
    }
    return environment.from_string(macros + text).render()


def model(place: str) -> str:
    """A model below models/marts as SQL."""
    return rendered((DBT_PROJECT / "models" / "marts" / f"{place}.sql").read_text("utf-8"))
