//! Lists and counts of users: pages, orders, filters.

use std::collections::BTreeSet;

use guildhall_testing::{Http, TestServer};
use serde_json::json;

const WALLETS: [&str; 2] =
    ["0x0000000000000000000000000000000000000001", "0x0000000000000000000000000000000000000002"];

/// Three users who differ in everything: Ada, Bob, and one with nothing at all.
async fn three(http: &Http) -> [String; 3] {
    let ada = json!({
        "first_name": "ada", "last_name": "Zimt", "username": "ada_1", "external_id": "E1",
        "email_address": ["ada@example.com", "second@example.org"],
        "phone_number": ["+15555550101"], "web3_wallet": [WALLETS[0]],
        "created_at": "2020-01-01T00:00:00Z",
    });
    let bob = json!({
        "first_name": "Bob", "last_name": "Äpfel", "username": "Bob_100", "external_id": "-E2",
        "email_address": ["Bob@example.com"], "phone_number": ["+15555550202"],
        "web3_wallet": [WALLETS[1]], "banned": true, "created_at": "2021-01-01T00:00:00Z",
    });
    let nobody = json!({ "created_at": "2022-01-01T00:00:00Z" });
    [http.user(ada).await, http.user(bob).await, http.user(nobody).await]
}

/// Which of the three a query finds, oldest first; the count must agree.
async fn found(http: &Http, three: &[String; 3], query: &str) -> Vec<&'static str> {
    let path = format!("/v1/users?{query}&order_by=created_at");
    let ids = http.get(&path).await.ids();
    let count = http.get(&format!("/v1/users/count?{query}")).await.ok();
    assert_eq!(count, json!({ "object": "total_count", "total_count": ids.len() }), "{query}");
    let name = |id: &String| {
        let place = three.iter().position(|known| known == id).expect("one of the three");
        ["ada", "bob", "nobody"][place]
    };
    ids.iter().map(name).collect()
}

#[tokio::test]
async fn a_list_is_a_bare_array_of_the_newest_ten() {
    let server = TestServer::start().await;
    let http = server.http();
    let mut ids = Vec::new();
    for _ in 0..12 {
        ids.push(http.anybody().await);
    }
    ids.reverse();

    assert_eq!(http.get("/v1/users").await.ids(), ids[..10]);
    assert_eq!(http.get("/v1/users?limit=5&offset=9").await.ids(), ids[9..]);
    assert_eq!(http.get("/v1/users?limit=500").await.ids(), ids);
    assert_eq!(http.get("/v1/users?offset=12").await.ok(), json!([]));
    assert_eq!(http.get("/v1/users/count").await.ok()["total_count"], 12);
}

#[tokio::test]
async fn a_count_ignores_the_page() {
    let server = TestServer::start().await;
    let http = server.http();
    three(&http).await;

    let count = http.get("/v1/users/count?limit=1&offset=2&username_query=_1").await.ok();

    assert_eq!(count["total_count"], 2);
}

