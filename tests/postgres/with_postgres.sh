#!/usr/bin/env bash
# Runs a command with a PostgreSQL database of its own, named by GUILDHALL_TEST_DATABASE_URL:
# `with_postgres.sh COMMAND [ARGUMENT]...`.
#
# The database is made on the server that GUILDHALL_TEST_DATABASE_URL names, or on one that listens
# at 127.0.0.1:5432 and trusts us, or else on a server that is started for the command from an
# installed PostgreSQL, which Debian's packages provide where there is none and we may install.
set -euo pipefail

candidates=(
    "${GUILDHALL_TEST_DATABASE_URL:-}"
    'postgres://postgres@127.0.0.1:5432/postgres'
)
folder=''
url=''

# Whether databases can be made on the server of a URL.
can_create() {
    [[ -n $1 ]] && command -v psql > /dev/null &&
        [[ $(psql -XAtw "$1" -c 'SELECT rolcreatedb OR rolsuper FROM pg_roles
            WHERE rolname = current_user' 2> /dev/null) == t ]]
}

# Where initdb and pg_ctl are.
programs() {
    local found
    found=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1 || true)
    if [[ -z $found ]] && command -v pg_ctl > /dev/null; then
        found=$(dirname "$(command -v pg_ctl)")
    fi
    printf '%s' "$found"
}

install() {
    [[ $(id -u) == 0 ]] && command -v apt-get > /dev/null || return 1
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql > /dev/null
}

# PostgreSQL refuses to run as root.
as_owner() {
    if [[ $(id -u) == 0 ]]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

start() {
    local bin port
    bin=$(programs)
    if [[ -z $bin ]] && install; then
        bin=$(programs)
    fi
    [[ -n $bin ]] || return 1
    folder=$(mktemp -d)
    [[ $(id -u) != 0 ]] || chown postgres "$folder"
    port=$((20000 + RANDOM % 20000))
    as_owner "$bin/initdb" -D "$folder/data" -U postgres -A trust --no-sync > "$folder.log"
    # What the tests write need not survive the machine.
    as_owner "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" -o \
        "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c fsync=off" \
        start >> "$folder.log"
    server="postgres://postgres@127.0.0.1:$port/postgres"
}

end() {
    if [[ -n $url ]]; then
        psql -qX "$server" -c "DROP DATABASE IF EXISTS $name WITH (FORCE)" || true
    fi
    if [[ -n $folder ]]; then
        as_owner "$(programs)/pg_ctl" -D "$folder/data" -m immediate stop > /dev/null || true
        rm -rf "$folder" "$folder.log"
    fi
}
trap end EXIT

server=''
for candidate in "${candidates[@]}"; do
    if can_create "$candidate"; then
        server=$candidate
        break
    fi
done
if [[ -z $server ]] && ! start; then
    echo 'PostgreSQL is neither up nor installed' >&2
    [[ ${CI:-} == true ]] && exit 1
    exec env -u GUILDHALL_TEST_DATABASE_URL "$@"
fi
name="guildhall_$$_$RANDOM"
psql -qX "$server" -c "CREATE DATABASE $name ENCODING 'UTF8' TEMPLATE template0"
url=$(python3 - "$server" "$name" << 'PYTHON'
import sys
from urllib.parse import urlsplit

print(urlsplit(sys.argv[1])._replace(path="/" + sys.argv[2]).geturl())
PYTHON
)
GUILDHALL_TEST_DATABASE_URL=$url "$@"
