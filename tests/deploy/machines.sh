# The parts of the topology, each a process of this script; to be sourced.
#
# `folder` holds everything; the files of deploy/ are taken as they are but for addresses, ports and
# paths.

programs() {
    has initdb postgresql && has pgbouncer pgbouncer && has haproxy haproxy &&
        has openssl openssl && has curl curl
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Runs a command until it succeeds, for at most 20 seconds.
await() {
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    echo "never succeeded: $*" >&2
    return 1
}

# For what has to fail: `!` before a command would let it pass.
fails() {
    if ("$@"); then
        echo "did not fail: $*" >&2
        return 1
    fi
}

as_postgres() {
    (cd "$folder" && runuser -u postgres -- "$@")
}

# A superuser.
sql() {
    as_postgres psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 \
        --host="$folder" --port="$database_port" "$@"
}

start_database() {
    database_port=$(free_port)
    mkdir "$folder/secrets" "$folder/data"
    printf 'owner-secret\n' >"$folder/secrets/owner-password"
    printf 'server-secret\n' >"$folder/secrets/server-password"
    printf 'sk_live_0123456789abcdef\n' >"$folder/secrets/secret-key"
    head -c 32 /dev/urandom | base64 >"$folder/secrets/server-key"
    chown postgres "$folder/data" "$folder"
    as_postgres initdb --pgdata="$folder/data" --auth-local=trust --auth-host=scram-sha-256 \
        --no-sync >"$folder/initdb.log"
    start_postgres
    sed "s#/run/secrets#$folder/secrets#" "$root/deploy/compose-passwords.sql" \
        >"$folder/passwords.sql"
    cp "$root/deploy/roles.sql" "$folder/roles.sql"
    sql --dbname=postgres --file="$folder/roles.sql"
    sql --dbname=postgres --file="$folder/passwords.sql"
}

start_postgres() {
    as_postgres pg_ctl --pgdata="$folder/data" --wait --log="$folder/postgres.log" --options="\
        -p $database_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder \
        -c max_connections=50" start >/dev/null
}

stop_postgres() {
    as_postgres pg_ctl --pgdata="$folder/data" --mode=immediate --wait stop >/dev/null
}

start_pooler() {
    pooler_port=$(free_port)
    sql --dbname=postgres --command="
        SELECT format('\"%s\" \"%s\"', rolname, rolpassword) FROM pg_authid
        WHERE rolname = 'guildhall'" >"$folder/userlist.txt"
    sed -e "s#port=5432#port=$database_port#; s#^listen_port = .*#listen_port = $pooler_port#" \
        -e "s#/etc/pgbouncer/userlist.txt#$folder/userlist.txt#" \
        "$root/deploy/pgbouncer.ini" >"$folder/pgbouncer.ini"
    # Without a process in between, which would be the one that is ended.
    (cd "$folder" && exec setpriv --reuid=postgres --regid=postgres --clear-groups \
        pgbouncer pgbouncer.ini) \
        >"$folder/pgbouncer.log" 2>&1 &
    remember pooler $!
    await bash -c "</dev/tcp/127.0.0.1/$pooler_port"
}

# By role and password, to PostgreSQL itself.
owner() {
    GUILDHALL_DATABASE_URL=postgres://guildhall_owner@127.0.0.1:$database_port/guildhall \
        GUILDHALL_DATABASE_PASSWORD_FILE=$folder/secrets/owner-password "$GUILDHALL_BIN" "$@"
}

# As server 1 or 2, through the pooler; trusts the balancer.
server() {
    local number=$1
    shift
    cd "$folder"
    GUILDHALL_DATABASE_URL="postgres://guildhall@127.0.0.1:$pooler_port/guildhall?pgbouncer=true" \
        GUILDHALL_DATABASE_PASSWORD_FILE=$folder/secrets/server-password \
        GUILDHALL_SECRET_KEY_FILE=$folder/secrets/secret-key \
        GUILDHALL_SERVER_KEY_FILE=$folder/secrets/server-key \
        GUILDHALL_BIND=127.0.0.1:${server_ports[$number]} GUILDHALL_METRICS_BIND=off \
        GUILDHALL_TRUSTED_PROXIES=127.0.0.1 GUILDHALL_DATA=$folder/server-$number \
        exec "$GUILDHALL_BIN" "$@"
}

start_server() {
    local number=$1
    (server "$number" serve --no-migrate) >>"$folder/server-$number.log" 2>&1 &
    remember "server-$number" $!
}

start_balancer() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
        -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>"$folder/openssl.log"
    cat "$folder/certificate.pem" "$folder/key.pem" >"$folder/secrets/tls.pem"
    sed -e "s#bind :443#bind 127.0.0.1:$balancer_port#; s#/run/secrets#$folder/secrets#" \
        -e "s#guildhall-1:4600#127.0.0.1:${server_ports[1]}#" \
        -e "s#guildhall-2:4600#127.0.0.1:${server_ports[2]}#" \
        "$root/deploy/haproxy.cfg" >"$folder/haproxy.cfg"
    haproxy -db -f "$folder/haproxy.cfg" >"$folder/haproxy.log" 2>&1 &
    remember balancer $!
}

# Calls the API through the balancer, and prints the body; fails for a status of 400 and more.
call() {
    curl --silent --show-error --fail-with-body --max-time 20 --insecure \
        --header "Authorization: Bearer $(<"$folder/secrets/secret-key")" \
        --header 'Content-Type: application/json' --request "$1" \
        "https://localhost:$balancer_port$2" "${@:3}"
}

# Asks a server itself whether it is ready.
ready() {
    curl --silent --fail --max-time 3 "http://127.0.0.1:${server_ports[$1]}/readyz"
}

# In files, because checks run in shells of their own.
remember() {
    echo "$2" >"$folder/$1.pid"
    # The shell need not tell of its end.
    disown "$2"
}

# Sends a signal to a part, and waits for its end.
end() {
    local pid
    pid=$(<"$folder/$1.pid")
    kill "-$2" "$pid"
    while kill -0 "$pid" 2>/dev/null && [[ $(ps -o stat= -p "$pid") != Z* ]]; do
        sleep 0.05
    done
}

stop_all() {
    local file
    for file in "$folder"/*.pid; do
        kill -KILL "$(<"$file")" 2>/dev/null || true
    done
    [[ ! -e $folder/data/postmaster.pid ]] || stop_postgres || true
    rm -rf "$folder"
}
