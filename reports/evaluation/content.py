"""A report as it stands: each chapter with its words, whether people's own or what the figures say, and its tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.evaluation.figures import Table
from reports.evaluation.parts import CHAPTERS, Chapter, TextPart
from reports.evaluation.selection import Selection
from reports.evaluation.sentences import suggestions
from reports.models import Evaluation, EvaluationText


@dataclass(frozen=True)
class Words:
    """One text part. `own` is what someone wrote, None while the part says what the figures say."""

    part: TextPart
    suggestion: str
    own: EvaluationText | None
    picks: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.own.text if self.own else self.suggestion

    @property
    def lines(self) -> list[str]:
        """What the report prints, a paragraph or an item each."""
        return [*(line.strip() for line in self.text.splitlines() if line.strip()), *self.picks]

    @property
    def has_moved(self) -> bool:
        """The figures say something else than when these words were written."""
        return self.own is not None and self.own.suggestion != self.suggestion

    @property
    def is_missing(self) -> bool:
        """Nobody wrote or picked anything and the figures say nothing; an empty text saved on purpose is no gap."""
        return self.own is None and not self.lines


@dataclass(frozen=True)
class ChapterContent:
    chapter: Chapter
    words: tuple[Words, ...]
    tables: tuple


def selection_of(evaluation: Evaluation) -> Selection:
    """What the report counts, as whoever last saved its head sees it: the same for every reader, and on paper."""
    return Selection.of(evaluation, evaluation.updated_by)


def content_of(evaluation: Evaluation, selection: Selection, tables: Sequence[Table]) -> list[ChapterContent]:
    """Parts I-VIII with these tables and what they say."""
    by_key = {table.key: table for table in tables}
    return chapters_of(evaluation, suggestions(evaluation, selection, tables), by_key)


def chapters_of(evaluation: Evaluation, said: Mapping[str, str], tables: Mapping[str, Any]) -> list[ChapterContent]:
    """Parts I-VIII; a table that no part names stands with the results. Two queries.

    `said` is what the figures say, `tables` whatever stands for each table on a page or a paper.
    """
    own = {row.part: row for row in evaluation.texts.select_related("updated_by")}
    picks = {}
    for pick in evaluation.picks.select_related("phrase"):
        picks.setdefault(pick.phrase.kind, []).append(f"{pick.phrase}: {pick.note}" if pick.note else str(pick.phrase))
    named = {key for chapter in CHAPTERS for key in chapter.tables}
    loose = tuple(key for key in tables if key not in named)
    return [
        ChapterContent(
            chapter,
            tuple(
                Words(
                    part, said[part.key], own.get(part.key), tuple(picks.get(part.phrases, ())) if part.phrases else ()
                )
                for part in chapter.texts
            ),
            tuple(tables[key] for key in _keys(chapter, loose) if key in tables),
        )
        for chapter in CHAPTERS
    ]


def _keys(chapter, loose):
    return (*chapter.tables, *loose) if chapter.numeral == "III" else chapter.tables
