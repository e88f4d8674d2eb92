//! Metadata of a membership, its organization and its user are three things, everywhere shown as
//! objects.

use guildhall_testing::TestServer;
use serde_json::{Value, json};

fn metadata(who: &str) -> Value {
    json!({ "who": who, "n": { "deep": [1, { "x": null }] } })
}

fn check(membership: &Value) {
    assert_eq!(membership["public_metadata"], metadata("member"));
    assert_eq!(membership["private_metadata"], metadata("member in private"));
    assert_eq!(membership["organization"]["public_metadata"], metadata("organization"));
    let private = &membership["organization"]["private_metadata"];
    assert_eq!(*private, metadata("organization in private"));
}

#[tokio::test]
async fn every_way_to_read_a_membership_shows_its_own_metadata_as_objects() {
    let server = TestServer::start().await;
    let http = server.http();
    let fields = json!({
        "public_metadata": metadata("user"), "private_metadata": metadata("user in private"),
    });
    let user = http.user(fields).await;
    let fields = json!({
        "name": "A", "public_metadata": metadata("organization"),
        "private_metadata": metadata("organization in private"),
    });
    let organization = http.organization(fields).await;
    let admin = http.anybody().await;
    http.join(&organization, &admin, "org:admin").await;
    let memberships = format!("/v1/organizations/{organization}/memberships");
    let one = format!("{memberships}/{user}");
    let fields = json!({
        "user_id": user, "role": "org:admin", "public_metadata": metadata("member"),
        "private_metadata": metadata("member in private"),
    });

    check(&http.post(&memberships, fields).await.ok());
    check(&http.get(&one).await.ok());
    check(&http.get(&memberships).await.ok()["data"][0]);
    check(&http.get("/v1/organization_memberships").await.ok()["data"][0]);
    let of_user = format!("/v1/users/{user}/organization_memberships");
    check(&http.get(&of_user).await.ok()["data"][0]);
    check(&http.patch(&one, json!({ "role": "org:member" })).await.ok());
    check(&http.patch(&format!("{one}/metadata"), json!({})).await.ok());
    check(&http.delete(&one).await.ok());
    let read = http.get(&format!("/v1/users/{user}")).await.ok();
    assert_eq!(read["public_metadata"], metadata("user"));
    assert_eq!(read["private_metadata"], metadata("user in private"));
    assert_eq!(http.get("/v1/users").await.ok()[1]["public_metadata"], metadata("user"));
    let read = http.get(&format!("/v1/organizations/{organization}")).await.ok();
    assert_eq!(read["public_metadata"], metadata("organization"));
}

#[tokio::test]
async fn null_in_metadata_set_anew_is_no_key_and_stays_inside_an_array() {
    let server = TestServer::start().await;
    let http = server.http();
    let given = json!({ "a": null, "b": { "c": null, "d": [null] }, "e": 1 });
    let kept = json!({ "b": { "d": [null] }, "e": 1 });
    let fields = json!({ "public_metadata": given });

    let user = http.post("/v1/users", fields.clone()).await.ok();
    let organization =
        http.post("/v1/organizations", json!({ "name": "A", "public_metadata": given })).await.ok();
    let path = format!("/v1/organizations/{}", organization["id"].as_str().unwrap());
    let body = json!({ "user_id": user["id"], "role": "org:member", "public_metadata": given });
    let membership = http.post(&format!("{path}/memberships"), body).await.ok();
    let replaced = http.put(&format!("{path}/metadata"), fields.clone()).await.ok();
    let patched = http.patch(&path, fields).await.ok();

    for answer in [user, organization, membership, replaced, patched] {
        assert_eq!(answer["public_metadata"], kept);
    }
}

#[tokio::test]
async fn metadata_outlives_a_restart() {
    let server = TestServer::start().await;
    let id = server.http().user(json!({ "public_metadata": { "a": [1.5, "é\u{0}"] } })).await;

    let server = server.restart().await;

    let read = server.http().get(&format!("/v1/users/{id}")).await.ok();
    assert_eq!(read["public_metadata"], json!({ "a": [1.5, "é\u{0}"] }));
}
