# What every suite's run.sh does alike; to be sourced.
#
# Sets `root`, the repository, and `cache`, where the suite keeps what it installs.

suite=$(basename "$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)")
shared=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$shared/../../.." && pwd)
cache=$root/target/clients/$suite

# Runs the given function, which installs packages. Where it fails, nothing is tested and that is
# said, except in CI (CI=true), where it is a failure.
require() {
    local log
    if log=$("$@" 2>&1); then
        return
    fi
    if [[ ${CI:-} == true ]]; then
        printf '%s\n%s: the packages cannot be installed\n' "$log" "$suite" >&2
        exit 1
    fi
    echo "$suite: 0 passed, 0 failed, 1 skipped (the packages cannot be installed)"
    exit 0
}

# Builds the server unless GUILDHALL_BIN names one.
build_server() {
    if [[ -z ${GUILDHALL_BIN:-} ]]; then
        (cd "$root" && cargo build --quiet --package guildhall-cli)
        GUILDHALL_BIN=${CARGO_TARGET_DIR:-$root/target}/debug/guildhall
    fi
    GUILDHALL_BIN=$(realpath "$GUILDHALL_BIN")
    export GUILDHALL_BIN
}

# The packages hold thousands of modules of which a run needs few: Python compiles those when it
# first reads them, beside the cache, so that no folder of sources fills up.
export PYTHONPYCACHEPREFIX=$cache/compiled

# Makes a virtual environment with exactly the packages of a file of requirements.
#
# `set -e` is off where `require` calls this, so that each step asks for the one before.
python_packages() {
    local folder=$1 requirements=$2
    if cmp -s "$requirements" "$folder/installed.txt"; then
        return
    fi
    rm -rf "$folder"
    mkdir -p "$folder" &&
        python3 -m venv "$folder/venv" &&
        "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
            --no-compile --requirement "$requirements" &&
        "$folder/venv/bin/python" -m pip check --quiet &&
        cp "$requirements" "$folder/installed.txt"
}
