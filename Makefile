# Two commands from a fresh clone: `make demo` and `make test`.  All that is needed is Python 3.11 or later and pip's package index.

PYTHON ?= python3
# exact: the files whose hashes the lock holds (Linux and macOS).  loose: the same versions, any file; for other platforms.
LOCK ?= exact
# How many tests run side by side.
JOBS ?= 2

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made-$(LOCK)
BENCH_STAMP := $(VENV)/.bench-$(LOCK)
BENCH_ARGS ?=
NEO4J_ARGS ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help demo test neo4j bench notebooks docs check lint types schema-check lock-check env schema lock clean

help: ## what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 14

demo: $(STAMP) ## a sample register: who answers for its records, why, until when
	$(BIN)/graph-service demo

test: $(STAMP) ## every test
	$(BIN)/pytest -n $(JOBS)

neo4j: $(STAMP) ## a Neo4j server on loopback until Ctrl-C (needs Java 17 and Maven); NEO4J_ARGS=--keep: its database stays
	$(BIN)/python scripts/neo4j_server.py $(NEO4J_ARGS)

bench: $(BENCH_STAMP) ## every benchmark beside its peers, written to benchmarks/RESULTS.md (an hour; BENCH_ARGS=--quick: minutes, its page beside its data)
	$(BIN)/python -m benchmarks.run $(BENCH_ARGS)

notebooks: $(STAMP) ## run the notebooks and render them into docs/notebooks
	$(BIN)/python scripts/notebooks.py

docs: $(STAMP) ## the documentation as a site, in site/: every link and page must be right
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html"

check: lint types schema-check lock-check docs ## style, types, the schema of packs, the lock, the site

lint: $(STAMP) ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

schema-check: $(STAMP) ## the published schema of packs is what the loader takes
	$(BIN)/python scripts/schema.py --check

lock-check: $(STAMP) ## the lock pins what pyproject.toml asks for, and the environment agrees with itself
	$(BIN)/python scripts/lock.py --check
	$(PIP) check

env: $(STAMP) ## the environment only

schema: $(STAMP) ## write the published schema of packs anew
	$(BIN)/python scripts/schema.py

lock: ## resolve the dependencies anew into constraints.txt
	@$(require_python)
	$(PYTHON) scripts/lock.py

clean: ## remove the environment and every cache
	rm -rf $(VENV) .neo4j .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist site

# The peers that only benchmarks need, under the versions of the environment.
$(BENCH_STAMP): $(STAMP) benchmarks/constraints.txt
ifeq ($(LOCK),loose)
	@sed -n 's/ \\$$//; /==/p' benchmarks/constraints.txt > $(VENV)/bench-versions.txt
	@$(PIP) install --quiet -c $(VENV)/bench-versions.txt --no-build-isolation -e '.[dev,bench]'
else
	@$(PIP) install --quiet --require-hashes -r benchmarks/constraints.txt
endif
	@touch $@

define require_python
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo "Python 3.11 or later is needed, and '$(PYTHON)' is not that: make PYTHON=/path/to/python3.11 ..." >&2; exit 2; }
endef

$(STAMP): pyproject.toml constraints.txt
	@$(require_python)
	@case "$(LOCK)" in exact|loose) ;; *) echo "LOCK is exact or loose, not '$(LOCK)'" >&2; exit 2;; esac
	@echo "Making $(VENV) from constraints.txt ($(LOCK)) ..."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { echo "'$(PYTHON)' cannot make environments: install its venv module (Debian: python3-venv)" >&2; exit 2; }
ifeq ($(LOCK),loose)
	@sed -n 's/ \\$$//; /==/p' constraints.txt > $(VENV)/versions.txt
	@$(PIP) install --quiet -c $(VENV)/versions.txt hatchling editables
	@$(PIP) install --quiet -c $(VENV)/versions.txt --no-build-isolation -e '.[dev]'
else
	@$(PIP) install --quiet --require-hashes -r constraints.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
endif
	@touch $@
