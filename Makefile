# Everything runs from this folder with relative paths, so that its own path may hold a space.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help
help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# The lock file and this one rule say what is installed: offline once that is done.
$(VENV)/.installed: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 2; }
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.PHONY: install
install: $(VENV)/.installed ## create .venv with the locked development versions

.PHONY: lint
lint: install ## ruff, mypy, import contracts
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

.PHONY: format
format: install ## let ruff put the code in order
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

.PHONY: lock
lock: ## write requirements-dev.txt anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --group dev pyproject.toml --generate-hashes --no-header -o requirements-dev.txt
