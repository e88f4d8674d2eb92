//! A hundred calls at once, each on a connection of its own; on PostgreSQL three servers that share
//! the database get them in turn.
//!
//! Whatever comes first, an answer is never a fault of the server, and at the end what is listed,
//! what is counted and what the roles add up to are the same.

mod contacts;
mod deletions;
mod memberships;
mod metadata;
mod role_sets;
mod several;

use std::collections::BTreeMap;
use std::sync::Arc;

use guildhall_testing::{Answer, Http, TestDatabase, TestServer};
use serde_json::Value;
use tokio::sync::Barrier;

/// How many calls go off at once.
const CALLS: usize = 100;

/// How many servers share a database of PostgreSQL.
const SERVERS: usize = 3;

/// One server on SQLite, or several that share a database of PostgreSQL.
struct Servers(Vec<TestServer>);

impl Servers {
    async fn start() -> Self {
        Self::start_on(TestDatabase::create_if_chosen().await).await
    }

    async fn start_on(database: Option<TestDatabase>) -> Self {
        let first = TestServer::start_on(database, |settings| {
            // So that a server of PostgreSQL as it comes bears those of several tests at once.
            if let Some(postgres) = &mut settings.postgres {
                postgres.page_connections = 3;
                postgres.scan_connections = 1;
                postgres.write_connections = 2;
            }
        })
        .await;
        let mut servers = Self(vec![first]);
        while servers.0.len() < SERVERS
            && let [first, ..] = servers.0.as_slice()
            && first.database_url().is_some()
        {
            servers.0.push(first.another().await);
        }
        servers
    }

    /// Plain HTTP to the first; each connection made from it leads to the next.
    fn http(&self) -> Http {
        self.0[0].http().in_turns(&self.0)
    }
}

/// Makes calls that all start together, each on a connection of its own; gives the answers in
/// the order of the calls.
async fn at_once<C, F>(servers: &Servers, calls: impl IntoIterator<Item = C>) -> Vec<Answer>
where
    C: FnOnce(Http) -> F,
    F: Future<Output = Answer> + Send + 'static,
{
    let calls: Vec<C> = calls.into_iter().collect();
    let start = Arc::new(Barrier::new(calls.len()));
    let mut running = Vec::new();
    let http = servers.http();
    for call in calls {
        let http = http.reconnected();
        // Opens the connection, so that all of them are there when the calls begin.
        http.get("/v1/users/count").await.ok();
        let (start, call) = (Arc::clone(&start), call(http));
        running.push(tokio::spawn(async move {
            start.wait().await;
            call.await
        }));
    }
    let mut answers = Vec::new();
    for call in running {
        answers.push(call.await.expect("a call does not panic"));
    }
    for answer in &answers {
        assert!(answer.status < 500, "{answer:?}");
    }
    servers.0[0].check().await;
    answers
}

/// How often each outcome came: `200`, or the status and code of a refusal.
fn outcomes(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut outcomes = BTreeMap::new();
    for answer in answers {
        let outcome = match answer.status {
            200 => "200".to_owned(),
            _ => answer.faults().join(", "),
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    outcomes
}

/// Tells that outcomes came as often as this.
#[track_caller]
fn assert_outcomes(answers: &[Answer], expected: &[(&str, usize)]) {
    let expected: BTreeMap<_, _> =
        expected.iter().map(|(outcome, count)| ((*outcome).to_owned(), *count)).collect();
    assert_eq!(outcomes(answers), expected);
}

/// The memberships of an organization, after a look at whether every way to count them agrees.
async fn consistent(http: &Http, organization: &str) -> Vec<Value> {
    let state = http.state_of(organization).await;
    let memberships = &state["memberships"];
    let rows = memberships["data"].as_array().expect("a list").clone();
    assert_eq!(memberships["total_count"], rows.len(), "total_count and rows");
    assert_eq!(state["organization"]["members_count"], rows.len(), "members_count and rows");

    let path = format!("/v1/organizations/{organization}/memberships");
    for role in ["org:admin", "org:member"] {
        let counted = http.get(&format!("{path}?limit=500&role={role}")).await.ok();
        let listed = rows.iter().filter(|row| row["role"] == role).count();
        assert_eq!(counted["total_count"], listed, "{role}");
    }
    let missing = !rows.iter().any(|row| row["role"] == "org:admin");
    let told = &state["organization"]["missing_member_with_elevated_permissions"];
    assert_eq!(told, missing, "missing_member_with_elevated_permissions and rows");

    let mut users: Vec<_> = rows.iter().map(user_of).collect();
    users.sort_unstable();
    users.dedup();
    assert_eq!(users.len(), rows.len(), "somebody is a member twice");
    rows
}

/// Tells that the list of an instance has as many rows as it counts, and counts this many.
async fn assert_all(http: &Http, memberships: usize) {
    let all = http.get("/v1/organization_memberships?limit=500").await.ok();
    assert_eq!(all["total_count"], memberships);
    assert_eq!(all["data"].as_array().map(Vec::len), Some(memberships.min(500)));
}

fn user_of(membership: &Value) -> String {
    membership["public_user_data"]["user_id"].as_str().expect("an id").to_owned()
}
