# How a release is made: docs/releasing.md. Programs and what is in them are in
# dist/programs, the image in dist/oci; the files that are published are in dist.

PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64
BUILDER   ?= $(notdir $(firstword $(shell command -v buildah docker)))
HELM      ?= $(CURDIR)/bin/helm
# Where the second build of a verification keeps what it compiles: nowhere, so
# that it has nothing of the first.
SECOND_GOCACHE ?=

comma := ,
image_platforms = $(filter linux/%,$(PLATFORMS))
first_linux     = $(CURDIR)/dist/programs/$(subst /,_,$(firstword $(image_platforms)))/dualstack
release         = go run -C tools/release .
# VERSION, REVISION, CREATED and EPOCH of what was built.
describe        = description=$$($(release) describe -program $(first_linux)); eval "$$description"
# GNU tar, which writes nothing of the machine.
tar = tar --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime=@$$EPOCH
# A storage of its own: nothing of other images comes in, nothing is left behind.
storage = storage=$$(mktemp -d); trap 'chmod -R u+w "$$storage"; rm -rf "$$storage"' EXIT
# Who is not root sees a container only in a user namespace.
unshare = $(if $(filter-out 0,$(shell id -u)),buildah unshare)
buildah = buildah --root $$storage/root --runroot $$storage/run --storage-driver vfs

.PHONY: programs
programs: ## build the programs of a release, their licences and SBOMs, into dist/programs
	rm -rf dist/programs
	for platform in $(PLATFORMS); do \
		export GOOS=$${platform%/*} GOARCH=$${platform#*/} CGO_ENABLED=0 GOFLAGS= GOAMD64=v1 GOARM64=v8.0 GOEXPERIMENT=; \
		directory=dist/programs/$${GOOS}_$$GOARCH; program=$$directory/dualstack; \
		if [ $$GOOS = windows ]; then program+=.exe; fi; \
		go build -trimpath -buildvcs=true -ldflags '-s -w' -o $$program ./cmd/dualstack; \
		env -u GOOS -u GOARCH $(release) contents -program $(CURDIR)/$$program -source $(CURDIR) -out $(CURDIR)/$$directory; \
	done
	chmod -R u=rwX,go=rX dist/programs

.PHONY: image
image: PLATFORMS := linux/amd64 linux/arm64
image: image-archive ## build the image for amd64 and arm64 into dist, with buildah or docker

