PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv

.PHONY: run test bench lint format lock screenshots reference clean

run: $(VENV)/.run
	$(BIN)/callsheet start

test: $(VENV)/.dev
	$(BIN)/python -m tests

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

lint: $(VENV)/.dev
	$(BIN)/python -m tests --lint

format: $(VENV)/.dev
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

screenshots: $(VENV)/.dev
	$(BIN)/python -m docs.screenshots

reference: $(VENV)/.dev
	$(BIN)/python -m docs.status_reference

lock: $(UV)
	$(UV) pip compile -q --universal --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	$(UV) pip compile -q --universal --generate-hashes --no-header --no-annotate --group dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) .callsheet

$(UV): 
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q uv==0.13.9

$(VENV)/.run: $(UV) requirements.lock pyproject.toml
	$(UV) pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install -q --compile-bytecode --python $(BIN)/python --no-deps -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(UV) pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock
	touch $@
