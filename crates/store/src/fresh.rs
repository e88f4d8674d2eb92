//! A fresh store for tests inside of this crate.

use guildhall_rules::{Organization, memberships, metadata, organizations};
use tempfile::TempDir;

use crate::{DataFolder, Environment, InstanceKey, Options, Store};

/// An open store on SQLite with an instance, in a folder of its own.
pub(crate) struct Fresh {
    pub(crate) store: Store,
    pub(crate) instance: InstanceKey,
    pub(crate) folder: TempDir,
}

impl Fresh {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = DataFolder::open(folder.path()).expect("a data folder");
        let store = Store::open(&data.into(), Options::default()).await.expect("a store");
        let instance = store.create_instance("one", Environment::Development).await;
        Self { store, instance: instance.expect("an instance").key, folder }
    }

    /// A connection as another process has one.
    pub(crate) fn connect(&self) -> rusqlite::Connection {
        let file = self.folder.path().join("guildhall.db");
        rusqlite::Connection::open(file).expect("the database")
    }

    /// Makes an organization with this limit on its members; that of the instance when `None`.
    pub(crate) async fn organization(&self, limit: Option<i64>) -> Organization {
        let create = organizations::Create {
            name: "Acme".to_owned(),
            slug: None,
            created_by: None,
            max_allowed_memberships: limit,
            public_metadata: metadata::EMPTY.to_owned(),
            private_metadata: metadata::EMPTY.to_owned(),
            created_at: None,
            role_set_key: None,
        };
        self.store.write(self.instance, create).await.expect("made").organization
    }

    /// Makes a user a member.
    pub(crate) async fn join(&self, organization: &Organization, user_id: String) {
        let create = memberships::Create {
            organization_id: organization.id.clone(),
            user_id,
            role: "org:member".to_owned(),
            public_metadata: metadata::EMPTY.to_owned(),
            private_metadata: metadata::EMPTY.to_owned(),
        };
        self.store.write(self.instance, create).await.expect("joined");
    }
}
