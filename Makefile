# Everything a newcomer needs: `make demo`, `make test`. Tools live in .venv, made with nothing but Python's venv and pip.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMP := .venv/.installed
PORT ?= 8080

# What Python has compiled is kept, whatever the environment says: the suite starts hundreds of processes.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo drill serve test lint proof bench clients soak docs lock clean

help: ## what can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(STAMP): requirements/uv.lock requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Lanewise needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.lock
	$(BIN)/uv pip install --quiet --require-hashes --python $(BIN)/python -r requirements/dev.lock
	$(BIN)/uv pip install --quiet --no-build-isolation --no-deps --python $(BIN)/python -e .
	@touch $@

demo: $(STAMP) ## simulated vendors, a mixed workload, an outage, and a report (no key, no network)
	$(BIN)/lanewise demo

drill: $(STAMP) ## seven outages against simulated vendors, and what callers and operators saw of them
	$(BIN)/lanewise drill

serve: $(STAMP) ## the gateway beside simulated vendors on loopback
	$(BIN)/lanewise serve --dev --simulate --port $(PORT)

# A worker that a hanging test has ended is not replaced: pytest-xdist would wait for it forever.
test: $(STAMP) ## the whole suite but for the proofs on recorded data; warnings are errors
	$(BIN)/python -m pytest -n 2 --dist loadfile --max-worker-restart 0 -m "not data"

lint: $(STAMP) ## ruff, mypy --strict, layers, sizes and interfaces
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m scripts.house_rules

proof: $(STAMP) ## tests on recorded data (LANEWISE_DATA, default ../shared/data); a skip is a failure
	$(BIN)/python scripts/proof.py

bench: $(STAMP) ## CPU per request against a bare pass-through and peers, in one run; CPU of a routing decision, and of a chunk between dialects
	$(BIN)/python -m bench.routing
	$(BIN)/python -m bench.translation
	$(BIN)/python -m bench

clients: $(STAMP) ## real clients, coding agents and their makers' own tests through gateways, each in an environment of its own
	PYTHONPATH=tests $(BIN)/python -m clients

soak: $(STAMP) ## a minute of damaged bytes for the wire code; ten minutes of mixed faults: memory must stay flat
	$(BIN)/python -m scripts.fuzz
	$(BIN)/python -m bench.soak

docs: $(STAMP) ## the documentation site into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

lock: ## resolve dependencies anew, with hashes and without any registry's address
	$(BIN)/python scripts/lock.py

clean: ## forget the environment
	rm -rf .venv site dist
