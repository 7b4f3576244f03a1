"""Which metric might measure which duty: proposals from what both say and from whose records count in what.

Nothing here is published or linked: a proposal becomes a link when somebody writes it into
`library.position_metrics`. Everything is computed here, from one published night; no text leaves the machine.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from publishing.reader import PublishedNight

Row = dict[str, Any]

# With these, 125 of the sample's 250 links are among the first five proposals for their duty; by chance, 9.
NAME_PART, TEXT_PART, RECORD_PART = 0.45, 0.45, 0.1
LEAST_LIKENESS = 0.05
MOST_SHARED = 4
ENGLISH = {"analyzer": "char_wb", "ngram_range": (3, 5), "sublinear_tf": True}
CHINESE = {"analyzer": "char", "ngram_range": (1, 3), "sublinear_tf": True}


class FileIsThereError(Exception):
    """A file that would have been overwritten."""


@dataclass(frozen=True)
class Proposal:
    """One link that somebody might make; its first three columns are those of a link. `score` is 0 to 1."""

    position_id: str
    metric_id: str
    duty_id: str
    score: float
    likeness: float
    shares_records: bool
    duty: str
    duty_zh: str | None
    metric: str
    metric_zh: str | None
    why: str
    why_zh: str


def propose_links(
    night: PublishedNight,
    *,
    position: str | None = None,
    metric: str | None = None,
    top: int = 3,
    with_known: bool = False,
) -> list[Proposal]:
    """The likeliest metrics for each duty that are not linked with it yet, best first.

    At most `top` for a duty, or for the `metric` where one is named; with a `position`, only for its duties.
    `with_known` proposes links that exist as well: so one sees how many of them it would have found.
    Raises UnknownNameError for a metric or position that the night does not know.
    """
    duties, metrics = _duties(night), _metrics(night)
    _known(night, position, metric, duties, metrics)
    if not duties or not metrics:
        return []
    likeness = _likeness(duties, metrics)
    fed = _fed(night)
    found: list[Proposal] = []
    for number, duty in enumerate(duties):
        if position in (None, duty["position_id"]):
            known = set() if with_known else duty["linked"]
            ranked = sorted(
                (one for one in _of_duty(duty, metrics, likeness[number], fed) if one.metric_id not in known),
                key=_rank,
            )
            found += ranked[:top] if metric is None else [one for one in ranked if one.metric_id == metric]
    found.sort(key=_rank)
    return found if metric is None else found[:top]


def write_proposals(proposals: Sequence[Proposal], file: Path) -> None:
    """Write proposals as CSV; whoever agrees with one copies its first three columns into the library.

    `with_known` proposes links that exist as well: so one sees how many of them it would have found.
    Raises FileIsThereError rather than overwrite anything.
    """
    if file.exists():
        raise FileIsThereError(f"{file} exists already; proposals overwrite nothing. Choose another --out.")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(Proposal.__dataclass_fields__), lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(one) for one in proposals)


def _duties(night: PublishedNight) -> list[Row]:
    rows = night.rows(
        "SELECT object_id AS duty_id, position_id, label, label_zh, linked FROM marts.mart_duty_coverage "
        "WHERE side = 'duty' AND measurability <> 'none' ORDER BY object_id"
    )
    return [{**row, "linked": set((row["linked"] or "").split(", "))} for row in rows]


def _metrics(night: PublishedNight) -> list[Row]:
    return night.rows(
        "SELECT metric_id, label, name_zh, description, definition_zh FROM marts.dim_metric "
        "WHERE status IN ('published', 'retiring') AND state IN ('ok', 'stale') ORDER BY metric_id"
    )


def _fed(night: PublishedNight) -> set[tuple[str, str]]:
    """Position and metric, where work of the position (steps, tickets, orders) counts in the metric."""
    rows = night.rows(
        "SELECT DISTINCT subject_id, metric_id FROM marts.metric_value "
        "WHERE subject_type = 'position' AND n > 0"
    )
    return {(row["subject_id"], row["metric_id"]) for row in rows}


def _known(
    night: PublishedNight, position: str | None, metric: str | None, duties: list[Row], metrics: list[Row]
) -> None:
    from publishing.reader import UnknownNameError

    if metric is not None and metric not in {row["metric_id"] for row in metrics}:
        night.metric(metric)  # says what is near
        raise UnknownNameError(f"'{metric}' is not in use tonight, so that it measures nothing.")
    if position is not None and position not in {row["position_id"] for row in duties}:
        raise UnknownNameError(f"No duty of a position '{position}' is known; see hr.job_duties.")


def _likeness(duties: list[Row], metrics: list[Row]) -> np.ndarray:
    """Cosine of TF-IDF vectors over runs of letters, duty × metric: with names and with whole definitions."""
    names = [(row["label"] or "", row["name_zh"] or "") for row in metrics]
    texts = [
        (f"{label}. {row['description'] or ''}", f"{name_zh}。{row['definition_zh'] or ''}")
        for (label, name_zh), row in zip(names, metrics, strict=True)
    ]
    own = [(row["label"] or "", row["label_zh"] or "") for row in duties]
    by_name, by_text = _both(own, names), _both(own, texts)
    return (NAME_PART * by_name + TEXT_PART * by_text) / (NAME_PART + TEXT_PART)


def _both(duties: list[tuple[str, str]], metrics: list[tuple[str, str]]) -> np.ndarray:
    """The mean of the likeness in English and in Chinese; of one alone where the other is not written."""
    import numpy as np

    found, languages = np.zeros((len(duties), len(metrics))), np.zeros((len(duties), 1))
    for language, settings in enumerate((ENGLISH, CHINESE)):
        rows, columns = [pair[language] for pair in duties], [pair[language] for pair in metrics]
        if any(text.strip() for text in rows) and any(text.strip() for text in columns):
            found += _cosines(rows, columns, settings)
            languages += np.array([[float(bool(text.strip()))] for text in rows])
    return found / np.maximum(languages, 1)


def _cosines(rows: list[str], columns: list[str], settings: dict[str, Any]) -> np.ndarray:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(**settings).fit_transform([*rows, *columns])
    return (vectors[: len(rows)] @ vectors[len(rows) :].T).toarray()


def _of_duty(
    duty: Row, metrics: list[Row], likeness: np.ndarray, fed: set[tuple[str, str]]
) -> Iterator[Proposal]:
    for metric, like in zip(metrics, likeness, strict=True):
        shares = (duty["position_id"], metric["metric_id"]) in fed
        score = (NAME_PART + TEXT_PART) * float(like) + RECORD_PART * shares
        if like >= LEAST_LIKENESS:
            why, why_zh = _why(duty, metric, float(like), shares)
            yield Proposal(
                duty["position_id"],
                metric["metric_id"],
                duty["duty_id"],
                round(score, 4),
                round(float(like), 4),
                shares,
                duty["label"],
                duty["label_zh"],
                metric["label"],
                metric["name_zh"],
                why,
                why_zh,
            )


def _why(duty: Row, metric: Row, like: float, shares: bool) -> tuple[str, str]:
    words = _shared_words(duty["label"] or "", f"{metric['label']} {metric['description'] or ''}")
    signs = _shared_signs(duty["label_zh"] or "", f"{metric['name_zh'] or ''}{metric['definition_zh'] or ''}")
    english = f"texts alike {like:.2f}" + (f" ({', '.join(words)})" if words else "")
    chinese = f"文本相似 {like:.2f}" + (f"（{'、'.join(signs)}）" if signs else "")
    return (
        english + ("; work of the position counts in the metric" if shares else ""),
        chinese + ("；该岗位的工作计入此指标" if shares else ""),
    )


def _shared_words(one: str, other: str) -> list[str]:
    """The longest words of a text that begin a word of the other."""
    others = {word.strip(".,;:()'").casefold() for word in other.split()}
    words = {word.strip(".,;:()'").casefold() for word in one.split()}
    shared = [word for word in words if len(word) > 4 and any(known.startswith(word[:5]) for known in others)]
    return sorted(shared, key=lambda word: (-len(word), word))[:MOST_SHARED]


def _shared_signs(one: str, other: str) -> list[str]:
    """The pairs of Chinese characters that two texts share."""
    pairs = [one[at : at + 2] for at in range(len(one) - 1)]
    return [pair for pair in dict.fromkeys(pairs) if pair.isalpha() and pair in other][:MOST_SHARED]


def _rank(one: Proposal) -> tuple[float, str, str]:
    return (-one.score, one.duty_id, one.metric_id)
