"""The table of docs/bao-mat.md: every requirement of ASVS 5.0 level 2 is answered, every test named there exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (Đạt|Không áp dụng|Chưa) \| (.+?) \| (.*?) \|$")
# Of each section, the requirements of levels 1 and 2 come first: so many.
SECTIONS = """
1.1 2, 1.2 9, 1.3 11, 1.4 3, 1.5 2, 2.1 3, 2.2 3, 2.3 4, 2.4 1, 3.2 2, 3.3 4, 3.4 6, 3.5 5, 3.7 2, 4.1 3, 4.2 1, 4.3 2,
4.4 4, 5.1 1, 5.2 3, 5.3 2, 5.4 3, 6.1 3, 6.2 12, 6.3 4, 6.4 4, 6.5 5, 6.6 3, 6.8 4, 7.1 3, 7.2 4, 7.3 2, 7.4 5, 7.5 2,
7.6 2, 8.1 2, 8.2 3, 8.3 1, 8.4 1, 9.1 3, 9.2 4, 10.1 2, 10.2 2, 10.3 4, 10.4 11, 10.5 5, 10.6 2, 10.7 3, 11.1 2,
11.2 3, 11.3 3, 11.4 4, 11.5 1, 11.6 1, 12.1 3, 12.2 2, 12.3 4, 13.1 1, 13.2 5, 13.3 2, 13.4 5, 14.1 2, 14.2 4, 14.3 3,
15.1 3, 15.2 3, 15.3 7, 16.1 1, 16.2 5, 16.3 4, 16.4 3, 16.5 3, 17.1 1, 17.2 4, 17.3 2
"""
TEXT = Path(settings.BASE_DIR, "docs", "bao-mat.md").read_text()
ROWS = [found.groups() for line in TEXT.splitlines() if (found := ROW.match(line))]


@cache
def names_in(path):
    tree = ast.parse(Path(settings.BASE_DIR, "tests", path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_requirement_is_answered_once():
    wanted = [part.split() for part in SECTIONS.replace("\n", " ").split(", ")]
    numbers = [f"{section}.{number}" for section, count in wanted for number in range(1, int(count) + 1)]
    assert [number for number, *_rest in ROWS] == numbers
    assert len(numbers) == 253


@pytest.mark.parametrize("state", ["Đạt", "Không áp dụng", "Chưa"])
def test_the_sums_above_the_table_are_those_of_the_table(state):
    count = sum(1 for _number, found, *_rest in ROWS if found == state)
    assert f"{count} {state.lower()}" in TEXT


def test_every_test_named_in_the_table_exists():
    named = {name for *_rest, tests in ROWS for name in re.findall(r"`([^`]+)`", tests)}
    missing = [name for name in named if name.partition("::")[2] not in names_in(name.partition("::")[0])]
    assert missing == []
    assert len(named) > 60
