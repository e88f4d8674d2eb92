#!/usr/bin/env bash
# Shows that the harness finds faults: puts one at a time into a copy of the sources, builds the
# server from it, and demands that some history of it is judged to be wrong. Arguments name the
# faults to try; all of them when there are none.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/histories/faults.sh
# How many histories a fault may survive, and how long each is.
runs=8
seconds=15

cargo build --locked -p guildhall-cli -p guildhall-histories
target=$(realpath "${CARGO_TARGET_DIR:-target}")
copy=$target/broken
export CARGO_TARGET_DIR=$copy/target

# Copies the sources, with new times, so that nothing of an earlier fault is taken for built. What is
# built of other people's crates is taken over; it does not depend on where the sources are.
prepare() {
    mkdir -p "$copy"
    rm -rf "$copy/source"
    mkdir "$copy/source"
    git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy/source"
    for kind in .fingerprint build deps; do
        if [[ ! -d $CARGO_TARGET_DIR/debug/$kind ]]; then
            mkdir -p "$CARGO_TARGET_DIR/debug/$kind"
            find "$target/debug/$kind" -mindepth 1 -maxdepth 1 ! -name '*guildhall*' \
                -exec cp -a -t "$CARGO_TARGET_DIR/debug/$kind" {} +
        fi
    done
}

# Replaces the only place in a file where a text stands.
replace() {
    local file=$copy/source/$1 old=$2 new=$3 text rest
    text=$(<"$file")
    rest=${text#*"$old"}
    if [[ $rest == "$text" || $rest == *"$old"* ]]; then
        echo "$1 does not have this once: $old" >&2
        exit 2
    fi
    printf '%s\n' "${text%%"$old"*}$new$rest" >"$file"
}

# Records histories of a server until one is wrong; tells by its status whether one is.
record() {
    local name=$1 guildhall=$2 database=$3 runs=$4
    "$target/debug/guildhall-histories" run --guildhall "$guildhall" --database "$database" \
        --keep "$copy/kept/$name-$database" --seed 1 --runs "$runs" --seconds "$seconds"
}

# Puts one fault in, and demands that it is found.
try() {
    local name=$1 databases=$2 database status
    echo "== $name"
    prepare
    "fault_$name"
    cargo build --locked --manifest-path "$copy/source/Cargo.toml" -p guildhall-cli
    for database in $databases; do
        status=0
        record "$name" "$CARGO_TARGET_DIR/debug/guildhall" "$database" "$runs" || status=$?
        case $status in
            1) echo "found on $database: $name" ;;
            0) echo "NOT FOUND on $database in $runs histories: $name" >&2; exit 1 ;;
            *) exit "$status" ;;
        esac
    done
}

# What is found in a server without a fault of ours would be taken for the fault.
for database in sqlite postgres; do
    echo "== nothing broken, $database"
    record nothing "$target/debug/guildhall" "$database" 1
done
for name in "${@:-${!faults[@]}}"; do
    [[ -v faults[$name] ]] || { echo "no such fault: $name" >&2; exit 2; }
    try "$name" "${faults[$name]}"
done
