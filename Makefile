# Everything is built with Go alone: each tool is pinned by a Go module of the
# project, and the control plane is found or built by test/controlplane.
#
#   make KUBERNETES=1.33 test   tests on the oldest supported Kubernetes

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

KUBERNETES ?=
FUZZTIME   ?= 10m
# Of one package's tests; those on a real kube-apiserver take minutes.
TIMEOUT    ?= 30m

# The modules of the project, and those that only pin versions of tools.
MODULES := . test/controlplane test/bench test/browser test/certmanager tools/release
# Tested apart: Istio takes long to build, and to vet, which make lint does.
ISTIO   := test/istio
TOOLS   := tools tools/crds tools/deploy tools/sidecars tools/vulndb
FUZZERS := \
	./audit:FuzzCommands \
	./audit:FuzzFor \
	./audit:FuzzPodSpec \
	./certs:FuzzBundle \
	./certs:FuzzDecode \
	./cmd/dualstack:FuzzMutate \
	./manifest:FuzzApply \
	./manifest:FuzzParts \
	./manifest:FuzzReadParts \
	./manifest:FuzzSplit \
	./mutate:FuzzPod \
	./mutate:FuzzService \
	./mutate/address:FuzzBypass \
	./mutate/address:FuzzExtend \
	./mutate/address:FuzzRewrite \
	./mutate/patch:FuzzField \
	./terminal:FuzzPrintable \
	./webhook:FuzzDemand \
	./webhook:FuzzReview

controlplane = go run -C test/controlplane . $(if $(KUBERNETES),-version $(KUBERNETES))
lint         = go tool -modfile=$(CURDIR)/tools/go.mod golangci-lint

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the program, bin/dualstack
	CGO_ENABLED=0 go build -trimpath -o bin/dualstack ./cmd/dualstack

.PHONY: tools
tools: ## build Helm and kustomize, which tests and tutorials use, into bin
	go build -C tools/deploy -o $(CURDIR)/bin/ helm.sh/helm/v4/cmd/helm sigs.k8s.io/kustomize/kustomize/v5

.PHONY: servers
servers: ## install the servers and clients that tests start, with apt-get, and build the sidecars
	.ci/servers
	go build -C tools/sidecars -o $(CURDIR)/bin/ github.com/oauth2-proxy/oauth2-proxy/v7

.PHONY: test
test: tools ## test everything, on a real kube-apiserver
	assets=$$($(controlplane)); \
	for module in $(MODULES); do KUBEBUILDER_ASSETS=$$assets go test -C $$module -timeout $(TIMEOUT) ./...; done

.PHONY: test-istio
test-istio: ## test Pods of a mesh with Istio's own code
	assets=$$($(controlplane)); \
	KUBEBUILDER_ASSETS=$$assets go test -C $(ISTIO) -vet=off -timeout $(TIMEOUT) ./...

.PHONY: race
race: tools ## test everything with the race detector
	assets=$$($(controlplane)); \
	KUBEBUILDER_ASSETS=$$assets go test -race -timeout $(TIMEOUT) ./...

.PHONY: demo
demo: ## show the main job on a real kube-apiserver (KEEP=1 leaves it up)
	assets=$$($(controlplane)); \
	KUBEBUILDER_ASSETS=$$assets go run ./test/demo $(if $(KEEP),-keep)

.PHONY: controlplane
controlplane: ## find or build kube-apiserver, etcd and kubectl; print where
	@$(controlplane)

.PHONY: bench
bench: ## time the handlers from request bytes to response bytes
	go test -C test/bench -run '^$$' -bench . -benchmem ./...

.PHONY: bench-tls
bench-tls: build ## time whole programs over TLS, beside a no-op and AGAINST="-against NAME=FILE"
	assets=$$($(controlplane)); \
	go build -C test/bench -o $(CURDIR)/bin/bench-tls ./tls; \
	KUBEBUILDER_ASSETS=$$assets taskset --cpu-list 1 bin/bench-tls -binary bin/dualstack $(AGAINST)

.PHONY: fuzz
fuzz: ## run each fuzzer for FUZZTIME (10m)
	for fuzzer in $(FUZZERS); do \
		go test -run '^$$' -fuzz "^$${fuzzer#*:}\$$" -fuzztime $(FUZZTIME) "$${fuzzer%:*}"; \
	done

.PHONY: lint
lint: ## run golangci-lint
	for module in $(MODULES) $(ISTIO); do (cd $$module && $(lint) run ./...); done

.PHONY: vulnerabilities
vulnerabilities: ## want no known vulnerability in what a release ships
	.ci/vulnerabilities

.PHONY: generate
generate: tools ## write the pages that are made from code, and the chart's rendering for tests
	go run ./test/docs
	bin/helm template dualstack-webhook charts/dualstack-webhook --namespace dualstack-system --skip-tests > test/envtest/chart.yaml

.PHONY: fmt
fmt: ## format the code
	$(lint) fmt

.PHONY: verify
verify: ## fail if a module is not tidy, a file not formatted or a page stale
	for module in $(MODULES) $(ISTIO) $(TOOLS); do go -C $$module mod tidy -diff; done
	$(lint) fmt --diff
	go run ./test/docs -check

.PHONY: tidy
tidy: ## tidy the modules
	for module in $(MODULES) $(ISTIO) $(TOOLS); do go -C $$module mod tidy; done

.PHONY: clean
clean: ## remove what was built here
	rm -rf bin dist

include tools/release/release.mk
