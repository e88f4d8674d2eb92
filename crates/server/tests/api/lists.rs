//! Lists of memberships: pages, orders, filters.

mod across;
mod cursors;
mod filters;
mod large;
mod model;
mod orders;
mod paging;
mod parts;

use guildhall_testing::{Http, TestServer};
use serde_json::{Value, json};

/// Every field that memberships can be sorted by.
const ORDERS: [&str; 6] =
    ["phone_number", "email_address", "created_at", "first_name", "last_name", "username"];

/// A server with an organization that nobody is in yet.
struct Roster {
    server: TestServer,
    http: Http,
    organization: String,
}

impl Roster {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let http = server.http();
        let organization = http.organization(json!({ "name": "Acme" })).await;
        Self { server, http, organization }
    }

    /// Makes a user of these fields and adds it as `org:member`; gives the id of the user.
    async fn add(&self, fields: Value) -> String {
        self.add_as("org:member", fields).await
    }

    async fn add_as(&self, role: &str, fields: Value) -> String {
        let user = self.http.user(fields).await;
        self.http.join(&self.organization, &user, role).await;
        user
    }

    /// Adds that many members, several at a time; gives the ids of the users in any order.
    async fn add_many(&self, count: usize, fields: impl Fn(usize) -> Value) -> Vec<String> {
        let mut joining = tokio::task::JoinSet::new();
        for index in 0..count {
            let (http, organization) = (self.http.clone(), self.organization.clone());
            let fields = fields(index);
            joining.spawn(async move {
                let user = http.user(fields).await;
                http.join(&organization, &user, "org:member").await;
                user
            });
        }
        joining.join_all().await
    }

    fn path(&self, query: &str) -> String {
        format!("/v1/organizations/{}/memberships?{query}", self.organization)
    }

    async fn list(&self, query: &str) -> Value {
        self.http.get(&self.path(query)).await.ok()
    }

    /// The ids of the users that a query finds, in its order; at most 500, and all counted.
    async fn users(&self, query: &str) -> Vec<String> {
        let page = self.list(&format!("limit=500&{query}")).await;
        let users = users_of(&page);
        assert_eq!(page["total_count"], users.len(), "{query}");
        users
    }

    async fn faults(&self, query: &str) -> Vec<String> {
        self.http.get(&self.path(query)).await.faults()
    }
}

/// The ids of the users of a page, in its order.
fn users_of(page: &Value) -> Vec<String> {
    let rows = page["data"].as_array().expect("a page of memberships");
    rows.iter()
        .map(|row| row["public_user_data"]["user_id"].as_str().expect("an id").to_owned())
        .collect()
}

/// The ids of the memberships of a page, in its order.
fn ids_of(page: &Value) -> Vec<String> {
    let rows = page["data"].as_array().expect("a page of memberships");
    rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

/// Everything in its order, read page by page; each page but the last must be full.
async fn walk(http: &Http, path: &str, query: &str, limit: usize) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let offset = ids.len();
        let page = format!("{path}?{query}&limit={limit}&offset={offset}");
        let page = http.get(&page).await.ok();
        let more = ids_of(&page);
        let total = page["total_count"].as_u64().expect("a count") as usize;
        assert_eq!(more.len(), limit.min(total - offset), "{query} from {offset}");
        ids.extend(more);
        if ids.len() == total {
            return ids;
        }
    }
}

/// The same backwards.
fn reversed<T: Clone>(items: &[T]) -> Vec<T> {
    items.iter().rev().cloned().collect()
}

/// The same in the order of their texts.
fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort();
    items
}
