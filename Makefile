# Entry points: make demo, make test, make serve; make help lists all. Every target is safe to run twice.

export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Where this is set, each of the hundreds of processes of the tests compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= python3

.PHONY: help setup tools demo serve test test-all machines release capacity docs mutants check simulate exhaustive planted chaos stops fuzz bench clean

help:           ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile

setup: .venv/.stamp .venv/.tesseract  ## install everything that .venv/bin/ocrcore needs

tools: setup .venv/.tools ## install what tests and checks need, too

demo: setup .venv/.font ## start the embedded service, send it pictures, print their text
	@python scripts/demo.py

serve: setup    ## serve the API on http://127.0.0.1:8000 until Ctrl-C
	@ocrcore serve

test: tools .venv/.servers .release/.stamp .audit/.stamp ## everything that fits into 20 minutes: format, lint, types, contracts, tests
	@$(MAKE) --no-print-directory --jobs=2 static compiled
	@pytest -n 3 --dist loadfile -m "not long"
	@$(MAKE) --no-print-directory simulate SEEDS=10000

test-all: test  ## the rest, before a release: clean machines, planted bugs, more histories, all schedules of two faults, rounds of chaos and of stops, fuzzed uploads, mutants
	@pytest -n 2 -m long
	@$(MAKE) --no-print-directory machines
	@$(MAKE) --no-print-directory docs
	@$(MAKE) --no-print-directory planted
	@$(MAKE) --no-print-directory simulate SEEDS=110000 FIRST=10000
	@$(MAKE) --no-print-directory exhaustive
	@$(MAKE) --no-print-directory chaos ROUNDS=10
	@$(MAKE) --no-print-directory chaos ROUNDS=10 BACKEND=folder
	@$(MAKE) --no-print-directory chaos ROUNDS=5 BACKEND=s3
	@$(MAKE) --no-print-directory stops ROUNDS=10
	@$(MAKE) --no-print-directory fuzz
	@$(MAKE) --no-print-directory mutants

machines: tools .venv/.servers .venv/.machines ## install releases and containers in clean Debians, as root, and let them read a page
	@pytest -o faulthandler_timeout=3600 tests/machines

release: tools .audit/.stamp ## make all files of a release of this commit, as far as it goes without a network, and say what is left; REHEARSE=1 in spite of changes
	@python scripts/release.py $(if $(REHEARSE),--rehearse)

capacity: tools ## print what 1 to 10,000 workers do, the walls and the costs, from bench/capacity.toml or INPUTS=file; KEEP=1 writes docs/capacity.md, MEASURE=1 measures 1 to 8 workers here
	@$(if $(MEASURE),PYTHONPATH=bench:tests:scripts python bench/scaling.py,python scripts/capacity.py $(if $(INPUTS),--inputs $(INPUTS)) $(if $(KEEP),--keep))

docs: tools .docs/.stamp ## make a site of the documents in site/; a link that leads nowhere ends it
	@NO_MKDOCS_2_WARNING=1 .docs/bin/python -m mkdocs build --strict --quiet
	@echo "The site is in site/; python3 -m http.server --directory site shows it, with the search."

mutants: tools .venv/.mutmut ## change the domain and the application in every small way; show which changes no unit test notices
	@python scripts/mutants.py

check: tools    ## the fast loop: format, lint, types, import contracts, unit tests, a short simulation
	@$(MAKE) --no-print-directory static
	@pytest -n 2 -q tests/unit
	@python scripts/simulate.py --seeds 300

simulate: tools ## simulate SEEDS=n histories from seed FIRST=k, summed with those in LEDGER=file; SEED=k replays one
	@python scripts/simulate.py $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),1000) --first $(or $(FIRST),0) \
	  $(if $(LEDGER),--ledger $(LEDGER)))

exhaustive: tools ## simulate one job under every schedule of one or two faults, and under an outage from any call on
	@python scripts/simulate.py --exhaustive 2

planted: tools .venv/.servers ## check that each planted bug is found; print by which tier, and within how many seeds
	@python scripts/simulate.py --planted

chaos: tools .venv/.servers ## use real servers for ROUNDS=n (BACKEND=aws, folder or s3) while processes are killed, stopped, frozen, restarted
	@python scripts/run_chaos.py --backend $(or $(BACKEND),aws) --rounds $(or $(ROUNDS),3) --first $(or $(FIRST),0)

stops: tools .venv/.servers ## send SIGTERM to a busy worker, in ROUNDS=n
	@python scripts/run_chaos.py --stops --rounds $(or $(ROUNDS),3) --first $(or $(FIRST),0)

