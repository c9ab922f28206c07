"""Pages and figures of the made-up country; run by `bench` with the database of one set.

python -m bench.country list_page evaluation        rows of var/bench.json as JSON lines
python -m bench.country --seconds list_page         {page: [seconds, lines]}, for the growth from the small set
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
django.setup()

from bench import country_measures  # noqa: E402 -- models load only after setup()


def main(arguments):
    if arguments[0] == "--seconds":
        pages = [page for name in arguments[1:] for page in country_measures.pages_of(name)]
        visits = {page.name: page.longest() for page in pages}
        taken = {name: (country_measures.seconds_of(visit), visit.lines) for name, visit in visits.items() if visit}
        print(json.dumps(taken))
        return
    grown = json.loads(os.environ.get("BENCH_SMALL", "{}"))
    for name in arguments:
        for row in country_measures.MEASURES[name](grown):
            print(json.dumps(row), flush=True)


main(sys.argv[1:])
