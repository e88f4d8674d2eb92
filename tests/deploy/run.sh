#!/usr/bin/env bash
# Starts what deploy/ describes on this machine: PostgreSQL with its roles, PgBouncer in transaction
# mode, two servers and the balancer, by the files there, and lets them fail one by one.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../clients/shared/serving.sh"
source "$here/debian.sh"
source "$here/machines.sh"
source "$here/checks.sh"

require programs
build_server

folder=$(mktemp -d)
trap stop_all EXIT
chmod 755 "$folder"
server_ports=("" "$(free_port)" "$(free_port)")
balancer_port=$(free_port)
start_database
start_pooler

passed=0
failed=0
for check in $(compgen -A function check_); do
    # Not as a condition, where a failure would end nothing.
    set +e
    (
        set -e
        "$check"
    ) >"$folder/$check.log" 2>&1
    outcome=$?
    set -e
    if ((outcome == 0)); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "deploy: ${check//_/ }: failed" >&2
        cat "$folder/$check.log" >&2
        tail -n 5 "$folder"/{server-?,pgbouncer,postgres,haproxy}.log >&2 || true
    fi
done
echo "deploy: $passed passed, $failed failed"
((failed == 0))
