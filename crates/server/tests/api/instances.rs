//! Instances and keys: isolated tenants.

use guildhall_testing::{Http, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

/// Two instances, and in the first an organization with an admin and a member.
struct Tenants {
    server: TestServer,
    own: Http,
    foreign: Http,
    organization: String,
    admin: String,
    member: String,
}

impl Tenants {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let (own, foreign) = (server.http(), server.another_instance().await);
        let (organization, admin) = own.organization_with_admin().await;
        let member = own.member(&organization).await;
        Self { server, own, foreign, organization, admin, member }
    }

    /// Everything the own instance shows.
    async fn everything(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for path in ["/v1/users", "/v1/organizations", "/v1/organization_memberships"] {
            all.push(self.own.get(path).await.ok());
        }
        all
    }
}

#[tokio::test]
async fn everything_of_another_instance_is_not_found_and_stays_untouched() {
    let tenants = Tenants::new().await;
    let before = tenants.everything().await;
    let newcomer = tenants.foreign.anybody().await;
    let organization = format!("/v1/organizations/{}", tenants.organization);
    let memberships = format!("{organization}/memberships");
    let membership = format!("{memberships}/{}", tenants.member);
    let user = format!("/v1/users/{}", tenants.member);

    for (method, path, body) in [
        (Method::GET, organization.clone(), Value::Null),
        (Method::GET, "/v1/organizations/acme".to_owned(), Value::Null),
        (Method::PATCH, organization.clone(), json!({ "name": "Stolen" })),
        (Method::DELETE, organization.clone(), Value::Null),
        (
            Method::PATCH,
            format!("{organization}/metadata"),
            json!({ "public_metadata": { "a": 1 } }),
        ),
        (Method::PUT, format!("{organization}/metadata"), json!({ "public_metadata": { "a": 1 } })),
        (Method::GET, memberships.clone(), Value::Null),
        (Method::POST, memberships, json!({ "user_id": newcomer, "role": "org:admin" })),
        (Method::GET, membership.clone(), Value::Null),
        (Method::PATCH, membership.clone(), json!({ "role": "org:admin" })),
        (Method::DELETE, membership.clone(), Value::Null),
        (Method::PATCH, format!("{membership}/metadata"), json!({ "public_metadata": { "a": 1 } })),
        (Method::GET, user.clone(), Value::Null),
        (Method::PATCH, user.clone(), json!({ "first_name": "Stolen" })),
        (Method::DELETE, user.clone(), Value::Null),
        (Method::PATCH, format!("{user}/metadata"), json!({ "public_metadata": { "a": 1 } })),
        (Method::PUT, format!("{user}/metadata"), json!({ "public_metadata": { "a": 1 } })),
        (Method::GET, format!("{user}/organization_memberships"), Value::Null),
    ] {
        let request = tenants.foreign.request(method.clone(), &path);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = tenants.foreign.send(request).await;
        assert_eq!(answer.faults(), ["404 resource_not_found"], "{method} {path}");
    }
    assert_eq!(tenants.everything().await, before);
}

#[tokio::test]
async fn a_user_of_another_instance_cannot_be_added() {
    let tenants = Tenants::new().await;
    let stranger = tenants.foreign.anybody().await;
    let path = format!("/v1/organizations/{}/memberships", tenants.organization);

    let answer =
        tenants.own.post(&path, json!({ "user_id": stranger, "role": "org:member" })).await;

    assert_eq!(answer.faults(), ["404 resource_not_found"]);
    let expected = format!("No user was found with id {stranger}");
    assert_eq!(answer.text_at("/errors/0/long_message"), expected);
    assert_eq!(tenants.own.get(&path).await.ok()["total_count"], 2);
}

#[tokio::test]
async fn a_user_of_another_instance_cannot_create_an_organization() {
    let tenants = Tenants::new().await;

    let body = json!({ "name": "Stolen", "created_by": tenants.admin });
    let answer = tenants.foreign.post("/v1/organizations", body).await;

    assert_eq!(answer.faults(), ["400 organization_creator_not_found"]);
    assert_eq!(tenants.foreign.get("/v1/organizations").await.ok()["total_count"], 0);
}

#[tokio::test]
async fn lists_and_counts_are_each_instance_s_own() {
    let tenants = Tenants::new().await;
    let foreign = &tenants.foreign;

    assert_eq!(foreign.get("/v1/users").await.ok(), json!([]));
    assert_eq!(foreign.get("/v1/users/count").await.ok()["total_count"], 0);
    for path in ["/v1/organizations", "/v1/organization_memberships"] {
        assert_eq!(foreign.get(path).await.ok(), json!({ "data": [], "total_count": 0 }));
    }
    foreign.member(&foreign.organization(json!({ "name": "Other" })).await).await;
    assert_eq!(foreign.get("/v1/users/count").await.ok()["total_count"], 1);
    assert_eq!(foreign.get("/v1/organization_memberships").await.ok()["total_count"], 1);
    assert_eq!(tenants.own.get("/v1/users/count").await.ok()["total_count"], 2);
    assert_eq!(tenants.own.get("/v1/organization_memberships").await.ok()["total_count"], 2);
    assert_eq!(tenants.own.get("/v1/organizations").await.ok()["total_count"], 1);
}

