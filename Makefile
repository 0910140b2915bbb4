# make demo: environment, core install, the main job on the bundled model.
# make test: environment, full install, lint, types, tests.
# make test-long: what takes minutes a file: the whole reproduction in small, the notebooks, two processes training.
# make soak: the long loops of docs/RELIABILITY.md, an hour or more; their results in build/soak/.
# make fuzz: mutated files of every kind for FUZZ_SECONDS; what they break is kept in build/fuzz/.
# make audit: bandit, and pip-audit where it reaches its database.
# make test-lowest: the core's tests with the lowest allowed version of each of its dependencies.
# make docs: the manual, in site/.
PYTHON ?= python3
CORE := .venv-core
FULL := .venv
LOWEST := .venv-lowest
# Real images, where they are at hand; tests that need them skip without.
NEUROCYTE_DATA ?= $(if $(wildcard ../shared/data),$(abspath ../shared))
export NEUROCYTE_DATA
# Test processes side by side, each with one thread and up to 2 GB.
JOBS ?= 2
# A test process that dies ends the run: with another in its place xdist can wait for ever.
SPREAD := --dist loadfile --max-worker-restart 0
# Left to `make test-long`, so that `make test` stays near a quarter of an hour on two slow cores.
LONG := tests/cli/test_reproduce.py tests/docs/test_notebooks.py tests/training/test_ddp.py
FUZZ_SECONDS ?= 600
FUZZ_SEED ?= 0

.PHONY: demo test lint types check test-long soak fuzz audit test-lowest docs clean

demo: $(CORE)/.installed
	$(CORE)/bin/neurocyte demo -o demo

test: lint types check

lint: $(FULL)/.installed
	$(FULL)/bin/ruff check .
	$(FULL)/bin/ruff format --check .

types: $(FULL)/.installed
	$(FULL)/bin/mypy

check: $(FULL)/.installed
	OMP_NUM_THREADS=1 $(FULL)/bin/pytest --numprocesses $(JOBS) $(SPREAD) --ignore=tests/napari --ignore=tests/jobs/test_faults.py \
		$(foreach file,$(LONG),--ignore=$(file))
	$(FULL)/bin/pytest tests/napari
	OMP_NUM_THREADS=1 $(FULL)/bin/pytest tests/jobs/test_faults.py

test-long: $(FULL)/.installed
	OMP_NUM_THREADS=1 $(FULL)/bin/pytest --numprocesses $(JOBS) $(SPREAD) $(LONG)

soak: $(FULL)/.installed
	set -e; for what in segment serve train; do \
		OMP_NUM_THREADS=1 $(FULL)/bin/python tests/soak/$${what}_kills.py --json build/soak/$$what.json; done
	OMP_NUM_THREADS=1 $(FULL)/bin/python tests/soak/cluster.py

fuzz: $(FULL)/.installed
	cd tests && $(abspath $(FULL))/bin/python -m fuzz.run \
		--seconds $(FUZZ_SECONDS) --seed $(FUZZ_SEED) --finds $(abspath build/fuzz)

audit: $(FULL)/.installed
	$(FULL)/bin/python tools/audit.py

# What needs an extra is left out or skips. onnx makes the tiny networks that the tests run.
test-lowest: $(LOWEST)/.installed
	OMP_NUM_THREADS=1 $(LOWEST)/bin/python -m pytest \
		$(foreach part,training networks paper napari web docs benchmarks,--ignore=tests/$(part))

# The variable: no advertisement of the theme's successor in the output.
docs: $(FULL)/.installed
	NO_MKDOCS_2_WARNING=1 $(FULL)/bin/mkdocs build --strict

$(CORE)/.installed: pyproject.toml
	$(PYTHON) -m venv $(CORE)
	$(CORE)/bin/python -m pip install --quiet --upgrade pip
	$(CORE)/bin/python -m pip install --quiet --editable .
	touch $@

$(FULL)/.installed: pyproject.toml
	$(PYTHON) -m venv $(FULL)
	$(FULL)/bin/python -m pip install --quiet --upgrade pip
	$(FULL)/bin/python -m pip install --quiet --no-compile --editable '.[train,formats,web,napari,bioimageio,cluster,quantize]' --group dev
	touch $@

$(LOWEST)/.installed: pyproject.toml tools/lowest.py
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --upgrade pip
	$(PYTHON) tools/lowest.py > $(LOWEST)/lowest.txt
	$(LOWEST)/bin/python -m pip install --quiet --editable . pytest onnx --constraint $(LOWEST)/lowest.txt
	touch $@

clean:
	rm -rf $(CORE) $(FULL) $(LOWEST) demo build dist site
