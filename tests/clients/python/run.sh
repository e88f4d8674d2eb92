#!/usr/bin/env bash
# Runs each release of the official Python package on a server of its own; arguments go to pytest.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../shared/serving.sh"

releases=()
for requirements in "$here"/requirements/*.txt; do
    release=$(basename "$requirements" .txt)
    require python_packages "$cache/$release" "$requirements"
    releases+=("$release")
done
build_server

cd "$here"
for release in "${releases[@]}"; do
    echo "clerk-backend-api $release"
    "$cache/$release/venv/bin/python" -m pytest -q "$@"
done