#[tokio::test]
async fn filters_find_nothing_of_another_instance() {
    let tenants = Tenants::new().await;
    let foreign = &tenants.foreign;
    let local = foreign.organization(json!({ "name": "Local" })).await;
    let user = foreign.member(&local).await;
    let (organization, admin) = (&tenants.organization, &tenants.admin);

    for path in [
        format!("/v1/users?user_id={admin}"),
        format!("/v1/users?organization_id={organization}"),
        format!("/v1/users?query={admin}"),
        format!("/v1/organizations?organization_id={organization}"),
        format!("/v1/organizations?user_id={admin}"),
        "/v1/organizations?query=acme".to_owned(),
        format!("/v1/organizations/{local}/memberships?user_id={admin}"),
    ] {
        assert_eq!(foreign.get(&path).await.ids(), [""; 0], "{path}");
    }
    let without = format!("/v1/users?organization_id=-{organization}&user_id=-{admin}");
    assert_eq!(foreign.get(&without).await.ids(), [user]);
}

#[tokio::test]
async fn names_are_taken_in_each_instance_apart() {
    let server = TestServer::start().await;
    let user = json!({
        "email_address": ["pat@example.com"], "phone_number": ["+15555550100"],
        "web3_wallet": ["0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae"], "username": "pat",
        "external_id": "1",
    });
    let organization = json!({ "name": "Acme", "slug": "acme" });
    let mut ids = Vec::new();

    for http in [server.http(), server.another_instance().await, server.another_instance().await] {
        let user = http.user(user.clone()).await;
        let organization = http.organization(organization.clone()).await;

        let found = http.get("/v1/users?email_address=pat@example.com").await.ids();
        assert_eq!(found, std::slice::from_ref(&user));
        assert_eq!(http.get("/v1/organizations/acme").await.text_at("/id"), organization);
        ids.extend([user, organization]);
    }

    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 6);
}

#[tokio::test]
async fn deleting_a_user_frees_its_names_in_its_own_instance_only() {
    let server = TestServer::start().await;
    let (first, second) = (server.http(), server.another_instance().await);
    let fields = json!({ "username": "pat" });
    let gone = first.user(fields.clone()).await;
    let kept = second.user(fields.clone()).await;

    first.delete(&format!("/v1/users/{gone}")).await.ok();

    assert_eq!(second.get("/v1/users?username=pat").await.ids(), [kept]);
    let taken = second.post("/v1/users", fields).await;
    assert_eq!(taken.faults(), ["422 form_identifier_exists username"]);
}

#[tokio::test]
async fn a_primary_address_of_another_instance_is_not_found() {
    let tenants = Tenants::new().await;
    let fields = json!({ "email_address": ["pat@example.com"] });
    let foreign = tenants.foreign.post("/v1/users", fields).await.ok();

    let body = json!({ "primary_email_address_id": foreign["primary_email_address_id"] });
    let answer = tenants.own.patch(&format!("/v1/users/{}", tenants.admin), body).await;

    assert_eq!(answer.faults(), ["404 resource_not_found primary_email_address_id"]);
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_the_next_request_and_others_go_on() {
    let tenants = Tenants::new().await;
    let store = tenants.server.store();
    let own = store.instances().await.unwrap().remove(0);
    let keys = tenants.server.keys().await;
    let revoked = keys.iter().find(|key| key.instance_id == own.id).unwrap();

    assert_eq!(tenants.own.get("/v1/users").await.status, 200);
    assert!(store.revoke_key(&revoked.id).await.unwrap());

    assert_eq!(tenants.own.get("/v1/users").await.faults(), ["401 clerk_key_invalid"]);
    let write = tenants.own.post("/v1/users", json!({})).await;
    assert_eq!(write.faults(), ["401 clerk_key_invalid"]);
    assert_eq!(tenants.foreign.get("/v1/users").await.status, 200);
}

#[tokio::test]
async fn two_keys_of_one_instance_open_the_same() {
    let tenants = Tenants::new().await;
    let store = tenants.server.store();
    let instance = store.instances().await.unwrap().remove(0);

    let key = store.create_key(&instance, guildhall_store::KeyOrigin::Created).await.unwrap();

    let request =
        tenants.own.request_without_key(Method::GET, "/v1/users").bearer_auth(key.secret_key);
    let listed = tenants.own.send(request).await.ok();
    assert_eq!(listed, tenants.own.get("/v1/users").await.ok());
}

#[tokio::test]
async fn a_key_of_another_instance_cannot_be_pinned() {
    let server = TestServer::start().await;
    let other = server.another_instance().await;
    let first = server.store().instances().await.expect("there are instances").remove(0);

    let pinned = server.store().pin_key(&first, other.secret_key()).await;

    assert!(pinned.is_err());
    assert_eq!(other.get("/v1/users").await.status, 200);
    assert_eq!(server.http().get("/v1/users").await.status, 200);
}
