//! Which organization is active in a session.

use guildhall_testing::{Http, TestServer};
use serde_json::{Value, json};

use super::{active, claims, path, sign_in};

/// Makes organizations, each with an admin of its own; gives their ids.
async fn organizations<const N: usize>(http: &Http) -> [String; N] {
    let mut ids = Vec::new();
    for _ in 0..N {
        ids.push(http.organization_with_admin().await.0);
    }
    ids.try_into().expect("one id for each")
}

async fn leave(http: &Http, organization: &str, user: &str) {
    http.delete(&format!("/v1/organizations/{organization}/memberships/{user}")).await.ok();
}

async fn set_active(http: &Http, session: &Value, organization: Option<&str>) -> Value {
    let body = json!({ "active_organization_id": organization });
    http.patch(&path(session), body).await.ok()["last_active_organization_id"].clone()
}

#[tokio::test]
async fn the_next_session_begins_in_the_organization_joined_last() {
    let server = TestServer::start().await;
    let http = server.http();
    let [first, second] = organizations(&http).await;
    let user = http.anybody().await;
    let before = sign_in(&http, &user).await;
    http.join(&first, &user, "org:member").await;
    let between = sign_in(&http, &user).await;
    http.join(&second, &user, "org:member").await;
    let after = sign_in(&http, &user).await;

    // A running session is never moved by joining.
    assert_eq!(active(&http, &before).await, Value::Null);
    assert_eq!(active(&http, &between).await, first);
    assert_eq!(active(&http, &after).await, second);
    assert_eq!(active(&http, &sign_in(&http, &user).await).await, second);
}

#[tokio::test]
async fn a_creator_begins_in_the_new_organization() {
    let server = TestServer::start().await;
    let http = server.http();
    let (organization, creator) = http.organization_with_admin().await;

    assert_eq!(active(&http, &sign_in(&http, &creator).await).await, organization);
}

#[tokio::test]
async fn what_a_user_was_set_to_counts_until_the_user_joins_another() {
    let server = TestServer::start().await;
    let http = server.http();
    let [first, second, third] = organizations(&http).await;
    let user = http.anybody().await;
    for organization in [&first, &second] {
        http.join(organization, &user, "org:member").await;
    }

    let body = json!({ "user_id": user, "active_organization_id": first });
    let session = http.post("/v1/sessions", body).await.ok();
    assert_eq!(active(&http, &session).await, first);
    assert_eq!(active(&http, &sign_in(&http, &user).await).await, first);

    assert_eq!(set_active(&http, &session, None).await, Value::Null);
    assert_eq!(active(&http, &sign_in(&http, &user).await).await, Value::Null);

    http.join(&third, &user, "org:member").await;
    assert_eq!(active(&http, &session).await, Value::Null);
    assert_eq!(active(&http, &sign_in(&http, &user).await).await, third);

    assert_eq!(set_active(&http, &session, Some(&second)).await, second);
    assert_eq!(active(&http, &sign_in(&http, &user).await).await, second);
}

#[tokio::test]
async fn only_an_organization_of_the_user_can_be_set() {
    let server = TestServer::start().await;
    let http = server.http();
    let [own, other] = organizations(&http).await;
    let user = http.anybody().await;
    http.join(&own, &user, "org:member").await;
    let session = sign_in(&http, &user).await;

    let patch = async |body: Value| http.patch(&path(&session), body).await.faults();
    let unknown = "404 organization_not_found_or_unauthorized active_organization_id";
    assert_eq!(patch(json!({ "active_organization_id": other })).await, [unknown]);
    assert_eq!(patch(json!({ "active_organization_id": "org_none" })).await, [unknown]);
    let missing = "422 form_param_missing active_organization_id";
    assert_eq!(patch(json!({})).await, [missing]);
    let wrong = "422 form_param_value_invalid active_organization_id";
    assert_eq!(patch(json!({ "active_organization_id": 5 })).await, [wrong]);
    assert_eq!(active(&http, &session).await, own);
}

