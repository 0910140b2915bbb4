# make demo: environment, core install, the main job on the bundled model.
# make test: environment, full install, lint, types, tests.
# make soak: the long loops of docs/RELIABILITY.md, an hour or more; their results in build/soak/.
# make docs: the manual, in site/.
PYTHON ?= python3
CORE := .venv-core
FULL := .venv
# Real images, where they are at hand; tests that need them skip without.
NEUROCYTE_DATA ?= $(if $(wildcard ../shared/data),$(abspath ../shared))
export NEUROCYTE_DATA
# Test processes side by side, each with one thread and up to 2 GB.
JOBS ?= 2

.PHONY: demo test lint types check soak docs clean

demo: $(CORE)/.installed
	$(CORE)/bin/neurocyte demo -o demo

test: lint types check

lint: $(FULL)/.installed
	$(FULL)/bin/ruff check .
	$(FULL)/bin/ruff format --check .

types: $(FULL)/.installed
	$(FULL)/bin/mypy

check: $(FULL)/.installed
	OMP_NUM_THREADS=1 $(FULL)/bin/pytest --numprocesses $(JOBS) --dist loadfile --ignore=tests/napari
	$(FULL)/bin/pytest tests/napari

soak: $(FULL)/.installed
	set -e; for what in segment serve train; do \
		OMP_NUM_THREADS=1 $(FULL)/bin/python tests/soak/$${what}_kills.py --json build/soak/$$what.json; done
	OMP_NUM_THREADS=1 $(FULL)/bin/python tests/soak/cluster.py

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
	$(FULL)/bin/python -m pip install --quiet --editable '.[train,formats,web,napari,bioimageio,cluster]' --group dev
	touch $@

clean:
	rm -rf $(CORE) $(FULL) demo build dist site
