//! Lists of organizations: pages, orders, filters.

use std::collections::BTreeSet;

use guildhall_testing::{Http, TestServer};
use serde_json::{Value, json};

/// Makes organizations of these names; gives their ids in that order.
async fn named<const N: usize>(http: &Http, names: [&str; N]) -> [String; N] {
    let mut ids = Vec::new();
    for name in names {
        ids.push(http.organization(json!({ "name": name })).await);
    }
    ids.try_into().expect("one id for each name")
}

/// The names that a query finds, in the order of the answer.
async fn found(http: &Http, query: &str) -> Vec<String> {
    let body = http.get(&format!("/v1/organizations?{query}")).await.ok();
    let rows = body["data"].as_array().expect("a list");
    assert!(body["total_count"].as_u64().expect("a count") >= rows.len() as u64);
    rows.iter().map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn an_empty_list_has_nothing_and_counts_nothing() {
    let server = TestServer::start().await;

    let body = server.http().get("/v1/organizations").await.ok();

    assert_eq!(body, json!({ "data": [], "total_count": 0 }));
}

#[tokio::test]
async fn a_list_shows_the_newest_ten_first_and_counts_all() {
    let server = TestServer::start().await;
    let http = server.http();
    let mut ids = Vec::new();
    for index in 0..12 {
        ids.push(http.organization(json!({ "name": format!("Acme {index}") })).await);
    }
    ids.reverse();

    let body = http.get("/v1/organizations").await.ok();
    let rest = http.get("/v1/organizations?limit=10&offset=10").await;

    assert_eq!(body["total_count"], 12);
    let shown: Vec<&str> =
        body["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(shown, ids[..10]);
    assert_eq!(rest.ids(), ids[10..]);
}

#[tokio::test]
async fn a_page_past_the_end_is_empty_and_still_counts_all() {
    let server = TestServer::start().await;
    let http = server.http();
    named(&http, ["A", "B"]).await;

    let body = http.get("/v1/organizations?offset=9223372036854775807").await.ok();

    assert_eq!(body, json!({ "data": [], "total_count": 2 }));
}

#[tokio::test]
async fn an_order_by_name_folds_case_and_reverses_exactly() {
    let server = TestServer::start().await;
    let http = server.http();
    named(&http, ["beta", "Alpha", "gamma", "ALPHA 2", "Émile", "zeta"]).await;
    let ascending = ["Alpha", "ALPHA 2", "beta", "gamma", "zeta", "Émile"];
    let descending: Vec<&str> = ascending.into_iter().rev().collect();

    for sign in ["", "%2B", "+"] {
        assert_eq!(found(&http, &format!("order_by={sign}name")).await, ascending);
    }
    assert_eq!(found(&http, "order_by=-name").await, descending);
}

#[tokio::test]
async fn an_order_by_creation_follows_the_date_given() {
    let server = TestServer::start().await;
    let http = server.http();
    for (name, year) in [("B", 2012), ("C", 2020), ("A", 2005)] {
        let created_at = format!("{year}-01-01T00:00:00Z");
        http.organization(json!({ "name": name, "created_at": created_at })).await;
    }

    assert_eq!(found(&http, "order_by=created_at").await, ["A", "B", "C"]);
    assert_eq!(found(&http, "order_by=-created_at").await, ["C", "B", "A"]);
    assert_eq!(found(&http, "").await, ["C", "B", "A"]);
}

#[tokio::test]
async fn an_order_by_members_follows_the_count() {
    let server = TestServer::start().await;
    let http = server.http();
    let [none, two, one] = named(&http, ["None", "Two", "One"]).await;
    http.member(&two).await;
    http.member(&two).await;
    http.member(&one).await;

    let ascending = http.get("/v1/organizations?order_by=members_count").await.ids();
    let descending = http.get("/v1/organizations?order_by=-members_count").await.ids();

    assert_eq!(ascending, [none.clone(), one.clone(), two.clone()]);
    assert_eq!(descending, [two, one, none]);
}

#[tokio::test]
async fn an_unknown_order_is_refused() {
    let server = TestServer::start().await;

    for order in ["slug", "Name", "--name", "", "name,created_at", "created_at;DROP"] {
        let answer = server.http().get(&format!("/v1/organizations?order_by={order}")).await;
        assert_eq!(answer.faults(), ["422 form_param_value_invalid order_by"], "{order}");
    }
}

#[tokio::test]
async fn a_limit_or_offset_out_of_range_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();

    for (name, values) in [
        ("limit", ["0", "501", "2.5", "abc", "-1", "", "1e2"]),
        ("offset", ["-1", "2.5", "abc", "", "9223372036854775808", "1e2", "0x1"]),
    ] {
        for value in values {
            let answer = http.get(&format!("/v1/organizations?{name}={value}")).await;
            let expected = [format!("422 form_param_value_invalid {name}")];
            assert_eq!(answer.faults(), expected, "{value}");
        }
    }
    for query in ["limit=10.0", "limit=500&offset=0.0", "limit=1"] {
        assert_eq!(http.get(&format!("/v1/organizations?{query}")).await.status, 200, "{query}");
    }
}

#[tokio::test]
async fn pages_over_equal_keys_show_each_organization_once() {
    let server = TestServer::start().await;
    let http = server.http();
    let mut made = BTreeSet::new();
    for _ in 0..20 {
        let fields = json!({ "name": "Same", "created_at": "2020-01-01T00:00:00Z" });
        made.insert(http.organization(fields).await);
    }

    for field in ["name", "created_at", "members_count"] {
        let ascending = walk(&http, &format!("order_by={field}")).await;
        let mut descending = walk(&http, &format!("order_by=-{field}")).await;

        assert_eq!(ascending.len(), 20, "{field}");
        assert_eq!(ascending.iter().cloned().collect::<BTreeSet<_>>(), made, "{field}");
        descending.reverse();
        assert_eq!(descending, ascending, "{field}");
    }
}

async fn walk(http: &Http, query: &str) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let path = format!("/v1/organizations?{query}&limit=7&offset={}", ids.len());
        let page = http.get(&path).await.ids();
        if page.is_empty() {
            return ids;
        }
        ids.extend(page);
    }
}

