"""Pages and figures of the made-up country; run by `bench` with the database of one set.

python -m bench.country list_page evaluation        rows of var/bench.json as JSON lines
python -m bench.country --beside                    for the growth: reads a page for each name that it is given
"""

import json
import os
import sys
from contextlib import ExitStack

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
django.setup()

from bench import country_measures  # noqa: E402 -- models load only after setup()
from bench.beside import Beside, read_on_demand  # noqa: E402


def main(arguments):
    if arguments == ["--beside"]:
        read_on_demand(sys.stdin, sys.stdout)
        return
    with ExitStack() as ending:
        small = os.environ.get("BENCH_SMALL")
        beside = ending.enter_context(Beside(json.loads(small))) if small else None
        for name in arguments:
            for row in country_measures.MEASURES[name](beside):
                print(json.dumps(row), flush=True)


main(sys.argv[1:])
