//! A store of a test's own, and ways to fill it and to look at it.

use guildhall_rules::{Operation, Refusal, memberships, metadata, organizations, users};
use guildhall_store::{DataFolder, Environment, Failure, Instance, Options, Store};
use guildhall_types::Code;
use tempfile::TempDir;

pub(crate) struct World {
    /// Where the file of SQLite is.
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
    pub(crate) instance: Instance,
}

pub(crate) async fn open(folder: &TempDir) -> Store {
    let folder = DataFolder::open(folder.path()).expect("a data folder");
    Store::open(&folder.into(), Options::default()).await.expect("a store")
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open(&folder).await;
        Self::on(store, folder).await
    }

    pub(crate) async fn on(store: Store, folder: TempDir) -> Self {
        let instance = store.create_instance("test", Environment::Development).await;
        Self { folder, store, instance: instance.expect("the store works") }
    }

    pub(crate) async fn try_to<O: Operation>(&self, operation: O) -> Result<O::Answer, Code> {
        match self.store.write(self.instance.key, operation).await {
            Ok(answer) => Ok(answer),
            Err(Failure::Refused(Refusal(faults))) => Err(faults[0].code()),
            Err(other) => panic!("{other:?}"),
        }
    }

    pub(crate) async fn write<O: Operation>(&self, operation: O) -> O::Answer {
        self.try_to(operation).await.expect("it is allowed")
    }

    /// A user without any address or name; gives the id.
    pub(crate) async fn user(&self) -> String {
        self.write(users::Create::default()).await.id
    }

    /// An organization of the set of that key, or of the initial one; gives its id.
    pub(crate) async fn organization_of(&self, role_set_key: Option<&str>) -> String {
        let create = organizations::Create {
            name: "Acme".to_owned(),
            slug: None,
            created_by: None,
            max_allowed_memberships: None,
            public_metadata: metadata::EMPTY.to_owned(),
            private_metadata: metadata::EMPTY.to_owned(),
            created_at: None,
            role_set_key: role_set_key.map(str::to_owned),
        };
        self.write(create).await.organization.id
    }

    /// The result of a count over the tables, beside the store.
    pub(crate) fn count(&self, sql: &str) -> i64 {
        let database = rusqlite::Connection::open(self.folder.path().join("guildhall.db"))
            .expect("the store works");
        database.query_row(sql, [], |row| row.get(0)).expect("the store works")
    }
}

pub(crate) fn join(organization_id: &str, user_id: &str, role: &str) -> memberships::Create {
    memberships::Create {
        organization_id: organization_id.to_owned(),
        user_id: user_id.to_owned(),
        role: role.to_owned(),
        public_metadata: metadata::EMPTY.to_owned(),
        private_metadata: metadata::EMPTY.to_owned(),
    }
}
