#!/usr/bin/env bash
# Runs the published Rust crate on a started server; arguments go to `cargo test`.
#
# It needs what building the server needs, and Python 3 to start it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../shared/serving.sh"

require cargo fetch --quiet --locked --manifest-path "$here/Cargo.toml"
build_server

cd "$here"
CARGO_TARGET_DIR=$cache cargo test --quiet --locked --no-run
exec env CARGO_TARGET_DIR="$cache" python3 "$shared/with_server.py" \
    cargo test --quiet --locked "$@"
