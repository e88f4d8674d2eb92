//! Lists of sessions.

use guildhall_testing::TestServer;
use serde_json::json;

use super::{path, sign_in};

#[tokio::test]
async fn sessions_are_listed_newest_first_alone_or_in_an_envelope() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;
    let mut ids = Vec::new();
    for _ in 0..12 {
        ids.push(sign_in(&http, &user).await["id"].as_str().unwrap().to_owned());
    }
    ids.reverse();
    sign_in(&http, &http.anybody().await).await;
    let query = format!("/v1/sessions?user_id={user}");

    assert_eq!(http.get(&query).await.ids(), ids[..10]);
    assert_eq!(http.get(&format!("{query}&offset=10&limit=500")).await.ids(), ids[10..]);
    let page = http.get(&format!("{query}&paginated=true&limit=1")).await.ok();
    assert_eq!(page["total_count"], 12);
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    let all = http.get("/v1/sessions?paginated=true&limit=500").await.ok();
    assert_eq!(all["total_count"], 13);
}

#[tokio::test]
async fn sessions_are_found_by_client_user_and_status() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;
    let [live, revoked] = [sign_in(&http, &user).await, sign_in(&http, &user).await];
    http.post(&format!("{}/revoke", path(&revoked)), json!({})).await.ok();
    let client = live["client_id"].as_str().unwrap();

    let found = async |query: &str| http.get(&format!("/v1/sessions?{query}")).await.ids();
    let id = |session: &serde_json::Value| session["id"].as_str().unwrap().to_owned();
    assert_eq!(found(&format!("client_id={client}")).await, [id(&live)]);
    assert_eq!(found(&format!("user_id={user}&status=active")).await, [id(&live)]);
    assert_eq!(found("status=revoked").await, [id(&revoked)]);
    for nothing in ["user_id=user_none", "status=ended", "status=expired", "client_id=x"] {
        assert_eq!(found(nothing).await, [""; 0], "{nothing}");
    }
    server.clock().advance(8 * 24 * 60 * 60 * 1000);
    assert_eq!(found("status=expired").await, [id(&live)]);
    assert_eq!(found("status=active").await, [""; 0]);
}

#[tokio::test]
async fn faults_of_a_list_are_told() {
    let server = TestServer::start().await;

    let answer = server.http().get("/v1/sessions?limit=0&status=sleeping").await;

    assert_eq!(
        answer.faults(),
        ["422 form_param_value_invalid limit", "422 form_param_value_invalid status"]
    );
}
