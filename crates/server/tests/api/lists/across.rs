//! Lists over several organizations: of an instance, and of one user.

use guildhall_testing::{Http, TestServer};
use serde_json::{Value, json};

use super::{ORDERS, ids_of, reversed, sorted, users_of, walk};

const ALL: &str = "/v1/organization_memberships";

/// Two organizations with five memberships of four users; gives the ids of the users.
async fn two_organizations(http: &Http) -> Vec<String> {
    let first = http.organization(json!({ "name": "First" })).await;
    let second = http.organization(json!({ "name": "Second" })).await;
    let mut users = Vec::new();
    for (name, username) in [("Cleo", "c"), ("Ada", "d"), ("Bea", "a"), ("Dora", "b")] {
        let user = json!({
            "first_name": name, "last_name": username, "username": username,
            "email_address": [format!("{username}@example.com")],
        });
        users.push(http.user(user).await);
    }
    for (organization, user) in [(&first, 0), (&second, 1), (&first, 2), (&second, 0), (&first, 3)]
    {
        http.join(organization, &users[user], "org:member").await;
    }
    users
}

#[tokio::test]
async fn the_list_of_an_instance_holds_the_members_of_every_organization() {
    let server = TestServer::start().await;
    let http = server.http();
    let users = two_organizations(&http).await;

    let page = http.get(ALL).await.ok();

    let newest_first = [3, 0, 2, 1, 0].map(|place: usize| users[place].clone());
    assert_eq!(users_of(&page), newest_first);
    assert_eq!(page["total_count"], 5);
}

#[tokio::test]
async fn the_list_of_an_instance_takes_each_order_and_sign() {
    let server = TestServer::start().await;
    let http = server.http();
    let users = two_organizations(&http).await;
    let orders = [
        ("created_at", [0, 1, 2, 0, 3]),
        ("first_name", [1, 2, 0, 0, 3]),
        ("last_name", [2, 3, 0, 0, 1]),
        ("username", [2, 3, 0, 0, 1]),
        ("email_address", [2, 3, 0, 0, 1]),
        ("phone_number", [0, 1, 2, 0, 3]),
    ];

    for (order, places) in orders {
        let expected = places.map(|place: usize| users[place].clone());
        for sign in ["", "+", "%2B", "%20"] {
            let page = http.get(&format!("{ALL}?order_by={sign}{order}")).await.ok();
            assert_eq!(users_of(&page), expected, "{sign}{order}");
        }
        let page = http.get(&format!("{ALL}?order_by=-{order}")).await.ok();
        assert_eq!(users_of(&page), reversed(&expected), "-{order}");
    }
}

#[tokio::test]
async fn the_list_of_an_instance_is_walked_without_repeats() {
    let server = TestServer::start().await;
    let http = server.http();
    for _ in 0..6 {
        let (organization, _) = http.organization_with_admin().await;
        http.member(&organization).await;
        http.member(&organization).await;
    }

    for order in ORDERS {
        let up = walk(&http, ALL, &format!("order_by={order}"), 4).await;
        let down = walk(&http, ALL, &format!("order_by=-{order}"), 5).await;
        assert_eq!(up.len(), 18, "{order}");
        assert!(sorted(up.clone()).is_sorted_by(|a, b| a < b), "{order}");
        assert_eq!(down, reversed(&up), "{order}");
    }
}

#[tokio::test]
async fn the_list_of_an_instance_holds_nothing_of_another() {
    let server = TestServer::start().await;
    two_organizations(&server.http()).await;
    let other = server.another_instance().await;

    assert_eq!(other.get(ALL).await.ok(), json!({ "data": [], "total_count": 0 }));
    other.organization_with_admin().await;

    assert_eq!(other.get(ALL).await.ok()["total_count"], 1);
    assert_eq!(server.http().get(ALL).await.ok()["total_count"], 5);
}

