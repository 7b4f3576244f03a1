# Everything runs in the locked environment; `python3`, `make` and `git` are all that a machine must have.
SHELL := /bin/bash
UV := .uv/bin/uv
RUN := $(UV) run --frozen --no-sync
export UV_PROJECT_ENVIRONMENT := .venv
export DO_NOT_TRACK := 1
export GOLDTHREAD_HOME ?= $(CURDIR)/.goldthread
PROFILE ?= profiles/sample
WORKERS ?= 2
SIZE ?= S
PARTS ?= nights,metrics,readers,library_growth,history_growth,planning

.PHONY: help env refresh test lint format dev bench check clean

help: ## what there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## / — /'

$(UV):
	python3 -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'

.venv/.installed: $(UV) pyproject.toml uv.lock
	$(UV) sync --frozen --quiet --compile-bytecode
	@touch $@

env: .venv/.installed ## the locked environment

refresh: env ## one night: land, check, build, publish (PROFILE=profiles/sample)
	$(RUN) goldthread refresh --profile $(PROFILE)

check: env ## the definition rules, without building anything
	$(RUN) goldthread check --profile $(PROFILE)

test: env ## every test
	$(RUN) pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: env ## style, imports, SQL and YAML
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) python .ci/sql.py lint dbt_project/models dbt_project/tests --processes 2
	$(RUN) yamllint --strict .

format: env ## let the formatters have their way
	$(RUN) ruff check --fix .
	$(RUN) ruff format .
	$(RUN) python .ci/sql.py fix dbt_project/models dbt_project/tests

dev: env ## Dagster's web page over the profile
	$(RUN) goldthread dev --profile $(PROFILE)

bench: env ## what a night costs, beside other tools (SIZE=S, M or L; PARTS=nights,metrics,...)
	$(UV) sync --frozen --quiet --group bench
	$(RUN) python -m bench --size $(SIZE) --parts $(PARTS)

clean: ## forget the environment and every night
	rm -rf .venv .uv $(GOLDTHREAD_HOME)
