# Programs of Debian's packages; to be sourced.

# PostgreSQL's own are in folders of their versions.
newest=$(compgen -G '/usr/lib/postgresql/*/bin' | sort --version-sort | tail -n 1 || true)
PATH=$PATH:/usr/sbin${newest:+:$newest}

# Whether a program is there; in CI the package is installed if it is not.
has() {
    local program=$1 package=$2
    if command -v "$program" >/dev/null; then
        return
    fi
    if [[ ${CI:-} == true ]]; then
        apt-get update --quiet >/dev/null &&
            DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends \
                "$package" >/dev/null
    fi
    command -v "$program" >/dev/null || {
        echo "$program is not there: apt-get install $package"
        return 1
    }
}
