"""pydantic's errors in words for the person who edits the file: which key, what is wrong, what would be
right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel


def explain(
    detail: Mapping[str, Any], model: type[BaseModel], data: Any
) -> tuple[tuple[str | int, ...], str, str, str]:
    """(key path, message, message in Chinese, kind of problem) of one pydantic error."""
    keys = _written_path(detail["loc"], data)
    where = ".".join(str(key) for key in detail["loc"]) or "the definition"
    kind = "schema"
    if detail["type"] == "missing":
        message, zh = f"`{where}` is missing; add it", f"缺少 `{where}`，请补上"
    elif detail["type"] == "extra_forbidden":
        known = _known_keys(model, detail["loc"][:-1])
        hint = _hint(str(detail["loc"][-1]), known)
        message = f"unknown key `{where}`; {hint or 'known here: ' + ', '.join(known)}"
        zh = f"未知键 `{where}`；此处可用：{', '.join(known)}"
    elif detail["type"] == "literal_error":
        expected = detail["ctx"]["expected"]
        message = f"`{where}` is {detail['input']!r}; it must be {expected}"
        zh = f"`{where}` 的值为 {detail['input']!r}；应为 {expected.replace(' or ', ' 或 ')}"
    elif detail["type"] == "string_pattern_mismatch":
        pattern = detail["ctx"]["pattern"]
        message = f"`{where}` is {detail['input']!r}; it must look like {pattern}"
        zh = f"`{where}` 的值为 {detail['input']!r}；格式应为 {pattern}"
    else:
        text = detail["msg"].removeprefix("Value error, ")
        message, zh = f"`{where}`: {text}", f"`{where}`：{text}"
    return keys, message, zh, kind


def similar(name: str, known: Iterable[str]) -> tuple[str, str]:
    """`; did you mean x?` in English and Chinese when something close is known, else nothing."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return (f"; did you mean `{close[0]}`?", f"；是否为 `{close[0]}`？") if close else ("", "")


def _hint(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.7)
    return f"did you mean `{close[0]}`?" if close else ""


def _written_path(location: tuple[Any, ...], data: Any) -> tuple[str | int, ...]:
    """The part of pydantic's location that was really written (its own labels of unions are not)."""
    path: list[str | int] = []
    for key in location:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            continue
        path.append(key)
    return tuple(path)


def _known_keys(model: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    """Keys that the block at `location` may have."""
    current: Any = model
    for key in location:
        if isinstance(key, int):
            continue
        current = _model_in(current.model_fields[key].annotation) if key in current.model_fields else current
    return sorted(current.model_fields)


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
