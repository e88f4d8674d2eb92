//! Lists of roles and permissions.

use guildhall_testing::{Http, TestServer};
use serde_json::{Value, json};

/// The keys that a query finds, in the order of the answer, and the total.
async fn found(http: &Http, path_and_query: &str) -> (Vec<String>, Value) {
    let body = http.get(path_and_query).await.ok();
    let rows = body["data"].as_array().expect("a list");
    let keys = rows.iter().map(|row| row["key"].as_str().expect("a key").to_owned()).collect();
    (keys, body["total_count"].clone())
}

#[tokio::test]
async fn a_new_instance_has_two_roles_and_nine_permissions() {
    let server = TestServer::start().await;
    let http = server.http();

    let (roles, count) = found(&http, "/v1/organization_roles?order_by=key").await;
    assert_eq!((roles, count), (vec!["org:admin".into(), "org:member".into()], json!(2)));

    let body = http.get("/v1/organization_permissions?limit=500").await.ok();
    assert_eq!(body["total_count"], 9);
    for permission in body["data"].as_array().unwrap() {
        assert_eq!(permission["type"], "system", "{permission}");
        assert!(permission["key"].as_str().unwrap().starts_with("org:sys_"), "{permission}");
    }
}

#[tokio::test]
async fn roles_are_listed_newest_first_or_as_asked() {
    let server = TestServer::start().await;
    let http = server.http();
    for (key, name) in [("org:b", "Zoe"), ("org:c", "yak"), ("org:a", "Ärzte")] {
        http.post("/v1/organization_roles", json!({ "key": key, "name": name })).await.ok();
    }

    let mut orders = Vec::new();
    for order in ["", "&order_by=created_at", "&order_by=-key", "&order_by=%2Bname"] {
        let path = format!("/v1/organization_roles?limit=3{order}");
        orders.push(found(&http, &path).await.0.join(" "));
    }

    assert_eq!(
        orders,
        [
            "org:a org:c org:b",
            "org:admin org:member org:b",
            "org:member org:c org:b",
            "org:admin org:member org:c",
        ]
    );
}

#[tokio::test]
async fn pages_follow_one_another_and_count_all() {
    let server = TestServer::start().await;
    let http = server.http();
    let all = found(&http, "/v1/organization_permissions?limit=500").await.0;

    let mut walked = Vec::new();
    for offset in [0, 4, 8, 12] {
        let path = format!("/v1/organization_permissions?limit=4&offset={offset}");
        let (keys, count) = found(&http, &path).await;
        assert_eq!(count, 9);
        walked.extend(keys);
    }

    assert_eq!(walked, all);
}

#[tokio::test]
async fn a_query_finds_a_whole_id_or_part_of_a_name_or_key() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = http.role("org:editor", &[]).await;
    http.post("/v1/organization_roles", json!({ "key": "org:x", "name": "Chief Editor" }))
        .await
        .ok();

    let query = |text: &str| format!("/v1/organization_roles?order_by=key&query={text}");
    assert_eq!(found(&http, &query("EDITOR")).await.0, ["org:editor", "org:x"]);
    assert_eq!(found(&http, &query(&id)).await.0, ["org:editor"]);
    assert_eq!(found(&http, &query(&id[..10])).await.0, [""; 0]);
    assert_eq!(found(&http, &query("chief")).await, (vec!["org:x".into()], json!(1)));
    assert_eq!(found(&http, &query("%25")).await.0, [""; 0]);
}

#[tokio::test]
async fn faults_of_a_list_are_told() {
    let server = TestServer::start().await;
    let http = server.http();

    for path in ["/v1/organization_roles", "/v1/organization_permissions"] {
        let answer = http.get(&format!("{path}?limit=0&offset=-1&order_by=age")).await;
        assert_eq!(
            answer.faults(),
            [
                "422 form_param_value_invalid limit",
                "422 form_param_value_invalid offset",
                "422 form_param_value_invalid order_by",
            ]
        );
    }
}

#[tokio::test]
async fn what_another_instance_has_does_not_exist() {
    let server = TestServer::start().await;
    let http = server.http();
    let role = http.role("org:editor", &[]).await;
    let permission = http.permission("org:posts:edit").await;
    let other = server.another_instance().await;

    for path in [
        format!("/v1/organization_roles/{role}"),
        format!("/v1/organization_permissions/{permission}"),
    ] {
        assert_eq!(other.get(&path).await.faults(), ["404 resource_not_found"]);
        assert_eq!(other.delete(&path).await.faults(), ["404 resource_not_found"]);
        http.get(&path).await.ok();
    }
    other.role("org:editor", &[]).await;
    assert_eq!(other.get("/v1/organization_roles").await.ok()["total_count"], 3);
}
