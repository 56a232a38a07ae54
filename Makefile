# SPDX-License-Identifier: Apache-2.0
# A thin front to meson: `make help` lists the targets.

BUILD ?= build
TEST_BUILD ?= build-asan
SANITIZERS = -Db_sanitize=address,undefined -Db_lundef=false -Dfault_points=true
TESTS ?=

.PHONY: help deps build web run test agreement lint fmt golden reference fuzz bench sanitize cover install clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

deps: ## install what building, testing and linting need (Debian packages; schemas and Python tools for tests)
	tools/deps build demo test lint
	tools/fetch-sbom-schemas
	tools/fetch-test-tools

$(BUILD)/build.ninja:
	meson setup $(BUILD) -Dtests=false

$(TEST_BUILD)/build.ninja:
	meson setup $(TEST_BUILD) $(SANITIZERS)

web: ## build the web UI into web/dist
	tools/build-web

build: web $(BUILD)/build.ninja ## build the program: build/tidewaiter
	ninja -C $(BUILD)

run: ## build, then show a real registry with real findings (REGISTRY=… for your own, FEEDS=DIR for advisories)
	tools/deps build demo
	tools/run-demo

test: web $(TEST_BUILD)/build.ninja ## run all tests with sanitizers (TESTS=name for some)
	ninja -C $(TEST_BUILD)
	tools/run-tests $(TEST_BUILD) $(TESTS)

lint: web $(TEST_BUILD)/build.ninja ## check layers, style, format, static analysis
	tools/lint $(TEST_BUILD)

fmt: ## format the C sources
	find src tests bench -name '*.[ch]' -o -name '*.cc' | xargs clang-format -i

golden: $(TEST_BUILD)/build.ninja ## renew expected outputs; review the difference before you commit it
	ninja -C $(TEST_BUILD)
	TIDEWAITER_RENEW_GOLDEN=1 meson test -C $(TEST_BUILD) --suite golden

reference: $(TEST_BUILD)/build.ninja ## renew the generated parts of docs/reference and the man page
	ninja -C $(TEST_BUILD) tidewaiter
	tools/generate-reference $(TEST_BUILD)/tidewaiter

agreement: $(TEST_BUILD)/build.ninja ## compare 100,000 random pairs of versions with each package manager that is installed
	ninja -C $(TEST_BUILD) tidewaiter
	AGREEMENT_PAIRS=100000 tools/run-tests $(TEST_BUILD) --suite agreement

fuzz: ## run fuzzers for MINUTES (1) of CPU time each (TARGETS=… for some, CHANGED=yes for those of changed parsers, KEEP=yes)
	tools/run-fuzzers --minutes $(or $(MINUTES),1) $(if $(CHANGED),--changed) $(if $(KEEP),--keep) $(TARGETS)

bench: build ## measure against the floor
	bench/scan.py $(BUILD)

sanitize: test ## the same as test: sanitizers are always on there

cover: ## line coverage of the tests: build-cover/coverage/index.html
	tools/run-cover

install: build ## install under PREFIX (default /usr/local)
	meson install -C $(BUILD) --no-rebuild

clean: ## remove what was built (not the demo's state)
	rm -rf build build-* web/dist