# One platform after the other: buildah lists them as they end.
.PHONY: image-archive
image-archive: programs
	rm -rf dist/oci dist/dualstack-image_*.tar
	$(describe); \
	arguments="--file Dockerfile"; \
	for name in VERSION REVISION CREATED; do arguments+=" --build-arg $$name=$${!name}"; done; \
	case "$(BUILDER)" in \
	buildah) \
		$(storage); \
		for platform in $(image_platforms); do \
			$(buildah) build --isolation chroot --identity-label=false --timestamp $$EPOCH \
				--manifest image --platform $$platform $$arguments dist/programs; \
		done; \
		$(buildah) manifest push --quiet --all image oci:dist/oci ;; \
	docker) \
		SOURCE_DATE_EPOCH=$$EPOCH docker buildx build --provenance=false --sbom=false $$arguments \
			--platform $(subst $() ,$(comma),$(strip $(image_platforms))) \
			--output type=oci,tar=false,rewrite-timestamp=true,dest=dist/oci dist/programs ;; \
	*) echo "no builder: install buildah, or docker with buildx" >&2; exit 1 ;; \
	esac; \
	$(tar) -C dist/oci -cf dist/dualstack-image_$${VERSION#v}.tar oci-layout index.json blobs
	@$(MAKE) --no-print-directory digest

.PHONY: digest
digest: ## print the digest of the image in dist/oci
	@grep -o '"digest":"sha256:[0-9a-f]*"' dist/oci/index.json | cut -d '"' -f 4

.PHONY: try-image
try-image: ## want the image to be what was built, and run it as its user (needs buildah)
	$(describe); \
	$(storage); \
	for platform in $(image_platforms); do \
		container=$$($(buildah) from --platform $$platform oci:dist/oci); \
		root=$$($(unshare) $(buildah) mount $$container); \
		diff -r dist/programs/$${platform/\//_} $$root; \
		if find $$root -perm /022 | grep .; then echo "others may write to the image" >&2; exit 1; fi; \
		runs=$$($(buildah) inspect --format '{{.OCIv1.Config.User}} {{.OCIv1.Config.Entrypoint}} {{.OCIv1.Config.Cmd}}' $$container); \
		if [ "$$runs" != "65532:65532 [/dualstack] [serve]" ]; then echo "the image would run $$runs" >&2; exit 1; fi; \
		if [ $$platform = "$$(go env GOOS GOARCH | paste -sd /)" ]; then \
			run="$(buildah) run --isolation chroot $$container"; \
			$$run /dualstack version | tee $$storage/version; \
			grep -F "$$VERSION" $$storage/version >/dev/null; \
			$$run /dualstack --help >/dev/null; \
			if $$run /bin/sh -c : 2>/dev/null; then echo "there is a shell in the image" >&2; exit 1; fi; \
		fi; \
	done

# HEAD, never the working tree, is made twice: in two places, at two times, with
# nothing compiled in common.
.PHONY: verify-image verify-release
verify-image: ## make the image of HEAD twice, and compare every byte
verify-release: $(HELM) ## make a release of HEAD twice, and compare every byte
verify-image verify-release: verify-%:
	work=$$(mktemp -d); trap 'chmod -R u+w "$$work"; rm -rf "$$work"' EXIT; \
	cache=$(SECOND_GOCACHE); \
	for place in first a/second/place; do git clone --quiet . $$work/$$place; done; \
	$(MAKE) -C $$work/first $* HELM=$(HELM); \
	GOCACHE=$${cache:-$$work/cache} $(MAKE) -C $$work/a/second/place $* HELM=$(HELM); \
	diff -r $$work/first/dist $$work/a/second/place/dist; \
	rm -rf dist; \
	mv $$work/first/dist dist
	@echo "the same bytes twice: $$($(MAKE) --no-print-directory digest)"

$(HELM):
	$(MAKE) tools

.PHONY: release
release: image-archive $(HELM) ## make everything that a release publishes, in dist
	rm -f dist/*.gz dist/*.json dist/*.tgz dist/*.yaml dist/checksums.txt
	$(describe); \
	number=$${VERSION#v}; \
	for directory in dist/programs/*; do \
		name=dist/dualstack_$${number}_$${directory##*/}; \
		cp $$directory/dualstack.spdx.json $$name.spdx.json; \
		(cd $$directory; $(tar) -c *) | gzip -9n > $$name.tar.gz; \
	done; \
	chart=$$(mktemp -d); trap 'rm -rf "$$chart"' EXIT; \
	cp -r charts/dualstack-webhook $$chart; \
	image=$$(sed -n 's/^  repository: //p' charts/dualstack-webhook/values.yaml)@$$($(MAKE) --no-print-directory digest); \
	echo "annotations: {dualstack.dev/image-digest: $${image#*@}}" >> $$chart/dualstack-webhook/Chart.yaml; \
	SOURCE_DATE_EPOCH=$$EPOCH $(HELM) package --version $$number --app-version $$number --destination dist $$chart/dualstack-webhook; \
	$(HELM) template dist/dualstack-webhook-$$number.tgz --show-only templates/deployment.yaml | grep -F "image: $$image" >/dev/null || \
		{ echo "the chart does not name $$image" >&2; exit 1; }; \
	$(release) krew -program $(first_linux) -out $(CURDIR)/dist
	cd dist && sha256sum *.tar *.gz *.json *.tgz *.yaml > checksums.txt

.PHONY: release-dry-run
release-dry-run: verify-release ## make a release of HEAD without publishing it
	$(MAKE) try-image
	@ls -l dist
	@echo "left out: pushing the image and the chart, signing them, attesting provenance and SBOM, the release on GitHub"