#[tokio::test]
async fn who_is_removed_goes_on_in_the_organization_joined_last() {
    let server = TestServer::start().await;
    let http = server.http();
    let [first, second, third] = organizations(&http).await;
    let user = http.anybody().await;
    for organization in [&first, &second, &third] {
        http.join(organization, &user, "org:member").await;
    }
    let session = sign_in(&http, &user).await;
    let revoked = sign_in(&http, &user).await;
    http.post(&format!("{}/revoke", path(&revoked)), json!({})).await.ok();
    assert_eq!(active(&http, &session).await, third);

    leave(&http, &third, &user).await;
    assert_eq!(active(&http, &session).await, second);
    assert_eq!(active(&http, &revoked).await, Value::Null);
    assert_eq!(http.get(&path(&revoked)).await.ok()["status"], "revoked");
    let body = json!({ "active_organization_id": second });
    let set = http.patch(&path(&revoked), body).await;
    assert_eq!(set.faults(), ["404 resource_not_found"]);

    // Another organization than the active one moves nothing.
    leave(&http, &first, &user).await;
    assert_eq!(active(&http, &session).await, second);
    leave(&http, &second, &user).await;
    assert_eq!(active(&http, &session).await, Value::Null);

    // Who comes back does not find the old session there.
    http.join(&second, &user, "org:member").await;
    assert_eq!(active(&http, &session).await, Value::Null);
    assert_eq!(active(&http, &sign_in(&http, &user).await).await, second);
}

#[tokio::test]
async fn who_is_removed_from_what_was_set_begins_where_joined_last() {
    let server = TestServer::start().await;
    let http = server.http();
    let [first, second] = organizations(&http).await;
    let user = http.anybody().await;
    for organization in [&first, &second] {
        http.join(organization, &user, "org:member").await;
    }
    let session = sign_in(&http, &user).await;
    set_active(&http, &session, Some(&first)).await;

    leave(&http, &first, &user).await;

    assert_eq!(active(&http, &session).await, second);
    assert_eq!(active(&http, &sign_in(&http, &user).await).await, second);
}

#[tokio::test]
async fn a_deleted_organization_is_active_nowhere() {
    let server = TestServer::start().await;
    let http = server.http();
    let [first, second] = organizations(&http).await;
    let user = http.anybody().await;
    for organization in [&first, &second] {
        http.join(organization, &user, "org:member").await;
    }
    let session = sign_in(&http, &user).await;

    http.delete(&format!("/v1/organizations/{second}")).await.ok();

    assert_eq!(active(&http, &session).await, Value::Null);
    assert_eq!(claims(&http, &session).await.get("o"), None);
    assert_eq!(active(&http, &sign_in(&http, &user).await).await, first);
}

#[tokio::test]
async fn a_large_organization_is_chosen_no_more_from_its_deletion_on() {
    let server = TestServer::start().await;
    let http = server.http();
    let [large, later] = organizations(&http).await;
    let user = http.anybody().await;
    http.join(&large, &user, "org:member").await;
    http.join(&later, &user, "org:member").await;
    let mut others = tokio::task::JoinSet::new();
    for _ in 0..501 {
        let (http, large) = (http.clone(), large.clone());
        others.spawn(async move { http.member(&large).await });
    }
    others.join_all().await;
    let body = json!({ "user_id": user, "active_organization_id": large });
    let session = http.post("/v1/sessions", body).await.ok();

    http.delete(&format!("/v1/organizations/{large}")).await.ok();
    let next = sign_in(&http, &user).await;

    assert_eq!(active(&http, &session).await, Value::Null);
    assert_eq!(active(&http, &next).await, later);
}

#[tokio::test]
async fn many_removals_at_once_leave_each_session_where_its_user_is() {
    let server = TestServer::start().await;
    let http = server.http();
    let organizations: [String; 3] = organizations(&http).await;
    let mut sessions = Vec::new();
    for _ in 0..30 {
        let user = http.anybody().await;
        for organization in &organizations {
            http.join(organization, &user, "org:member").await;
        }
        sessions.push((sign_in(&http, &user).await, user));
    }

    let mut calls = Vec::new();
    for (_, user) in &sessions {
        for organization in &organizations[1..] {
            let path = format!("/v1/organizations/{organization}/memberships/{user}");
            let http = http.clone();
            calls.push(tokio::spawn(async move { http.delete(&path).await.ok() }));
        }
    }
    for call in calls {
        call.await.unwrap();
    }

    for (session, user) in &sessions {
        assert_eq!(active(&http, session).await, organizations[0], "{user}");
    }
}
