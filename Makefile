# Every target sets up what it needs itself: tools/setup does nothing when all is there.

# minijuju makes namespaces and mounts, which takes root. Cargo builds as whoever calls make; only what it runs gets sudo.
ifneq ($(shell id -u),0)
host := $(shell rustc --print host-tuple | tr a-z- A-Z_)
export CARGO_TARGET_$(host)_RUNNER = sudo --preserve-env --
endif

.PHONY: setup demo test test-all bench bench-webapp lint assemble pack sbom docs

target = target/$(shell rustc --print host-tuple)

setup:
	@tools/setup

# KEEP=1 leaves the model up and says what to try on it.
demo: assemble
	cargo build --release --workspace --bins --example demo
	cargo run --release --quiet --example demo -- $(if $(KEEP),--keep)

# The seed of the property tests is fixed, so that a run can be repeated; test-all draws a new one.
test: export PROPTEST_RNG_SEED ?= 1
test:
	@tools/setup test
	cargo build --workspace
	cargo build --example check-charm
	cargo test --workspace

# Beyond `make test`: property tests with a seed of their own and many cases, the charm killed at every point, and kills by
# the dozen (an hour).
test-all: test
	PROPTEST_RNG_SEED=$$(date +%s) PROPTEST_CASES=10000 cargo test --workspace --lib
	cargo build --release --workspace --bins --example demo
	cargo test --release --test crash -- --test-threads 2
	cargo test --release --test chaos -- --test-threads 1 --nocapture

# RUNS=n: so many runs of each event (30).
bench: assemble
	@tools/setup bench
	cargo build --release --workspace
	cargo bench --package sidecharm --bench events -- $(RUNS)

# The same of a web app. PAAS_CHARM_LIBS=DIR: beside paas-charm; DIR holds lib/charms, the charm libraries that a packed Flask charm has.
bench-webapp:
	@tools/setup bench-webapp
	cargo build --release --workspace
	cargo bench --package sidecharm --bench webapp -- $(RUNS)

lint:
	@tools/setup lint
	@tools/lint

# Unpacked charms, as `minijuju deploy` takes them: dist/redis-k8s, and one for each web framework.
# The tables that are left out are for unwinding, and a release ends at its first panic.
assemble: setup
	cargo build --release --package sidecharm
	objcopy --remove-section .eh_frame --remove-section .eh_frame_hdr $(target)/release/sidecharm $(target)/release/dispatch
	tools/assemble $(target)/release/dispatch dist/redis-k8s
	@for charm in charms/*; do \
		tools/assemble $(target)/release/dispatch "dist/$${charm#charms/}-k8s" "$$charm" || exit; \
	done

# The same, packed by charmcraft: dist/NAME_ARCHITECTURE.charm.
pack: assemble
	@tools/setup pack
	cargo build --example check-charm
	tools/pack $(target)/release/dispatch $(target)/debug/examples/check-charm dist

# dist/sidecharm.cdx.json: what the binary is made of.
sbom:
	@mkdir -p dist
	cargo metadata --locked --format-version 1 --filter-platform $$(rustc --print host-tuple) >dist/metadata.json
	/usr/bin/python3 tools/sbom.py Cargo.lock <dist/metadata.json >dist/sidecharm.cdx.json
	@rm dist/metadata.json

# docs/ as pages to be read in a browser: dist/docs/index.html.
docs:
	@tools/docs
