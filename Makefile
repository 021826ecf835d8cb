# The commands of everyday work; `make check` is what has to pass before a change lands.
.PHONY: check test lint docs deny bench

check: lint test docs

test:
	cargo test --release --workspace

lint:
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps

deny:
	cargo deny check

bench:
	cargo bench -p helmholtz --bench strings_likelihood
	python3 bench/strings.py