#[tokio::test]
async fn a_query_finds_a_part_of_name_or_slug_or_the_whole_id() {
    let server = TestServer::start().await;
    let http = server.http();
    let [acme, _, _] = named(&http, ["Acme Höhle", "Beta", "100% _pure_"]).await;
    http.organization(json!({ "name": "Gamma", "slug": "acme-too" })).await;

    assert_eq!(found(&http, "query=ACME&order_by=name").await, ["Acme Höhle", "Gamma"]);
    assert_eq!(found(&http, "query=h%C3%96h").await, ["Acme Höhle"]);
    assert_eq!(found(&http, "query=0%25").await, ["100% _pure_"]);
    assert_eq!(found(&http, "query=_p").await, ["100% _pure_"]);
    assert_eq!(found(&http, &format!("query={acme}")).await, ["Acme Höhle"]);
    assert_eq!(found(&http, &format!("query={}", &acme[..20])).await, [""; 0]);
    assert_eq!(found(&http, "query=nothing").await, [""; 0]);
    assert_eq!(found(&http, "query=a%00").await, [""; 0]);
}

#[tokio::test]
async fn organizations_are_included_and_excluded_by_id() {
    let server = TestServer::start().await;
    let http = server.http();
    let [a, b, c] = named(&http, ["A", "B", "C"]).await;
    let query = |text: &str| format!("order_by=name&{text}");

    let one = query(&format!("organization_id={a}"));
    let two = query(&format!("organization_id=%2B{a}&organization_id={c}&organization_id=org_x"));
    let without = query(&format!("organization_id=-{b}"));
    let both = query(&format!("organization_id={a}&organization_id={b}&organization_id=-{b}"));

    assert_eq!(found(&http, &one).await, ["A"]);
    assert_eq!(found(&http, &two).await, ["A", "C"]);
    assert_eq!(found(&http, &without).await, ["A", "C"]);
    assert_eq!(found(&http, &both).await, ["A"]);
    assert_eq!(found(&http, "organization_id=org_x").await, [""; 0]);
    assert_eq!(found(&http, "organization_id=-org_x&order_by=name").await, ["A", "B", "C"]);
    assert_eq!(found(&http, "organization_id=%00").await, [""; 0]);
    assert_eq!(found(&http, "organization_id=-%00&order_by=name").await, ["A", "B", "C"]);
}

