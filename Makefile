# Two commands do all the set-up:
#   make bench   installs every backend and runs the headline kernels of all suites on each
#   make test    installs what is missing and passes every check and test
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
HOST := $(shell uname -n | tr -c 'A-Za-z0-9._\n-' '_')
TIME := $(shell date -u +%Y%m%dT%H%M%SZ)
PYTEST_ARGS ?=
TEST_PROCESSES ?= 2
FAULTS_ARGS ?=

.PHONY: bench test test-oldest lint fast-test faults golden snapshot clean

bench: $(VENV)/.installed
	$(BIN)/bench-harness run --headline --output results/$(HOST)/$(TIME).json --report reports/$(HOST).md

# A file's tests stay in one process, which compiles their kernels once.
test: export BENCH_HARNESS_TEST_REQUIRE = all
test: lint
	$(BIN)/python -m pytest -m "not alone" --numprocesses $(TEST_PROCESSES) --dist loadfile $(PYTEST_ARGS)
	$(BIN)/python -m pytest -m alone

fast-test: $(VENV)/.installed
	$(BIN)/python -m pytest -m "not slow" $(PYTEST_ARGS)

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The oldest versions that pyproject.toml allows; needs a Python 3.11, the oldest as well.
test-oldest: PYTHON := python3.11
test-oldest:
	$(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check \
		-c constraints-oldest.txt '.[numba,jax,report,asv,pytest]' \
		hypothesis jsonschema mpmath pytest-timeout pytest-xdist
	BENCH_HARNESS_TEST_REQUIRE=numpy,numba,jax .venv-oldest/bin/python -m pytest tests/unit tests/cli \
		-m "not slow and not alone" --numprocesses $(TEST_PROCESSES) --dist loadfile $(PYTEST_ARGS)

# Plants every fault of the catalogue, on every backend; writes reports/faults.md. Finished pieces
# are kept in build/faults: a run that was stopped goes on. FAULTS_ARGS="--seconds 600" stops by itself;
# "--patience 0.5" judges slow implementations on fewer seeds.
# One thread: arrays this small only make the others wait.
faults: export OMP_NUM_THREADS = 1
faults: $(VENV)/.installed
	$(BIN)/python -m tests.faults $(FAULTS_ARGS)

# Rewrites the golden files and the published JSON Schema from the code.
golden: $(VENV)/.installed
	$(BIN)/python -m tests.regenerate

# Makes the committed reports of a machine from its record.
RECORD ?= results/reports/xeon-2-cores.json
SNAPSHOT = reports/$(basename $(notdir $(RECORD)))
snapshot: $(VENV)/.installed
	$(BIN)/bench-harness report $(RECORD) --markdown $(SNAPSHOT).md --html $(SNAPSHOT).html --plots $(SNAPSHOT)

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "bench-harness needs Python 3.11 or newer, and $(PYTHON) is older: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	$(BIN)/python -m bench_harness.backends.torch_toolchain
	@touch $@
