//! Requests made to be costly: they are answered soon, and with a bounded answer.

use guildhall_testing::TestServer;
use reqwest::Method;
use serde_json::json;

/// The most faults of one answer.
const MOST_FAULTS: usize = 100;

#[tokio::test]
async fn a_body_of_thousands_of_faults_tells_a_hundred() {
    let server = TestServer::start().await;
    let statuses: Vec<String> = (0..50_000).map(|number| number.to_string()).collect();
    let addresses: Vec<String> = (0..100).map(|number| format!("no address {number}")).collect();
    let mut unknown = serde_json::Map::new();
    for number in 0..20_000 {
        unknown.insert(format!("field{number}"), json!(1));
    }

    let many = server
        .http()
        .post("/v1/users", json!({ "email_address_identification_status": statuses }))
        .await;
    let wrong = server.http().post("/v1/users", json!({ "email_address": addresses })).await;
    let fields = server.http().post("/v1/users", unknown.into()).await;

    for answer in [many, wrong, fields] {
        assert_eq!(answer.status, 422);
        assert!((1..=MOST_FAULTS).contains(&answer.faults().len()), "{}", answer.faults().len());
    }
}

#[tokio::test]
async fn a_query_of_thousands_of_faults_tells_a_hundred() {
    let server = TestServer::start().await;
    let http = server.http();
    let query: Vec<String> = (0..3000).map(|number| format!("a{number}=%ff")).collect();

    let answer = http.get(&format!("/v1/users?{}", query.join("&"))).await;

    assert_eq!(answer.status, 422);
    assert_eq!(answer.faults().len(), MOST_FAULTS);
}

#[tokio::test]
async fn a_term_longer_than_any_name_is_looked_for_without_the_index() {
    let server = TestServer::start().await;
    let http = server.http();
    let name = "n".repeat(256);
    let user = http.user(json!({ "first_name": name, "last_name": name })).await;

    let whole = format!("{name}%20{name}");
    let found = http.get(&format!("/v1/users?name_query={whole}")).await;
    let longer = http.get(&format!("/v1/users?query={}", "n".repeat(20_000))).await;

    assert_eq!(found.ids(), [user]);
    assert_eq!(longer.ok(), json!([]));
}

#[tokio::test]
async fn a_page_reached_by_a_long_query_has_no_links() {
    let server = TestServer::start().await;
    let http = server.http();
    let (organization, _) = http.organization_with_admin().await;
    http.member(&organization).await;
    let padding = "x".repeat(5000);

    let path = format!("/v1/organizations/{organization}/memberships?limit=1&ignored={padding}");
    let answer = http.send(http.request(Method::GET, &path)).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers.get("link"), None);
}
