"""What `dagster dev` loads: the definitions of the company that GOLDTHREAD_PROFILE names.

The dbt project is staged here, and parsed when it changed, unless a night is running: then its project
stands as it is.
"""

import dagster as dg

from orchestration.defs.nightly import build_definitions
from orchestration.home import home_from_environment, profile_from_environment
from orchestration.lock import NightIsRunningError, night_lock
from orchestration.night import default_as_of, load_setup, prepare_project
from orchestration.project import staged_project_folder


@dg.definitions
def definitions() -> dg.Definitions:
    """The code location."""
    setup = load_setup(home_from_environment(), profile_from_environment())
    try:
        with night_lock(setup.home.lock_file, "definitions"):
            project = prepare_project(setup, default_as_of(setup.profile))
    except NightIsRunningError:
        project = staged_project_folder(setup.home)
    return build_definitions(setup, project)
