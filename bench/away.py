"""Measures on the made-up country, each set in a process of its own since a process knows one database."""

import json
import os
import subprocess
import sys

from bench import sets

NAMES = ("list_page", "detail_page", "search", "dashboard", "office", "one_office", "evaluation", "xlsx_export_all")
PAGES = ("list_page", "detail_page", "search", "dashboard")


def measured(names: list[str]) -> list[dict]:
    """Rows of var/bench.json."""
    sets.make(sets.LARGE)
    large = _settings(sets.LARGE)
    if set(names) & set(PAGES):
        sets.make(sets.SMALL)
        large["BENCH_SMALL"] = json.dumps(_settings(sets.SMALL))
    command = [sys.executable, "-m", "bench.country", *names]
    told = subprocess.run(
        command, cwd=sets.ROOT, env=os.environ | large, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    return [json.loads(line) for line in told.splitlines()]


def _settings(name):
    """What a process needs beside the environment to measure a set."""
    given = sets.environment(name) | {"DJANGO_SETTINGS_MODULE": "bench.settings"}
    return {key: value for key, value in given.items() if os.environ.get(key) != value}