#[tokio::test]
async fn both_lists_take_limit_and_offset_and_count_all() {
    let server = TestServer::start().await;
    let http = server.http();
    let users = two_organizations(&http).await;
    let of_user = format!("/v1/users/{}/organization_memberships", users[0]);

    for (path, total) in [(ALL, 5), (of_user.as_str(), 2)] {
        let whole = ids_of(&http.get(path).await.ok());
        for (query, expected) in [
            ("limit=1", &whole[..1]),
            ("limit=1.0&offset=1.0", &whole[1..2]),
            ("limit=500&offset=1", &whole[1..]),
            ("offset=1000", &[]),
        ] {
            let page = http.get(&format!("{path}?{query}")).await.ok();
            assert_eq!(ids_of(&page), expected, "{path} {query}");
            assert_eq!(page["total_count"], total, "{path} {query}");
        }
    }
}

#[tokio::test]
async fn both_lists_refuse_limits_and_offsets_like_that_of_an_organization() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;
    let of_user = format!("/v1/users/{user}/organization_memberships");

    for path in [ALL, of_user.as_str()] {
        for limit in ["0", "501", "2.5", "abc", ""] {
            let answer = http.get(&format!("{path}?limit={limit}")).await;
            assert_eq!(answer.faults(), ["422 form_param_value_invalid limit"], "{path} {limit}");
        }
        for offset in ["-1", "0.5", "abc", ""] {
            let answer = http.get(&format!("{path}?offset={offset}")).await;
            assert_eq!(answer.faults(), ["422 form_param_value_invalid offset"], "{path} {offset}");
        }
    }
}

#[tokio::test]
async fn the_list_of_an_instance_refuses_other_orders() {
    let server = TestServer::start().await;
    let http = server.http();

    for order in ["id", "name", "", "-", "organization_id", "%00"] {
        let answer = http.get(&format!("{ALL}?order_by={order}")).await;
        assert_eq!(answer.faults(), ["422 form_param_value_invalid order_by"], "{order}");
    }
}

#[tokio::test]
async fn the_list_of_a_user_has_the_newest_first() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;
    let mut joined = Vec::new();
    for _ in 0..3 {
        let (organization, _) = http.organization_with_admin().await;
        joined.push(http.join(&organization, &user, "org:member").await);
    }

    let page = http.get(&format!("/v1/users/{user}/organization_memberships")).await.ok();

    assert_eq!(page, json!({ "data": reversed(&joined), "total_count": 3 }));
}

#[tokio::test]
async fn a_user_in_no_organization_has_an_empty_list() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;

    let page = http.get(&format!("/v1/users/{user}/organization_memberships")).await.ok();

    assert_eq!(page, json!({ "data": [], "total_count": 0 }));
}

#[tokio::test]
async fn the_list_of_an_unknown_user_is_not_found() {
    let server = TestServer::start().await;
    let http = server.http();
    let stranger = server.another_instance().await.anybody().await;

    for user in ["user_2zzzzzzzzzzzzzzzzzzzzzzzzzz", stranger.as_str()] {
        let answer = http.get(&format!("/v1/users/{user}/organization_memberships")).await;

        assert_eq!(answer.faults(), ["404 resource_not_found"]);
        let expected = json!(format!("No user was found with id {user}"));
        assert_eq!(answer.body["errors"][0]["long_message"], expected);
    }
}

#[tokio::test]
async fn the_list_of_a_user_loses_the_memberships_of_deleted_organizations() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;
    let mut kept: Vec<Value> = Vec::new();
    for index in 0..25 {
        let organization = http.organization(json!({ "name": "Acme" })).await;
        let membership = http.join(&organization, &user, "org:member").await;
        if index % 2 == 0 {
            kept.push(membership);
        } else {
            http.delete(&format!("/v1/organizations/{organization}")).await.ok();
        }
    }
    let path = format!("/v1/users/{user}/organization_memberships");

    let first = http.get(&path).await.ok();
    let second = http.get(&format!("{path}?offset=10")).await.ok();

    assert_eq!((&first["total_count"], &second["total_count"]), (&json!(13), &json!(13)));
    let kept: Vec<_> = kept.iter().map(|row| row["id"].as_str().unwrap_or_default()).collect();
    assert_eq!([ids_of(&first), ids_of(&second)].concat(), reversed(&kept));
    assert_eq!(ids_of(&first).len(), 10);
}
