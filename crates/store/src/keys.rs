//! Secret keys: made here, kept only as hashes, looked up on each request.

use std::fmt;
use std::sync::Arc;

use guildhall_rules::text::hexadecimal;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::db::Row;
use crate::error::Error;
use crate::gathering::Together;
use crate::instances::{self, Instance};
use crate::kept::{ANY_STATE, State};
use crate::random::{fill, random_id};
use crate::reading::{Cost, Pool, Snapshot};
use crate::{InstanceKey, Store};

/// Where a secret key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOrigin {
    /// Made at the first start, kept in plain text in the data folder.
    Development,
    /// Given by the operator at the start of the server.
    Pinned,
    /// Made by a command.
    Created,
}

impl KeyOrigin {
    /// The origin as the command line and the database call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Pinned => "pinned",
            Self::Created => "created",
        }
    }
}

/// What is known of a secret key; not the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id (`key_…`), to revoke it by.
    pub id: String,
    /// The id of its instance.
    pub instance_id: String,
    /// Where it comes from: `development`, `pinned` or `created`.
    pub origin: String,
    /// When it was made, in Unix milliseconds.
    pub created_at: i64,
    /// When it was revoked, in Unix milliseconds.
    pub revoked_at: Option<i64>,
}

/// A secret key that was just made: only now is its text known.
#[derive(Clone)]
pub struct NewKey {
    /// Its id (`key_…`), to revoke it by.
    pub id: String,
    /// The key itself (`sk_test_…` or `sk_live_…`).
    pub secret_key: String,
}

impl fmt::Debug for NewKey {
    /// Shows the id only.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("NewKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A secret key as it is looked up: its SHA-256. Keys are random, so a slow hash would add nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// The hash of a secret key.
    pub fn of(secret_key: &str) -> Self {
        Self(Sha256::digest(secret_key).into())
    }

    fn hexadecimal(&self) -> String {
        hexadecimal(&self.0)
    }
}

/// Looks up the secret keys that are asked for at the same time, by their hashes.
pub(crate) struct KeyLookups {
    pub(crate) pool: Pool,
}

impl Together for KeyLookups {
    type Question = KeyHash;
    type Answer = Option<Arc<Instance>>;
    const MOST: usize = 64;

    async fn ask(&self, wanted: Vec<KeyHash>) -> Result<Vec<Option<Arc<Instance>>>, Error> {
        let mut snapshot = self.pool.glance().await?;
        find(&mut snapshot, &wanted).await
    }
}

/// The statement that looks up so many keys.
pub(crate) fn lookup(keys: usize) -> String {
    let places: Vec<String> = (1..=keys).map(|place| format!("${place}")).collect();
    format!(
        "SELECT {columns}, k.hash
         FROM keys k
         JOIN instances i ON i.instance = k.instance
         WHERE k.hash IN ({places}) AND k.revoked_at IS NULL",
        columns = instances::COLUMNS,
        places = places.join(", "),
    )
}

/// The instance that each of several keys opens, by their hashes.
async fn find(
    snapshot: &mut Snapshot,
    wanted: &[KeyHash],
) -> Result<Vec<Option<Arc<Instance>>>, Error> {
    let mut different = wanted.to_vec();
    different.sort_unstable();
    different.dedup();
    let sql = lookup(different.len());
    let read = |row: &Row<'_>| {
        let instance = Arc::new(instances::read(row)?);
        Ok((instance, row.text(instances::COLUMN_COUNT)?))
    };
    let hashes = different.iter().map(|hash| hash.hexadecimal().into()).collect();
    let found = snapshot.rows(sql, hashes, read).await?;
    let instance = |hash: &KeyHash| {
        let wanted = hash.hexadecimal();
        let is_it = |hash: &str| bool::from(hash.as_bytes().ct_eq(wanted.as_bytes()));
        found.iter().find(|(_, hash)| is_it(hash)).map(|(instance, _)| Arc::clone(instance))
    };
    let opened: Vec<Option<Arc<Instance>>> = different.iter().map(instance).collect();
    let instance = |hash| opened[different.binary_search(hash).ok()?].clone();
    Ok(wanted.iter().map(instance).collect())
}

