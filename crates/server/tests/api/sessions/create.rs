//! Beginning, reading and revoking sessions.

use guildhall_store::{Environment, KeyOrigin};
use guildhall_testing::TestServer;
use serde_json::{Value, json};

use super::{path, sign_in};

const DAY: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn a_session_has_every_required_key() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;

    let session = sign_in(&http, &user).await;

    assert_eq!(session["object"], "session");
    assert!(session["id"].as_str().unwrap().starts_with("sess_"), "{session}");
    assert!(session["client_id"].as_str().unwrap().starts_with("client_"), "{session}");
    assert_eq!(session["user_id"], user);
    assert_eq!(session["status"], "active");
    assert_eq!(session["last_active_organization_id"], Value::Null);
    let at = |name: &str| session[name].as_i64().unwrap();
    assert_eq!(at("expire_at") - at("created_at"), 7 * DAY);
    assert_eq!(at("abandon_at") - at("created_at"), 30 * DAY);
    assert_eq!(http.get(&path(&session)).await.ok(), session);
}

#[tokio::test]
async fn what_is_wrong_with_a_new_session_is_told() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;
    let organization = http.organization(json!({ "name": "Acme" })).await;
    let post = async |body: Value| http.post("/v1/sessions", body).await.faults();

    assert_eq!(post(json!({})).await, ["422 form_param_missing user_id"]);
    assert_eq!(
        post(json!({ "user_id": 5, "active_organization_id": 5, "x": 1 })).await,
        [
            "422 form_param_value_invalid user_id",
            "422 form_param_value_invalid active_organization_id",
            "422 form_param_unknown x",
        ]
    );
    assert_eq!(post(json!({ "user_id": "user_none" })).await, ["404 resource_not_found user_id"]);
    let null = json!({ "user_id": user, "active_organization_id": null });
    assert_eq!(post(null).await, ["422 form_param_nil active_organization_id"]);
    for id in ["org_none", &organization] {
        let body = json!({ "user_id": user, "active_organization_id": id });
        let code = "404 organization_not_found_or_unauthorized active_organization_id";
        assert_eq!(post(body).await, [code]);
    }
    assert_eq!(http.get("/v1/sessions").await.ok(), json!([]));
}

#[tokio::test]
async fn a_revoked_session_stays_revoked_and_can_be_read() {
    let server = TestServer::start().await;
    let http = server.http();
    let session = sign_in(&http, &http.anybody().await).await;
    let revoke = format!("{}/revoke", path(&session));
    let empty = http.request(reqwest::Method::POST, &revoke);

    let revoked = http.send(empty).await.ok();
    let again = http.post(&revoke, json!({})).await.ok();

    assert_eq!(revoked["status"], "revoked");
    assert!(revoked["updated_at"].as_i64() > session["updated_at"].as_i64());
    assert_eq!(again, revoked);
    assert_eq!(http.get(&path(&session)).await.ok(), revoked);
    let token = http.post(&format!("{}/tokens", path(&session)), json!({})).await;
    assert_eq!(token.faults(), ["404 resource_not_found"]);
}

#[tokio::test]
async fn a_session_ends_after_seven_days() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;
    let session = sign_in(&http, &user).await;

    server.clock().advance(7 * DAY - 60_000);
    assert_eq!(http.get(&path(&session)).await.ok()["status"], "active");
    server.clock().advance(60_001);
    assert_eq!(http.get(&path(&session)).await.ok()["status"], "expired");
    let token = http.post(&format!("{}/tokens", path(&session)), json!({})).await;
    assert_eq!(token.faults(), ["404 resource_not_found"]);

    // Thirty days later the next session of the user takes its place.
    server.clock().advance(31 * DAY);
    sign_in(&http, &user).await;
    assert_eq!(http.get(&path(&session)).await.faults(), ["404 resource_not_found"]);
}

#[tokio::test]
async fn a_session_goes_with_its_user_and_is_of_its_instance_only() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;
    let session = sign_in(&http, &user).await;
    let other = server.another_instance().await;

    let calls = async |http: &guildhall_testing::Http| {
        let path = path(&session);
        let body = json!({ "active_organization_id": null });
        [
            http.get(&path).await.faults(),
            http.patch(&path, body).await.faults(),
            http.post(&format!("{path}/revoke"), json!({})).await.faults(),
            http.post(&format!("{path}/tokens"), json!({})).await.faults(),
        ]
    };
    for faults in calls(&other).await {
        assert_eq!(faults, ["404 resource_not_found"]);
    }
    assert_eq!(other.get("/v1/sessions").await.ok(), json!([]));

    http.delete(&format!("/v1/users/{user}")).await.ok();
    for faults in calls(&http).await {
        assert_eq!(faults, ["404 resource_not_found"]);
    }
    assert_eq!(http.get("/v1/sessions").await.ok(), json!([]));
}

