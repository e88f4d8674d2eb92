//! What writers were told, and so what may be in the database.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::api::Api;

pub(crate) const WRITERS: usize = 16;
const ORGANIZATIONS: usize = 4;
const USERS_OF_A_WRITER: usize = 2;
pub(crate) const ROLES: [&str; 2] = ["org:admin", "org:member"];
/// Makes the database's log grow.
const PADDING: usize = 1500;

/// What is told of a membership; `None` where there is none.
pub(crate) type State = Option<Membership>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) role: String,
    pub(crate) public: u64,
    pub(crate) private: u64,
}

/// A place for a membership that one writer alone changes.
pub(crate) struct Slot {
    pub(crate) organization_id: String,
    pub(crate) user_id: String,
    /// What it may be: one state, or two while a change is not acknowledged.
    possible: Vec<State>,
}

impl Slot {
    /// What it is; only while no change is on its way.
    pub(crate) fn state(&self) -> &State {
        assert_eq!(self.possible.len(), 1);
        &self.possible[0]
    }

    pub(crate) fn begin(&mut self, next: State) {
        self.possible.push(next);
    }

    pub(crate) fn acknowledge(&mut self) {
        self.possible.remove(0);
    }

    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.collection(), self.user_id)
    }

    pub(crate) fn collection(&self) -> String {
        format!("/v1/organizations/{}/memberships", self.organization_id)
    }
}

/// What one writer owns.
pub(crate) struct Share {
    pub(crate) slots: Vec<Slot>,
    /// The usernames of users that were made or may have been, with what is true.
    pub(crate) users: BTreeMap<String, Certainty>,
    pub(crate) writer: usize,
    pub(crate) next: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    Acknowledged,
    Unknown,
}

/// What all writers own together, and what nobody changes.
pub(crate) struct Ledger {
    organization_ids: Vec<String>,
    admins: Vec<String>,
    shares: Vec<Share>,
}

impl Ledger {
    /// Makes the organizations, each with an admin who stays, and the users of the writers.
    pub(crate) async fn prepare(api: &Api) -> Self {
        let (mut organization_ids, mut admins) = (Vec::new(), Vec::new());
        for number in 0..ORGANIZATIONS {
            let (organization_id, admin) = api.organization(&format!("Acme {number}")).await;
            organization_ids.push(organization_id);
            admins.push(admin);
        }
        let mut shares = Vec::new();
        for writer in 0..WRITERS {
            let mut slots = Vec::new();
            for _ in 0..USERS_OF_A_WRITER {
                let user_id = api.user(json!({})).await;
                slots.extend(organization_ids.iter().map(|organization_id| Slot {
                    organization_id: organization_id.clone(),
                    user_id: user_id.clone(),
                    possible: vec![None],
                }));
            }
            shares.push(Share { slots, users: BTreeMap::new(), writer, next: 1 });
        }
        Self { organization_ids, admins, shares }
    }

    pub(crate) fn lend(&mut self) -> Vec<Share> {
        std::mem::take(&mut self.shares)
    }

    pub(crate) fn take_back(&mut self, shares: Vec<Share>) {
        self.shares = shares;
    }

    /// Asserts that everything is as it may be, and takes it for certain from now on.
    pub(crate) async fn settle(&mut self, api: &Api) {
        self.settle_memberships(api).await;
        self.settle_users(api).await;
    }

    async fn settle_memberships(&mut self, api: &Api) {
        let mut found = BTreeMap::new();
        for (organization_id, admin) in self.organization_ids.iter().zip(&self.admins) {
            let mut members = memberships(api, organization_id).await;
            assert!(members.remove(admin).is_some(), "the admin is gone");
            found.extend(
                members
                    .into_iter()
                    .map(|(user_id, membership)| ((organization_id.clone(), user_id), membership)),
            );
        }
        for slot in self.shares.iter_mut().flat_map(|share| &mut share.slots) {
            let state = found.remove(&(slot.organization_id.clone(), slot.user_id.clone()));
            let possible = &slot.possible;
            assert!(possible.contains(&state), "{state:?} is none of {possible:?}");
            slot.possible = vec![state];
        }
        assert!(found.is_empty(), "nobody asked for {found:?}");
    }

