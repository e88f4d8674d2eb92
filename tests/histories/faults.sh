# Faults for broken.sh: the databases that each shows itself on, and how it is put in.
declare -A faults=(
    [early_answers]='sqlite postgres'
    [forgotten_limit]=sqlite
    [forgotten_last_admin]=sqlite
    [forgotten_lock]=postgres
    [repeated_commits]=postgres
)

# Callers are answered before the commit that would keep what they were told.
fault_early_answers() {
    replace crates/store/src/writer.rs \
        'async |db| self.decide_and_apply(db, &mut batch).await)' \
        'async |db| {
                let outcome = self.decide_and_apply(db, &mut batch).await;
                if outcome.is_ok() {
                    std::mem::take(&mut batch).into_iter().for_each(Work::answer);
                }
                outcome
            })'
}

# Full organizations take more members.
fault_forgotten_limit() {
    replace crates/rules/src/memberships.rs 'limit > 0 && rows' 'limit > 100 && rows'
}

# The last admin may be removed.
fault_forgotten_last_admin() {
    replace crates/rules/src/memberships.rs \
        'spare_the_last(rows, &membership)?;
        rows.remove' \
        'rows.remove'
}

# Servers do not wait for each other where they change the members of an organization.
fault_forgotten_lock() {
    replace crates/store/src/organizations.rs \
        '&wanted.organizations, LOCK_TO_CHANGE, by_id)' '&wanted.organizations, "", by_id)'
}

# A commit that was not answered is taken for one that did not happen, and its batch decided again.
fault_repeated_commits() {
    replace crates/store/src/postgres/session.rs 'Error::Unknown(source)
                }' 'Error::Lost(source)
                }'
}
