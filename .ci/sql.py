"""sqlfluff as it is, for a project with many macros.

sqlfluff compiles every macro anew for every model that it reads, which takes longer than all the rest of
it. The code of a template depends on its text alone, so here it is compiled once.
"""

from types import CodeType

from jinja2 import Environment
from sqlfluff.cli.commands import cli

_compile = Environment.compile
_compiled: dict[tuple, CodeType] = {}


def _compile_once(environment: Environment, *arguments: object) -> CodeType:
    key = (type(environment), *arguments)
    if key not in _compiled:
        _compiled[key] = _compile(environment, *arguments)
    return _compiled[key]


Environment.compile = _compile_once  # in the processes that sqlfluff starts as well, which load this file

if __name__ == "__main__":
    cli()
