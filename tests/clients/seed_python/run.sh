#!/usr/bin/env bash
# Runs the published Python package against a started server.
#
# GUILDHALL_BIN names the server's binary; without it, one is built. Where packages cannot be
# installed, nothing is tested and that is said, except in CI (CI=true), where it is a failure.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
cache=$root/target/clients/seed_python
python=$cache/venv/bin/python

install_packages() {
    if cmp -s "$here/requirements.txt" "$cache/installed.txt"; then
        return
    fi
    rm -rf "$cache/venv" "$cache/installed.txt"
    mkdir -p "$cache"
    python3 -m venv "$cache/venv" &&
        "$python" -m pip install --quiet --disable-pip-version-check --no-deps \
            --requirement "$here/requirements.txt" &&
        "$python" -m pip check --quiet &&
        cp "$here/requirements.txt" "$cache/installed.txt"
}

if ! log=$(install_packages 2>&1); then
    if [[ ${CI:-} == true ]]; then
        printf '%s\nseed_python: the packages cannot be installed\n' "$log" >&2
        exit 1
    fi
    echo "seed_python: 0 passed, 0 failed, 1 skipped (the packages cannot be installed)"
    exit 0
fi

if [[ -z ${GUILDHALL_BIN:-} ]]; then
    (cd "$root" && cargo build --quiet --package guildhall-cli)
    GUILDHALL_BIN=${CARGO_TARGET_DIR:-$root/target}/debug/guildhall
fi
GUILDHALL_BIN=$(realpath "$GUILDHALL_BIN")
export GUILDHALL_BIN PYTHONDONTWRITEBYTECODE=1

cd "$here"
exec "$python" -m pytest -q "$@"