#[tokio::test]
async fn users_are_found_by_each_identifier_in_any_spelling() {
    let server = TestServer::start().await;
    let http = server.http();
    let three = three(&http).await;
    let wallet = WALLETS[0].replacen("0x", "0X", 1);

    for (query, expected) in [
        ("email_address=ADA@example.com".to_owned(), vec!["ada"]),
        ("email_address=second@EXAMPLE.org".to_owned(), vec!["ada"]),
        (
            "email_address=ada@example.com&email_address=bob@example.com".to_owned(),
            vec!["ada", "bob"],
        ),
        ("email_address=ada@example.com&email_address=second@example.org".to_owned(), vec!["ada"]),
        ("email_address=ada".to_owned(), vec![]),
        ("phone_number=%2B15555550101".to_owned(), vec!["ada"]),
        ("phone_number=%2B1+555+555-0101".to_owned(), vec!["ada"]),
        ("username=BOB_100".to_owned(), vec!["bob"]),
        (format!("web3_wallet={wallet}"), vec!["ada"]),
        ("username=bob_100&email_address=ada@example.com".to_owned(), vec![]),
        ("username=%00".to_owned(), vec![]),
        ("email_address=".to_owned(), vec![]),
    ] {
        assert_eq!(found(&http, &three, &query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn users_are_included_and_excluded_by_id() {
    let server = TestServer::start().await;
    let http = server.http();
    let three = three(&http).await;
    let [ada, bob, _] = &three;

    for (query, expected) in [
        (format!("user_id={ada}&user_id=user_unknown"), vec!["ada"]),
        (format!("user_id=%2B{ada}&user_id=+{bob}"), vec!["ada", "bob"]),
        (format!("user_id=-{ada}"), vec!["bob", "nobody"]),
        (format!("user_id={ada}&user_id=-{ada}"), vec![]),
        ("user_id=user_unknown".to_owned(), vec![]),
        ("user_id=-user_unknown".to_owned(), vec!["ada", "bob", "nobody"]),
        ("user_id=%00".to_owned(), vec![]),
        ("user_id=-%00".to_owned(), vec!["ada", "bob", "nobody"]),
    ] {
        assert_eq!(found(&http, &three, &query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn users_are_included_and_excluded_by_external_id() {
    let server = TestServer::start().await;
    let http = server.http();
    let three = three(&http).await;

    for (query, expected) in [
        ("external_id=E1", vec!["ada"]),
        ("external_id=e1", vec![]),
        ("external_id=%2BE1", vec!["ada"]),
        ("external_id=%2B-E2", vec!["bob"]),
        ("external_id=-E1", vec!["bob", "nobody"]),
        ("external_id=-%00", vec!["ada", "bob", "nobody"]),
    ] {
        assert_eq!(found(&http, &three, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn users_are_included_and_excluded_by_organization() {
    let server = TestServer::start().await;
    let http = server.http();
    let three = three(&http).await;
    let [ada, bob, _] = &three;
    let first = http.organization(json!({ "name": "A", "created_by": ada })).await;
    let second = http.organization(json!({ "name": "B", "created_by": bob })).await;
    http.join(&second, ada, "org:member").await;

    for (query, expected) in [
        (format!("organization_id={first}"), vec!["ada"]),
        (format!("organization_id={second}"), vec!["ada", "bob"]),
        (format!("organization_id={first}&organization_id={second}"), vec!["ada", "bob"]),
        (format!("organization_id=-{second}"), vec!["nobody"]),
        (format!("organization_id={second}&organization_id=-{first}"), vec!["bob"]),
        ("organization_id=org_unknown".to_owned(), vec![]),
        ("organization_id=-%00".to_owned(), vec!["ada", "bob", "nobody"]),
    ] {
        assert_eq!(found(&http, &three, &query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn users_are_found_by_a_part_in_any_case() {
    let server = TestServer::start().await;
    let http = server.http();
    let three = three(&http).await;
    let id = three[2].clone();

    for (query, expected) in [
        ("query=ZIM", vec!["ada"]),
        ("query=EXAMPLE.ORG", vec!["ada"]),
        ("query=%C3%A4pf", vec!["bob"]),
        ("query=0202", vec!["bob"]),
        ("query=b_1", vec!["bob"]),
        ("query=%25", vec![]),
        ("query=0000002", vec!["bob"]),
        ("email_address_query=EXAMPLE.COM", vec!["ada", "bob"]),
        ("email_address_query=ada_", vec![]),
        ("phone_number_query=5555550", vec!["ada", "bob"]),
        ("username_query=ADA_", vec!["ada"]),
        ("name_query=bob", vec!["bob"]),
        ("name_query=ada%20zi", vec!["ada"]),
        ("name_query=ada_1", vec![]),
        ("query=a%00", vec![]),
    ] {
        assert_eq!(found(&http, &three, query).await, expected, "{query}");
    }
    let by_id = format!("query={}", &id[..id.len() - 1]);
    assert_eq!(found(&http, &three, &by_id).await, ["nobody"]);
}

#[tokio::test]
async fn users_are_found_by_being_banned_or_not() {
    let server = TestServer::start().await;
    let http = server.http();
    let three = three(&http).await;

    assert_eq!(found(&http, &three, "banned=true").await, ["bob"]);
    assert_eq!(found(&http, &three, "banned=false").await, ["ada", "nobody"]);
}

#[tokio::test]
async fn users_are_found_by_when_they_were_created() {
    let server = TestServer::start().await;
    let http = server.http();
    let three = three(&http).await;
    let bobs_day = 1_609_459_200_000_i64;

    for (query, expected) in [
        (format!("created_at_before={bobs_day}"), vec!["ada"]),
        (format!("created_at_after={bobs_day}"), vec!["nobody"]),
        (
            format!("created_at_after={}&created_at_before={}", bobs_day - 1, bobs_day + 1),
            vec!["bob"],
        ),
        ("created_at_after=-1".to_owned(), vec!["ada", "bob", "nobody"]),
        ("last_active_at_after=0".to_owned(), vec![]),
        ("last_sign_in_at_before=9999999999999".to_owned(), vec![]),
    ] {
        assert_eq!(found(&http, &three, &query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn every_order_puts_missing_values_last_and_reverses_exactly() {
    let server = TestServer::start().await;
    let http = server.http();
    let [ada, bob, nobody] = three(&http).await;

    for field in
        ["email_address", "first_name", "last_name", "phone_number", "username", "web3wallet"]
    {
        for sign in ["", "%2B", "+"] {
            let ids = http.get(&format!("/v1/users?order_by={sign}{field}")).await.ids();
            assert_eq!(ids, [ada.clone(), bob.clone(), nobody.clone()], "{sign}{field}");
        }
        let ids = http.get(&format!("/v1/users?order_by=-{field}")).await.ids();
        assert_eq!(ids, [nobody.clone(), bob.clone(), ada.clone()], "-{field}");
    }
}

#[tokio::test]
async fn an_order_by_change_follows_the_last_one() {
    let server = TestServer::start().await;
    let http = server.http();
    let [ada, bob, nobody] = three(&http).await;
    server.clock().advance(1_000);
    http.patch(&format!("/v1/users/{bob}"), json!({ "first_name": "Bobby" })).await.ok();

    let descending = http.get("/v1/users?order_by=-updated_at").await.ids();

    assert_eq!(descending, [bob, nobody, ada]);
}

#[tokio::test]
async fn orders_by_activity_keep_users_who_were_never_active() {
    let server = TestServer::start().await;
    let http = server.http();
    three(&http).await;

    for order in ["last_active_at", "-last_active_at", "last_sign_in_at", "-last_sign_in_at"] {
        assert_eq!(http.get(&format!("/v1/users?order_by={order}")).await.ids().len(), 3);
    }
}

#[tokio::test]
async fn pages_over_equal_keys_show_each_user_once_whatever_changes_elsewhere() {
    let server = TestServer::start().await;
    let http = server.http();
    let mut made = BTreeSet::new();
    for _ in 0..40 {
        let fields = json!({ "first_name": "Same", "created_at": "2020-01-01T00:00:00Z" });
        made.insert(http.user(fields).await);
    }
    let other = format!("/v1/users/{}", http.anybody().await);

    for (round, field) in
        ["created_at", "email_address", "first_name", "last_name", "phone_number", "username"]
            .into_iter()
            .enumerate()
    {
        let ascending = walk(&http, &format!("name_query=same&order_by={field}")).await;
        http.patch(&other, json!({ "last_name": format!("Round {round}") })).await.ok();
        let mut descending = walk(&http, &format!("name_query=same&order_by=-{field}")).await;

        assert_eq!(ascending.len(), 40, "{field}");
        assert_eq!(ascending.iter().cloned().collect::<BTreeSet<_>>(), made, "{field}");
        descending.reverse();
        assert_eq!(descending, ascending, "{field}");
    }
}

async fn walk(http: &Http, query: &str) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let page = http.get(&format!("/v1/users?{query}&limit=7&offset={}", ids.len())).await.ids();
        if page.is_empty() {
            return ids;
        }
        ids.extend(page);
    }
}

#[tokio::test]
async fn filters_by_provider_and_activity_find_nobody_who_has_neither() {
    let server = TestServer::start().await;
    let http = server.http();
    http.anybody().await;

    for filter in ["provider=oauth_google&provider_user_id=1", "last_active_at_since=0"] {
        assert_eq!(http.get(&format!("/v1/users?{filter}")).await.ok(), json!([]), "{filter}");
        let count = http.get(&format!("/v1/users/count?{filter}")).await.ok();
        assert_eq!(count["total_count"], 0, "{filter}");
    }
}

#[tokio::test]
async fn ids_at_a_provider_go_with_the_provider() {
    let server = TestServer::start().await;

    let without_provider = server.http().get("/v1/users?provider_user_id=1").await;
    let without_id = server.http().get("/v1/users?provider=oauth_google").await;

    assert_eq!(without_provider.faults(), ["422 form_param_missing provider"]);
    assert_eq!(without_id.faults(), ["422 form_param_missing provider_user_id"]);
}

#[tokio::test]
async fn parameters_of_the_wrong_form_are_refused_all_at_once() {
    let server = TestServer::start().await;
    let query = "limit=0&offset=-1&order_by=age&banned=maybe&created_at_after=2020-01-01";

    for path in ["/v1/users", "/v1/users/count"] {
        let mut faults = server.http().get(&format!("{path}?{query}")).await.faults();

        faults.sort();
        let names = ["banned", "created_at_after", "limit", "offset", "order_by"];
        assert_eq!(faults, names.map(|name| format!("422 form_param_value_invalid {name}")));
    }
}

#[tokio::test]
async fn a_filter_takes_a_hundred_values_and_no_more() {
    let server = TestServer::start().await;
    let http = server.http();

    for name in [
        "email_address",
        "phone_number",
        "external_id",
        "username",
        "web3_wallet",
        "user_id",
        "organization_id",
    ] {
        let query = |count: usize| vec![format!("{name}=x"); count].join("&");
        assert_eq!(http.get(&format!("/v1/users?{}", query(100))).await.status, 200, "{name}");
        let too_many = http.get(&format!("/v1/users?{}", query(101))).await;
        assert_eq!(too_many.faults(), [format!("422 form_param_array_size_exceeded {name}")]);
    }
}

#[tokio::test]
async fn unknown_parameters_are_ignored() {
    let server = TestServer::start().await;
    let http = server.http();
    let id = http.anybody().await;

    assert_eq!(http.get("/v1/users?surprise=1&email=x").await.ids(), [id]);
}
