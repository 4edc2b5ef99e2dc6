# `make run` and `make test` do all the set-up a fresh machine needs; nothing else has to be installed by hand.
PYTHON ?= python3
BIN := .venv/bin
CLIENTS := tests/clients

.PHONY: run test unit lint bench wheel clean

run: .venv/.run  ## serve on 127.0.0.1:4600 and play one scenario into it
	$(BIN)/mockserver serve --play trial-converts

test: .venv/.test $(CLIENTS)/node_modules/.ready postgresql chromium lint  ## everything CI runs
	$(BIN)/pytest -n auto --maxprocesses 4

unit: .venv/.test  ## the fast part, no databases, browsers or node
	$(BIN)/pytest -n auto --maxprocesses 4 -m "not slow"

lint: .venv/.test
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

bench: .venv/.test wrk  ## ratios against a reference in the same run
	$(BIN)/python -m benchmarks

wheel: .venv/.test
	$(BIN)/python -m build --wheel

clean:
	rm -rf .venv $(CLIENTS)/node_modules dist .mypy_cache .ruff_cache

.venv/.run: pyproject.toml
	$(PYTHON) -m venv .venv || { sh tools/need python3-venv; $(PYTHON) -m venv .venv; }
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[tls]"
	$(BIN)/python -m compileall -q mockserver  # the first start is as fast as the next
	@touch $@

.venv/.test: .venv/.run
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[dev,postgres,tls]"
	@touch $@

$(CLIENTS)/node_modules/.ready: $(CLIENTS)/package.json
	@command -v npm >/dev/null || sh tools/need nodejs npm
	cd $(CLIENTS) && npm install --silent --no-audit --no-fund --no-package-lock
	@touch $@

.PHONY: postgresql
postgresql:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || sh tools/need postgresql

.PHONY: wrk
wrk:
	@command -v wrk >/dev/null || sh tools/need wrk

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || sh tools/need chromium