fuzz: tools     ## send MULTIPARTS=n damaged uploads, and DOCUMENTS=n damaged PDFs, to a service, and let FILES=n damaged files be decoded
	@python scripts/fuzz.py --multiparts $(or $(MULTIPARTS),100000) --files $(or $(FILES),20000) \
	  --documents $(or $(DOCUMENTS),400) --first $(or $(FIRST),0)

bench: tools .venv/.servers .bench/.stamp ## measure accuracy, speed, cost and memory; PICTURES=folder of pictures, each with its text beside it; ENGINES=1 for what is about engines, ONLY=documents,search for these
	@PYTHONPATH=bench:tests:scripts python bench/run.py $(if $(PICTURES),--pictures $(PICTURES)) \
	  --rounds $(or $(ROUNDS),3) $(if $(KEEP),--keep) $(if $(ENGINES),--engines) $(if $(ONLY),--only $(ONLY))

.PHONY: static
static:
	@echo "Format, lint, import contracts, types ..."
	@ruff format --check --quiet .
	@ruff check --quiet .
	@lint-imports --no-logo > .venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }
	@mypy

# Each process of the tests collects all of them; one compiles them, beside the static checks, for the others to load.
.PHONY: compiled
compiled:
	@python -m compileall -q src
	@pytest --collect-only -qq -m "not long" > .venv/collect.log 2>&1 || { cat .venv/collect.log; exit 1; }

clean:          ## remove everything that the targets made, except data
	rm -rf .venv .audit .bench .docs .release site .mutants .bootstrap .tools .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .screenshots
	@find src tests scripts bench deploy examples -name __pycache__ -prune -exec rm -rf {} +

PIP = .venv/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore

# A minimal Debian lacks ensurepip. virtualenv works without it; it is installed into a folder of its own.
.venv/bin/python .bench/bin/python .release/bin/python .audit/bin/python .docs/bin/python: %/bin/python:
	@echo "Making $* ..."
	@$(PYTHON) -m venv $* >/dev/null 2>&1 || { rm -rf $* \
	  && $(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
	     --target .bootstrap virtualenv \
	  && PYTHONPATH=.bootstrap $(PYTHON) -m virtualenv --quiet $*; }

# What a release installs, and no more, so that a first look need not wait for the tools of the tests.
.venv/.stamp: .venv/bin/python deploy/requirements.lock pyproject.toml
	@echo "Installing $$(grep -c == deploy/requirements.lock) packages: a minute or two, longer where the network is slow ..."
	@$(PIP) --no-deps --require-hashes -r deploy/requirements.lock # the lock is closed: nothing is left to resolve
	@$(PIP) --no-deps -e .
	@touch $@

.venv/.tools: .venv/.stamp requirements.lock
	@echo "Installing what tests and checks need ..."
	@$(PIP) --no-deps --require-hashes -r requirements.lock
	@touch $@

# The letters of the pages that the demonstration draws.
.venv/.font: .venv/.stamp requirements.lock
	@awk '/^font-roboto==/ { on = 1 } on { print } on && !/\\$$/ { exit }' requirements.lock > .venv/font.lock
	@$(PIP) --no-deps --require-hashes -r .venv/font.lock
	@touch $@

.bench/.stamp: .bench/bin/python bench/requirements.lock
	@echo "Installing what is compared with ..."
	@$(PIP:.venv/%=.bench/%) --no-deps --require-hashes -r bench/requirements.lock
	@touch $@

# Again with each new tag, which is seen here or in the packed ones.
.release/.stamp: .release/bin/python scripts/install-old-release scripts/last_tag.py $(wildcard .git/refs/tags .git/packed-refs)
	@scripts/install-old-release
	@touch $@

.audit/.stamp: .audit/bin/python deploy/release.lock
	@echo "Installing the tools of a release ..."
	@$(PIP:.venv/%=.audit/%) --no-deps --require-hashes -r deploy/release.lock
	@touch $@

.docs/.stamp: .docs/bin/python docs/site.lock
	@echo "Installing what makes the site ..."
	@$(PIP:.venv/%=.docs/%) --no-deps --require-hashes -r docs/site.lock
	@touch $@

.venv/.mutmut: .venv/.tools tests/mutants.lock
	@echo "Installing mutmut ..."
	@$(PIP) --no-deps --require-hashes -r tests/mutants.lock
	@touch $@

.venv/.tesseract: .venv/bin/python scripts/install-tesseract
	@scripts/install-tesseract
	@touch $@

.venv/.machines: .venv/bin/python scripts/install-servers
	@scripts/install-servers --machines
	@touch $@

.venv/.servers: .venv/bin/python scripts/install-servers scripts/install-fauxqs scripts/install-api-tools tests/api_tools/package-lock.json
	@scripts/install-servers
	@scripts/install-fauxqs
	@scripts/install-api-tools
	@touch $@
