# One line each, the same on a laptop and in continuous integration.
PYTHON ?= python3
ROUND ?= data/2027
PREVIOUS ?= data/2025
BIN := .venv/bin
READY := .venv/ready
EVERYTHING := .venv/everything

.PHONY: briefing everything test faults lint fix lab bench review notebooks clean help
.DEFAULT_GOAL := help

help:            ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## ?/  make \1\t/'

# The lock files carry versions and hashes; pip refuses anything else. The first holds what running needs, the second
# also what scans, an existing cluster and the tests need.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q ecanalysis
	@touch $(READY)

$(EVERYTHING): requirements-all.lock $(READY)
	$(BIN)/python -m pip install --require-hashes -r requirements-all.lock
	@touch $(EVERYTHING)

everything: $(EVERYTHING)  ## install what scans, an existing cluster and the tests need too

briefing: $(READY)  ## the main job: score the sample rounds and publish the briefing in reports/
	$(BIN)/ecanalysis brief $(ROUND) --previous $(PREVIOUS) --out reports/

review: $(READY) ## run every published notebook again and compare every figure
	$(BIN)/ecanalysis review reports/$(notdir $(ROUND))

lab: $(READY)    ## JupyterLab in Chinese on the notebooks
	$(BIN)/ecanalysis lab

bench: $(EVERYTHING)  ## what things cost, beside what one would use instead
	for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done

test: $(EVERYTHING)   ## lint, unit tests, notebooks and browser tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -n auto --dist loadgroup

faults: $(EVERYTHING)  ## the attacks that the tests make, and how many were withstood
	$(BIN)/python tests/faults.py

notebooks: $(READY)  ## run the committed notebooks again on the sample rounds, in place
	$(BIN)/python -m ecanalysis.publishing.pages notebooks/*.ipynb

lint: $(EVERYTHING)   ## only the linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fix: $(EVERYTHING)    ## mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:           ## remove what was built (never data/)
	rm -rf .venv reports .pytest_cache .ruff_cache
