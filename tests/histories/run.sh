#!/usr/bin/env bash
# Records a history on each database and judges it; arguments go to `guildhall-histories run`.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
cargo build --locked -p guildhall-cli -p guildhall-histories
histories=${CARGO_TARGET_DIR:-target}/debug/guildhall-histories

for database in sqlite postgres; do
    echo "histories on $database"
    "$histories" run --database "$database" "$@"
done
