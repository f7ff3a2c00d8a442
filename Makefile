# dolbom: `make run` for the demo, `make test` for every check; both set the machine up first. `make help` lists the rest.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first of these that is there; ROS 2 wheels exist for Python up to 3.13.
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; assert (3, 11) <= sys.version_info[:2] <= (3, 13); print(sys.executable)' 2>/dev/null && break; done)
endif
CAMERA ?=
# One more than cores: tests of whole processes wait more than they work.
JOBS ?= $(shell echo $$(($$(nproc) + 1)))

export PYTHON
# Every process of a test would compile the sources anew.
unexport PYTHONDONTWRITEBYTECODE
env := bin/dolbom-env
# What a build depends on; the nodes' Python runs from its sources.
interfaces := $(shell find ros_ws/src -type f ! -path '*/dolbom_nodes/dolbom_nodes/*' ! -path '*/__pycache__/*' | sort)
underlay := on=$(shell tools/underlay)
# A test that ran out of its deadline is tried again, and the closing line says so: the machine may be busy with others.
patient := --reruns 2 --only-rerun "still waiting|did not become true|Timeout|timed out"
pytest := $(env) python -m pytest -n $(JOBS) --dist loadgroup -m "not slow" $(patient)

.PHONY: help setup run test test-unit test-pages test-nodes test-system test-web test-slow test-sim lint format bench lock clean \
	system-packages system-packages-test .build/tools environment workspace weights

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: system-packages environment workspace weights ## everything the robot needs on this machine; a second time takes a second
run: setup ## the demo: district, bridge and companion on a clip (CAMERA=0 or CAMERA=file.mp4 for your own eyes)
	@exec bin/dolbom demo $(if $(CAMERA),--camera "$(CAMERA)")

test: setup system-packages-test lint ## every check: lint, types, unit, node, system and browser tests, coverage
	@rm -rf .build/coverage && mkdir -p .build/coverage
	DOLBOM_TEST_COMPLETE=1 $(pytest) --cov --cov-config=pyproject.toml --cov-report=term:skip-covered tests
test-unit: environment ## the core alone, no ROS
	@$(pytest) -n $$(nproc) tests/unit
test-pages: environment ## the web applications through HTTP, no browser, no ROS
	@$(pytest) tests/pages
test-nodes: environment workspace weights ## nodes in one process
	@$(pytest) tests/nodes
test-system: setup system-packages-test ## whole processes: broker, district, robot
	@$(pytest) tests/system
test-web: setup system-packages-test ## the pages in a headless browser
	@$(pytest) tests/web
test-slow: setup system-packages-test ## the tests that take minutes (but Gazebo's), and the property tests with many examples
	@$(env) python -m pytest -m "slow and not gazebo" tests
	@DOLBOM_TEST_THOROUGH=1 $(pytest) tests/unit tests/pages
test-sim: setup system-packages-test ## Gazebo's tests and the scenarios under a quarter of an hour (longer ones: core alone); first: bin/dolbom sim install
	@$(env) python -m pytest -m "gazebo" tests

lint: environment workspace ## format, style, types, Dockerfiles, shell, YAML
	@tools/lint
format: environment ## mends format and import order
	@$(env) ruff check --fix-only --quiet . && $(env) ruff format --quiet .
bench: setup ## perception, alarm, voice and pages against their baselines
	@bin/dolbom bench perception
	@bin/dolbom bench alarm
	@bin/dolbom bench voice
	@bin/dolbom bench voice --lang en
	@bin/dolbom bench web
lock: .build/tools ## resolves requirements*.in into the locks
	@tools/lock
clean: ## removes everything that make setup made inside this folder
	@rm -rf .venv .build ros_ws/build ros_ws/install ros_ws/log .pytest_cache .ruff_cache
	@find models -mindepth 1 ! -name manifest.toml ! -name README.md -delete

system-packages:
	@tools/system_packages run
system-packages-test:
	@tools/system_packages test
.build/tools: system-packages
	@if [[ -z "$(PYTHON)" ]]; then echo "dolbom: no Python 3.11, 3.12 or 3.13 here — install one, or say make PYTHON=/path/to/python" >&2; exit 1; fi
	@tools/once $@ tools/uv.lock "$(PYTHON)" -- tools/make_uv "$(PYTHON)"
environment: .build/tools
	@tools/once .venv requirements.lock requirements-ros.lock requirements-dev.lock tools/make_venv \
		tools/underlay "$(PYTHON)" $(underlay) -- tools/make_venv "$(PYTHON)"
workspace: environment
	@tools/once ros_ws/install $(interfaces) launch requirements-ros.lock requirements-dev.lock tools/build_workspace \
		"$(PYTHON)" $(underlay) -- tools/build_workspace
weights: environment
	@bin/dolbom weights fetch --quiet
