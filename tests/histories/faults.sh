# Faults for broken.sh: the databases that each shows itself on, and how it is put in.
declare -A faults=(
    [early_answers]=sqlite
    [forgotten_limit]=sqlite
    [forgotten_last_admin]=sqlite
)

# Callers are answered before the commit that would keep what they were told.
fault_early_answers() {
    replace crates/store/src/writer.rs \
        '|writer| writer.decide_and_apply(&mut batch)' \
        '|writer| {
            let outcome = writer.decide_and_apply(&mut batch);
            if outcome.is_ok() {
                std::mem::take(&mut batch).into_iter().for_each(Work::answer);
            }
            outcome
        }'
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
