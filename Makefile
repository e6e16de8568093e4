# EmailBuilder. `make` lists the targets; `make demo` and `make test` set up everything they need.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c
.PHONY: help setup servers env demo run test test-long test-python interface-server check check-python format lock simulate bench cases faults removals relays clean \
  frontend check-frontend test-frontend test-browser test-team test-cloud bench-frontend frontend-types \
  screenshots test-compose test-compose-short fuzz

# Hundreds of processes import the same modules: without kept bytecode, each compiles them again.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell for it in python3.11 python3.12 python3.13 python3; do command -v $$it && break; done)
BIN := .venv/bin
UV_VERSION := $(shell sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements/dev.txt)
SEEDS ?= 10000
WHICH ?= -n 2 --dist worksteal
SEED ?= 1

include functions/artifacts.mk
deploy sam validate-template lock-functions: .venv/.done

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

# $(1): requirement file. The interpreter's own pip is used if it has one, because installing pip
# into .venv takes longer than all packages of the demo.
define make_venv
	echo "Setting up .venv with the pinned packages (about 20 s the first time) …"
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	test -x $(BIN)/python || "$(PYTHON)" -m venv --without-pip .venv
	install="install -q --disable-pip-version-check uv==$(UV_VERSION)"
	if ! test -x $(BIN)/uv && ! "$(PYTHON)" -m pip --python $(BIN)/python $$install 2> /dev/null; then
	  $(BIN)/python -m ensurepip > /dev/null
	  $(BIN)/python -m pip $$install
	fi
	$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes $(1)
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
endef

.venv/.done: requirements/dev.txt
	@$(call make_venv,$<)
	touch .venv/.done

# The environment that runs the product on this machine, without tests and checks.
.venv/.local: requirements/local.txt
	@$(call make_venv,$<)
	touch .venv/.local
LOCAL := $(if $(wildcard .venv/.done),.venv/.done,.venv/.local)

setup: .venv/.done ## create the virtual environment (other targets do this when needed)

env: ## write .env with fresh secrets, for `docker compose up`; never overwrites
	@sh scripts/make_env.sh

demo: $(LOCAL) ## take 500 contacts through a flow in the emulated cloud and show the result
	@$(BIN)/python -m local.cli demo

run: $(LOCAL) frontend/out/.done ## start everything on this machine, until Ctrl-C
	@$(BIN)/python -m local.cli up

# Everything is set up and built first, because parallel lanes must not find each other building.
test: .venv/.done frontend/out/.done interface-server .venvs/chromium.done .venvs/servers.done ## run every check and every test, in four parallel lanes
	@$(BIN)/python -m harness.lanes

test-python: .venv/.done .venvs/servers.done ## run only the Python tests; WHICH="tests/flow -n 0"
	$(BIN)/python -m pytest $(WHICH)

