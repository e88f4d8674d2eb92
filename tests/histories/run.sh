#!/usr/bin/env bash
# Records a history on each database and judges it; arguments go to `guildhall-histories run`.
#
# Builds both programs unless GUILDHALL_BIN names a server, beside which the other one stands.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [[ -z ${GUILDHALL_BIN:-} ]]; then
    cargo build --locked -p guildhall-cli -p guildhall-histories
    GUILDHALL_BIN=${CARGO_TARGET_DIR:-target}/debug/guildhall
fi
histories=$(dirname "$GUILDHALL_BIN")/guildhall-histories

for database in sqlite postgres; do
    echo "histories on $database"
    "$histories" run --database "$database" "$@"
done
