//! A store of a test's own, with an instance, an organization and ways to look at them.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use guildhall_rules::organizations;
use guildhall_store::{DataFolder, Environment, Failure, Instance, InstanceKey, Options, Store};
use guildhall_types::ListUsers;
use tempfile::TempDir;

use crate::operations::{Held, Hold};

/// A store in a temporary folder, with an organization whose public metadata is a counter.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) instance: Instance,
    pub(crate) organization_id: String,
    folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder).await;
        let instance = store.create_instance("test", Environment::Development).await.unwrap();
        let create = organizations::Create {
            name: "Acme".to_owned(),
            slug: None,
            created_by: None,
            max_allowed_memberships: None,
            public_metadata: "0".to_owned(),
            private_metadata: "{}".to_owned(),
            created_at: None,
            role_set_key: None,
        };
        let view = store.write(instance.key, create).await.unwrap();
        Self { store, instance, organization_id: view.organization.id, folder }
    }

    pub(crate) fn key(&self) -> InstanceKey {
        self.instance.key
    }

    /// Closes the store and opens another one on the same data.
    pub(crate) async fn reopen(&mut self) {
        self.store.close().await.unwrap();
        self.store = open(&self.folder).await;
    }

    /// The counter as it is stored.
    pub(crate) async fn counter(&self) -> u64 {
        let view = self.store.organization(self.key(), &self.organization_id).await.unwrap();
        view.unwrap().organization.public_metadata.parse().unwrap()
    }

    /// The name of the organization as it is stored.
    pub(crate) async fn name(&self) -> String {
        let view = self.store.organization(self.key(), &self.organization_id).await.unwrap();
        view.unwrap().organization.name
    }

    /// How many users there are: those that a list finds, which must be those that are counted.
    pub(crate) async fn users(&self) -> usize {
        let list = ListUsers { limit: Some(500), ..ListUsers::default() };
        let users = self.store.users(self.key(), &list).await.unwrap().len();
        let counted = self.store.users_count(self.key(), &ListUsers::default()).await.unwrap();
        assert_eq!(u64::try_from(users).unwrap(), counted);
        users
    }

    /// Keeps the writer busy until the answer is let go of; what is queued meanwhile is one batch.
    pub(crate) async fn hold(&self) -> Held {
        let (hold, held) = Hold::new();
        let store = self.store.clone();
        let instance = self.key();
        let task = tokio::spawn(async move { store.write(instance, hold).await.unwrap() });
        held.entered(task).await
    }
}

async fn open(folder: &TempDir) -> Store {
    let folder = DataFolder::open(&folder.path().join("data")).unwrap();
    Store::open(&folder.into(), Options::default()).await.unwrap()
}

/// A write that is queued and not yet answered.
pub(crate) struct Queued<'a, T>(Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>);

impl<'a, T> Queued<'a, T> {
    /// Queues `write`; while the writer is held it cannot be answered at once.
    pub(crate) fn new(write: impl Future<Output = Result<T, Failure>> + Send + 'a) -> Self {
        let mut write: Pin<Box<dyn Future<Output = _> + Send + 'a>> = Box::pin(write);
        let polled = write.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending), "it was answered while the writer was held");
        Self(write)
    }

    pub(crate) async fn outcome(self) -> Result<T, Failure> {
        self.0.await
    }
}
