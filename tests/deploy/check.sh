#!/usr/bin/env bash
# Holds the files of deploy/ against the programs that read them, or their linters.
#
# What is not there is installed in CI, where its absence is a failure; elsewhere one line says what
# was skipped.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../clients/shared/serving.sh"
source "$here/debian.sh"

require python_packages "$cache" "$here/requirements.txt"
tools=$cache/venv/bin

passed=0
failed=0
skipped=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Runs a check, and says what is wrong with the file.
check() {
    local file=$1 log
    shift
    if log=$(cd "$root/deploy" && "$@" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'deploy/%s:\n%s\n' "$file" "$log" >&2
    fi
}

# Whether a program is there; where it is not, what needs it is skipped, but not in CI.
can() {
    if has "$@"; then
        return
    fi
    [[ ${CI:-} != true ]] || exit 1
    skipped=$((skipped + 1))
    return 1
}

unit() {
    # The binary need not be installed here.
    sed 's#^ExecStart=[^ ]*#ExecStart=/bin/true#' guildhall.service >"$folder/guildhall.service"
    local said
    said=$(systemd-analyze verify "$folder/guildhall.service" 2>&1)
    [[ -z $said ]] || { echo "$said"; return 1; }
    # Out of 100; the lower, the less it may do.
    systemd-analyze security --offline=true --threshold=20 "$folder/guildhall.service"
}

balancer() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
        -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>/dev/null
    cat "$folder/certificate.pem" "$folder/key.pem" >"$folder/tls.pem"
    sed "s#/run/secrets#$folder#" haproxy.cfg >"$folder/haproxy.cfg"
    local said
    said=$(haproxy -c -f "$folder/haproxy.cfg" 2>&1) || { echo "$said"; return 1; }
    # The names of the other containers are not known here, which is all that it may warn of.
    ! grep WARNING <<<"$said" | grep -v "could not resolve address 'guildhall-"
}

if can systemd-analyze systemd; then
    check guildhall.service unit
fi
if can haproxy haproxy && can openssl openssl; then
    check haproxy.cfg balancer
fi
check Dockerfile "$tools/hadolint" Dockerfile
check compose.yaml "$tools/check-jsonschema" --builtin-schema vendor.compose-spec compose.yaml
check '*' "$tools/python" "$here/names.py"

echo "deploy: $passed passed, $failed failed, $skipped skipped"
((failed == 0))