impl Store {
    /// The instance that a secret key opens; `None` for a key never made or revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn instance_of_key(&self, secret_key: &str) -> Result<Option<Arc<Instance>>, Error> {
        self.instance_of_hash(KeyHash::of(secret_key), None).await
    }

    /// As [`Store::instance_of_key`], of a key's hash; where a state is given, that is the present one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn instance_of_hash(
        &self,
        key: KeyHash,
        at: Option<State>,
    ) -> Result<Option<Arc<Instance>>, Error> {
        let state = at.map_or_else(|| self.pool.state(), |state| Ok(Some(state)))?;
        match state.and_then(|state| self.pool.kept.instances.get(state, &key)) {
            Some(instance) => Ok(Some(instance)),
            None => Box::pin(self.look_up(key)).await,
        }
    }

    /// The instance that the key with this hash opened when it was looked up last, as it was then; `None`
    /// where to look it up takes no time, as on SQLite.
    ///
    /// It says nothing of the present. With it something can be read while the key is looked up, to be
    /// told only if the key opens the same still.
    pub fn opened_last(&self, key: KeyHash) -> Option<Arc<Instance>> {
        self.gathered.as_ref()?.opened.get(ANY_STATE, &key)
    }

    /// The instance that the key with this hash opens, as it is stored.
    async fn look_up(&self, key: KeyHash) -> Result<Option<Arc<Instance>>, Error> {
        if let Some(gathered) = &self.gathered {
            let found = gathered.keys.ask(key).await?;
            if let Some(instance) = &found {
                gathered.opened.keep(ANY_STATE, key, Arc::clone(instance), 1);
            }
            return Ok(found);
        }
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let found = find(&mut snapshot, &[key]).await?.into_iter().flatten().next();
        if let (Some((kept, state)), Some(instance)) = (snapshot.kept(), &found) {
            kept.instances.keep(state, key, Arc::clone(instance), 1);
        }
        Ok(found)
    }

    /// Makes a secret key of 256 random bits for an instance; it is told only here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_key(
        &self,
        instance: &Instance,
        origin: KeyOrigin,
    ) -> Result<NewKey, Error> {
        let mut bytes = [0; 32];
        fill(&mut bytes);
        let digits = hexadecimal(&bytes);
        let secret_key = format!("{}{digits}", instance.environment.key_prefix());
        let id = self.insert_key(instance.key, &secret_key, origin).await?;
        Ok(NewKey { id, secret_key })
    }

    /// Makes `secret_key` the only pinned key of an instance; one that was revoked counts again.
    ///
    /// # Errors
    /// When another instance has the key, or the database fails; then the keys stay as they are.
    pub async fn pin_key(&self, instance: &Instance, secret_key: &str) -> Result<(), Error> {
        self.insert_key(instance.key, secret_key, KeyOrigin::Pinned).await?;
        let hash = KeyHash::of(secret_key).hexadecimal();
        let mut db = self.administer().await?;
        db.execute(
            "DELETE FROM keys WHERE instance = $1 AND origin = 'pinned' AND hash <> $2",
            [vec![instance.key.into(), (&hash).into()]],
        )
        .await?;
        db.commit().await
    }

    /// Gives the id of a new row; a key that the instance has already keeps its own.
    async fn insert_key(
        &self,
        instance: InstanceKey,
        secret_key: &str,
        origin: KeyOrigin,
    ) -> Result<String, Error> {
        let now = self.clock.now();
        let (hash, id) = (KeyHash::of(secret_key).hexadecimal(), random_id("key_", now));
        let mut db = self.administer().await?;
        let call =
            vec![(&hash).into(), instance.into(), (&id).into(), origin.as_str().into(), now.into()];
        let inserted = db
            .execute(
                "INSERT INTO keys (hash, instance, id, origin, created_at)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (hash) DO UPDATE SET revoked_at = NULL
                 WHERE keys.instance = excluded.instance",
                [call],
            )
            .await?;
        db.commit().await?;
        if inserted == 0 {
            return Err(Error::failed("another instance has this secret key"));
        }
        Ok(id)
    }

    /// Every key of every instance, or of one, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys(&self, instance: Option<&Instance>) -> Result<Vec<Key>, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let sql = "SELECT k.id, i.id, k.origin, k.created_at, k.revoked_at
                   FROM keys k
                   JOIN instances i ON i.instance = k.instance
                   WHERE CAST($1 AS BIGINT) IS NULL OR k.instance = $1
                   ORDER BY k.created_at, k.id";
        let parameters = vec![instance.map(|instance| instance.key.0).into()];
        snapshot.rows(sql, parameters, read).await
    }

    /// Revokes the key of that id from the next request on; false if there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_key(&self, id: &str) -> Result<bool, Error> {
        let now = self.clock.now();
        let mut db = self.administer().await?;
        let revoked = db
            .execute(
                "UPDATE keys SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1",
                [vec![id.into(), now.into()]],
            )
            .await?;
        db.commit().await?;
        Ok(revoked > 0)
    }
}

fn read(row: &Row<'_>) -> Result<Key, Error> {
    Ok(Key {
        id: row.text(0)?,
        instance_id: row.text(1)?,
        origin: row.text(2)?,
        created_at: row.integer(3)?,
        revoked_at: row.optional_integer(4)?,
    })
}
