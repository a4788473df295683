# Thin targets; what they do is in shared/laptop, shared/web and shared/reference.
# PORT (8000) moves the front door and everything behind it; DEMO=0 starts empty; BROWSER=0 leaves browser tests out.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BUILD_DIR ?= build
DATA_DIR ?= var/laptop
TESTS ?= tests
# Three groups of tests at a time: each worker has engines of its own, and much of a test is waiting.
PYTEST ?= -q -n 3 --dist loadgroup
export BUILD_DIR DATA_DIR

PY := .venv/bin/python
ifeq ($(BROWSER),0)
BROWSERS := not browser
SAY_BROWSERS := echo "Left out, because BROWSER=0: the tests that need a browser.";
RUN = $(PY) -m pytest $(PYTEST)
else
RUN = CHROMIUM="$$($(PY) -m tests.support.chromium)" && export CHROMIUM && $(PY) -m pytest $(PYTEST)
endif
# What the front door's files are made of.
SOURCES := $(shell find shared/web shared/reference services/*/api services/*/settings.py -type f -not -name '*.pyc' 2> /dev/null)

.DEFAULT_GOAL := help
.PHONY: audit help setup build run up down status test prove survive faults check fix

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{ printf "  make %-8s %s\n", $$1, $$2 }'

setup: .venv/.installed node_modules/.package-lock.json $(BUILD_DIR)/.postcodes $(BUILD_DIR)/.door ## install what is needed, build the front door's files
	@:

run: setup ## start everything, print its links, stay until Ctrl-C
	@exec $(PY) -m shared.laptop run

up: setup ## the same in the background
	@$(PY) -m shared.laptop up

down: ## stop what runs; the data stays
	@if [ -x $(PY) ]; then $(PY) -m shared.laptop down; else echo "Nothing is running."; fi

status: setup ## list what runs
	@$(PY) -m shared.laptop status

audit: setup ## is anything lost or doubled in what runs? ACKS=FILE adds what a load driver was answered
	@$(PY) -m shared.laptop audit $(if $(ACKS),--acks $(ACKS)) $(if $(SETTLE),--settle $(SETTLE))

test: setup ## every test but those of make prove
	@$(RUN) -m "$(BROWSERS)" $(TESTS)
	@$(SAY_BROWSERS) echo "Left out: the proofs of what goes on after a fault; make prove runs them."

prove: setup ## the proofs of what goes on after a fault
	@$(RUN) -m "proof$(if $(BROWSERS), and $(BROWSERS))" $(TESTS)

survive: setup ## the long proofs of what goes on after a fault: about 10 minutes
	@$(PY) -m pytest $(PYTEST) -n0 -m long --durations=0 tests/survive

faults: setup ## kill each process at each crash point, five times, on a stack of its own (PORT=8600): about 15 minutes
	@exec $(PY) -m tests.faults $(FAULTS)

check: setup ## formatting, lint, types, the laws of imports, deployment files
	@echo "ruff" && $(PY) -m ruff format --check -q . && $(PY) -m ruff check -q .
	@echo "mypy" && $(PY) -m mypy
	@echo "imports" && .venv/bin/lint-imports
	@if [ -x deploy/check ]; then echo "deploy" && deploy/check; fi

fix: setup ## format, and mend what can be mended
	@$(PY) -m ruff check --fix -q . ; $(PY) -m ruff format -q .

build: ## build the front door's files again, after BRAND_NAME or BRAND_DIR has changed
	@rm -f $(BUILD_DIR)/.door && $(MAKE) --no-print-directory setup

# Each step leaves a file behind, so that a second time takes none.

.venv/.installed: requirements/dev.lock
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed: no python3.11 or python3 was found."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) -V). Name another with PYTHON=…"; exit 1; }
	@echo "1/4 Python packages: half a minute the first time …"
	@[ -x $(PY) ] || $(PYTHON) -m venv .venv
	@$(PY) -m pip install --disable-pip-version-check -q -r $<
	@touch $@

node_modules/.package-lock.json: package-lock.json
	@command -v npm > /dev/null || { echo "Node with npm is needed: the pages' style comes from an npm package."; exit 1; }
	@echo "2/4 npm packages …"
	@npm ci --ignore-scripts --no-progress --loglevel=error > /dev/null
	@touch $@

$(BUILD_DIR)/.postcodes: .venv/.installed shared/reference/build.py
	@echo "3/4 London's postcodes …"
	@$(PY) -m shared.reference.build
	@touch $@

# The pages twice: services need the manifest to describe themselves, and the page about the API needs what they say.
$(BUILD_DIR)/.door: .venv/.installed node_modules/.package-lock.json $(SOURCES)
	@echo "4/4 The front door's pages and the API's document …"
	@$(PY) -m shared.web.build > /dev/null && $(PY) -m shared.web.openapi && $(PY) -m shared.web.build
	@touch $@
