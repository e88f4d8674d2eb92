#!/usr/bin/env bash
# Holds a started server against its own /openapi.json and against the published descriptions;
# arguments go to Schemathesis.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../clients/shared/serving.sh"

require python_packages "$cache" "$here/requirements.txt"
build_server

PYTHONPATH=$shared exec "$cache/venv/bin/python" "$here/check.py" "$@"
