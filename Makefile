# What to do with rossgram. Needs Go 1.26 or newer, make and git.

GO       ?= go
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS   = -s -w -X rossgram.app/cli.version=$(VERSION)
TOOL      = $(GO) tool -modfile=$(CURDIR)/.ci/tools/go.mod
FUZZTIME ?= 10s
KILLS    ?= 200
DEMO     ?=
NODES    ?= 200
HOURS    ?= 3
# The packages whose goroutines share memory most; -race makes tests several times slower.
RACE     ?= ./cli/client ./content/repo/... ./content/store/... ./daemon/... ./p2p/...

export CGO_ENABLED ?= 0

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 14

.PHONY: build
build: ## bin/rossgram
	@mkdir -p bin
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/rossgram ./cli/rossgram

.PHONY: run
run: build ## start your node; the first time it makes an account
	@exec bin/rossgram daemon --welcome

.PHONY: demo
demo: build ## three nodes on this machine; DEMO=--once ends by itself
	@exec bin/rossgram demo $(DEMO)

.PHONY: test
test: ## all tests, with the race detector where it counts
	$(GO) test ./...
	@if command -v cc >/dev/null; then \
		echo 'CGO_ENABLED=1 $(GO) test -race -short $(RACE)'; CGO_ENABLED=1 $(GO) test -race -short $(RACE); \
	else echo 'no C compiler: without the race detector'; fi

.PHONY: test-docs
test-docs: ## the README's walk on two machines, as it stands there (needs root); what the docs refer to
	.ci/docs
	.ci/readme

.PHONY: test-crash
test-crash: ## kill -9 while posts arrive, KILLS times
	ROSSGRAM_KILLS=$(KILLS) $(GO) test -count=1 -timeout 30m -run Crash ./cli/... ./daemon/...

.PHONY: test-quota
test-quota: ## ten accounts of 200 MB under a quota of 500 MB (needs 3 GB of disk)
	ROSSGRAM_QUOTA=full $(GO) test -count=1 -timeout 30m -run QuotaHoldsUnderLoad -v ./daemon

.PHONY: bench
bench: ## figures, with the machine's size
	@printf '%s, %s cores, %s\n' "$$($(GO) version)" "$$(nproc 2>/dev/null || sysctl -n hw.ncpu)" "$$(uname -sm)"
	$(GO) test -run '^$$' -bench . -benchmem -timeout 40m ./...

.PHONY: bench-kubo
bench-kubo: ## moving 500 MB beside Kubo, which is built first (some minutes)
	@mkdir -p bin
	$(GO) build -C .ci/kubo -o $(CURDIR)/bin/ipfs github.com/ipfs/kubo/cmd/ipfs
	ROSSGRAM_KUBO=$(CURDIR)/bin/ipfs $(GO) test -run '^$$' -bench Transfer -benchtime 3x -timeout 30m ./cli

.PHONY: sim
sim: ## the tables of docs/availability.md: NODES nodes for HOURS of a simulated network
	$(GO) test -C daemon/follow/simulation -count=1 -timeout 5h -run 'TestFigures|TestModel' \
		-sim.nodes=$(NODES) -sim.hours=$(HOURS) -sim.people=1000

.PHONY: lint
lint: ## gofmt, vet, staticcheck, golangci-lint
	@test -z "$$(gofmt -l . | tee -a /dev/stderr)"
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	$(TOOL) golangci-lint run --config .ci/golangci.yml ./...

.PHONY: vuln
vuln: ## known vulnerabilities in what we import
	@out=$$($(TOOL) govulncheck ./... 2>&1); code=$$?; echo "$$out"; \
	case "$$out" in *'fetching vulnerabilities'*) echo 'the database cannot be reached: nothing was checked'; exit 0;; esac; exit $$code

# Where nothing failed, Go's fuzzer may yet give the end of its own time for a failure: then it is asked again.
.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME
	@grep -rlE '^func Fuzz' --include='*_test.go' . | xargs grep -oE '^func Fuzz[A-Za-z0-9_]+' | sort -u | \
	while IFS=: read -r file func; do \
		echo "$$file $${func#func }"; \
		for try in 1 2 3; do \
			out=$$($(GO) test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$(dirname "$$file")" 2>&1); \
			code=$$?; echo "$$out"; [ $$code = 0 ] && break; \
			case "$$out" in *'Failing input'*) exit 1;; *'context deadline exceeded'*) [ $$try -lt 3 ] || exit 1;; *) exit 1;; esac; \
		done; \
	done

.PHONY: clean
clean: ## remove what was built; homes stay
	rm -rf bin
