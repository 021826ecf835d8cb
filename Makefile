# The commands of everyday work; `make check` is what has to pass before a change lands.
.PHONY: check test long lint walls docs deny checked kill fuzz asan bom bench semver msrv package

# What `make semver` compares with.
BASE ?= HEAD~1

check: lint walls test docs package

# Fast tests: they share the build of `cargo run --release`.
test:
	cargo test --release --workspace

# Tests that train for long, beside the fast ones.
long:
	cargo test --release --workspace -- --ignored

lint:
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets -- -D warnings

# The tensor library is named in one crate.
walls:
	bash .ci/walls

docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps

deny:
	cargo deny check

# Overflow checks and debug assertions in our crates, at the speed of release elsewhere.
checked:
	cargo test --profile checked --workspace

# Training that is killed at random moments and resumed, 200 times.
kill:
	HELMHOLTZ_KILLS=200 cargo test --release --workspace --test cli killed

# Looks for inputs that make a target panic, hang or take too much memory, led by what they reach: make fuzz TARGET=regexes
# SECONDS=3600. What is found lies in fuzz/found; move it to fuzz/corpus/TARGET, where the tests run it. Any compiler will do, and
# a C++ compiler is needed. The list of targets is TARGETS in fuzz/src/lib.rs.
TARGET ?= columns-csv
SECONDS ?= 600
HOST = $(shell rustc -vV | sed -n 's/^host: //p')
COVERAGE = -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing
fuzz:
	mkdir -p fuzz/found/$(TARGET)
	RUSTFLAGS="$(COVERAGE)" cargo build --profile checked --manifest-path fuzz/Cargo.toml --features libfuzzer --bin fuzz --target $(HOST)
	FUZZ_TARGET=$(TARGET) target/$(HOST)/checked/fuzz fuzz/found/$(TARGET) $(wildcard fuzz/corpus/$(TARGET)) \
	    -max_total_time=$(SECONDS) -artifact_prefix=fuzz/found/ -rss_limit_mb=2048 -timeout=10 -max_len=4096

# The tests of the networks with AddressSanitizer, which any compiler has whose unstable flags are let.
asan:
	RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address ASAN_OPTIONS=detect_leaks=0 \
	    cargo test --release --lib --target $(HOST) --manifest-path crates/helmholtz-nn/Cargo.toml

# What a release is made of, as target/bom/helmholtz.cdx.json (CycloneDX; `cargo install cargo-cyclonedx`).
bom:
	cargo cyclonedx --manifest-path crates/helmholtz-cli/Cargo.toml --format json
	mkdir -p target/bom
	mv crates/helmholtz-cli/helmholtz-cli.cdx.json target/bom/helmholtz.cdx.json
	rm -f crates/*/*.cdx.json fuzz/*.cdx.json

# Times of everything, ours and our peers' (bench/README.md says what those need).
bench:
	cargo bench --manifest-path bench/criterion/Cargo.toml --target-dir target
	for script in strings automata mixture timeseries characters scenes sequence unroll; do \
	    test ! -f bench/$$script.py || python3 bench/$$script.py; done

# Whether the public doors changed since a commit: make semver BASE=v0.1.0
semver:
	cargo semver-checks --workspace --baseline-rev $(BASE)

# Whether the oldest compiler that is promised still compiles it.
msrv:
	cargo +$$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml) check --workspace --all-targets

package:
	cargo package --workspace --no-verify --allow-dirty
