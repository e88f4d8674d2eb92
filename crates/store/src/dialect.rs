//! What differs between the databases, each with its reason.

/// Brings `$1` to SQLite's `?1`.
///
/// SQLite takes `$1` for a name and numbers it by first appearance, which binds the wrong values in
/// silence; `?1` goes by number, as `$1` does on PostgreSQL.
pub(crate) fn sqlite(sql: &str) -> String {
    sql.replace('$', "?")
}

/// Finds the rows of users by an expression of the trigram index, which is bound behind.
///
/// SQLite looks for parts of text in a table of its own; on PostgreSQL the searched columns
/// themselves have an index of trigrams, and nothing has to be kept in line.
pub(crate) const SEARCHED_USERS: &str =
    "SELECT s.rowid FROM user_search s WHERE s.user_search MATCH";
/// Takes a user out of the trigram index.
pub(crate) const FORGET_SEARCHED_USER: &str = "DELETE FROM user_search WHERE rowid = $1";
/// Puts a user into the trigram index.
pub(crate) const ADD_SEARCHED_USER: &str = "INSERT INTO user_search
       (rowid, email_address, phone_number, username, web3_wallet, id, name)
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
