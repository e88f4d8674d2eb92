//! What a change of roles and permissions does to those who have them.

use guildhall_testing::TestServer;
use serde_json::json;

#[tokio::test]
async fn a_new_name_shows_in_every_membership_at_once() {
    let server = TestServer::start().await;
    let http = server.http();
    let role = http.role("org:editor", &[]).await;
    let (organization, _) = http.organization_with_admin().await;
    let user = http.anybody().await;
    let before = http.join(&organization, &user, "org:editor").await;

    let renamed = json!({ "name": "Chief" });
    http.patch(&format!("/v1/organization_roles/{role}"), renamed).await.ok();

    let path = format!("/v1/organizations/{organization}/memberships?user_id={user}");
    let after = http.get(&path).await.ok()["data"][0].clone();
    assert_eq!(
        (&before["role_name"], &after["role_name"]),
        (&json!("org:editor"), &json!("Chief"))
    );
    assert_eq!(after["updated_at"], before["updated_at"]);
}

#[tokio::test]
async fn a_new_key_is_followed_by_members_and_filters_and_the_old_one_is_free() {
    let server = TestServer::start().await;
    let http = server.http();
    let role = http.role("org:editor", &[]).await;
    let (organization, _) = http.organization_with_admin().await;
    let user = http.anybody().await;
    http.join(&organization, &user, "org:editor").await;
    let path = format!("/v1/organizations/{organization}/memberships");

    let renamed = json!({ "key": "org:author" });
    http.patch(&format!("/v1/organization_roles/{role}"), renamed).await.ok();

    let members = http.get(&format!("{path}?user_id={user}")).await.ok();
    assert_eq!(members["data"][0]["role"], "org:author");
    let by =
        async |key: &str| http.get(&format!("{path}?role={key}")).await.ok()["total_count"].clone();
    assert_eq!((by("org:author").await, by("org:editor").await), (json!(1), json!(0)));
    let body = json!({ "user_id": http.anybody().await, "role": "org:editor" });
    assert_eq!(http.post(&path, body).await.faults(), ["404 resource_not_found role"]);

    http.role("org:editor", &[]).await;
    assert_eq!((by("org:author").await, by("org:editor").await), (json!(1), json!(0)));
    http.join(&organization, &http.anybody().await, "org:editor").await;
    assert_eq!((by("org:author").await, by("org:editor").await), (json!(1), json!(1)));
}

#[tokio::test]
async fn permissions_of_a_role_show_in_memberships_under_their_present_keys() {
    let server = TestServer::start().await;
    let http = server.http();
    let edit = http.permission("org:posts:edit").await;
    let role = http.role("org:editor", &[&edit]).await;
    let (organization, _) = http.organization_with_admin().await;
    let user = http.anybody().await;
    let path = format!("/v1/organizations/{organization}/memberships?user_id={user}");
    let shown = async || http.get(&path).await.ok()["data"][0]["permissions"].clone();
    http.join(&organization, &user, "org:editor").await;
    assert_eq!(shown().await, json!(["org:posts:edit"]));

    let renamed = json!({ "key": "org:posts:write" });
    http.patch(&format!("/v1/organization_permissions/{edit}"), renamed).await.ok();
    assert_eq!(shown().await, json!(["org:posts:write"]));

    let read = http.permission("org:posts:read").await;
    let grant = format!("/v1/organization_roles/{role}/permissions/{read}");
    http.post(&grant, json!({})).await.ok();
    assert_eq!(shown().await, json!(["org:posts:write", "org:posts:read"]));

    http.delete(&format!("/v1/organization_permissions/{edit}")).await.ok();
    assert_eq!(shown().await, json!(["org:posts:read"]));
}

#[tokio::test]
async fn whoever_has_the_minimum_permissions_counts_whatever_the_role_is_called() {
    let server = TestServer::start().await;
    let http = server.http();
    let (organization, admin) = http.organization_with_admin().await;
    let mut minimum = Vec::new();
    for key in ["org:sys_memberships:manage", "org:sys_memberships:read", "org:sys_profile:delete"]
    {
        minimum.push(http.id_of_key("permissions", key).await);
    }
    let minimum: Vec<&str> = minimum.iter().map(String::as_str).collect();
    http.role("org:owner", &minimum).await;
    http.role("org:helper", &minimum[..2]).await;
    let path = format!("/v1/organizations/{organization}/memberships/{admin}");

    http.join(&organization, &http.anybody().await, "org:helper").await;
    let refused = http.delete(&path).await;
    assert_eq!(refused.faults(), ["400 organization_minimum_permissions_needed"]);

    let owner = http.anybody().await;
    http.join(&organization, &owner, "org:owner").await;
    http.delete(&path).await.ok();
    let last = format!("/v1/organizations/{organization}/memberships/{owner}");
    let demoted = http.patch(&last, json!({ "role": "org:helper" })).await;
    assert_eq!(demoted.faults(), ["400 organization_minimum_permissions_needed"]);
    let state = http.state_of(&organization).await;
    let told = &state["organization"]["missing_member_with_elevated_permissions"];
    assert_eq!(told, &json!(false));
}
