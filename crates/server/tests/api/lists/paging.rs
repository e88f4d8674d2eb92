//! Limit, offset and the total.

use serde_json::json;

use super::{Roster, sorted, users_of, walk};

#[tokio::test]
async fn a_page_holds_ten_rows_unless_told_otherwise() {
    let roster = Roster::new().await;
    roster.add_many(12, |_| json!({})).await;

    let page = roster.list("").await;

    assert_eq!(page["data"].as_array().map(Vec::len), Some(10));
    assert_eq!(page["total_count"], 12);
}

#[tokio::test]
async fn an_organization_without_members_has_an_empty_page() {
    let roster = Roster::new().await;

    assert_eq!(roster.list("").await, json!({ "data": [], "total_count": 0 }));
}

#[tokio::test]
async fn an_unknown_organization_has_no_list() {
    let roster = Roster::new().await;

    for id in ["org_2zzzzzzzzzzzzzzzzzzzzzzzzzz", "acme"] {
        let answer = roster.http.get(&format!("/v1/organizations/{id}/memberships")).await;

        assert_eq!(answer.faults(), ["404 resource_not_found"]);
        assert_eq!(answer.body["errors"][0]["long_message"], "Given organization not found.");
    }
}

#[tokio::test]
async fn the_list_of_an_organization_of_another_instance_is_not_found() {
    let roster = Roster::new().await;
    roster.add(json!({})).await;

    let answer = roster.server.another_instance().await.get(&roster.path("")).await;

    assert_eq!(answer.faults(), ["404 resource_not_found"]);
}

#[tokio::test]
async fn limit_and_offset_take_whole_numbers_also_with_zeros_behind_the_point() {
    let roster = Roster::new().await;
    roster.add_many(3, |_| json!({})).await;

    for (query, rows) in [
        ("limit=1", 1),
        ("limit=1.0", 1),
        ("limit=2.00", 2),
        ("limit=10.0", 3),
        ("limit=500", 3),
        ("limit=500.0", 3),
        ("offset=0", 3),
        ("offset=1.0", 2),
        ("offset=2", 1),
        ("limit=1&offset=2", 1),
        ("limit=2&offset=2", 1),
    ] {
        let page = roster.list(query).await;

        assert_eq!(page["data"].as_array().map(Vec::len), Some(rows), "{query}");
        assert_eq!(page["total_count"], 3, "{query}");
    }
}

#[tokio::test]
async fn limits_out_of_range_or_no_whole_number_are_refused() {
    let roster = Roster::new().await;

    for limit in
        ["0", "501", "2.5", "abc", "-1", "", "1e2", "0x10", "1,5", "99999999999999999999", "%00"]
    {
        assert_eq!(
            roster.faults(&format!("limit={limit}")).await,
            ["422 form_param_value_invalid limit"],
            "{limit}"
        );
    }
}

#[tokio::test]
async fn offsets_below_zero_or_no_whole_number_are_refused() {
    let roster = Roster::new().await;

    for offset in ["-1", "1.5", "abc", "", "-0.5", "NaN", "%00"] {
        assert_eq!(
            roster.faults(&format!("offset={offset}")).await,
            ["422 form_param_value_invalid offset"],
            "{offset}"
        );
    }
}

#[tokio::test]
async fn a_refused_limit_is_told_with_its_value() {
    let roster = Roster::new().await;

    let answer = roster.http.get(&roster.path("limit=501")).await;

    let error = json!({
        "message": "is invalid",
        "long_message": "501 does not match one of the allowed values for parameter limit",
        "code": "form_param_value_invalid",
        "meta": { "param_name": "limit" },
    });
    assert_eq!(answer.status, 422);
    assert_eq!(answer.body["errors"], json!([error]));
}

#[tokio::test]
async fn faults_of_several_parameters_are_told_at_once() {
    let roster = Roster::new().await;

    let faults = roster.faults("order_by=id&offset=-1&limit=0&created_at_after=then").await;

    assert_eq!(
        sorted(faults),
        [
            "422 form_param_value_invalid created_at_after",
            "422 form_param_value_invalid limit",
            "422 form_param_value_invalid offset",
            "422 form_param_value_invalid order_by",
        ]
    );
}

#[tokio::test]
async fn an_offset_beyond_the_end_finds_nothing_and_counts_all() {
    let roster = Roster::new().await;
    roster.add_many(3, |_| json!({})).await;

    for offset in ["3", "4", "1000", "1001", "9223372036854775807"] {
        let page = roster.list(&format!("offset={offset}")).await;
        assert_eq!(page, json!({ "data": [], "total_count": 3 }), "{offset}");
    }
}

#[tokio::test]
async fn an_offset_beyond_every_number_is_no_fault_of_the_server() {
    let roster = Roster::new().await;

    let answer = roster.http.get(&roster.path("offset=99999999999999999999")).await;

    assert!(answer.status < 500, "{answer:?}");
}

#[tokio::test]
async fn unknown_parameters_are_ignored() {
    let roster = Roster::new().await;
    let user = roster.add(json!({})).await;

    assert_eq!(roster.users("unknown=1&_=2&page[]=3&=").await, [user]);
}

#[tokio::test]
async fn the_total_counts_what_the_filters_find_and_not_the_page() {
    let roster = Roster::new().await;
    roster.add_many(15, |index| json!({ "first_name": format!("Name {}", index % 3) })).await;

    let page = roster.list("name_query=name%201&limit=2&offset=1").await;

    assert_eq!(page["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(page["total_count"], 5);
}

#[tokio::test]
async fn pages_of_any_size_give_the_whole_list() {
    let roster = Roster::new().await;
    roster.add_many(23, |_| json!({})).await;
    let path = roster.path("");
    let path = path.trim_end_matches('?');
    let whole = walk(&roster.http, path, "", 500).await;

    for limit in [1, 2, 7, 22, 23, 24] {
        assert_eq!(walk(&roster.http, path, "", limit).await, whole, "{limit}");
    }
}

#[tokio::test]
async fn deleted_users_leave_no_holes_in_pages() {
    let roster = Roster::new().await;
    let mut users = Vec::new();
    for index in 0..25 {
        users.push(roster.add(json!({ "first_name": format!("Name {}", index % 4) })).await);
    }
    for user in &users[13..] {
        roster.http.delete(&format!("/v1/users/{user}")).await.ok();
    }

    let expected = sorted(users[..13].to_vec());
    for order in super::ORDERS {
        let first = roster.list(&format!("limit=10&order_by={order}")).await;
        let second = roster.list(&format!("limit=10&offset=10&order_by={order}")).await;
        let (first, second) = (users_of(&first), users_of(&second));
        assert_eq!((first.len(), second.len()), (10, 3), "{order}");
        assert_eq!(sorted([first, second].concat()), expected, "{order}");
    }
    assert_eq!(roster.users("role=org:member").await.len(), 13);
    assert_eq!(roster.users(&format!("user_id={}", users[20])).await, [""; 0]);
    let state = roster.http.state_of(&roster.organization).await;
    assert_eq!(state["organization"]["members_count"], 13);
    assert_eq!(roster.http.get("/v1/organization_memberships").await.ok()["total_count"], 13);
    let path = format!("/v1/organizations?user_id={}", users[20]);
    assert_eq!(roster.http.get(&path).await.ok()["total_count"], 0);
}
