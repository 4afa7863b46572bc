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
	@$(PYTHON) -m venv $(VENV) || { echo "No $(VENV) could be made, see above; where Python's venv module is missing, on Debian: apt-get install python3-venv"; exit 2; }
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.PHONY: install
install: $(VENV)/.installed ## create .venv with the locked development versions

.PHONY: demo
demo: install ## the main job on the sample service, step by step, each step checked
	$(PY) scripts/demo.py

# The tests run on a private server of the wheel's PostgreSQL, which ends with them; those with a
# database run once more where another PostgreSQL is installed. tests/selection.py says which.
PYTEST = $(PY) -m pytest -n 4 --dist loadgroup
define on_another_postgresql
@programs="$$(pg_config --bindir 2>/dev/null)"; \
if [ -x "$$programs/initdb" ]; then \
	echo "Once more on another PostgreSQL: $$programs"; \
	SCHEMA_TOOLS_TEST_BINDIR="$$programs" $(PYTEST) -m $(1); \
else \
	echo "NOT RUN: the tests on another PostgreSQL; pg_config --bindir names no folder with initdb"; \
fi
endef

.PHONY: test
test: install ## the tests in minutes: of long lists of cases a part
	$(PYTEST) -m "not slow"

.PHONY: test-slow
test-slow: install ## what `make test` leaves out but for campaigns; on another PostgreSQL, too
	$(PYTEST) -m "slow and not campaign"
	$(call on_another_postgresql,"db and not once and not campaign")

.PHONY: test-fast
test-fast: install ## the tests that need neither a database nor other programs, in seconds
	$(PY) -m pytest -m "not db and not process and not slow"

.PHONY: coverage
coverage: install ## all tests but the long campaigns, then which lines none of them reaches
	$(PY) -m coverage erase
	$(PY) -m coverage run -m pytest -n 2 -m "not slow"
	$(PY) -m coverage combine --quiet
	$(PY) -m coverage report

.PHONY: test-all
test-all: export HYPOTHESIS_PROFILE = thorough
test-all: install ## everything on all PostgreSQLs there are, campaigns at full length
	$(PYTEST)
	$(call on_another_postgresql,"db")

.PHONY: test-real
test-real: install ## validate_schema on real Django projects; downloads them once, PROJECTS="oscar" for some
	$(PY) -m tests.real $(PROJECTS)

# The newest Django at the time when this is first made; remove the folder for a newer one.
NEWEST := .venv-newest
NEWEST_PY := $(NEWEST)/bin/python
NEWER_PYTHONS = python3.14 python3.13 "$$HOME"/.pyenv/versions/3.14*/bin/python "$$HOME"/.pyenv/versions/3.13*/bin/python
PIP_INSTALL = -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 15

.PHONY: test-newest
test-newest: install ## the models' tests on the newest Django and Python 3.13 or 3.14, where there is one
	@[ $(NEWEST)/.installed -nt requirements-dev.txt ] || for python in $(NEWER_PYTHONS); do \
		"$$python" -c 'import ensurepip' 2>/dev/null || continue; \
		echo "Installing the newest Django for $$("$$python" --version)"; \
		rm -rf $(NEWEST); \
		"$$python" -m venv $(NEWEST) && \
		$(NEWEST_PY) $(PIP_INSTALL) --require-hashes -r requirements-dev.txt && \
		$(NEWEST_PY) $(PIP_INSTALL) --upgrade django && \
		touch $(NEWEST)/.installed; \
		break; \
	done
	@if [ ! -e $(NEWEST)/.installed ]; then \
		echo "NOT RUN: the tests on the newest Django: they need Python 3.13 or 3.14, and at first the package index"; \
	else \
		echo "Once more on $$($(NEWEST_PY) --version), Django $$($(NEWEST_PY) -m django --version)"; \
		$(NEWEST_PY) -m pytest -n 2 --dist loadgroup tests/field_zoo tests/django_models; \
	fi

.PHONY: bench
bench: install ## speed against pg_dump, psql, Django, sqldiff, migra, dbmate; SIZES="100 1000 5000" for more
	$(PY) -m benchmarks $(SIZES)

# Who runs the service, for `make stop`; the pid counts only while it is still that program's, which
# the full path of its Python tells from the service of another folder.
SERVICE = .embedded/service.pid
SERVICE_COMMAND = "$$(pwd -P)/$(PY)" manage.py runserver
SECONDS_TO_STOP = 10

.PHONY: run
run: export DEBUG = 1
run: install ## the service and its admin on http://localhost:8001, with demo users (DEMO_PASSWORD)
	$(PY) manage.py sqlmigrate_apply --noinput
	$(PY) manage.py migrate --verbosity 0
	$(PY) manage.py create_demo_users
	@mkdir -p -m 700 .embedded; echo $$$$ > $(SERVICE); exec $(SERVICE_COMMAND) 8001

# Without .venv there may still be a server: any Python can stop it.
ANY_PYTHON = $$(test -x $(PY) && echo $(PY) || echo $(PYTHON))

.PHONY: stop
stop: ## stop what make run has started, and the embedded PostgreSQL of this folder
	@pid="$$(cat $(SERVICE) 2>/dev/null)" || exit 0; \
	command="$$(printf '%s ' $(SERVICE_COMMAND))"; \
	arguments() { { cat "/proc/$$pid/cmdline" || ps -o args= -p "$$pid"; } 2>/dev/null | tr '\000' ' '; }; \
	is_service() { arguments | grep -qaF "$$command"; }; \
	if is_service; then kill "$$pid"; fi; \
	for _ in $$(seq $(SECONDS_TO_STOP)0); do is_service || break; sleep 0.1; done; \
	if is_service; then \
		echo "The service has not ended in $(SECONDS_TO_STOP) seconds; end it with: kill -9 $$pid" >&2; exit 1; \
	fi; \
	rm -f $(SERVICE)
	@$(ANY_PYTHON) -m schema_tools.postgres.embedded stop .embedded

.PHONY: clean
clean: stop ## remove the database and all that was made here, but .venv and .venv-newest
	@$(ANY_PYTHON) -m schema_tools.postgres.embedded remove .embedded
	rm -rf build dist docs/_project .cache .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

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

.PHONY: docs-reference
docs-reference: install ## write anew the pages, and parts of pages, that are made from the code
	$(PY) scripts/reference.py

# What builds the pages is installed by who builds them; its versions are those of the other lock.
$(VENV)/.installed-docs: requirements-docs.txt $(VENV)/.installed
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.txt
	@touch $@

.PHONY: docs
docs: docs-reference $(VENV)/.installed-docs ## build docs/ as HTML in build/docs; a link or anchor that leads nowhere is an error
	$(PY) -m sphinx --builder html --fail-on-warning --keep-going --quiet docs build/docs
	@echo "Open build/docs/index.html"

.PHONY: docs-links
docs-links: $(VENV)/.installed-docs ## ask the web whether the links out of docs/ still lead somewhere
	$(PY) -m sphinx --builder linkcheck --quiet docs build/docs-links

.PHONY: lock
lock: ## write the three files of locked versions anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --group dev pyproject.toml --generate-hashes --no-header -o requirements-dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --group service pyproject.toml --constraint requirements-dev.txt --generate-hashes --no-header -o docker/requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --group docs pyproject.toml --constraint requirements-dev.txt --generate-hashes --no-header -o requirements-docs.txt
