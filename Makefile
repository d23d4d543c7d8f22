# Maillage: every command a newcomer needs. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 8000
DATA ?= data
# Twice as many as CI has processors: three left a quarter of the time to nobody, waiting for a bus, a lock or a browser.
WORKERS ?= 4
BENCH ?=
PUBLISHERS := directory events mentoring notifications
SERVICES := $(PUBLISHERS) catalogue
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
RUN := $(UV) run --no-sync
# A house is many processes: each would compile every module again where bytecode may not be kept.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup assets run test test-containers test-faults fuzz bench check audit secrets sbom lint types format contracts release-contracts clients revision screenshots clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.tools/bin/uv:
	@echo "uv is not on this machine: taking its wheel into .tools"
	@python3 -m venv .tools && .tools/bin/pip install --quiet 'uv>=0.9,<1'

setup: $(if $(filter .tools/bin/uv,$(UV)),.tools/bin/uv) ## Install everything the lock names
	@$(UV) sync --frozen --quiet --compile-bytecode

assets: setup ## Build the portal's fonts, icons, scripts and styles
	@$(RUN) python -m maillage_portal.assets

run: assets ## Start the whole house with the demo region on http://localhost:8000
	@$(RUN) maillage up --data $(DATA) --port $(PORT) --demo

test: assets ## Everything that needs no container engine
	@tools/in_memory.sh $(RUN) pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST)

test-containers: setup ## The house in containers: build, start, journeys, replicas (needs a container engine)
	@$(RUN) pytest -p no:xdist tests/containers $(PYTEST)

fuzz: assets ## Random calls, events and input for half an hour (FUZZ='--cases 100000 --minutes 30 --seed 7')
	@$(RUN) python -m tests.fuzz --minutes 30 $(FUZZ)

bench: assets ## Measure, and write docs/performance.md (13 minutes on a quiet machine)
	@$(RUN) python -m tests.load $(BENCH)

test-faults: setup ## Stories while things are killed, cut and filled, then a checker (FAULTS='--seed 7')
	@$(RUN) python -m tests.faults $(FAULTS)

check: setup ## Format, lint, types, import contracts, secrets in new files
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) lint-imports
	@$(RUN) mypy -p maillage -p maillage_catalogue -p maillage_directory -p maillage_events -p maillage_mentoring -p maillage_notifications -p maillage_portal -p maillage_embedded -p maillage_conform -p maillage_operator
	@$(RUN) tools/secrets.sh

audit: setup ## Known holes in the packages of both locks, where the databases of advisories answer
	@$(RUN) python -m tools.audit $(UV)

secrets: setup ## Look for secrets in every tracked file that is new to this clone
	@$(RUN) tools/secrets.sh

sbom: setup ## What each built image is made of, in CycloneDX, to build/sbom (VERSION=dev)
	@$(RUN) python -m tools.sbom $(or $(VERSION),dev)

format: setup ## Rewrite the code in the house's format
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

contracts: setup ## Write openapi.json, asyncapi.json, event schemas and the list of public types again
	@for s in $(SERVICES); do $(RUN) python -m maillage_$$s contract services/$$s/contract || exit 1; done
	@for s in $(SERVICES); do cp services/$$s/contract/asyncapi.json services/catalogue/maillage_catalogue/data/$$s.json || exit 1; done
	@$(RUN) maillage topology --public > deploy/nats/public-types.json
	@$(RUN) python -m tools.nats_examples
	@$(RUN) python -m tools.public_schemas

release-contracts: contracts ## Declare today's event schemas released: from now on they only grow
	@for s in $(PUBLISHERS); do mkdir -p services/$$s/contract/released && cp services/$$s/contract/schemas/*.json services/$$s/contract/released/ || exit 1; done

clients: setup ## Write Python and TypeScript clients of the services to build/clients
	@$(RUN) python -m tools.clients build/clients

revision: setup ## Write a migration: make revision SERVICE=directory MESSAGE="add a column"
	@$(RUN) python -m maillage.db.revision maillage_$(SERVICE) "$(MESSAGE)"

screenshots: assets ## Take the README's pictures of a freshly started demo house
	@$(RUN) python -m tools.screenshots docs/pictures

clean: ## Remove what was built here (never the data folder)
	@rm -rf .venv .tools build dist services/portal/maillage_portal/static/dist
