//! Whether a statement names the instance for every table that is spread by it.

/// The tables that are spread, and the view of one; `instances`, `keys` and `migrations` are small
/// and on every node.
pub(super) const DISTRIBUTED: [&str; 18] = [
    "signing_keys",
    "permissions",
    "roles",
    "role_permissions",
    "role_sets",
    "role_set_roles",
    "role_set_migrations",
    "role_reassignments",
    "users",
    "identifiers",
    "organizations",
    "memberships",
    "member_counts",
    "member_totals",
    "sessions",
    "active_organizations",
    "removals",
    "instance_counts",
];

/// Words that may stand behind a table and are no alias of it.
const NO_ALIAS: [&str; 16] = [
    "WHERE", "ON", "JOIN", "CROSS", "LEFT", "INNER", "FULL", "SET", "USING", "GROUP", "ORDER",
    "LIMIT", "SELECT", "VALUES", "FOR", "UNION",
];

/// The spread tables that a statement reads or writes.
pub(super) fn distributed(sql: &str) -> Vec<&'static str> {
    references(&words(sql)).into_iter().map(|(table, _, _)| table).collect()
}

/// Tells whether the instance is `$1`, or that of a table whose instance is, everywhere.
///
/// # Errors
/// The first table that is not bound so.
pub(super) fn names_the_instance(sql: &str) -> Result<(), &'static str> {
    let words = words(sql);
    let references = references(&words);
    let mut bound: Vec<&str> = Vec::new();
    // Tables may be bound by one another, in any order.
    for _ in 0..=references.len() {
        for (_, alias, _) in &references {
            if !bound.contains(alias) && is_bound(&words, alias, &bound) {
                bound.push(alias);
            }
        }
    }
    for (table, alias, at) in &references {
        let is_inserted = words[at - 1] == "INTO";
        let is_named = match is_inserted {
            true => names_in_insertion(&words[at + 1..]),
            // One alias may stand for several tables, each of which has to be bound.
            false => {
                let same = |other: &&(&str, &str, usize)| other.1 == *alias && other.2 != *at;
                let others = references.iter().filter(same);
                let others = others.filter(|other| words[other.2 - 1] != "INTO").count();
                bound.contains(alias) && equations(&words, alias).len() > others
            }
        };
        if !is_named {
            return Err(table);
        }
    }
    Ok(())
}

/// The words, signs and parameters of a statement; casts and texts are left out.
fn words(sql: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let is_part = |it: char| it.is_alphanumeric() || matches!(it, '_' | '.' | '$' | '"' | '?');
        let length = match first {
            '\'' => rest[1..].find('\'').map_or(rest.len(), |end| end + 2),
            ':' => 2 + rest[2..].find(|it: char| !it.is_alphanumeric()).unwrap_or(rest.len() - 2),
            _ if is_part(first) => rest.find(|it| !is_part(it)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (word, tail) = rest.split_at(length);
        if !first.is_whitespace() && !matches!(first, '\'' | ':' | '+') {
            words.push(word);
        }
        rest = tail;
    }
    words
}

/// Each spread table that is read or written: its name, what it is called, and at which word.
fn references<'a>(words: &[&'a str]) -> Vec<(&'static str, &'a str, usize)> {
    let mut found = Vec::new();
    for (at, pair) in words.windows(2).enumerate() {
        let [before, word] = pair else { continue };
        let Some(table) = DISTRIBUTED.into_iter().find(|table| table == word) else { continue };
        if !matches!(*before, "FROM" | "JOIN" | "INTO" | "UPDATE") {
            continue;
        }
        let at = at + 1;
        let behind = |offset: usize| words.get(at + offset).copied().unwrap_or(";");
        let alias = if behind(1) == "AS" { behind(2) } else { behind(1) };
        let is_alias =
            alias.starts_with(|it: char| it.is_ascii_lowercase()) && !NO_ALIAS.contains(&alias);
        found.push((table, if is_alias { alias } else { word }, at));
    }
    found
}

/// What the instance of a table is set equal to.
fn equations<'a>(words: &[&'a str], alias: &str) -> Vec<&'a str> {
    let (named, bare) = (format!("{alias}.instance"), "instance");
    let is_bare = DISTRIBUTED.contains(&alias);
    let is_its = |word: &str| word == named || is_bare && word == bare;
    let equal = words.windows(3).filter(|it| it[1] == "=");
    let equal = equal.filter_map(|it| match (is_its(it[0]), is_its(it[2])) {
        (true, _) => Some(it[2]),
        (_, true) => Some(it[0]),
        _ => None,
    });
    equal.collect()
}

fn is_bound(words: &[&str], alias: &str, bound: &[&str]) -> bool {
    let of_bound =
        |side: &str| side.strip_suffix(".instance").is_some_and(|other| bound.contains(&other));
    equations(words, alias).into_iter().any(|side| side == "$1" || of_bound(side))
}

/// Whether the first column is the instance, and the first value `$1` or an instance that is read.
fn names_in_insertion(behind: &[&str]) -> bool {
    let values = behind.iter().position(|word| matches!(*word, "VALUES" | "SELECT"));
    let first = values.and_then(|at| behind[at + 1..].iter().find(|word| **word != "("));
    let is_value = first.is_some_and(|word| *word == "$1" || word.ends_with("instance"));
    behind.starts_with(&["(", "instance"]) && is_value
}

#[cfg(test)]
mod tests {
    use super::names_the_instance;

    #[test]
    fn a_statement_that_names_the_instance_everywhere_is_taken() {
        for sql in [
            "SELECT 1 FROM removals WHERE instance = $1 LIMIT 1",
            "SELECT 1 FROM memberships m JOIN users u ON u.instance = m.instance AND u.x = m.x
             WHERE m.instance = $1",
            "SELECT 1 FROM users u WHERE +u.instance = $1::bigint AND u.id IN
             (SELECT r.x FROM removals r WHERE r.instance = $1)",
            "INSERT INTO roles (instance, role) VALUES ($1, $2)",
            "INSERT INTO roles (instance, role) SELECT $1::bigint, batch.p2 FROM unnest($2) batch",
            "UPDATE users SET x = 'FROM roles' WHERE instance = $1",
            "DELETE FROM memberships AS m WHERE m.instance = $1",
            "SELECT k.id FROM keys k JOIN instances i ON i.instance = k.instance",
        ] {
            assert_eq!(names_the_instance(sql), Ok(()), "{sql}");
        }
    }

    #[test]
    fn a_statement_that_leaves_the_instance_out_is_found() {
        for (sql, table) in [
            ("SELECT instance, kind FROM removals LIMIT 1 FOR UPDATE SKIP LOCKED", "removals"),
            (
                "SELECT 1 FROM memberships m JOIN users u ON u.x = m.x WHERE m.instance = $1",
                "users",
            ),
            (
                "SELECT 1 FROM users u WHERE u.instance = $1 AND u.id IN (SELECT u.id FROM users u)",
                "users",
            ),
            ("SELECT 1 FROM users u JOIN roles r ON r.instance = u.instance", "users"),
            ("INSERT INTO roles (role, instance) VALUES ($1, $2)", "roles"),
            ("INSERT INTO roles (instance, role) VALUES ($2, $1)", "roles"),
            ("UPDATE users SET x = 1 WHERE id = $1", "users"),
            ("UPDATE users SET x = 1 WHERE instance = $2", "users"),
            ("DELETE FROM memberships AS m WHERE m.id = $1", "memberships"),
        ] {
            assert_eq!(names_the_instance(sql), Err(table), "{sql}");
        }
    }
}
