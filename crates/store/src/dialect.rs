//! What differs between the databases, each with its reason.

/// What one of the databases needs and the other does not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    pub(crate) sqlite: Option<&'static str>,
    pub(crate) postgres: Option<&'static str>,
}

/// What every clause that locks begins with, at the end of a statement.
const LOCK: &str = "\nFOR ";
/// Keeps rows from changing otherwise until the transaction ends; others may still refer to them.
///
/// SQLite has one writer, who locks nothing.
pub(crate) const LOCK_TO_CHANGE: &str = "\nFOR NO KEY UPDATE";
/// Keeps rows from changing, going and being referred to otherwise until the transaction ends.
pub(crate) const LOCK_TO_REMOVE: &str = "\nFOR UPDATE";
/// Keeps rows from going until the transaction ends.
pub(crate) const LOCK_TO_REFER: &str = "\nFOR KEY SHARE";
/// Keeps rows for this transaction, and passes by those that another one keeps.
pub(crate) const LOCK_WHAT_IS_FREE: &str = "\nFOR UPDATE SKIP LOCKED";

/// Lets one transaction at a time make instances and keys; SQLite has one writer anyway.
pub(crate) const LOCK_ADMINISTRATION: Dialect =
    Dialect { sqlite: None, postgres: Some("SELECT pg_advisory_xact_lock(4600460046001)") };

/// Lets one server at a time change the schema, however long that takes; SQLite has one writer
/// anyway.
pub(crate) const LOCK_MIGRATIONS: Dialect = Dialect {
    sqlite: None,
    postgres: Some(
        "SET LOCAL lock_timeout = 0;
         SELECT pg_advisory_xact_lock(4600460046002);
         SET LOCAL lock_timeout = DEFAULT",
    ),
};

/// A statement without the clause that locks, as SQLite takes it.
pub(crate) fn without_lock(sql: &str) -> &str {
    // Ends of lines are found quickly, and there are few.
    let mut lines = sql.match_indices('\n').map(|(end, _)| end);
    lines.find(|end| sql[*end..].starts_with(LOCK)).map_or(sql, |end| &sql[..end])
}

/// Ends a statement whose rows tell themselves which call they belong to: to sort those of a batch would
/// cost for nothing.
pub(crate) const IN_ANY_ORDER: &str = "\n-- in any order";

/// Looks up rows of `table`, written with its alias, for each row of what stands before.
///
/// SQLite keeps the order of a cross join.
pub(crate) fn for_each_on_sqlite(table: &str, condition: &str) -> String {
    format!("CROSS JOIN {table} WHERE {condition}")
}

/// As [`for_each_on_sqlite`].
///
/// PostgreSQL may turn any join round, and does so where it takes what comes first for many rows;
/// `OFFSET 0` keeps it from looking into a subquery, which so comes after what it refers to.
pub(crate) fn for_each_on_postgres(table: &str, condition: &str) -> String {
    let alias = table.rsplit(' ').next().unwrap_or(table);
    let rows = format!("SELECT {alias}.* FROM {table} WHERE {condition} OFFSET 0");
    format!("CROSS JOIN LATERAL ({rows}) {alias} WHERE true")
}

/// Finds the rows of users by an expression of SQLite's trigram index, which is bound behind.
///
/// SQLite looks for parts of text in a table of its own; on PostgreSQL the searched columns
/// themselves have an index of trigrams, which `LIKE` uses, and nothing has to be kept in line.
pub(crate) const SEARCHED_USERS: &str =
    "SELECT s.rowid FROM user_search s WHERE s.user_search MATCH";
/// Takes a user out of the trigram index.
pub(crate) const FORGET_SEARCHED_USER: Dialect =
    Dialect { sqlite: Some("DELETE FROM user_search WHERE rowid = $1"), postgres: None };
/// Puts a user into the trigram index whose row was copied, by its key.
pub(crate) const COPY_SEARCHED_USER: Dialect = Dialect {
    sqlite: Some(
        "INSERT INTO user_search
           (rowid, email_address, phone_number, username, web3_wallet, id, name)
         SELECT \"user\", search_email_address, search_phone_number, coalesce(sort_username, ''),
                search_web3_wallet, lower(id), search_name
         FROM users
         WHERE instance = $1 AND \"user\" = $2",
    ),
    postgres: None,
};
/// How many users are in SQLite's trigram index.
pub(crate) const COUNT_SEARCHED_USERS: &str = "SELECT count(*) FROM user_search";
/// Takes every user out of SQLite's trigram index.
pub(crate) const FORGET_SEARCHED_USERS: &str =
    "INSERT INTO user_search (user_search) VALUES ('delete-all')";
/// Puts a user into the trigram index.
pub(crate) const ADD_SEARCHED_USER: Dialect = Dialect {
    sqlite: Some(
        "INSERT INTO user_search
           (rowid, email_address, phone_number, username, web3_wallet, id, name)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    ),
    postgres: None,
};
