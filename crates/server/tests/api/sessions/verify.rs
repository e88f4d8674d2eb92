//! Verifying a session by a token, as early versions do, and refreshing it, which no version can here.

use guildhall_testing::{Http, TestServer};
use guildhall_types::ApiVersion;
use reqwest::Method;
use serde_json::{Value, json};

use super::{path, sign_in};

async fn token(http: &Http, session: &Value, seconds: i64) -> String {
    let body = json!({ "expires_in_seconds": seconds });
    http.post(&format!("{}/tokens", path(session)), body).await.text_at("/jwt")
}

async fn verify(http: &Http, session: &Value, token: &str) -> guildhall_testing::Answer {
    http.post(&format!("{}/verify", path(session)), json!({ "token": token })).await
}

#[tokio::test]
async fn a_session_is_verified_by_its_own_token_alone() {
    let server = TestServer::start().await;
    let http = server.http();
    let (_, user) = http.organization_with_admin().await;
    let [session, other] = [sign_in(&http, &user).await, sign_in(&http, &user).await];
    let stranger = server.another_instance().await;
    let strange = sign_in(&stranger, &stranger.anybody().await).await;
    let good = token(&http, &session, 60).await;

    assert_eq!(verify(&http, &session, &good).await.ok(), session);
    let (header, rest) = good.split_once('.').expect("a token");
    let unsigned = "eyJhbGciOiJub25lIn0";
    for bad in [
        token(&http, &other, 60).await,
        token(&stranger, &strange, 60).await,
        format!("{good}x"),
        format!("{header}.{}", rest.replacen('e', "f", 1)),
        format!("{unsigned}.{rest}"),
        "a.b.c".to_owned(),
        "..".to_owned(),
        String::new(),
        "x".repeat(500_000),
    ] {
        let refused = verify(&http, &session, &bad).await;
        assert_eq!(refused.faults(), ["400 invalid_session_token"], "{bad:.99}");
    }
    assert_eq!(
        verify(&stranger, &session, &good).await.faults(),
        ["404 resource_not_found"],
        "the session is of another instance"
    );
}

#[tokio::test]
async fn an_expired_token_or_a_session_that_ended_verifies_nothing() {
    let server = TestServer::start().await;
    let http = server.http();
    let session = sign_in(&http, &http.anybody().await).await;
    let [short, long] = [token(&http, &session, 30).await, token(&http, &session, 3600).await];

    server.clock().advance(31_000);
    let expired = verify(&http, &session, &short).await;
    assert_eq!(expired.faults(), ["400 invalid_session_token"]);
    assert_eq!(verify(&http, &session, &long).await.ok(), session);

    http.post(&format!("{}/revoke", path(&session)), json!({})).await.ok();
    let ended = verify(&http, &session, &long).await;
    assert_eq!(ended.faults(), ["401 authentication_invalid"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_verification_is_told() {
    let server = TestServer::start().await;
    let http = server.http();
    let session = sign_in(&http, &http.anybody().await).await;
    let post = async |path: String, body: Value| http.post(&path, body).await.faults();
    let path = format!("{}/verify", path(&session));

    assert_eq!(post(path.clone(), json!({})).await, ["422 form_param_missing token"]);
    let faults = post(path, json!({ "token": 1, "x": 1 })).await;
    assert_eq!(faults, ["422 form_param_value_invalid token", "422 form_param_unknown x"]);
    let unknown = post("/v1/sessions/sess_none/verify".to_owned(), json!({})).await;
    assert_eq!(unknown, ["404 resource_not_found"]);
}

#[tokio::test]
async fn verification_is_gone_from_the_version_on_that_has_it_no_more() {
    let server = TestServer::start().await;
    let http = server.http();
    let session = sign_in(&http, &http.anybody().await).await;
    let good = token(&http, &session, 60).await;

    for version in ApiVersion::ALL {
        let http = http.clone().with_version(version);
        let answer = verify(&http, &session, &good).await;
        let get = http.request(Method::GET, &format!("{}/verify", path(&session)));
        let get = http.send(get).await;
        if version < ApiVersion::V2025_04_10 {
            assert_eq!(answer.ok(), session, "{version}");
            assert_eq!(get.faults(), ["405 method_not_allowed"], "{version}");
        } else {
            for answer in [answer, get] {
                assert_eq!(answer.faults(), ["404 resource_not_found"], "{version}");
                assert_eq!(answer.headers.get("allow"), None, "{version}");
            }
        }
    }
}

#[tokio::test]
async fn no_session_is_refreshed_and_the_answer_says_how_to_go_on() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;
    let [session, other] = [sign_in(&http, &user).await, sign_in(&http, &user).await];
    let [own, others] = [token(&http, &session, 30).await, token(&http, &other, 30).await];
    server.clock().advance(31_000);
    let refresh = async |token: &str| {
        let body = json!({
            "expired_token": token,
            "refresh_token": "refresh",
            "request_origin": "https://app.example.com",
            "request_headers": { "user-agent": ["x"] },
            "request_originating_ip": "127.0.0.1",
            "format": "cookie",
        });
        http.post(&format!("{}/refresh", path(&session)), body).await.faults()
    };

    assert_eq!(refresh(&own).await, ["401 authentication_invalid"]);
    for token in [others.as_str(), "a.b.c", ""] {
        assert_eq!(refresh(token).await, ["400 invalid_session_token"], "{token}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_refresh_is_told() {
    let server = TestServer::start().await;
    let http = server.http();
    let session = sign_in(&http, &http.anybody().await).await;
    let post =
        async |body: Value| http.post(&format!("{}/refresh", path(&session)), body).await.faults();

    let missing = ["expired_token", "refresh_token", "request_origin"];
    let missing = missing.map(|name| format!("422 form_param_missing {name}"));
    assert_eq!(post(json!({})).await, missing);
    let junk = json!({
        "expired_token": null, "refresh_token": 1, "request_origin": [], "request_headers": "x",
        "format": "json", "request_originating_ip": 7, "x": 1,
    });
    assert_eq!(
        post(junk).await,
        [
            "422 form_param_nil expired_token",
            "422 form_param_value_invalid refresh_token",
            "422 form_param_value_invalid request_origin",
            "422 form_param_value_invalid request_headers",
            "422 form_param_value_invalid format",
            "422 form_param_value_invalid request_originating_ip",
            "422 form_param_unknown x",
        ]
    );
}
