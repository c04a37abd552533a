# `make demo` and `make test` both work from a fresh clone: each first makes .venv from constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# The names under which Chrome and Chromium are installed; the tests open every page in one of them.
BROWSERS := chromium chromium-browser google-chrome google-chrome-stable
# Tests of the page run axe-core over it; it is no part of Earmark.
AXE := $(VENV)/axe
AXE_VERSION := 4.14.1
SUDO := $(shell test "$$(id -u)" = 0 || echo sudo -n)

.PHONY: help setup browser axe demo test lint format types notebooks docs clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

setup: $(VENV)/.ready  ## make .venv with everything installed

$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Earmark needs Python 3.11 or newer; say PYTHON=/path/to/python3.11 make ..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Earmark and its parts into $(VENV) (first time: a few minutes) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt torch==2.13.0
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

browser:  ## install Chromium for the tests of pages, where there is no browser and apt can
	@for name in $(BROWSERS); do command -v $$name >/dev/null && exit 0; done; \
	echo "Installing Chromium for the tests of pages ..."; \
	{ $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } \
	  >/dev/null 2>&1 || echo "There is no Chromium, and apt cannot install it here: tests of pages will be skipped."

axe: setup  ## install axe-core for the accessibility tests, where npm can be had
	@test -e $(AXE)/node_modules/axe-core/axe.min.js && exit 0; \
	command -v npm >/dev/null || $(SUDO) apt-get install -y -qq --no-install-recommends npm >/dev/null 2>&1; \
	npm install --prefix $(AXE) --no-save --no-audit --no-fund --silent axe-core@$(AXE_VERSION) >/dev/null 2>&1 \
	  || echo "axe-core cannot be installed here: tests of accessibility will be skipped."

demo: setup  ## render a demo catalogue, train, compare, predict; everything stays under demo/
	@$(BIN)/earmark demo --dir demo

# Tests start hundreds of Python processes: where bytecode is not written, each would compile all of Earmark anew.
test: export PYTHONDONTWRITEBYTECODE :=
test: export OMP_NUM_THREADS := 1
test: setup browser axe  ## lint, types, import rules and all tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: setup  ## lint only
	@$(BIN)/ruff check .

format: setup  ## format and fix what can be fixed by itself
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

types: setup  ## strict mypy
	@$(BIN)/mypy

notebooks: setup  ## run the notebooks and keep their outputs
	@$(BIN)/python notebooks/execute.py

docs: setup  ## write what is generated in docs/ again
	@$(BIN)/python docs/make_cli_reference.py
	@$(BIN)/python docs/make_api_reference.py

clean:  ## remove what make made (not your libraries)
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-artefacts
