# Everything a person needs: make demo, make test, make serve. Every target is safe to run twice.

export PATH := $(CURDIR)/.venv/bin:$(PATH)
PYTHON ?= python3

.PHONY: help setup demo serve test check simulate exhaustive planted chaos stops bench clean

help:           ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile

setup: .venv/.stamp .venv/.tesseract  ## make .venv/bin/ocrcore ready for use

demo: setup     ## start the embedded service, send it pictures, show their text
	@python scripts/demo.py

serve: setup    ## serve the API on http://127.0.0.1:8000 until Ctrl-C
	@ocrcore serve

test: setup .venv/.servers  ## everything: format, lint, types, import contracts, every test
	@$(MAKE) --no-print-directory static
	@pytest -n 2 --dist loadfile
	@$(MAKE) --no-print-directory simulate SEEDS=20000
	@$(MAKE) --no-print-directory exhaustive

check: setup    ## the fast loop: format, lint, types, import contracts, unit tests, a short simulation
	@$(MAKE) --no-print-directory static
	@pytest -n 2 -q tests/unit
	@python scripts/simulate.py --seeds 300

simulate: setup ## SEEDS=n histories from FIRST=k on, summed with those in LEDGER=file; SEED=k replays one and shows it
	@python scripts/simulate.py $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),1000) --first $(or $(FIRST),0) \
	  $(if $(LEDGER),--ledger $(LEDGER)))

exhaustive: setup ## every schedule of one or two faults of one job, and everything failing after any call
	@python scripts/simulate.py --exhaustive 2

planted: setup .venv/.servers ## show that each planted bug is found, by which tier, and within how many seeds
	@python scripts/simulate.py --planted

chaos: setup .venv/.servers ## ROUNDS=n of use on real servers while everything is killed, stopped, frozen and restarted
	@python scripts/run_chaos.py --rounds $(or $(ROUNDS),3) --first $(or $(FIRST),0)

stops: setup .venv/.servers ## ROUNDS=n of SIGTERM to a worker that is at work
	@python scripts/run_chaos.py --stops --rounds $(or $(ROUNDS),3) --first $(or $(FIRST),0)

bench: setup .venv/.servers .bench/.stamp ## measure speed, cost and memory; PICTURES=folder of pictures, each with its text beside it
	@PYTHONPATH=bench:tests:scripts python bench/run.py $(if $(PICTURES),--pictures $(PICTURES)) \
	  --rounds $(or $(ROUNDS),3) $(if $(KEEP),--keep)

.PHONY: static
static:
	@echo "Format, lint, import contracts, types ..."
	@ruff format --check --quiet .
	@ruff check --quiet .
	@lint-imports --no-logo > .venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }
	@mypy

clean:          ## remove what the targets made, but no data
	rm -rf .venv .bench .bootstrap .tools .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

PIP = .venv/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore

# A minimal Debian has no ensurepip; virtualenv, kept out of the way, needs none.
.venv/bin/python .bench/bin/python: %/bin/python:
	@echo "Making $* ..."
	@$(PYTHON) -m venv $* >/dev/null 2>&1 || { rm -rf $* \
	  && $(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
	     --target .bootstrap virtualenv \
	  && PYTHONPATH=.bootstrap $(PYTHON) -m virtualenv --quiet $*; }

.venv/.stamp: .venv/bin/python requirements.lock pyproject.toml
	@echo "Installing the dependencies ..."
	@$(PIP) --no-deps --require-hashes -r requirements.lock # the lock is closed: nothing is left to resolve
	@$(PIP) --no-deps -e .
	@touch $@

.bench/.stamp: .bench/bin/python bench/requirements.lock
	@echo "Installing what is compared with ..."
	@$(PIP:.venv/%=.bench/%) --no-deps --require-hashes -r bench/requirements.lock
	@touch $@

.venv/.tesseract: .venv/bin/python scripts/install-tesseract
	@scripts/install-tesseract
	@touch $@

.venv/.servers: .venv/bin/python scripts/install-servers scripts/install-fauxqs
	@scripts/install-servers
	@scripts/install-fauxqs
	@touch $@
