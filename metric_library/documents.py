"""YAML files that people edit, read with the line of every key, so that whatever is wrong later can be shown
in its place.

The values are those that dbt reads from the same text (YAML 1.1, safe types). A key written twice is
refused here, because YAML itself silently keeps only the last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from metric_library.problems import Problem

KeyPath = tuple[str | int, ...]
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """One YAML file: its data, and the 1-based line on which each key or list item stands."""

    file: Path
    data: Any
    lines: Mapping[KeyPath, int]

    def line(self, *path: str | int) -> int:
        """The line of the key at `path`, or of its nearest ancestor that was written."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_document(file: Path) -> tuple[Document | None, list[Problem]]:
    """Read one file; without a document there is at least one problem that says why."""
    try:
        text = file.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=_Loader)
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        return None, [
            _unreadable(
                file, line, "the text is not UTF-8; save it as UTF-8", "文件不是 UTF-8 编码，请改存为 UTF-8"
            )
        ]
    except yaml.YAMLError as error:
        return None, [_unparsable(file, error)]
    if node is None:
        return None, [
            _unreadable(
                file,
                1,
                "the file is empty; write a definition or delete it",
                "文件为空，请写入定义或删除该文件",
            )
        ]
    reader = _Reader(file)
    data = reader.read(node, ())
    return (None, reader.problems) if reader.problems else (Document(file, data, reader.lines), [])


class _Reader:
    """Turns YAML nodes into plain values, noting lines and repeated keys on the way."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[Problem] = []
        self._values = yaml.constructor.SafeConstructor()

    def read(self, node: yaml.Node, path: KeyPath) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        try:
            return self._values.construct_object(node)
        except (yaml.constructor.ConstructorError, ValueError) as error:
            self._report(
                node,
                f"the value {node.value!r} cannot be read: {error}",
                f"无法读取值 {node.value!r}：{error}",
            )
            return None

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[Any, Any]:
        self._refuse_repeated_keys(node)
        self._values.flatten_mapping(node)
        data = {}
        for key_node, value_node in node.value:
            key = (
                str(key_node.value) if key_node.tag == "tag:yaml.org,2002:str" else self.read(key_node, path)
            )
            key = key if isinstance(key, str | int) else str(key)
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            data[key] = self.read(value_node, (*path, key))
        return data

    def _refuse_repeated_keys(self, node: yaml.MappingNode) -> None:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                self._report(
                    key,
                    f"the key `{key.value}` stands twice in the same block; keep one of them",
                    f"同一层中键 `{key.value}` 重复，请只保留一个",
                )
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))

    def _report(self, node: yaml.Node, message: str, message_zh: str) -> None:
        self.problems.append(_unreadable(self.file, node.start_mark.line + 1, message, message_zh))


def _unparsable(file: Path, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).splitlines()[0]
    line = mark.line + 1 if mark else 1
    return _unreadable(
        file,
        line,
        f"the file is not valid YAML: {what}; look at this line and the one above it",
        f"文件不是有效的 YAML：{what}；请检查本行及上一行",
    )


def _unreadable(file: Path, line: int, message: str, message_zh: str) -> Problem:
    return Problem("syntax", file, line, message, message_zh, metric_id=None)
