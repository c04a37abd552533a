# `make demo` and `make test` both work from a fresh clone: each first makes .venv from constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup demo test lint format types imports check clean

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

demo: setup  ## render a demo catalogue, train, compare, predict; everything stays under demo/
	@$(BIN)/earmark demo --dir demo

test: setup  ## lint, types, import rules and all tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest

lint: setup  ## lint only
	@$(BIN)/ruff check .

format: setup  ## format and fix what can be fixed by itself
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

types: setup  ## strict mypy
	@$(BIN)/mypy

clean:  ## remove what make made (not your libraries)
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
