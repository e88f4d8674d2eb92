#!/usr/bin/env bash
# Runs the published Python package on a started server; arguments go to pytest.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../shared/serving.sh"

require python_packages "$cache" "$here/requirements.txt"
build_server

cd "$here"
exec "$cache/venv/bin/python" -m pytest -q "$@"
