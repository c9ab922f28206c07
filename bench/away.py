"""Measures on the made-up country, each set in a process of its own since a process knows one database."""

import json
import os
import subprocess
import sys

from bench import sets

NAMES = ("list_page", "detail_page", "search", "dashboard", "evaluation", "xlsx_export_all")
PAGES = ("list_page", "detail_page", "search", "dashboard")


def measured(names: list[str]) -> list[dict]:
    """Rows of var/bench.json."""
    sets.make(sets.LARGE)
    grown = "{}"
    if pages := [name for name in names if name in PAGES]:
        sets.make(sets.SMALL)
        grown = _run(sets.SMALL, "--seconds", *pages)
    return [json.loads(line) for line in _run(sets.LARGE, *names, BENCH_SMALL=grown).splitlines()]


def _run(name, *arguments, **more):
    environment = sets.environment(name) | {"DJANGO_SETTINGS_MODULE": "bench.settings"} | more
    command = [sys.executable, "-m", "bench.country", *arguments]
    return subprocess.run(
        command, cwd=sets.ROOT, env=os.environ | environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
