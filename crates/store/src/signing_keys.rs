//! Keys that session tokens are signed with; the private part is kept as it is handed over.

use crate::db::Row;
use crate::error::Error;
use crate::reading::Cost;
use crate::{InstanceKey, Store};

/// A key that tokens of an instance are signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// Its id, which tokens name as `kid`.
    pub id: String,
    /// The private part, encrypted, as text.
    pub private_key: String,
    /// The public modulus, as text.
    pub modulus: String,
    /// When it was made, in Unix milliseconds.
    pub created_at: i64,
    /// Until when it is told to those who verify, in Unix milliseconds; for good when `None`.
    pub listed_until: Option<i64>,
}

fn read(row: &Row<'_>) -> Result<SigningKey, Error> {
    Ok(SigningKey {
        id: row.text(0)?,
        private_key: row.text(1)?,
        modulus: row.text(2)?,
        created_at: row.integer(3)?,
        listed_until: row.optional_integer(4)?,
    })
}

impl Store {
    /// The keys of an instance that are told to those who verify; the first one signs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn signing_keys(&self, instance: InstanceKey) -> Result<Vec<SigningKey>, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let sql = "SELECT id, private_key, modulus, created_at, listed_until
                   FROM signing_keys
                   WHERE instance = $1 AND (listed_until IS NULL OR listed_until > $2)
                   ORDER BY signing_key DESC";
        snapshot.rows(sql, vec![instance.into(), self.clock.now().into()], read).await
    }

    /// Adds a key that signs from now on; those before are told for `overlap` milliseconds more.
    ///
    /// A key of that id that is there already stays, and nothing else changes; false then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_signing_key(
        &self,
        instance: InstanceKey,
        key: &SigningKey,
        overlap: i64,
    ) -> Result<bool, Error> {
        let mut db = self.administer().await?;
        let taken = "SELECT 1 FROM signing_keys WHERE instance = $1 AND id = $2";
        let parameters = vec![instance.into(), (&key.id).into()];
        if !db.rows(taken, parameters, |row| row.integer(0)).await?.is_empty() {
            return Ok(false);
        }
        // Whoever made the last one may have a clock that is ahead.
        let newest = "SELECT coalesce(max(signing_key), 0) FROM signing_keys WHERE instance = $1";
        let newest = db.rows(newest, vec![instance.into()], |row| row.integer(0)).await?;
        let after_newest = newest.first().map_or(0, |newest| newest + 1);
        let until = key.created_at.saturating_add(overlap);
        db.execute(
            "UPDATE signing_keys
             SET listed_until = $2
             WHERE instance = $1 AND (listed_until IS NULL OR listed_until > $2)",
            [vec![instance.into(), until.into()]],
        )
        .await?;
        let call = vec![
            instance.into(),
            self.next_key(key.created_at).max(after_newest).into(),
            (&key.id).into(),
            (&key.private_key).into(),
            (&key.modulus).into(),
            key.created_at.into(),
            key.listed_until.into(),
        ];
        db.execute(
            "INSERT INTO signing_keys
               (instance, signing_key, id, private_key, modulus, created_at, listed_until)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            [call],
        )
        .await?;
        db.commit().await?;
        Ok(true)
    }
}
