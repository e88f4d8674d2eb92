//! The six orders, their directions, missing values and ties.

use serde_json::json;

use super::{ORDERS, Roster, ids_of, reversed, sorted, walk};

/// Users in the order in which they join, a field of each kind in an order of its own.
const PEOPLE: [[&str; 5]; 6] = [
    // first name, last name, username, e-mail address, phone number
    ["bob", "ÖRSTED", "m.kim", "delta@example.com", "+15555550103"],
    ["Alice", "", "Zoe", "", "+15555550102"],
    ["", "örsted", "", "alpha@example.com", ""],
    ["alice", "Zimmer", "a-1", "Charlie@example.com", "+15555550101"],
    ["Émile", "abel", "_x", "bravo@example.com", ""],
    ["", "", "", "", ""],
];

async fn people() -> (Roster, Vec<String>) {
    let roster = Roster::new().await;
    let mut users = Vec::new();
    for fields in PEOPLE {
        let [first_name, last_name, username, address, number] = fields;
        let mut user = json!({ "first_name": first_name, "last_name": last_name });
        if !username.is_empty() {
            user["username"] = json!(username);
        }
        if !address.is_empty() {
            user["email_address"] = json!([address]);
        }
        if !number.is_empty() {
            user["phone_number"] = json!([number]);
        }
        users.push(roster.add(user).await);
    }
    (roster, users)
}

/// Each order with the places in [`PEOPLE`] as they come when ascending.
const ASCENDING: [(&str, [usize; 6]); 6] = [
    ("created_at", [0, 1, 2, 3, 4, 5]),
    ("first_name", [1, 3, 0, 4, 2, 5]),
    ("last_name", [4, 3, 0, 2, 1, 5]),
    ("username", [4, 3, 0, 1, 2, 5]),
    ("email_address", [2, 4, 3, 0, 1, 5]),
    ("phone_number", [3, 1, 0, 2, 4, 5]),
];

#[tokio::test]
async fn each_order_sorts_ascending_with_missing_values_last() {
    let (roster, users) = people().await;

    for (order, places) in ASCENDING {
        let expected = places.map(|place| users[place].clone());
        assert_eq!(roster.users(&format!("order_by={order}")).await, expected, "{order}");
    }
}

#[tokio::test]
async fn each_order_sorts_ascending_with_a_plus_however_it_is_sent() {
    let (roster, users) = people().await;

    for (order, places) in ASCENDING {
        let expected = places.map(|place| users[place].clone());
        for sign in ["%2B", "+", "%20"] {
            let found = roster.users(&format!("order_by={sign}{order}")).await;
            assert_eq!(found, expected, "{sign}{order}");
        }
    }
}

#[tokio::test]
async fn each_order_sorts_descending_with_missing_values_first() {
    let (roster, users) = people().await;

    for (order, places) in ASCENDING {
        let expected = reversed(&places.map(|place| users[place].clone()));
        for sign in ["-", "%2D"] {
            let found = roster.users(&format!("order_by={sign}{order}")).await;
            assert_eq!(found, expected, "{sign}{order}");
        }
    }
}

#[tokio::test]
async fn the_newest_membership_comes_first_unless_told_otherwise() {
    let (roster, users) = people().await;

    assert_eq!(roster.users("").await, reversed(&users));
}

#[tokio::test]
async fn created_at_is_that_of_the_membership() {
    let roster = Roster::new().await;
    let young = json!({ "created_at": "2024-01-01T00:00:00Z" });
    let old = json!({ "created_at": "1999-01-01T00:00:00Z" });
    let first = roster.add(young).await;
    let second = roster.add(old).await;

    assert_eq!(roster.users("order_by=created_at").await, [first, second]);
}

#[tokio::test]
async fn created_at_goes_on_though_the_clock_goes_back() {
    let roster = Roster::new().await;
    let first = roster.add(json!({})).await;
    roster.server.clock().advance(-3_600_000);
    let second = roster.add(json!({})).await;

    assert_eq!(roster.users("order_by=created_at").await, [first, second]);
}

#[tokio::test]
async fn a_member_who_comes_back_is_the_newest() {
    let roster = Roster::new().await;
    let first = roster.add(json!({ "first_name": "Ada" })).await;
    let second = roster.add(json!({ "first_name": "Ada" })).await;
    let path = format!("/v1/organizations/{}/memberships/{first}", roster.organization);
    roster.http.delete(&path).await.ok();
    roster.http.join(&roster.organization, &first, "org:member").await;

    let expected = [second, first];
    assert_eq!(roster.users("order_by=created_at").await, expected);
    assert_eq!(roster.users("order_by=first_name").await, expected);
}

