"""Reading YAML so that every complaint about it can name the line.

Used for the files that people edit: contracts and company profiles. Knows nothing about their content.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

Location = tuple[str | int, ...]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML 1.2's booleans: only true and false. A column called `No` or `on` stays a word."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|false|True|False"), list("tfTF"))


class YamlError(Exception):
    """A YAML file that cannot be read; the message names file, line and what is wrong."""


def load_yaml(path: Path) -> tuple[Any, dict[Location, int]]:
    """The content of a YAML file and, for the path of keys to each value, the line it stands on."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise YamlError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise YamlError(f"{path}: not UTF-8 (byte {error.start}); save the file as UTF-8") from None
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise YamlError(f"{path}: the file is empty")
        lines: dict[Location, int] = {}
        _note_lines(node, (), lines, path)
        return loader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlError(f"{path}:{line}: not valid YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError(f"{path}: not valid YAML: {error}") from None
    finally:
        loader.dispose()


def _note_lines(node: yaml.Node, at: Location, lines: dict[Location, int], path: Path) -> None:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            # YAML lets the last of two equal keys win without a word; here it is a mistake.
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise YamlError(f"{path}:{line}: the key {key.value!r} stands twice")
            seen.add(key.value)
            lines[(*at, key.value)] = line
            _note_lines(value, (*at, key.value), lines, path)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _note_lines(item, (*at, number), lines, path)


def line_of(location: Location, lines: dict[Location, int]) -> int:
    """The line of a location, or of the nearest thing around it that the file holds."""
    known: Location = ()
    for part in location:
        # pydantic inserts names of union members into a location; the file does not know them.
        if (*known, part) in lines:
            known = (*known, part)
    return lines.get(known, 1)


def validation_messages(error: ValidationError, path: Path, lines: dict[Location, int]) -> list[str]:
    """One line `file:line: place: what is wrong` per problem that pydantic found."""
    messages: list[str] = []
    for problem in error.errors(include_url=False):
        location = problem["loc"]
        place = ".".join(str(part) for part in location)
        what = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            what = "this key is not known here"
        messages.append(f"{path}:{line_of(location, lines)}: {place}: {what}")
    return messages
