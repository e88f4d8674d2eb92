//! Role sets.

mod assign;
mod change;
mod create;
mod replace;

use guildhall_testing::{Answer, Http};
use serde_json::{Value, json};

const PATH: &str = "/v1/role_sets";

/// Makes a set of these roles, the first of which is that of creators, the last of new members.
async fn role_set(http: &Http, key: &str, roles: &[&str]) -> Value {
    let fields = json!({
        "name": key,
        "key": key,
        "roles": roles,
        "creator_role_key": roles.first(),
        "default_role_key": roles.last(),
    });
    http.post(PATH, fields).await.ok()
}

/// The keys of the roles of a set.
fn keys(set: &Value) -> Vec<&str> {
    let roles = set["roles"].as_array().expect("a set has roles");
    roles.iter().map(|role| role["key"].as_str().expect("a role has a key")).collect()
}

/// Gives a member a role.
async fn give(http: &Http, organization: &str, user: &str, role: &str) -> Answer {
    let path = format!("/v1/organizations/{organization}/memberships/{user}");
    http.patch(&path, json!({ "role": role })).await
}

/// The role that a member has.
async fn role_of(http: &Http, organization: &str, user: &str) -> String {
    let path = format!("/v1/organizations/{organization}/memberships?user_id={user}");
    http.get(&path).await.text_at("/data/0/role")
}
