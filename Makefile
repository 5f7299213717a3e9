# What one does with IVLE. Every target sets up what it needs first; the second time that takes no time.

PORT ?=
HOST ?=
DATA ?=
PREFIX ?=
TESTS ?= tests
# Much of a test's time is waiting, so one more than there are processors; each starts sites and a browser of its own.
WORKERS ?= $(shell expr $$(nproc) + 1)
# By files, in their order: those that take long for one test come first, and many short ones last, when others end already.
spread := -n $(WORKERS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder
WORKS ?=

python := .venv/bin/python

# Only what was given is passed on, so that development.ini decides the rest.
given = $(if $(PORT),IVLE_PORT='$(PORT)') $(if $(HOST),IVLE_HOST='$(HOST)') $(if $(DATA),IVLE_DATA='$(DATA)') $(if $(PREFIX),IVLE_PREFIX='$(PREFIX)')

.DEFAULT_GOAL := help
.PHONY: run test sure bench format lock docs help

run: ## Set up, make the sample data, and serve the site. PORT=6543 HOST=127.0.0.1 DATA=var PREFIX=/ivle override
	@bin/setup run
	@env $(given) .venv/bin/pserve development.ini

test: ## Run every test (TESTS=tests/unit for some of them, WORKERS=0 one after the other)
	@bin/setup test
	@$(python) -m pytest $(spread) $(TESTS)

sure: ## What to type before a push: format, lint, types, tests, tables of the docs
	@bin/setup test
	@.venv/bin/ruff format .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/ivle docs
	@$(python) -m pytest $(spread) $(TESTS)

bench: ## Measure consoles, sandboxes and serving beside their peers (WORKS="consoles load" for some, all take some thirteen minutes)
	@bin/setup bench
	@$(python) -m bench $(WORKS)

docs: ## Write the tables of docs/settings.md and docs/urls.md anew
	@bin/setup run
	@.venv/bin/ivle docs

lock: ## Turn requirements*.in into requirements*.lock, which pin everything
	@bin/lock

help: ## This list
	@sed -n 's/^\([a-z]*\): ## /\1\t/p' Makefile | expand -t 8