#[tokio::test]
async fn organizations_are_included_and_excluded_by_member() {
    let server = TestServer::start().await;
    let http = server.http();
    let [a, b, _] = named(&http, ["A", "B", "C"]).await;
    let (ada, bob) = (http.member(&a).await, http.member(&b).await);
    http.join(&b, &ada, "org:admin").await;
    let query = |text: &str| format!("order_by=name&{text}");

    assert_eq!(found(&http, &query(&format!("user_id={ada}"))).await, ["A", "B"]);
    assert_eq!(found(&http, &query(&format!("user_id=%2B{bob}"))).await, ["B"]);
    assert_eq!(found(&http, &query(&format!("user_id=-{bob}"))).await, ["A", "C"]);
    assert_eq!(found(&http, &query(&format!("user_id={ada}&user_id=-{bob}"))).await, ["A"]);
    assert_eq!(found(&http, &query("user_id=user_x")).await, [""; 0]);
    assert_eq!(found(&http, &query("user_id=-%00")).await, ["A", "B", "C"]);
}

#[tokio::test]
async fn filters_are_joined_and_the_count_is_of_what_they_leave() {
    let server = TestServer::start().await;
    let http = server.http();
    let [a, ..] = named(&http, ["Acme", "Acme 2", "Other"]).await;
    let member = http.member(&a).await;

    let path = format!("/v1/organizations?query=acme&user_id={member}&limit=1");
    let both = http.get(&path).await.ok();
    let by_name = http.get("/v1/organizations?query=acme&limit=1").await.ok();

    assert_eq!((&both["data"][0]["id"], &both["total_count"]), (&json!(a), &json!(1)));
    assert_eq!(
        (by_name["data"].as_array().unwrap().len(), &by_name["total_count"]),
        (1, &json!(2))
    );
}

#[tokio::test]
async fn a_filter_takes_a_hundred_values_and_no_more() {
    let server = TestServer::start().await;
    let http = server.http();

    for name in ["user_id", "organization_id"] {
        let query = |count: usize| vec![format!("{name}=x"); count].join("&");
        let enough = http.get(&format!("/v1/organizations?{}", query(100))).await;
        let too_many = http.get(&format!("/v1/organizations?{}", query(101))).await;

        assert_eq!(enough.status, 200);
        assert_eq!(too_many.faults(), [format!("422 form_param_array_size_exceeded {name}")]);
    }
}

#[tokio::test]
async fn lists_tell_counts_and_the_missing_admin_when_asked_for() {
    let server = TestServer::start().await;
    let http = server.http();
    let (id, _) = http.organization_with_admin().await;
    http.member(&id).await;
    let led_by_nobody = http.organization(json!({ "name": "B" })).await;
    http.member(&led_by_nobody).await;
    let flags = "include_members_count=true&include_missing_member_with_elevated_permissions=1";

    let told = http.get(&format!("/v1/organizations?{flags}&order_by=name")).await.ok();
    let untold = http.get("/v1/organizations?include_members_count=false").await.ok();

    let facts: Vec<(&Value, &Value)> = told["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["members_count"], &row["missing_member_with_elevated_permissions"]))
        .collect();
    assert_eq!(facts, [(&json!(2), &json!(false)), (&json!(1), &json!(true))]);
    assert_eq!(untold["data"][0].get("members_count"), None);
}

#[tokio::test]
async fn unknown_parameters_are_ignored() {
    let server = TestServer::start().await;
    let http = server.http();
    named(&http, ["A"]).await;

    assert_eq!(found(&http, "surprise=1&Limit=0").await, ["A"]);
}
