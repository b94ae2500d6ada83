.DEFAULT_GOAL := help
.PHONY: help installed demo quick test check docs images pictures site bench clean
BIN := .venv/bin
EXTRAS ?= test            # what .ci/run installs too: test,spark,tune,docs,delta,iceberg,remote
NOTEBOOKS ?= $(wildcard notebooks)   # run by `make test`; .ci/run leaves them to `make site`, which runs them too

# The first of these that runs and is a version we support.
PYTHON ?= $(shell for p in python3.11 python3.12 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && echo $$p && break; done)

# A stamp, because pip leaves nothing whose date says "installed for this pyproject.toml, with these extras".
STAMP := .venv/.installed-$(strip $(EXTRAS))
$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/pip || test -n "$(PYTHON)" || { echo "holdfast needs Python 3.11 or 3.12" >&2; exit 1; }
	@echo "installing into .venv (a minute or two the first time)"
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check -c constraints.txt -e '.[$(strip $(EXTRAS))]'
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib || true   # on all cores, pip on one; some packages hold what is no Python
	@touch $@

installed: $(STAMP)

help:           ## list the targets
	@sed -n 's/^\([a-z]*\): .*## /\1\t/p' Makefile

demo: $(STAMP)   ## simulate a user base, train, score, and show whom to keep
	$(BIN)/holdfast demo

quick: $(STAMP)   ## the tests of a minute or two
	$(BIN)/pytest -n 2 --dist worksteal -m 'not slow' tests

test: $(STAMP)   ## the tests, and the notebooks from top to bottom
	$(BIN)/pytest -n 2 --dist worksteal $(if $(strip $(NOTEBOOKS)),--nbmake $(NOTEBOOKS)) tests

check: $(STAMP)   ## lint, format, types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy --explicit-package-bases benchmarks

docs: $(STAMP)   ## the reference pages, from the declarations
	PYTHONPATH=. $(BIN)/python docs/make/reference.py

images: $(STAMP)   ## the pictures of the documentation, from the demo
	PYTHONPATH=. $(BIN)/python docs/make/images.py

PICTURES ?= build/pictures
pictures: $(STAMP)   ## pictures of all pages, to look at: both languages, light and dark, wide and on a phone
	PYTHONPATH=. $(BIN)/python docs/make/pictures.py $(PICTURES)

site: $(STAMP)   ## the documentation site, into site/, with the notebooks' outputs
	@$(BIN)/python -c 'import material' 2>/dev/null || \
	$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e '.[test,docs]'
	NO_MKDOCS_2_WARNING=1 PYTHONPATH=. $(BIN)/python -m mkdocs build --strict

bench: $(STAMP)   ## speed and accuracy against peers
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e '.[bench]'
	@short=0; for f in $(wildcard benchmarks/bench_*.py); do echo "== $$f"; $(BIN)/python $$f || short=1; done; exit $$short

clean:           ## remove what runs left behind: store/, demo/, mlruns/, caches (.venv stays)
	rm -rf store demo mlruns build site *.egg-info .hypothesis .pytest_cache .mypy_cache .ruff_cache
	find . -name .venv -prune -o -name __pycache__ -prune -exec rm -rf {} +
