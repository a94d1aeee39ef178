# Everything here needs only Python 3.11+, make and git. `make help` lists the commands.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-emit-index-url --custom-compile-command "make lock" --quiet \
	$(if $(UPGRADE),--upgrade)
SPECS ?= ../shared/specs
# Tests wait more than they work, so there may be more processes than cores.
WORKERS ?= 4
BENCHMARKS := $(sort $(filter-out _%,$(basename $(notdir $(wildcard benchmarks/*.py)))))

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test conformance check format format-check lint types imports bench docs lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

demo: .venv/.runtime ## Try Cairn in this terminal (ARGS="--data DIR" keeps what happens)
	@$(BIN)/cairn demo $(ARGS)

test: .venv/.dev ## Run every test, on SQLite and PostgreSQL (ARGS="-k name" picks some)
	@$(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=loadfile $(ARGS)

conformance: .venv/.dev ## Check what the last test run recorded against schemas (SPECS=FOLDER)
	@$(BIN)/python -m tests.servers.conformance .recording $(SPECS)

check: format-check lint types imports test ## Run all that must pass before a change goes in

format: .venv/.dev ## Put the code in its one shape
	@$(BIN)/ruff check --select I --fix --quiet .
	@$(BIN)/ruff format .

format-check: .venv/.dev ## Say which files are not in shape
	@$(BIN)/ruff format --check .

lint: .venv/.dev ## Look for mistakes and bad habits
	@$(BIN)/ruff check .

types: .venv/.dev ## Check the types
	@$(BIN)/mypy

imports: .venv/.dev ## Check who imports whom
	@$(BIN)/lint-imports --no-cache --no-logo

bench: .venv/.dev ## Run each benchmark at its small size (ARGS=--full for the large one)
	@set -e; for name in $(BENCHMARKS); do $(BIN)/python -m "benchmarks.$$name" $(ARGS); done

docs: .venv/.dev ## Write the reference of commands anew
	@$(BIN)/python -m bot.commands.reference > docs/commands.md

lock: .venv/.dev ## Write the pinned requirements anew (UPGRADE=1 takes newer releases)
	@$(LOCK) --group build --output-file requirements/runtime.txt
	@$(LOCK) --group build --group dev --constraints requirements/runtime.txt \
		--output-file requirements/dev.txt
	@if grep -nE '://|^-|file:' requirements/*.txt; \
		then echo "A lock file must not name an index or a path." >&2; exit 1; fi

# The stamps say which lock file the environment was made from. Nothing here reads standard
# input or writes to standard output: both belong to the program.
.venv/.runtime: requirements/runtime.txt pyproject.toml
	$(call set-up,runtime)
	@touch .venv/.runtime

.venv/.dev: requirements/dev.txt pyproject.toml
	$(call set-up,dev)
	@touch .venv/.runtime .venv/.dev

define set-up
@exec </dev/null 1>&2; \
new_enough='import sys; sys.exit(sys.version_info < (3, 11))'; \
if ! $(BIN)/python -c "$$new_enough" 2>/dev/null; then \
	$(PYTHON) -c "$$new_enough" 2>/dev/null || { \
		echo 'Cairn needs Python 3.11 or newer, and "$(PYTHON)" is not. Name one: make $(MAKECMDGOALS) PYTHON=python3.12'; \
		exit 1; }; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'Python lacks its venv module. On Debian or Ubuntu: apt install python3-venv'; \
		exit 1; }; \
fi; \
echo 'Setting up .venv (once)...'; \
$(BIN)/python -c "$$new_enough" 2>/dev/null || $(PYTHON) -m venv --clear .venv && \
$(PIP) install --require-hashes --requirement requirements/$(1).txt && \
$(PIP) install --no-deps --no-build-isolation --editable .
endef
