# What a person or a machine does with this project; `make` alone lists it.
# Where packages come from is the business of pip's own settings (pip.conf, PIP_INDEX_URL): nothing is set here.

# The system's own Python where it is new enough and complete: distributions build theirs optimized, and one compiled
# with the defaults of pyenv takes a quarter longer for everything here. PYTHON=... names another.
SYSTEM_PYTHON := /usr/bin/python3
PYTHON ?= $(shell $(SYSTEM_PYTHON) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $(SYSTEM_PYTHON) || echo python3)
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# What is never imported need not be compiled: to compile all of it takes a third of the whole installation.
# A lock file names all that is needed: to work that out once more takes a sixth of it.
INSTALL := $(PIP) install --no-compile --no-deps
LOCK := uv pip compile --quiet --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header
# No package stands in two lists, so that two lists can be installed at once.
ON_TOP_OF = -c requirements/$(1).txt $$(sed -n 's/^\([a-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements/$(1).txt)

# Half of an installation is waiting for downloads: what runs and what tests are installed side by side.
MAKEFLAGS += --jobs=2
export PORT

.PHONY: help demo test benchmark mutate lock docs migration screenshots
.DELETE_ON_ERROR:

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.project ## Serve a registry with demonstration data on 127.0.0.1, port 8000 or PORT=...
	@$(BIN)/anakinra-registry demo

test: $(VENV)/.project $(VENV)/.test ## Run every check: style, types, both database engines, the browser
	@$(BIN)/python -m tools.run_tests

benchmark: $(VENV)/.project $(VENV)/.test ## Measure each figure beside its bar and write benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks.run

mutate: $(VENV)/.project $(VENV)/.mutate ## Break rules on purpose, see whether a test notices: all that changed or MODULE=...
	@nice $(BIN)/python -m tools.mutate $(MODULE)

docs: $(VENV)/.project ## Write the generated pages in docs/ anew
	@$(BIN)/python -m forms.dictionary > docs/data-dictionary.md
	@$(BIN)/python -m tools.plan_page
	@$(BIN)/python -m tools.validation > docs/validation.md

migration: $(VENV)/.project $(VENV)/.test ## Write a migration from what was declared: MESSAGE="Ask for ..."
	@$(BIN)/python -m tools.new_migration $(MESSAGE)

screenshots: $(VENV)/.project $(VENV)/.test ## Take the README's pictures anew from a demonstration
	@$(BIN)/python -m tools.screenshots

lock: ## Write requirements/*.txt anew from requirements/*.in (needs uv on the PATH)
	@command -v uv >/dev/null || { echo "uv is not on the PATH. Install it (python3 -m pip install uv), then: make lock"; exit 1; }
	$(LOCK) requirements/pip.in -o requirements/pip.txt
	$(LOCK) requirements/run.in -o requirements/run.txt
	$(LOCK) $(call ON_TOP_OF,run) requirements/test.in -o requirements/test.txt
	$(LOCK) $(call ON_TOP_OF,run) $(call ON_TOP_OF,test) requirements/mutate.in -o requirements/mutate.txt

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python cannot create virtual environments here. On Debian: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.pip: requirements/pip.txt $(VENV)/.created
	@$(INSTALL) --require-hashes -r requirements/pip.txt
	@touch $@

$(VENV)/.run: requirements/run.txt $(VENV)/.pip
	@echo "Installing what the registry needs into $(VENV) (half a minute, once) ..."
	@$(INSTALL) --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/.project: pyproject.toml requirements/run.in $(VENV)/.run
	@PYTHONWARNINGS='ignore:Editable installation' $(INSTALL) --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.pip
	@echo "Installing what the tests need into $(VENV) (half a minute, once) ..."
	@$(INSTALL) --require-hashes -r requirements/test.txt
	@touch $@

$(VENV)/.mutate: requirements/mutate.txt $(VENV)/.project $(VENV)/.test
	@echo "Installing what breaks the rules on purpose into $(VENV) ..."
	@$(INSTALL) --require-hashes -r requirements/mutate.txt
	@touch $@
