# Two commands to begin with: `make run` starts the portal, `make test` checks it.
.PHONY: faults run practice test lint fmt bench drill nodes import_killed

# Starts the portal at http://127.0.0.1:8000 with the demo in it; another port: make run PORT=9000
run:
	@.ci/start

# Training: a copy of the demo of its own on http://127.0.0.1:8001, deleted when it stops
practice:
	@.ci/practice

# The whole suite on SQLite and on PostgreSQL, browser included
test:
	@.ci/test

# Style, templates, missing migrations, import order of the rooms
lint:
	@.ci/lint

# Formats Python; templates are linted only, since line breaks inside a sentence show on the page
fmt:
	@.ci/bootstrap test
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

# Speed figures beside their peers: make bench NAMES="minutes_pdf list_page"
bench:
	@.ci/bootstrap test
	.venv/bin/python -m bench $(NAMES)

# Brings the newest backup back aside and compares: rows, sums, files, trail
drill:
	@.ci/bootstrap run
	.venv/bin/python manage.py drill

# Kills web, worker and database at work, fills the disk, moves the clock: ARGS="--kills 5 --only sqlite web clock"
faults:
	@.ci/bootstrap test
	.venv/bin/python -m bench.faults $(ARGS)

# Two web nodes, two workers, primary and replica on this machine, each killed in turn: make nodes SECONDS=150 SEED=7
nodes:
	@.ci/bootstrap test
	SECONDS=$(SECONDS) SEED=$(SEED) .venv/bin/python -m bench.nodes

# A long import whose worker is killed half-way, taken up and sent again: make import_killed ROWS=50000
import_killed:
	@.ci/bootstrap test
	.venv/bin/python -m bench.import_killed $(ROWS)
