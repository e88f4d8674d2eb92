# What has to hold, in the order of the names; each check leaves everything running. To be sourced.

# Creates an organization through the balancer, and prints its id.
create_organization() {
    call POST /v1/organizations --data '{"name":"Analytical Engines"}' |
        grep -o 'org_[0-9A-Za-z]*' | head -n 1
}

check_1_servers_wait_for_a_schema_that_they_may_not_make() {
    fails server 1 serve --no-migrate 2>"$folder/serve.log"
    fails server 1 migrate 2>"$folder/migrate.log"

    grep 'run `guildhall migrate`' "$folder/serve.log"
    grep 'permission denied' "$folder/migrate.log"
}

check_2_the_owner_makes_the_schema_and_two_servers_start() {
    owner migrate

    start_server 1
    start_server 2

    await ready 1
    await ready 2
}

check_3_a_server_may_write_rows_and_not_change_the_schema() {
    local as_server="postgres://guildhall:server-secret@127.0.0.1:$database_port/guildhall"
    local change
    for change in 'CREATE TABLE more (a int)' 'ALTER TABLE users ADD more int' 'TRUNCATE users' \
        'DROP VIEW member_totals' 'CREATE TEMPORARY TABLE more (a int)'; do
        fails psql --no-psqlrc "$as_server" --command="$change"
    done

    psql --no-psqlrc "$as_server" --set=ON_ERROR_STOP=1 --command='DELETE FROM users'
}

check_4_the_balancer_leads_to_both_and_says_who_asks() {
    start_balancer
    await call GET /version
    local organization
    organization=$(create_organization)

    for _ in {1..8}; do
        call GET "/v1/organizations/$organization" --header 'X-Forwarded-For: 192.0.2.1' \
            --header 'Forwarded: for=192.0.2.1;host=evil.example' >"$folder/organization.json"
    done

    grep "\"image_url\":\"https://localhost:$balancer_port/" "$folder/organization.json"
    grep '/v1/organizations/{organization_id}' "$folder/server-1.log"
    grep '/v1/organizations/{organization_id}' "$folder/server-2.log"
    fails grep '192\.0\.2\.1' "$folder"/server-*.log
}

# Sends reads and writes one after the other until `stop` is there; counts what fails.
traffic() {
    local failures=0 rounds=0
    while [[ ! -e $folder/stop ]]; do
        rounds=$((rounds + 1))
        create_organization >/dev/null || failures=$((failures + 1))
        call GET '/v1/organizations?limit=1' >/dev/null || failures=$((failures + 1))
    done
    rm "$folder/stop"
    echo "$failures failures in $rounds rounds"
    ((failures == 0 && rounds > 10))
}

check_5_a_server_is_replaced_without_a_failure() {
    traffic &
    local clients=$! number
    for number in 1 2; do
        end "server-$number" TERM
        start_server "$number"
        await ready "$number"
        # The balancer has to see it.
        sleep 2
    done
    touch "$folder/stop"

    wait "$clients"
}

check_6_what_is_acknowledged_outlives_a_server_that_is_killed() {
    local organization
    organization=$(create_organization)

    end server-1 KILL

    call GET "/v1/organizations/$organization"
    create_organization
    start_server 1
    await ready 1
}

check_7_the_servers_outlive_the_database() {
    local organization
    organization=$(create_organization)

    stop_postgres
    fails ready 1
    start_postgres

    await ready 1
    await ready 2
    await call GET "/v1/organizations/$organization"
}

check_8_the_database_is_sound() {
    owner doctor --json >"$folder/doctor.json"

    fails grep --invert-match '"verdict":"ok"' "$folder/doctor.json"
}
