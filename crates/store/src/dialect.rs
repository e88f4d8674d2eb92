//! What differs between the databases, each with its reason.

/// Brings `$1` to SQLite's `?1`.
///
/// SQLite takes `$1` for a name and numbers it by first appearance, which binds the wrong values in
/// silence; `?1` goes by number, as `$1` does on PostgreSQL.
pub(crate) fn sqlite(sql: &str) -> String {
    sql.replace('$', "?")
}
