//! What hardly ever changes, kept by SQLite's writer from one batch to the next.
//!
//! It is exact: inside of its transaction nobody else writes, and its connection tells whether another
//! one has committed since the last look, from whichever process.

use std::collections::HashMap;
use std::sync::Arc;

use guildhall_rules::{OrganizationSettings, Role, Rows, Wanted};

use crate::db::{Db, Statements};
use crate::error::Error;
use crate::kept::State;
use crate::roles::Granted;
use crate::{InstanceKey, role_sets, roles};

/// Of how many instances it is kept.
const MOST_INSTANCES: usize = 256;

/// What every batch of an instance needs.
#[derive(Debug)]
pub(crate) struct Standing {
    settings: OrganizationSettings,
    roles: Arc<[Arc<Role>]>,
    role_sets: role_sets::Asked,
}

/// What a batch asked for, before it is put together.
#[derive(Default)]
pub(crate) struct Asked {
    settings: OrganizationSettings,
    granted: Vec<Granted>,
    role_sets: role_sets::Asked,
}

impl Asked {
    /// Asks for the settings and the roles, and for the role sets where those are wanted or all of it
    /// is to be kept.
    pub(crate) fn ask<'a>(
        &'a mut self,
        statements: &mut Statements<'a>,
        instance: InstanceKey,
        wanted: &Wanted,
        is_kept: bool,
    ) {
        roles::ask(statements, instance, &mut self.settings, &mut self.granted);
        role_sets::ask(statements, instance, wanted, is_kept, &mut self.role_sets);
    }
}

impl From<Asked> for Standing {
    fn from(asked: Asked) -> Self {
        let roles = roles::group(asked.granted).into_iter().map(Arc::new).collect();
        Self { settings: asked.settings, roles, role_sets: asked.role_sets }
    }
}

impl Standing {
    /// Puts it with the other rows of a batch.
    pub(crate) fn load(&self, rows: &mut Rows) {
        rows.load_settings(self.settings.clone());
        rows.roles = Arc::clone(&self.roles);
        self.role_sets.load(&mut rows.role_sets);
    }
}

/// Tells whether a batch changes what is kept.
pub(crate) fn changes(rows: &Rows) -> bool {
    rows.catalogue.is_changed() || rows.role_sets.are_changed() || rows.changed_settings().is_some()
}

/// What is kept, by instance.
#[derive(Default)]
pub(crate) struct Kept {
    /// The number that changes whenever another connection commits.
    version: Option<i64>,
    /// How often the rows that are kept beside it were to be forgotten.
    forgotten: i64,
    by_instance: HashMap<InstanceKey, Arc<Standing>>,
}

impl Kept {
    /// What is kept of an instance; `None` where it has to be loaded, as always on PostgreSQL. `db` has
    /// begun to write.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) fn of(
        &mut self,
        db: &Db,
        instance: InstanceKey,
    ) -> Result<Option<Arc<Standing>>, Error> {
        let version = db.data_version()?;
        if version.is_none() || self.version != version {
            self.forget();
            self.version = version;
        }
        Ok(self.by_instance.get(&instance).cloned())
    }

    /// Keeps what was loaded in the transaction of the last [`Kept::of`], which leaves it as it is.
    pub(crate) fn keep(&mut self, instance: InstanceKey, standing: Arc<Standing>) {
        if self.version.is_none() {
            return;
        }
        if self.by_instance.len() >= MOST_INSTANCES {
            self.by_instance.clear();
        }
        self.by_instance.insert(instance, standing);
    }

    /// What rows are kept for, as of the last [`Kept::of`]: it lasts as long as nobody else commits and
    /// they are not forgotten. `None` on PostgreSQL.
    pub(crate) fn state(&self) -> Option<State> {
        Some(State { watch: self.forgotten, version: self.version? })
    }

    /// Keeps nothing any more: some of it is about to change.
    pub(crate) fn forget(&mut self) {
        self.forget_rows();
        self.by_instance.clear();
    }

    /// Lets no row be used any more that was kept for the present state.
    pub(crate) fn forget_rows(&mut self) {
        self.forgotten += 1;
    }
}

#[cfg(test)]
mod tests {
    use guildhall_rules::settings;

    use crate::fresh::Fresh;

    #[tokio::test]
    async fn what_is_kept_is_what_was_committed_last_by_whomever() {
        let fresh = Fresh::open().await;
        let limit = async || fresh.organization(None).await.max_allowed_memberships;
        let before = limit().await;

        let update =
            settings::Update { max_allowed_memberships: Some(before + 1), ..Default::default() };
        fresh.store.write(fresh.instance, update).await.unwrap();
        assert_eq!(limit().await, before + 1);

        let sql = "UPDATE instances SET max_allowed_memberships = max_allowed_memberships + 1";
        fresh.connect().execute(sql, []).unwrap();
        assert_eq!(limit().await, before + 2);
    }
}
