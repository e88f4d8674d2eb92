#!/usr/bin/env bash
# Runs each release of the official Node package on one server; arguments go to `node --test`.
#
# It needs Node 20 or newer, npm, and Python 3 to start the server.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../shared/serving.sh"

node_packages() {
    local folder=$1 packages=$2
    if cmp -s "$packages/package-lock.json" "$folder/installed.json"; then
        return
    fi
    rm -rf "$folder"
    mkdir -p "$folder" &&
        cp "$packages/package.json" "$packages/package-lock.json" "$folder" &&
        npm --prefix "$folder" ci --no-audit --no-fund --ignore-scripts &&
        cp "$packages/package-lock.json" "$folder/installed.json"
}

for packages in "$here"/packages/*; do
    require node_packages "$cache/$(basename "$packages")" "$packages"
done
build_server
export GUILDHALL_NODE_CLIENTS=$cache

cd "$here"
exec python3 "$shared/with_server.py" \
    node --test --test-reporter=spec "$@" tests/*.test.mjs