# The interface: Next.js, exported to files that the gateway serves under /app.
NEXT_SOURCES := $(shell find frontend/src frontend/public -type f -not -path '*/src/testing/*' -not -name '*.test.*' 2> /dev/null) $(wildcard frontend/*.ts frontend/*.mjs)
frontend/node_modules/.done: frontend/package.json frontend/package-lock.json
	@if ! node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2> /dev/null; then
	  echo "Please install Node.js 20 or newer, with npm: the interface is built with it." >&2
	  exit 1
	fi
	echo "Installing the packages of the interface (about 30 s the first time) …"
	npm --prefix frontend ci --loglevel=error
	touch frontend/node_modules/.done

frontend: frontend/out/.done ## build the interface

frontend/out/.done: frontend/node_modules/.done $(NEXT_SOURCES)
	@echo "Building the interface (about 30 s) …"
	cd frontend && NEXT_TELEMETRY_DISABLED=1 FRONTEND_BUILD=export npx next build > .next-build.log 2>&1 || { cat .next-build.log; exit 1; }
	touch out/.done

frontend-types: .venv/.done frontend/node_modules/.done ## regenerate the API's types for the interface
	$(BIN)/python scripts/write_openapi.py build/openapi.json
	cd frontend && npx openapi-typescript ../build/openapi.json -o src/shared/api/schema.ts > /dev/null

check-frontend: .venv/.done frontend/node_modules/.done ## check the interface: format, lint, imports, types
	@$(BIN)/python scripts/write_openapi.py build/openapi.json
	cd frontend
	npx openapi-typescript ../build/openapi.json -o ../build/schema.ts > /dev/null
	cmp ../build/schema.ts src/shared/api/schema.ts || { echo "The API has changed: run make frontend-types" >&2; exit 1; }
	npx biome check .
	npx depcruise src --config walls/walls.cjs
	npx next typegen > /dev/null
	npx tsc --noEmit
	npx tsc --noEmit -p scripts

test-frontend: frontend/node_modules/.done ## run the interface's unit tests
	cd frontend && npx vitest run

# The shell looks for it each time, because it may just have been installed.
CHROMIUM ?= $$(command -v chromium || command -v chromium-browser || command -v google-chrome)
.venvs/chromium.done: Makefile
	@mkdir -p .venvs
	if test -z "$(CHROMIUM)"; then
	  if test "$$(id -u)" != 0 || ! command -v apt-get > /dev/null; then
	    echo "Please install Chromium for the browser tests; on Debian, as root: apt-get install chromium" >&2
	    exit 1
	  fi
	  echo "Installing Chromium for the browser tests (about 30 s the first time) …"
	  export DEBIAN_FRONTEND=noninteractive
	  apt-get update -q > /dev/null
	  apt-get install -q -y --no-install-recommends chromium fonts-liberation fonts-noto-color-emoji > /dev/null
	fi
	touch .venvs/chromium.done

test-browser: frontend/out/.done .venv/.done .venvs/chromium.done ## test the interface in Chromium, against the system of `make run`
	cd frontend && CHROMIUM="$(CHROMIUM)" npx playwright test

interface-server: frontend/node_modules/.done .venv/.done
	@echo "Building the interface's own server, unless it is built (about 40 s) …"
	$(BIN)/python -m tests.compose.interface

test-team: interface-server .venvs/chromium.done .venvs/servers.done ## the same against a team's stack, as in compose
	cd frontend && CHROMIUM="$(CHROMIUM)" npx playwright test -c team.config.ts

test-cloud: frontend/out/.done .venv/.done .venvs/chromium.done ## the same against the site of template.yaml, before the emulated cloud
	cd frontend && CHROMIUM="$(CHROMIUM)" npx playwright test -c cloud.config.ts

FIGURES ?=
bench-frontend: frontend/out/.done .venv/.done .venvs/chromium.done ## measure the interface's speed, in one table (6 min); FIGURES="--part leads --json"
	@cd frontend && CHROMIUM="$(CHROMIUM)" node scripts/figures/main.mjs $(FIGURES)

screenshots: frontend/out/.done .venv/.done .venvs/chromium.done ## take pictures of every page, into docs/images
	mkdir -p docs/images
	cd frontend && CHROMIUM="$(CHROMIUM)" npx playwright test -c screens.config.ts

# Real servers for tests and benches: RabbitMQ, Redis, Postfix, Dovecot. They are installed but
# not started: policy-rc.d keeps the packages from starting anything.
define quiet_apt
	  if ! test -e /usr/sbin/policy-rc.d; then
	    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
	    chmod +x /usr/sbin/policy-rc.d
	    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
	  fi
	  export DEBIAN_FRONTEND=noninteractive
	  apt-get update -q > /dev/null
endef

SERVERS := /usr/lib/rabbitmq/bin/rabbitmq-server /usr/bin/redis-server /usr/sbin/smtp-sink /usr/lib/dovecot/imap
.venvs/servers.done: Makefile
	@mkdir -p .venvs
	missing=0; for it in $(SERVERS); do test -x $$it || missing=1; done
	if test $$missing = 1; then
	  if test "$$(id -u)" != 0 || ! command -v apt-get > /dev/null; then
	    echo "Please install RabbitMQ, Redis, Postfix and Dovecot; on Debian, as root:" >&2
	    echo "  apt-get install rabbitmq-server redis-server postfix dovecot-imapd" >&2
	    exit 1
	  fi
	  echo "Installing RabbitMQ, Redis, Postfix and Dovecot for the tests (about 30 s the first time) …"
	  $(quiet_apt)
	  apt-get install -q -y --no-install-recommends rabbitmq-server redis-server postfix dovecot-imapd > /dev/null
	fi
	touch .venvs/servers.done

servers: .venvs/servers.done ## install RabbitMQ, Redis, Postfix and Dovecot if missing (root, Debian)

# Debian installs either Postfix or Exim, so Exim is unpacked beside; its user must exist.
RELAYS := /usr/sbin/postgrey /usr/sbin/saslpasswd2
EXIM := .venvs/exim/usr/sbin/exim4
.venvs/relays.done: .venvs/servers.done
	@missing=0; for it in $(RELAYS) $(EXIM); do test -x $$it || missing=1; done
	getent passwd Debian-exim > /dev/null || missing=1
	if test $$missing = 1; then
	  if test "$$(id -u)" != 0 || ! command -v apt-get > /dev/null; then
	    echo "The relays start only as root, on Debian, which installs them from its packages." >&2
	    exit 1
	  fi
	  echo "Installing Postgrey, SASL and Exim (about 20 s the first time) …"
	  $(quiet_apt)
	  apt-get install -q -y --no-install-recommends postgrey sasl2-bin libidn12 libgnutls-dane0 > /dev/null
	  mkdir -p .venvs/exim/packages
	  cd .venvs/exim/packages
	  apt-get download -q -o APT::Sandbox::User=root exim4-base exim4-daemon-light > /dev/null
	  for it in *.deb; do dpkg -x $$it ..; done
	  chmod u-s ../usr/sbin/exim4
	  cd ../../..
	  rm -r .venvs/exim/packages
	  getent passwd Debian-exim > /dev/null || useradd --system --user-group \
	    --no-create-home --home-dir /var/spool/exim4 --shell /usr/sbin/nologin Debian-exim
	fi
	touch .venvs/relays.done

ROWS ?=
relays: .venv/.done .venvs/relays.done ## send through real mail servers with limits, as root (about 12 min); ROWS="--only three"
	$(BIN)/python -m bench.relays $(ROWS)

check: check-python check-frontend ## check format, lint, types, imports

check-python: .venv/.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python scripts/draw_transitions.py --check
	$(BIN)/python scripts/draw_areas.py --check
	$(BIN)/python scripts/write_settings.py --check
	$(BIN)/python scripts/check_names.py

format: .venv/.done ## format, fix lint findings, regenerate files
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python scripts/draw_transitions.py
	$(BIN)/python scripts/draw_areas.py
	$(BIN)/python scripts/write_settings.py

# The compose files on a real container engine, in its own namespaces: nothing is installed, and
# only .venvs/engine (or COMPOSE_ENGINE_FOLDER) is kept.
test-compose: .venv/.done ## test compose on a container engine: build, run, kill, production (12 min)
	@$(BIN)/python -m tests.compose.engine full

test-compose-short: .venv/.done ## its short form, on the images cached by `make test-compose`
	@$(BIN)/python -m tests.compose.engine short

# The image's versions are those that the tests run on.
COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url
MONGO_STAND_IN := tests/compose/engine/images/mongo
lock: .venv/.done ## pin the packages again, without download addresses
	$(COMPILE) --extra functions --extra local --extra dev pyproject.toml -o requirements/dev.txt
	$(COMPILE) --extra functions --extra local --constraints requirements/dev.txt pyproject.toml -o requirements/local.txt
	$(COMPILE) --extra team --constraints requirements/dev.txt pyproject.toml -o requirements/team.txt
	npm --prefix frontend install --package-lock-only
	echo secantusdb | $(COMPILE) --constraints requirements/dev.txt - -o $(MONGO_STAND_IN)/requirements.txt
	npm --prefix $(MONGO_STAND_IN) install --package-lock-only --omit=optional

test-long: simulate fuzz cases test-cloud faults removals relays ## run what is too long for `make test`, on MongoDB's adapter too (about an hour)
	$(BIN)/python -m harness.simulation --store mongo --start 50 --seeds 1100
	$(BIN)/python -m pytest -m long

simulate: .venv/.done ## play SEEDS=10000 seeded worlds of faults; print the first that breaks a guarantee
	$(BIN)/python -m harness.simulation --seeds $(SEEDS)

bench: .venv/.done .venvs/servers.done ## measure each part; then the whole, in one table
	for it in bench/[a-z]*.py; do $(BIN)/python -m "bench.$$(basename "$$it" .py)"; done
	$(BIN)/python -m bench.speed

EXAMPLES ?= 300
fuzz: .venv/.done ## send the API what no client would: EXAMPLES=300 requests of each kind, with SEED=1 (20 min)
	$(BIN)/python -m harness.fuzz --examples $(EXAMPLES) --seed $(SEED)

cases: .venv/.done ## play what people run into on a fresh system, one line per expectation (2 min)
	@$(BIN)/python -m bench.cases

faults: .venv/.done .venvs/servers.done ## kill, wipe and mislead real processes, with SEED=1 (about 20 min)
	$(BIN)/python -m bench.faults.lost_writes --seed $(SEED)
	$(BIN)/python -m bench.faults --seed $(SEED)

removals: .venv/.done .venvs/servers.done ## remove each mechanism; each must break a guarantee (about 10 min)
	$(BIN)/python -m bench.faults.mutations

clean: ## remove everything created here, including the data of demo and local system
	rm -rf .venv .venvs .emailbuilder .aws-sam build .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis
	rm -rf frontend/node_modules frontend/.next frontend/out
