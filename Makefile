# `make run` and `make test` are all that a new reader needs; `make help` lists the rest.

# The first of these that runs; a version manager may have a name that does not run.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$python; break; fi; done)
# The function's Python, which builds the package and runs it here; PATH may not have a version manager's.
PYTHON313 ?= $(shell for python in python3.13 python3 \
	"$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.13*/bin/python3.13; do \
	if "$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; \
	then echo "$$python"; break; fi; done)
NO_PYTHON313 = Python 3.13 is needed, which the function runs on. Install it (https://www.python.org/downloads/), \
	or set PYTHON313=/path/to/python3.13
BIN := .venv/bin
# The locks list all dependencies, so pip fetches no others.
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-deps
SAMPLE := 2025-12-24
GITHUB_SCHEMA := build/github-schema/schema.graphql
AXE := build/axe-core/axe.min.js
JSON_FEED_SCHEMA := build/jsonfeed-schema/schema-v1.1.json
FROM_NPM := $(GITHUB_SCHEMA) $(AXE) $(JSON_FEED_SCHEMA)
DATE ?=
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help run serve screenshots soak faults fuzz sbom checkov audit test test-all check format lock clean clean-all configure first-run package validate e2e bench build-PaperboyFunction

help:  ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*##/\1:/p' $(MAKEFILE_LIST) | column -t -s:

run: .venv/run.stamp  ## publish the bundled sample into public/, or a live day (make run DATE=2026-11-20)
	@$(BIN)/paperboy run --out public $(if $(DATE),--date $(DATE), \
		--date $(SAMPLE) --payload events/sample/$(SAMPLE).json)
	@post=public/daily/$(or $(DATE),$(SAMPLE)).md; \
		if [ -f $$post ]; then printf '\n%s begins:\n\n' $$post; head -n 17 $$post; fi
	@printf '\nLook at the site with: make serve\n'

serve: .venv/run.stamp  ## open the site in public/ in the browser; PORT=8001 takes another port, NO_BROWSER=1 opens none
	@$(BIN)/paperboy serve public --port $(PORT) $(if $(NO_BROWSER),--no-browser)

# The tests of a module run in one process, because they share its fixtures.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile
QUICK := tests/unit tests/contract tests/integration
SLOW := tests/browser tests/data_frames tests/fuzz tests/jekyll tests/soak
test: .venv/test.stamp $(GITHUB_SCHEMA) $(JSON_FEED_SCHEMA)  ## run the tests that need no browser, Jekyll or emulator
	$(PYTEST) $(QUICK)

test-all: .venv/dev.stamp $(FROM_NPM)  ## run all tests but those on the emulator; QUICK= leaves out those of make test
	$(PYTEST) $(QUICK) $(SLOW)

TEMPLATES := template.yaml $(wildcard infra/*.yaml)
check: .venv/dev.stamp  ## check format, lint, types and the templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/cfn-lint $(TEMPLATES)

configure:  ## ask for the deployment's settings, and write samconfig.local.toml
	$(if $(PYTHON),,$(error Python 3.11 or newer is needed; set PYTHON=/path/to/python3))
	@$(PYTHON) -m tools.configure

first-run:  ## publish the last four days in AWS, without waiting for the schedule
	sam remote invoke PaperboyFunction --event '{"offsets": [0, -1, -2, -3]}'

package: .venv-sam/tool.stamp  ## build the Lambda package into .aws-sam/build
	$(SAM) build

validate: .venv-sam/tool.stamp  ## check the templates with SAM
	for template in $(TEMPLATES); do $(SAM) validate --lint --template "$$template" || exit 1; done

e2e: package build/lambda-runtime/runtime.stamp build/emulator/emulator.stamp .venv/test.stamp $(GITHUB_SCHEMA)  ## run the package on Lambda's emulator
	$(BIN)/python -m pytest tests/e2e

bench: package .venv/dev.stamp  ## measure what a run costs, into docs/performance.md; ONLY=cold prints one part
	$(if $(PYTHON313),,$(error $(NO_PYTHON313)))
	PYTHONPATH=.aws-sam/build/PaperboyFunction "$(PYTHON313)" -m bench \
		$(if $(ONLY),--only $(ONLY)) $(if $(PAIRS),--pairs $(PAIRS))

soak: .venv/test.stamp  ## run two simulated years (some minutes)
	SOAK=1 $(BIN)/python -m pytest -s tests/soak

faults: package build/lambda-runtime/runtime.stamp .venv/test.stamp $(GITHUB_SCHEMA)  ## kill the function at every moment, and try every fault at every call
	FAULTS=all $(BIN)/python -m pytest -s tests/e2e/test_kills.py tests/e2e/test_faults.py

fuzz: .venv/test.stamp  ## try hostile answers and events for half an hour
	FUZZ=1 $(BIN)/python -m pytest -q --hypothesis-show-statistics tests/fuzz

sbom: .venv-sbom/tool.stamp  ## write the package's bill of materials into build/sbom.json (CycloneDX)
	@mkdir -p build
	.venv-sbom/bin/cyclonedx-py requirements requirements/lambda.txt --pyproject pyproject.toml \
		--mc-type application --sv 1.6 --output-reproducible --short-PURLs --of JSON -o build/sbom.json

checkov: .venv-checkov/tool.stamp  ## look for weaknesses in the template and the workflows
	.venv-checkov/bin/checkov

audit: .venv-audit/tool.stamp  ## compare the locks with known advisories; needs the network
	for lock in requirements/*.txt; do .venv-audit/bin/pip-audit --require-hashes --disable-pip \
		--strict -r "$$lock" || exit 1; done

screenshots: .venv/dev.stamp  ## take the pictures in docs/images of the bundled sample
	$(BIN)/python -m tests.browser.screenshots docs/images

format: .venv/dev.stamp  ## format the code and fix what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--no-header --no-annotate --python-version 3.11 $(if $(UPGRADE),--upgrade)
COMPILE = $(LOCK) pyproject.toml
lock: .venv/dev.stamp  ## lock the dependencies again; UPGRADE=1 takes newer ones
	$(COMPILE) -o requirements/lambda.txt
	$(COMPILE) --extra cli --group build -c requirements/lambda.txt -o requirements/run.txt
	$(COMPILE) --all-extras --group build --group test -c requirements/run.txt -o requirements/test.txt
	$(COMPILE) --all-extras --group build --group dev -c requirements/test.txt -o requirements/dev.txt
	$(LOCK) --group sam -o requirements/sam.txt
	$(LOCK) --group lambda-runtime -o requirements/lambda-runtime.txt
	$(LOCK) --group emulator -o requirements/emulator.txt
	$(LOCK) --group sbom -o requirements/sbom.txt
	$(LOCK) --group checkov -o requirements/checkov.txt
	$(LOCK) --group audit -o requirements/audit.txt

MADE := .venv .venv-sam .venv-sbom .venv-checkov .venv-audit .aws-sam build
clean:  ## remove what the other targets made, but not what is published in public/
	rm -rf $(MADE)

clean-all:  ## the same with public/, whose vote histories cannot be fetched again; asks first
	@printf 'Remove public/ too? Its vote histories cannot be fetched again. [y/N] '; \
		read -r answer && [ "$$answer" = y ] || { echo 'nothing was removed'; exit 1; }
	rm -rf $(MADE) public

.venv/bin/python:
	$(if $(PYTHON),,$(error Python 3.11 or newer is needed; set PYTHON=/path/to/python3))
	$(PYTHON) -m venv .venv

# The package itself is installed editable, by the locked build backend, so nothing unlocked is fetched.
.venv/run.stamp: requirements/run.txt pyproject.toml | .venv/bin/python
	$(BIN)/python $(PIP_INSTALL) --require-hashes -r $<
	$(BIN)/python $(PIP_INSTALL) --no-build-isolation --editable .
	touch $@

.venv/test.stamp: requirements/test.txt pyproject.toml | .venv/bin/python
	$(BIN)/python $(PIP_INSTALL) --require-hashes -r $<
	$(BIN)/python $(PIP_INSTALL) --no-build-isolation --editable .
	touch $@ .venv/run.stamp

.venv/dev.stamp: requirements/dev.txt .venv/test.stamp
	$(BIN)/python $(PIP_INSTALL) --require-hashes -r $<
	touch $@

SAM := SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam

.venv-%/tool.stamp: requirements/%.txt
	$(if $(PYTHON),,$(error Python 3.11 or newer is needed; set PYTHON=/path/to/python3))
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python $(PIP_INSTALL) --require-hashes -r $<
	touch $@

# The same as in Lambda's image: Python 3.13 and its start-up code.
build/lambda-runtime/runtime.stamp: requirements/lambda-runtime.txt
	$(if $(PYTHON313),,$(error $(NO_PYTHON313)))
	"$(PYTHON313)" -m venv build/lambda-runtime
	build/lambda-runtime/bin/python $(PIP_INSTALL) --require-hashes -r $<
	touch $@

# An emulator of AWS on loopback, which runs the package on this Python.
build/emulator/emulator.stamp: requirements/emulator.txt
	$(if $(PYTHON313),,$(error $(NO_PYTHON313)))
	"$(PYTHON313)" -m venv build/emulator
	build/emulator/bin/python $(PIP_INSTALL) --require-hashes -r $<
	touch $@

# GitHub's schema for the test server, axe-core for the tests of accessibility, and JSON Feed's schema:
# one file of an npm package each. If npm cannot fetch one, the tests that need it are skipped.
SAME = import hashlib, pathlib, sys; \
	sha256 = hashlib.sha256(pathlib.Path(sys.argv[1]).read_bytes()).hexdigest(); \
	sys.exit(None if sha256 == sys.argv[2] else f"{sys.argv[1]} is not the pinned one: {sha256}")
$(GITHUB_SCHEMA): requirements/github-schema.sha256
$(AXE): requirements/axe-core.sha256
$(JSON_FEED_SCHEMA): requirements/jsonfeed-schema.sha256
$(FROM_NPM): | .venv/bin/python
	@mkdir -p $(@D) && rm -f $@
	@read -r sha256 package < $< && fetched=$$(mktemp -d $(@D)/fetched.XXXXXX) && \
	trap 'rm -r "$$fetched"' EXIT && \
	if (cd "$$fetched" && npm pack --silent --fetch-retries 1 "$$package" && \
		tar -xmzf ./*.tgz package/$(@F)) >"$$fetched/log" 2>&1; \
	then $(BIN)/python -c '$(SAME)' "$$fetched/package/$(@F)" "$$sha256" && \
		mv "$$fetched/package/$(@F)" $@; \
	else echo "$$package could not be fetched with npm: tests that need it are skipped." >&2; fi

# `sam build` calls this target and packs ARTIFACTS_DIR: only the files that the function needs. It uses
# nothing of .venv and writes nothing into the checkout, so it also works in a container that mounts the
# checkout read-only (`sam build --use-container`).
build-PaperboyFunction:
	$(if $(PYTHON313),,$(error $(NO_PYTHON313)))
	mkdir -p "$(ARTIFACTS_DIR)/events"
	cp -R src/. templates schema paperboy.toml "$(ARTIFACTS_DIR)"
	cp -R events/sample "$(ARTIFACTS_DIR)/events"
# A virtual environment has pip also where the distribution packages it apart.
	scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && \
		"$(PYTHON313)" -m venv "$$scratch" && \
		"$$scratch/bin/python" $(PIP_INSTALL) --require-hashes --only-binary :all: --no-compile \
		--target "$(ARTIFACTS_DIR)" -r requirements/lambda.txt
# Libraries with machine code also have the same code in Python. Without the machine code the package
# runs on any processor, so the package that is tested is the one that is deployed.
	find "$(ARTIFACTS_DIR)" -name '*.so' -delete
	"$(PYTHON313)" -B tools/cut_botocore_data.py "$(ARTIFACTS_DIR)/botocore/data"
	PYTHONPATH="$(ARTIFACTS_DIR)" "$(PYTHON313)" -B tools/compile_templates.py "$(ARTIFACTS_DIR)"
# Remove commands, bytecode of other Pythons, and lists of files that are no longer right. Each library's
# licence and version stay.
	rm -rf "$(ARTIFACTS_DIR)/bin"
	find "$(ARTIFACTS_DIR)" -name __pycache__ -prune -exec rm -r {} +
	find "$(ARTIFACTS_DIR)" -path '*.dist-info/*' \( -name RECORD -o -name WHEEL -o -name INSTALLER \
		-o -name REQUESTED \) -delete
# Lambda cannot store bytecode, so the package has it. It is unchecked, because packaging changes the
# times of files, which Python would compare.
	"$(PYTHON313)" -m compileall -q --invalidation-mode unchecked-hash \
		-s "$(ARTIFACTS_DIR)" -p /var/task "$(ARTIFACTS_DIR)"
