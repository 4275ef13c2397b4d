# Everything a newcomer needs: `make demo` and `make test`. Both make their own environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
# many small products on many threads are far slower than on one
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: demo test quick assets lint bench embeddings lock clean

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

assets: $(STAMP)  ## bundle styles and scripts, compile catalogues, where their sources changed
	$(BIN)/python hatch_build.py

demo: assets  ## simulate the demo company, analyze it, open the app, signed in by a link that is printed
	$(BIN)/balm demo --data demo

quick: assets  ## the fast tests
	$(BIN)/python -m pytest -q -m "not slow and not browser"

test: assets lint  ## every test; those of the application on SQLite and again on PostgreSQL
	tests/setup.sh
	$(BIN)/python -m pytest -q -n auto --dist worksteal
	BALM_TEST_DATABASE=postgresql $(BIN)/python -m pytest -q -n auto --dist worksteal -m "not once" tests/web

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)  ## measure beside the peers, which get an environment of their own; writes docs/benchmarks.md
	$(BIN)/python -m benchmarks

embeddings: $(STAMP)  ## the optional extra: local sentence embeddings, without torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-embeddings.lock

lock: $(STAMP)  ## pin every dependency by hash, without addresses
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header -q -o requirements.lock

clean:
	rm -rf $(VENV) demo
