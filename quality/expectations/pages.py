"""Data Docs that load nothing from elsewhere.

Great Expectations' own pages fetch styles, scripts and a logo from a dozen hosts and show little without
them: others would learn when somebody looks at figures about people, and without a network the pages are
empty. The outermost templates in `templates/` stand in for its own: no script, no other host, the same
content.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from great_expectations.render.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader

TEMPLATES = Path(__file__).parent / "templates"


class OfflinePageView(DefaultJinjaPageView):
    """Renders a page with our templates first; a custom folder of Great Expectations' own comes last."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.env.loader = ChoiceLoader([FileSystemLoader(TEMPLATES), self.env.loader])


def site(folder: Path) -> dict[str, Any]:
    """The configuration of a Data Docs site in a folder."""
    view = {"module_name": __name__, "class_name": OfflinePageView.__name__}
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "view": view},
        "site_section_builders": {
            "expectations": {"class_name": "DefaultSiteSectionBuilder", "view": view},
            "validations": {"class_name": "DefaultSiteSectionBuilder", "view": view},
            "profiling": "none",
        },
    }
