//! What a target keeps of the copy that fills it, in a table that goes when the copy is done.

use crate::db::{Db, Row, Value};
use crate::error::{Error, OpenError};

/// Nobody may open a database that has this table.
const CREATE: &str = "CREATE TABLE copy_under_way (source TEXT NOT NULL, copied BIGINT NOT NULL)";
const DROP: &str = "DROP TABLE copy_under_way";

/// A copy that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnderWay {
    /// The name of its source.
    pub(super) source: String,
    /// How many rows are there already.
    pub(super) copied: i64,
}

impl UnderWay {
    /// The copy that fills a database, if one does.
    pub(super) async fn find(db: &mut Db) -> Result<Option<Self>, Error> {
        let exists = match db {
            Db::Sqlite(_) => "SELECT count(*) FROM sqlite_schema WHERE name = 'copy_under_way'",
            Db::Postgres(_) => {
                "SELECT count(*) FROM pg_tables WHERE tablename = 'copy_under_way'
                                AND schemaname = current_schema()"
            }
        };
        if db.rows(exists, vec![], |row| row.integer(0)).await? == [0] {
            return Ok(None);
        }
        let read = |row: &Row<'_>| Ok(Self { source: row.text(0)?, copied: row.integer(1)? });
        let found = db.rows("SELECT source, copied FROM copy_under_way", vec![], read).await?;
        Ok(found.into_iter().next())
    }

    /// Marks a database as one that is filled from `source`, in the transaction that is open.
    pub(super) async fn begin(db: &mut Db, source: &str) -> Result<Self, Error> {
        let source = source.to_owned();
        db.script(CREATE).await?;
        let sql = "INSERT INTO copy_under_way (source, copied) VALUES ($1, 0)";
        db.execute(sql, [vec![Value::from(&source)]]).await?;
        Ok(Self { source, copied: 0 })
    }

    /// Notes further rows in the transaction that writes them; false where somebody else has done
    /// so meanwhile.
    pub(super) async fn advance(&mut self, db: &mut Db, rows: usize) -> Result<bool, Error> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let sql = "UPDATE copy_under_way SET copied = copied + $1 WHERE copied = $2";
        let changed = db.execute(sql, [vec![rows.into(), self.copied.into()]]).await?;
        self.copied += rows;
        Ok(changed == 1)
    }

    /// Makes the database one that can be used, in the transaction that is open.
    pub(super) async fn end(db: &mut Db) -> Result<(), Error> {
        db.script(DROP).await
    }
}

/// Refuses a database that a copy has not filled to its end.
///
/// # Errors
/// [`OpenError::UnderCopy`].
pub(crate) async fn refuse(db: &mut Db) -> Result<(), OpenError> {
    match UnderWay::find(db).await? {
        Some(UnderWay { source, .. }) => Err(OpenError::UnderCopy { source_name: source }),
        None => Ok(()),
    }
}