#[tokio::test]
async fn a_production_instance_signs_nobody_in_unless_the_operator_allows_it() {
    for allowed in [false, true] {
        let server = TestServer::start_with(|settings| {
            settings.allow_production_sessions = allowed;
        })
        .await;
        let store = server.store();
        let instance = store.create_instance("live", Environment::Production).await.unwrap();
        let key = store.create_key(&instance, KeyOrigin::Created).await.unwrap();
        let http = server.http().with_key(&key.secret_key);
        let user = http.anybody().await;

        let answer = http.post("/v1/sessions", json!({ "user_id": user })).await;

        if allowed {
            answer.ok();
        } else {
            assert_eq!(answer.faults(), ["400 request_invalid_for_environment"]);
            assert!(answer.text.contains("only valid for development"), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_new_password_signs_the_user_out_where_that_is_asked_for() {
    let server = TestServer::start().await;
    let http = server.http();
    let [user, other] = [http.anybody().await, http.anybody().await];
    let sessions = [sign_in(&http, &user).await, sign_in(&http, &user).await];
    let untouched = sign_in(&http, &other).await;
    let patch = async |body: Value| http.patch(&format!("/v1/users/{user}"), body).await;

    let alone = patch(json!({ "sign_out_of_other_sessions": true })).await;
    assert_eq!(alone.faults(), ["422 form_param_missing password"]);
    patch(json!({ "password": "analytical engine" })).await.ok();
    let status = async |session: &Value| http.get(&path(session)).await.ok()["status"].clone();
    assert_eq!(status(&sessions[0]).await, "active");

    let body = json!({ "password": "difference engine", "sign_out_of_other_sessions": true });
    patch(body).await.ok();

    for session in &sessions {
        assert_eq!(status(session).await, "revoked");
    }
    assert_eq!(status(&untouched).await, "active");
}

#[tokio::test]
async fn a_user_keeps_the_newest_thousand_sessions_beside_a_new_one() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;
    let first = sign_in(&http, &user).await;
    for _ in 0..11 {
        let mut many = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let (http, user) = (http.clone(), user.clone());
            many.spawn(async move { sign_in(&http, &user).await });
        }
        many.join_all().await;
    }

    sign_in(&http, &user).await;

    assert_eq!(http.get(&path(&first)).await.faults(), ["404 resource_not_found"]);
    let query = format!("/v1/sessions?user_id={user}&paginated=true");
    assert_eq!(http.get(&query).await.ok()["total_count"], 1001);
}

/// When a user signed in last and was here last, and when the user changed.
async fn times(http: &guildhall_testing::Http, user: &str) -> [Value; 3] {
    let user = http.get(&format!("/v1/users/{user}")).await.ok();
    ["last_sign_in_at", "last_active_at", "updated_at"].map(|name| user[name].clone())
}

#[tokio::test]
async fn a_session_is_a_sign_in_of_its_user_and_no_change() {
    let server = TestServer::start().await;
    let http = server.http();
    let [user, other] = [http.anybody().await, http.anybody().await];
    let [signed_in, active, updated] = times(&http, &user).await;
    assert_eq!([signed_in, active], [Value::Null, Value::Null]);
    server.clock().advance(5_000);

    let session = sign_in(&http, &user).await;

    let at = session["last_active_at"].clone();
    assert_eq!(times(&http, &user).await, [at.clone(), at.clone(), updated.clone()]);
    assert_eq!(times(&http, &other).await[0], Value::Null);
    let before = format!("/v1/users?last_sign_in_at_after={}", at.as_i64().unwrap() - 1);
    assert_eq!(http.get(&before).await.ids(), [user.as_str()]);
    let named = json!({ "first_name": "Ada" });
    let changed = http.patch(&format!("/v1/users/{user}"), named).await.ok();
    assert_eq!((&changed["last_sign_in_at"], &changed["last_active_at"]), (&at, &at));
    // A refused sign-in is none.
    server.clock().advance(5_000);
    let nowhere = json!({ "user_id": user, "active_organization_id": "org_none" });
    http.post("/v1/sessions", nowhere).await.faults();
    assert_eq!(times(&http, &user).await[..2], [at.clone(), at]);
}

#[tokio::test]
async fn a_sign_in_never_goes_back_in_time() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;
    sign_in(&http, &user).await;
    let before = times(&http, &user).await;

    server.clock().advance(-60_000);
    sign_in(&http, &user).await;

    assert_eq!(times(&http, &user).await, before);
    server.clock().advance(120_000);
    sign_in(&http, &user).await;
    assert!(times(&http, &user).await[0].as_i64() > before[0].as_i64());
}

#[tokio::test]
async fn a_banned_user_is_not_signed_in() {
    let server = TestServer::start().await;
    let http = server.http();
    let banned = http.user(json!({ "banned": true })).await;

    for body in [
        json!({ "user_id": banned }),
        json!({ "user_id": banned, "active_organization_id": "org_none" }),
    ] {
        assert_eq!(http.post("/v1/sessions", body).await.faults(), ["403 user_banned"]);
    }

    assert_eq!(http.get("/v1/sessions").await.ok(), json!([]));
    assert_eq!(times(&http, &banned).await[0], Value::Null);
}

#[tokio::test]
async fn signing_in_and_changing_a_user_at_once_lose_nothing() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;

    let mut many = tokio::task::JoinSet::new();
    for number in 0..40 {
        let (http, user) = (http.clone(), user.clone());
        many.spawn(async move {
            if number % 2 == 0 {
                sign_in(&http, &user).await;
            } else {
                let changes = json!({ "public_metadata": { number.to_string(): number } });
                http.patch(&format!("/v1/users/{user}/metadata"), changes).await.ok();
            }
        });
    }
    many.join_all().await;

    let read = http.get(&format!("/v1/users/{user}")).await.ok();
    assert_eq!(read["public_metadata"].as_object().unwrap().len(), 20);
    let sessions = http.get(&format!("/v1/sessions?limit=100&user_id={user}")).await.ok();
    let begun = sessions.as_array().unwrap().iter().map(|session| &session["last_active_at"]);
    let last = begun.filter_map(Value::as_i64).max();
    assert_eq!(read["last_sign_in_at"].as_i64(), last);
    server.check().await;
}
