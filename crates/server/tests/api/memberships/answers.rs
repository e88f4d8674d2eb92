//! What an answer about a membership holds.

use std::collections::BTreeSet;

use guildhall_testing::TestServer;
use serde_json::{Value, json};

use super::{Stage, memberships};

const ADMIN_PERMISSIONS: [&str; 9] = [
    "org:sys_billing:manage",
    "org:sys_billing:read",
    "org:sys_domains:manage",
    "org:sys_domains:read",
    "org:sys_entconns:manage",
    "org:sys_memberships:manage",
    "org:sys_memberships:read",
    "org:sys_profile:delete",
    "org:sys_profile:manage",
];

#[tokio::test]
async fn a_membership_answer_is_complete() {
    let server = TestServer::start().await;
    let http = server.http();
    let creator = http.anybody().await;
    let fields = json!({
        "name": "Café 東京", "slug": "cafe", "created_by": creator, "max_allowed_memberships": 7,
        "public_metadata": { "who": "organization" }, "private_metadata": { "plan": "x" },
    });
    let organization = http.organization(fields).await;
    let user = json!({
        "first_name": "Ada", "last_name": "Neutral", "username": "ada",
        "email_address": ["ada@example.com", "second@example.com"],
        "phone_number": ["+15555550100"], "public_metadata": { "who": "user" },
    });
    let user = http.user(user).await;
    let body = json!({
        "user_id": user, "role": "org:member",
        "public_metadata": { "who": "member", "n": { "deep": [1, { "x": 1.0e2 as i64 }] } },
        "private_metadata": { "note": "\u{0}\u{2028}</script>😀" },
    });

    let answer = http.post(&memberships(&organization), body).await.ok();

    let image_url = answer["public_user_data"]["image_url"].clone();
    let created_at = answer["created_at"].clone();
    let expected = json!({
        "object": "organization_membership",
        "id": answer["id"],
        "role": "org:member",
        "role_name": "Member",
        "permissions": answer["permissions"],
        "public_metadata": { "who": "member", "n": { "deep": [1, { "x": 100 }] } },
        "private_metadata": { "note": "\u{0}\u{2028}</script>😀" },
        "organization": {
            "object": "organization",
            "id": organization,
            "name": "Café 東京",
            "slug": "cafe",
            "image_url": answer["organization"]["image_url"],
            "has_image": false,
            "max_allowed_memberships": 7,
            "admin_delete_enabled": true,
            "public_metadata": { "who": "organization" },
            "private_metadata": { "plan": "x" },
            "created_by": creator,
            "created_at": answer["organization"]["created_at"],
            "updated_at": answer["organization"]["created_at"],
            "role_set_key": answer["organization"]["role_set_key"],
        },
        "public_user_data": {
            "user_id": user,
            "first_name": "Ada",
            "last_name": "Neutral",
            "profile_image_url": image_url,
            "image_url": image_url,
            "has_image": false,
            "identifier": "ada@example.com",
            "username": "ada",
            "banned": false,
            "deprovisioned": false,
        },
        "created_at": created_at,
        "updated_at": created_at,
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn a_membership_of_a_user_without_anything_has_every_key() {
    let stage = Stage::set().await;

    let answer = stage.read(&stage.member).await;

    let user = &answer["public_user_data"];
    for key in ["first_name", "last_name", "identifier", "username"] {
        assert_eq!(user.get(key), Some(&Value::Null), "{key}");
    }
    assert_eq!(user["has_image"], false);
    assert!(user["image_url"].as_str().is_some_and(|url| url.contains("/avatars/")));
}

#[tokio::test]
async fn the_pictures_of_a_membership_can_be_fetched() {
    let stage = Stage::set().await;
    let answer = stage.read(&stage.member).await;

    for owner in ["public_user_data", "organization"] {
        let url = answer[owner]["image_url"].as_str().expect("an address");
        let picture = reqwest::Client::builder().no_proxy().build().expect("a client");
        let picture = picture.get(url).send().await.expect("an answer");

        assert_eq!(picture.status(), 200, "{url}");
        assert_eq!(picture.headers()["content-type"], "image/svg+xml");
    }
}

#[tokio::test]
async fn permissions_are_all_those_of_the_role() {
    let stage = Stage::set().await;

    let admin = permissions(&stage.read(&stage.admin).await);
    let member = permissions(&stage.read(&stage.member).await);

    assert_eq!(admin, BTreeSet::from(ADMIN_PERMISSIONS.map(str::to_owned)));
    let read_only = ["org:sys_billing:read", "org:sys_memberships:read"];
    assert_eq!(member, BTreeSet::from(read_only.map(str::to_owned)));
}

#[tokio::test]
async fn every_way_to_read_a_membership_answers_the_same() {
    let stage = Stage::set().await;
    let user = stage.http.user(json!({ "public_metadata": { "who": "user" } })).await;
    let body = json!({
        "user_id": user, "role": "org:member", "public_metadata": { "who": "member" },
        "private_metadata": { "n": { "deep": [1, { "x": null }] } },
    });
    let created = stage.http.post(&stage.memberships(), body).await.ok();

    let http = &stage.http;
    let of_user = format!("/v1/users/{user}/organization_memberships");
    let of_organization = format!("{}?user_id={user}", stage.memberships());
    let metadata = format!("{}/metadata", stage.membership(&user));
    let answers = [
        ("single", stage.read(&user).await),
        ("list", http.get(&of_organization).await.ok()["data"][0].clone()),
        ("user's list", http.get(&of_user).await.ok()["data"][0].clone()),
        ("all", http.get("/v1/organization_memberships?limit=1").await.ok()["data"][0].clone()),
        (
            "update",
            http.patch(&stage.membership(&user), json!({ "role": "org:member" })).await.ok(),
        ),
        ("metadata", http.patch(&metadata, json!({})).await.ok()),
        ("delete", http.delete(&stage.membership(&user)).await.ok()),
    ];

    for (way, answer) in answers {
        assert_eq!(answer, created, "{way}");
    }
}

#[tokio::test]
async fn the_identifier_is_the_first_address_then_phone_then_username_then_wallet() {
    let stage = Stage::set().await;
    let (wallet, phone) = ("0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae", "+15555550199");
    let cases = [
        (json!({ "web3_wallet": [wallet] }), json!(wallet)),
        (json!({ "username": "grace" }), json!("grace")),
        (
            json!({ "username": "linus", "web3_wallet": ["0x1111111111111111111111111111111111111111"] }),
            json!("linus"),
        ),
        (json!({ "phone_number": [phone], "username": "barbara" }), json!(phone)),
        (
            json!({ "email_address": ["Pat.T@Example.com", "b@example.com"], "username": "pat", "phone_number": ["+15555550142"] }),
            json!("Pat.T@Example.com"),
        ),
        (json!({ "first_name": "Nameless" }), Value::Null),
    ];

    for (fields, identifier) in cases {
        let user = stage.http.user(fields).await;
        let membership = stage.http.join(&stage.organization, &user, "org:member").await;
        assert_eq!(membership["public_user_data"]["identifier"], identifier);
    }
}

#[tokio::test]
async fn a_renamed_user_shows_in_memberships_at_once() {
    let stage = Stage::set().await;
    let user = stage.http.user(json!({ "first_name": "Ada", "username": "ada" })).await;
    stage.http.join(&stage.organization, &user, "org:member").await;
    stage.read(&user).await;

    let names = json!({ "first_name": "Grace", "last_name": "Neutral", "username": "grace" });
    stage.http.patch(&format!("/v1/users/{user}"), names).await.ok();

    for shown in everywhere(&stage, &user).await {
        let shown = &shown["public_user_data"];
        assert_eq!(shown["first_name"], "Grace");
        assert_eq!(shown["last_name"], "Neutral");
        assert_eq!(shown["username"], "grace");
        assert_eq!(shown["identifier"], "grace");
    }
}

#[tokio::test]
async fn a_cleared_name_shows_in_memberships_at_once() {
    let stage = Stage::set().await;
    let user = stage.http.user(json!({ "first_name": "Ada", "last_name": "Neutral" })).await;
    stage.http.join(&stage.organization, &user, "org:member").await;

    stage.http.patch(&format!("/v1/users/{user}"), json!({ "last_name": null })).await.ok();

    for shown in everywhere(&stage, &user).await {
        assert_eq!(shown["public_user_data"]["last_name"], Value::Null);
    }
}

#[tokio::test]
async fn a_changed_user_does_not_touch_the_dates_of_memberships() {
    let stage = Stage::set().await;
    let before = stage.read(&stage.member).await;
    stage.server.clock().advance(5000);

    let names = json!({ "first_name": "Grace" });
    stage.http.patch(&format!("/v1/users/{}", stage.member), names).await.ok();

    assert_eq!(stage.read(&stage.member).await["updated_at"], before["updated_at"]);
}

#[tokio::test]
async fn a_changed_organization_shows_in_memberships_at_once() {
    let stage = Stage::set().await;
    stage.read(&stage.member).await;
    stage.server.clock().advance(5000);
    let path = format!("/v1/organizations/{}", stage.organization);

    let change = json!({ "name": "Neutral Ltd.", "slug": "neutral", "max_allowed_memberships": 9 });
    stage.http.patch(&path, change).await.ok();
    let metadata = json!({ "public_metadata": { "plan": "x" }, "private_metadata": { "a": 1 } });
    let now = stage.http.patch(&format!("{path}/metadata"), metadata).await.ok();

    for shown in everywhere(&stage, &stage.member).await {
        assert_eq!(shown["organization"], now);
    }
    assert_eq!(now["name"], "Neutral Ltd.");
}

#[tokio::test]
async fn members_show_the_organization_of_each_row_in_lists_over_several() {
    let stage = Stage::set().await;
    let mut organizations = BTreeSet::from([stage.organization.clone()]);
    for name in ["One", "Two", "Three"] {
        let organization = stage.http.organization(json!({ "name": name })).await;
        stage.http.join(&organization, &stage.member, "org:admin").await;
        organizations.insert(organization);
    }

    let path = format!("/v1/users/{}/organization_memberships", stage.member);
    let page = stage.http.get(&path).await.ok();

    let rows = page["data"].as_array().expect("rows");
    let shown = rows.iter().map(|row| row["organization"]["id"].as_str().unwrap_or_default());
    assert_eq!(shown.map(str::to_owned).collect::<BTreeSet<_>>(), organizations);
    for row in rows {
        let id = row["organization"]["id"].as_str().unwrap_or_default();
        let organization = stage.http.get(&format!("/v1/organizations/{id}")).await.ok();
        assert_eq!(row["organization"], organization);
    }
}

/// The membership of a user as each of the reads shows it.
async fn everywhere(stage: &Stage, user: &str) -> Vec<Value> {
    let of_user = format!("/v1/users/{user}/organization_memberships");
    let of_organization = format!("{}?user_id={user}", stage.memberships());
    let all = stage.http.get("/v1/organization_memberships?limit=500").await.ok();
    let in_all = all["data"].as_array().into_iter().flatten();
    let in_all = in_all.filter(|row| row["public_user_data"]["user_id"] == user).cloned();
    let mut shown = vec![
        stage.read(user).await,
        stage.http.get(&of_user).await.ok()["data"][0].clone(),
        stage.http.get(&of_organization).await.ok()["data"][0].clone(),
    ];
    shown.extend(in_all);
    assert_eq!(shown.len(), 4);
    shown
}

fn permissions(membership: &Value) -> BTreeSet<String> {
    let keys = membership["permissions"].as_array().into_iter().flatten();
    keys.filter_map(Value::as_str).map(str::to_owned).collect()
}
