#!/usr/bin/env bash
# Counts the instructions of a list, a create and a merge, from the socket to the database and back,
# and fails where one is more than 5 % away from `instructions.txt`.
#
# It needs valgrind (`apt-get install valgrind`); where that is missing, nothing is counted and that
# is said, except in CI (CI=true), where it is a failure. `--update` writes the counts down, which
# belongs into the commit that changed them, with its reason.
#
# The work is done so many times in one run and more often in another: the difference is the work
# alone, whatever the start costs. The start costs up to two million instructions more at one time
# than at another (random numbers are seeded from how long memory takes), so there are 200 times
# between the two, and what is left of it is within 1.5 %.
#
# What is counted is built as tests are, which takes no second build; so the figures are those of a
# build that is not optimised, and only their changes say something. They belong to a compiler and a
# processor architecture.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
baseline=$here/instructions.txt
few=20
many=220
percent=5

if ! command -v valgrind >/dev/null; then
    echo "gate: 0 counted, 1 skipped (valgrind is not installed)"
    [[ ${CI:-} != true ]] || exit 1
    exit 0
fi
binary=${GUILDHALL_BENCH_BIN:-}
if [[ -z $binary ]]; then
    (cd "$root" && cargo test --quiet --workspace --locked --no-run)
    binary=${CARGO_TARGET_DIR:-$root/target}/debug/guildhall-bench
fi

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# Runs the work so often, beside other runs, and keeps what valgrind says.
run() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" count "$1" "$2" \
        >"$logs/$1-$2" 2>&1
}

# The instructions of such a run.
counted() {
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$logs/$1-$2" | grep . || {
        cat "$logs/$1-$2" >&2
        return 1
    }
}

failed=0
found=()
for work in list create merge; do
    run "$work" "$few" &
    run "$work" "$many" || true
    wait $! || true
    less=$(counted "$work" "$few")
    more=$(counted "$work" "$many")
    each=$(((more - less) / (many - few)))
    found+=("$work $each")
    before=$(sed -n "s/^$work //p" "$baseline" 2>/dev/null || true)
    if [[ -z $before ]]; then
        echo "gate: $work takes $each instructions; there is no count to hold it against"
        [[ ${1:-} == --update ]] || failed=1
        continue
    fi
    change=$(((each - before) * 1000 / before))
    echo "gate: $work takes $each instructions, $before before: $change per mille more"
    if ((change > percent * 10 || change < -percent * 10)); then
        failed=1
    fi
done
if [[ ${1:-} == --update ]]; then
    printf '%s\n' "${found[@]}" >"$baseline"
elif ((failed)); then
    echo "gate: a count has moved by more than $percent %: mend it, or write it down with --update" >&2
    exit 1
fi
