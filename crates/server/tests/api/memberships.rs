//! Memberships of users in organizations.

use guildhall_testing::TestServer;
use serde_json::json;

#[tokio::test]
async fn the_five_operations_work_one_after_another() {
    let server = TestServer::start().await;
    let http = server.http();
    let (organization, admin) = http.organization_with_admin().await;
    let user =
        http.user(json!({ "email_address": ["ada@example.com"], "first_name": "Ada" })).await;
    let memberships = format!("/v1/organizations/{organization}/memberships");

    let created =
        http.post(&memberships, json!({ "user_id": user, "role": "org:member" })).await.ok();
    let updated =
        http.patch(&format!("{memberships}/{user}"), json!({ "role": "org:admin" })).await.ok();
    let merged = http
        .patch(
            &format!("{memberships}/{user}/metadata"),
            json!({ "public_metadata": { "a": { "b": 1 } } }),
        )
        .await
        .ok();
    let listed = http.get(&memberships).await.ok();
    let deleted = http.delete(&format!("{memberships}/{user}")).await.ok();

    assert_eq!(created["role"], "org:member");
    assert_eq!(created["public_user_data"]["identifier"], "ada@example.com");
    assert_eq!(updated["role"], "org:admin");
    assert_eq!(merged["public_metadata"], json!({ "a": { "b": 1 } }));
    assert_eq!(listed["total_count"], 2);
    assert_eq!(listed["data"][0], merged);
    assert_eq!(listed["data"][1]["public_user_data"]["user_id"], json!(admin));
    assert_eq!(deleted, merged);
    assert_eq!(http.get(&memberships).await.ok()["total_count"], 1);
}
