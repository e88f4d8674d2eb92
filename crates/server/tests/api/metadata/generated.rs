//! Ten thousand generated merges, through storage and back, against an independent model.

use std::collections::BTreeSet;

use guildhall_rules::memberships::{Create, MergeMetadata};
use guildhall_rules::{organizations, users};
use guildhall_store::{InstanceKey, Store};
use guildhall_testing::TestServer;
use guildhall_types::Metadata;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use tokio::task::JoinSet;

/// How many memberships are changed at one time, how often each, and how often all of that.
const MEMBERS: usize = 125;
const STEPS: usize = 4;
const ROUNDS: u32 = 20;

/// Changes to public and to private metadata.
type Step = (Option<Metadata>, Option<Metadata>);

/// What is stored after a merge, by recursion over all keys; written without a look at the rules.
fn model(stored: &Metadata, changes: &Metadata) -> Metadata {
    let keys: BTreeSet<&String> = stored.keys().chain(changes.keys()).collect();
    let nothing = Metadata::new();
    let value = |key: &String| match (stored.get(key), changes.get(key)) {
        (old, None) => old.cloned(),
        (_, Some(Value::Null)) => None,
        (Some(Value::Object(old)), Some(Value::Object(new))) => Some(model(old, new).into()),
        (_, Some(Value::Object(new))) => Some(model(&nothing, new).into()),
        (_, Some(new)) => Some(new.clone()),
    };
    keys.into_iter().filter_map(|key| Some((key.clone(), value(key)?))).collect()
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        2 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        2 => any::<f64>().prop_filter("JSON has finite numbers", |it| it.is_finite())
            .prop_map(Value::from),
        3 => text_of_any_kind().prop_map(Value::from),
    ]
}

fn text_of_any_kind() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..6).prop_map(String::from_iter)
}

/// Few short keys, so that changes meet what is stored; now and then any text.
fn key() -> impl Strategy<Value = String> {
    let short = select(vec!["a", "b", "c", "aB", "a_b"]).prop_map(str::to_owned);
    prop_oneof![9 => short, 1 => text_of_any_kind()]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => btree_map(key(), inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn metadata() -> impl Strategy<Value = Metadata> {
    btree_map(key(), value(), 0..5).prop_map(|fields| fields.into_iter().collect())
}

fn step() -> impl Strategy<Value = Step> {
    (proptest::option::weighted(0.9, metadata()), proptest::option::weighted(0.7, metadata()))
}

/// An organization with members, in a store on disk.
struct Members {
    store: Store,
    instance: InstanceKey,
    organization: String,
    users: Vec<String>,
}

impl Members {
    async fn new(server: &TestServer) -> Self {
        let store = server.store().clone();
        let instance = store.instances().await.expect("the store answers")[0].key;
        let mut users = JoinSet::new();
        for _ in 0..MEMBERS {
            let store = store.clone();
            let create = users::Create::default();
            users.spawn(async move {
                store.write(instance, create).await.expect("the write is allowed").id
            });
        }
        let users = users.join_all().await;
        Self { store, instance, organization: String::new(), users }
    }

    /// Begins anew: another organization, in which nobody has metadata.
    async fn renewed(&mut self) {
        let create = organizations::Create {
            name: "Acme".to_owned(),
            slug: None,
            created_by: None,
            max_allowed_memberships: None,
            public_metadata: "{}".to_owned(),
            private_metadata: "{}".to_owned(),
            created_at: None,
            role_set_key: None,
        };
        let view = self.store.write(self.instance, create).await.expect("the write is allowed");
        self.organization = view.organization.id;
        let mut joining = JoinSet::new();
        for user in &self.users {
            let create = Create {
                organization_id: self.organization.clone(),
                user_id: user.clone(),
                role: "org:member".to_owned(),
                public_metadata: "{}".to_owned(),
                private_metadata: "{}".to_owned(),
            };
            let (store, instance) = (self.store.clone(), self.instance);
            joining.spawn(async move {
                drop(store.write(instance, create).await.expect("the write is allowed"))
            });
        }
        joining.join_all().await;
    }

    /// Merges one step into each membership, all at the same time.
    async fn merge(&self, steps: &[Step]) {
        let mut merging = JoinSet::new();
        for (user, (public, private)) in self.users.iter().zip(steps) {
            let merge = MergeMetadata {
                organization_id: self.organization.clone(),
                user_id: user.clone(),
                public_metadata: public.clone(),
                private_metadata: private.clone(),
            };
            let (store, instance) = (self.store.clone(), self.instance);
            merging.spawn(async move {
                drop(store.write(instance, merge).await.expect("the write is allowed"))
            });
        }
        merging.join_all().await;
    }

    /// Public and private metadata of the member at a place, as text.
    async fn read(&self, place: usize) -> (String, String) {
        let (organization, user) = (&self.organization, &self.users[place]);
        let found = self.store.organization_membership(self.instance, organization, user).await;
        let membership = found
            .expect("the store answers")
            .expect("the organization is there")
            .expect("the user is a member")
            .membership
            .clone();
        (membership.public_metadata, membership.private_metadata)
    }
}

fn text(metadata: &Metadata) -> String {
    serde_json::to_string(metadata).expect("metadata has a JSON form")
}

#[test]
fn ten_thousand_merges_are_stored_as_the_model_says() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (_server, members) = runtime.block_on(async {
        let server = TestServer::start().await;
        let members = Members::new(&server).await;
        (server, members)
    });
    let members = tokio::sync::Mutex::new(members);
    let config = Config { cases: ROUNDS, failure_persistence: None, ..Config::default() };
    let sequences = vec(vec(step(), MEMBERS), STEPS);

    let outcome = TestRunner::new(config).run(&sequences, |sequences| {
        runtime.block_on(async {
            let mut members = members.lock().await;
            members.renewed().await;
            let mut expected = vec![(Metadata::new(), Metadata::new()); MEMBERS];
            for steps in sequences {
                members.merge(&steps).await;
                for (place, (public, private)) in steps.iter().enumerate() {
                    let stored = &mut expected[place];
                    if let Some(changes) = public {
                        stored.0 = model(&stored.0, changes);
                    }
                    if let Some(changes) = private {
                        stored.1 = model(&stored.1, changes);
                    }
                    let read = members.read(place).await;
                    prop_assert_eq!(&read.0, &text(&stored.0), "after {:?}", public);
                    prop_assert_eq!(&read.1, &text(&stored.1), "after {:?}", private);
                }
            }
            Ok(())
        })
    });

    outcome.unwrap();
}