    async fn settle_users(&mut self, api: &Api) {
        let users = api.users().await;
        let count = api.get("/v1/users/count").await.ok()["total_count"].as_u64().unwrap();
        assert_eq!(u64::try_from(users.len()).unwrap(), count);
        let mut found: BTreeMap<_, _> = users
            .iter()
            .filter_map(|user| Some((user["username"].as_str()?.to_owned(), user)))
            .collect();
        let prepared = ORGANIZATIONS + WRITERS * USERS_OF_A_WRITER;
        assert_eq!(found.len() + prepared, users.len(), "users are lost or nobody asked for them");
        for share in &mut self.shares {
            share.users.retain(|username, certainty| {
                let user = found.remove(username);
                assert!(user.is_some() || *certainty == Certainty::Unknown, "{username} is lost");
                if let Some(user) = user {
                    assert_eq!(user["first_name"], username.as_str());
                    *certainty = Certainty::Acknowledged;
                }
                user.is_some()
            });
        }
        assert!(found.is_empty(), "nobody asked for {found:?}");
    }
}

/// The members of an organization by user, whose number must be the same wherever it is told.
async fn memberships(api: &Api, organization_id: &str) -> BTreeMap<String, Membership> {
    let path = format!("/v1/organizations/{organization_id}/memberships?limit=500");
    let page = api.get(&path).await.ok();
    let rows = page["data"].as_array().unwrap();
    assert_eq!(page["total_count"], rows.len());
    for role in ROLES {
        let holders = rows.iter().filter(|row| row["role"] == role).count();
        let page = api.get(&format!("{path}&role={role}")).await.ok();
        assert_eq!(page["total_count"], holders, "{role}");
        assert_eq!(page["data"].as_array().unwrap().len(), holders, "{role}");
    }
    let path = format!("/v1/organizations/{organization_id}?include_members_count=true");
    assert_eq!(api.get(&path).await.ok()["members_count"], rows.len());
    rows.iter().map(|row| (text(&row["public_user_data"]["user_id"]), membership(row))).collect()
}

fn membership(row: &Value) -> Membership {
    let value = |metadata: &Value| metadata["value"].as_u64().unwrap_or(0);
    Membership {
        role: text(&row["role"]),
        public: value(&row["public_metadata"]),
        private: value(&row["private_metadata"]),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A request that changes a slot, and what the slot is after it.
pub(crate) fn change(slot: &Slot, value: u64, choice: usize) -> (Method, String, Value, State) {
    let Some(now) = slot.state() else {
        let next = Membership { role: ROLES[choice % 2].to_owned(), public: value, private: value };
        let metadata = json!({ "value": value, "padding": "x".repeat(PADDING) });
        let body = json!({
            "user_id": slot.user_id, "role": next.role,
            "public_metadata": metadata, "private_metadata": { "value": value },
        });
        return (Method::POST, slot.collection(), body, Some(next));
    };
    let mut next = now.clone();
    match choice {
        0 => (Method::DELETE, slot.path(), Value::Null, None),
        1..4 => {
            let other = ROLES.iter().find(|role| **role != now.role).unwrap();
            (**other).clone_into(&mut next.role);
            (Method::PATCH, slot.path(), json!({ "role": other }), Some(next))
        }
        _ => {
            let metadata = json!({ "value": value });
            let body = match choice {
                4 | 5 => {
                    next.public = value;
                    json!({ "public_metadata": metadata })
                }
                _ => {
                    next.private = value;
                    json!({ "private_metadata": metadata })
                }
            };
            (Method::PATCH, format!("{}/metadata", slot.path()), body, Some(next))
        }
    }
}