#[tokio::test]
async fn a_renamed_user_moves_in_the_order() {
    let roster = Roster::new().await;
    let first = roster.add(json!({ "first_name": "Ada", "username": "a" })).await;
    let second = roster.add(json!({ "first_name": "Bea", "username": "b" })).await;

    let names = json!({ "first_name": "Zoe", "username": null });
    roster.http.patch(&format!("/v1/users/{first}"), names).await.ok();

    let expected = [second, first];
    assert_eq!(roster.users("order_by=first_name").await, expected);
    assert_eq!(roster.users("order_by=username").await, expected);
}

#[tokio::test]
async fn text_sorts_by_code_point_after_lower_casing() {
    let roster = Roster::new().await;
    let names = ["😀", "Zz", "ß", "_", "äa", "Ab", "aB", "ΣΑΣ", "σας", "a", "2", "10", "\u{ffff}x"];
    let mut users = Vec::new();
    for name in names {
        users.push((fold(name), users.len(), roster.add(json!({ "last_name": name })).await));
    }

    users.sort();
    let expected: Vec<_> = users.into_iter().map(|(_, _, user)| user).collect();
    assert_eq!(roster.users("order_by=last_name").await, expected);
    assert_eq!(roster.users("order_by=-last_name").await, reversed(&expected));
}

#[tokio::test]
async fn other_orders_are_refused() {
    let roster = Roster::new().await;
    let orders = [
        "id",
        "name",
        "role",
        "updated_at",
        "user_id",
        "CREATED_AT",
        "",
        "-",
        "%2B",
        "--created_at",
        "%2B%2Bcreated_at",
        "created_at-",
        "created_at,first_name",
        "created_at;DROP%20TABLE%20memberships",
        "%00",
        "first_name%00",
        "%C3%A9",
    ];

    for order in orders {
        assert_eq!(
            roster.faults(&format!("order_by={order}")).await,
            ["422 form_param_value_invalid order_by"],
            "{order}"
        );
    }
}

#[tokio::test]
async fn equal_members_come_once_each_in_every_walk() {
    let roster = Roster::new().await;
    let same = json!({ "first_name": "Same", "created_at": "2020-01-01T00:00:00Z" });
    roster.add_many(40, |_| same.clone()).await;
    let path = format!("/v1/organizations/{}/memberships", roster.organization);
    let oldest_first = walk(&roster.http, &path, "order_by=created_at", 500).await;

    for order in ORDERS {
        let up = walk(&roster.http, &path, &format!("order_by={order}"), 7).await;
        let down = walk(&roster.http, &path, &format!("order_by=-{order}"), 7).await;

        assert_eq!(up, oldest_first, "{order}");
        assert_eq!(down, reversed(&oldest_first), "{order}");
    }
}

#[tokio::test]
async fn a_walk_is_not_disturbed_by_changes_of_others() {
    let roster = Roster::new().await;
    let same = json!({ "first_name": "Same", "created_at": "2020-01-01T00:00:00Z" });
    roster.add_many(40, |_| same.clone()).await;
    let stranger = roster.http.anybody().await;
    let mut seen = Vec::new();

    for offset in (0..40).step_by(7) {
        let names = json!({ "first_name": format!("Other {offset}") });
        roster.http.patch(&format!("/v1/users/{stranger}"), names).await.ok();
        let page = roster.list(&format!("order_by=-first_name&limit=7&offset={offset}")).await;
        seen.extend(ids_of(&page));
    }

    let distinct = sorted(seen.clone());
    assert!(distinct.is_sorted_by(|a, b| a < b));
    assert_eq!(distinct.len(), 40);
}

#[tokio::test]
async fn a_filter_keeps_the_order() {
    let (roster, users) = people().await;
    let chosen = [4, 0, 3].map(|place| format!("user_id={}", users[place])).join("&");

    for (order, places) in ASCENDING {
        let expected: Vec<_> = places
            .into_iter()
            .filter(|place| [4, 0, 3].contains(place))
            .map(|place| users[place].clone())
            .collect();
        let up = roster.users(&format!("{chosen}&order_by={order}")).await;
        let down = roster.users(&format!("{chosen}&order_by=-{order}")).await;
        assert_eq!(up, expected, "{order}");
        assert_eq!(down, reversed(&expected), "{order}");
    }
}

/// Lower case, character by character.
fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}
