"""YAML with the line of every key."""

from pathlib import Path

import pytest

from metric_library.documents import read_document


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "metric.yml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_every_key_and_item_has_its_line(tmp_path: Path) -> None:
    document, problems = read_document(written(tmp_path, "a: 1\nb:\n  - c: x\n    d: [1, 2]\n  - e\n"))
    assert not problems
    assert document.data == {"a": 1, "b": [{"c": "x", "d": [1, 2]}, "e"]}
    assert [document.line(*p) for p in [("a",), ("b",), ("b", 0, "d"), ("b", 1)]] == [1, 2, 4, 5]
    assert document.line("b", 0, "d", "missing") == 4, "an unwritten key is shown at its nearest ancestor"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: x: y\n", 2, "not valid YAML"),
        ("a:\n  b: 1\n  b: 2\n", 3, "`b` stands twice"),
        ("a: 1\n\tb: 2\n", 2, "not valid YAML"),
        ("", 1, "empty"),
        ("a: 1\nb: \xe9".encode("latin-1"), 2, "UTF-8"),
    ],
)
def test_unreadable_files_say_where_and_why(tmp_path: Path, text: str | bytes, line: int, words: str) -> None:
    document, problems = read_document(written(tmp_path, text))
    assert document is None
    assert [problem.line for problem in problems] == [line]
    assert words in problems[0].message
    assert problems[0].message_zh


def test_merged_keys_are_those_of_dbt(tmp_path: Path) -> None:
    text = "base: &base {a: 1, b: 2}\nown:\n  <<: *base\n  b: 3\n"
    document, problems = read_document(written(tmp_path, text))
    assert not problems
    assert document.data["own"] == {"a": 1, "b": 3}
