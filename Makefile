# Bridge needs make and Python 3.11 or newer; the rest is brought by `bootstrap.py`.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$name; break; }; done)
PORT ?= 8000
export PORT
IN_VENV := .venv/bin/python
TEMPLATES = $(shell find templates -name '*.html')

.PHONY: demo test check bench faults mutants screenshots stop clean

demo:                      ## everything at http://localhost:$(PORT)/, until Ctrl-C
	@$(or $(PYTHON),$(NO_PYTHON)) bootstrap.py demo
	@exec $(IN_VENV) -m sop_site.embedded demo

# Compiled anew, the tests and what they import cost each process ten seconds; some images ask for that.
test: export PYTHONDONTWRITEBYTECODE =
test:                      ## every test; narrow with ARGS="-k name"
	@$(or $(PYTHON),$(NO_PYTHON)) bootstrap.py test
	@exec $(IN_VENV) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

screenshots:               ## pictures of the pages, in screenshots/, and the README's in docs/
	@$(or $(PYTHON),$(NO_PYTHON)) bootstrap.py test
	@SCREENSHOTS=$(CURDIR)/screenshots $(IN_VENV) -m pytest -q sop_site/tests/journeys/test_screenshots.py
	@cp screenshots/bridge.png docs/bridge.png

# Without a running database makemigrations warns that it cannot compare with one; it need not.
check:                     ## lint, types, migrations, templates and the import rule
	@$(or $(PYTHON),$(NO_PYTHON)) bootstrap.py check
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m ruff format --check .
	$(if $(TEMPLATES),$(dir $(IN_VENV))djade --check --target-version 5.2 $(TEMPLATES))
	$(IN_VENV) -m mypy .
	$(IN_VENV) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(IN_VENV) -m pytest -q sop_site/tests/test_imports.py

bench:                     ## how fast it is: SIZE=small or full; KEEP=1 keeps and reuses its retailer
	@$(or $(PYTHON),$(NO_PYTHON)) bootstrap.py bench
	@exec $(IN_VENV) -m sop_site.bench

faults:                    ## kills, outages and races with nightly runs, and nothing lost; SEED=1 rolls the same dice
	@$(or $(PYTHON),$(NO_PYTHON)) bootstrap.py demo
	@exec $(IN_VENV) -m sop_site.faults $(if $(SEED),--seed $(SEED)) $(ARGS)

mutants:                   ## small faults put into the engines, and which of them the tests miss; ARGS=planning/risk
	@$(or $(PYTHON),$(NO_PYTHON)) bootstrap.py check
	@exec $(IN_VENV) -m planning.tests.mutants $(ARGS)

stop:                      ## the servers that a killed run left behind
	@$(IN_VENV) -m sop_site.embedded stop

clean:                     ## stop, and remove the demo's data for a fresh start
	@$(IN_VENV) -m sop_site.embedded remove

NO_PYTHON = @echo "Bridge needs Python 3.11 or newer: install it, or name it with make PYTHON=..." >&2; exit 1;
