//! The database file, as another program sees it.

use std::fmt::Debug;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

/// Opens the database of a data folder to read.
pub(crate) fn open(data: &Path) -> Connection {
    let file = data.join("guildhall.db");
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

/// Every row of a query.
pub(crate) fn rows(connection: &Connection, sql: &str) -> Vec<Vec<Value>> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect());
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

/// Asserts that the file is sound, references lead somewhere and counts are those of the rows.
pub(crate) fn check(data: &Path) {
    let connection = open(data);
    let ok = Value::Text("ok".to_owned());
    assert_eq!(rows(&connection, "PRAGMA integrity_check"), [[ok]]);
    assert_eq!(rows(&connection, "PRAGMA foreign_key_check"), Vec::<Vec<Value>>::new());
    let equal = |counted: &str, kept: &str| {
        assert_same(&rows(&connection, counted), &rows(&connection, kept));
    };
    equal(
        "SELECT instance, organization, role, count(*)
         FROM memberships GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        "SELECT instance, organization, role, members
         FROM member_counts WHERE members <> 0 ORDER BY 1, 2, 3",
    );
    for kind in ["memberships", "organizations", "users"] {
        equal(
            &format!(
                "SELECT i.instance, (SELECT count(*) FROM {kind} r WHERE r.instance = i.instance)
                 FROM instances i ORDER BY 1"
            ),
            &format!(
                "SELECT instance, total FROM instance_counts WHERE kind = '{kind}' ORDER BY 1"
            ),
        );
    }
}

#[track_caller]
fn assert_same<T: PartialEq + Debug>(counted: &[T], kept: &[T]) {
    assert_eq!(counted, kept, "rows are counted on the left, what is kept is on the right");
}
