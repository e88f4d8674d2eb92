//! What an instance has set about itself.

use guildhall_testing::{Http, TestServer};
use serde_json::{Value, json};

const PATH: &str = "/v1/instance";
const STRATEGY: &str = "preferred_sign_in_strategy_when_password_required";

async fn origins(http: &Http) -> Value {
    http.get(PATH).await.ok()["allowed_origins"].clone()
}

async fn set(http: &Http, changes: Value) {
    let answer = http.patch(PATH, changes).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
}

#[tokio::test]
async fn allowed_origins_are_kept_and_shown_to_their_instance_alone() {
    let server = TestServer::start().await;
    let http = server.http();
    let other = server.another_instance().await;
    let both = json!(["capacitor://localhost", "chrome-extension://extension_uuid"]);
    assert_eq!(origins(&http).await, Value::Null);

    set(&http, json!({ "allowed_origins": both })).await;

    assert_eq!(origins(&http).await, both);
    assert_eq!(origins(&other).await, Value::Null);
    set(&http, json!({ "allowed_origins": [] })).await;
    assert_eq!(origins(&http).await, json!([]));
}

#[tokio::test]
async fn every_documented_field_is_kept_and_what_is_not_sent_or_null_stays() {
    let server = TestServer::start().await;
    let http = server.http();
    let all = json!({
        "test_mode": true, "hibp": false, "support_email": "help@example.com",
        "clerk_js_version": "5", "development_origin": "http://localhost:3000",
        "allowed_origins": ["capacitor://localhost"], "cookieless_dev": true,
        "url_based_session_syncing": false, "enhanced_email_deliverability": true,
        (STRATEGY): "otp",
    });
    let kept = async || {
        let id = http.get(PATH).await.text_at("/id");
        let instance = server.store().instance(&id).await.unwrap().unwrap();
        let settings = server.store().instance_settings(instance.key).await.unwrap();
        serde_json::to_value(settings).unwrap()
    };

    set(&http, all.clone()).await;
    assert_eq!(kept().await, all);
    let mut nulls = all.clone();
    nulls.as_object_mut().unwrap().remove("allowed_origins");
    nulls.as_object_mut().unwrap().values_mut().for_each(|value| *value = Value::Null);
    set(&http, nulls).await;
    set(&http, json!({})).await;
    set(&http, json!({ (STRATEGY): "", "test_mode": false })).await;

    let mut expected = all;
    expected[STRATEGY] = json!("");
    expected["test_mode"] = json!(false);
    assert_eq!(kept().await, expected);
}

#[tokio::test]
async fn a_restarted_server_still_knows() {
    let server = TestServer::start().await;
    let http = server.http();
    set(&http, json!({ "allowed_origins": ["capacitor://localhost"] })).await;
    let key = server.secret_key().to_owned();

    let server = server.restart().await;

    let http = server.http().with_key(&key);
    assert_eq!(origins(&http).await, json!(["capacitor://localhost"]));
}

#[tokio::test]
async fn faults_are_told_at_once_and_change_nothing() {
    let server = TestServer::start().await;
    let http = server.http();
    set(&http, json!({ "allowed_origins": ["capacitor://localhost"] })).await;

    let junk = json!({
        "test_mode": "yes", "hibp": 1, "support_email": 5, "clerk_js_version": "x\u{0}",
        "development_origin": "x".repeat(257), "allowed_origins": null, "cookieless_dev": [],
        "url_based_session_syncing": {}, (STRATEGY): "sms", "enhanced_email_deliverability": "x",
        "x": 1,
    });
    assert_eq!(
        http.patch(PATH, junk).await.faults(),
        [
            "422 form_param_value_invalid test_mode",
            "422 form_param_value_invalid hibp",
            "422 form_param_value_invalid enhanced_email_deliverability",
            "422 form_param_value_invalid support_email",
            "422 form_param_value_invalid clerk_js_version",
            "422 form_param_max_length_exceeded development_origin",
            "422 form_param_nil allowed_origins",
            "422 form_param_value_invalid cookieless_dev",
            "422 form_param_value_invalid url_based_session_syncing",
            &format!("422 form_param_value_invalid {STRATEGY}"),
            "422 form_param_unknown x",
        ]
    );
    for (origins, fault) in [
        (json!("x"), "form_param_value_invalid"),
        (json!(["x", 1]), "form_param_value_invalid"),
        (json!(["x".repeat(257)]), "form_param_max_length_exceeded"),
        (json!(vec!["x"; 101]), "form_param_array_size_exceeded"),
    ] {
        let refused = http.patch(PATH, json!({ "test_mode": true, "allowed_origins": origins }));
        assert_eq!(refused.await.faults(), [format!("422 {fault} allowed_origins")]);
    }
    assert_eq!(origins(&http).await, json!(["capacitor://localhost"]));
}

#[tokio::test]
async fn changes_that_meet_are_all_kept() {
    let server = TestServer::start().await;
    let http = server.http();
    let changes = [
        json!({ "test_mode": true }),
        json!({ "hibp": true }),
        json!({ "support_email": "help@example.com" }),
        json!({ "allowed_origins": ["capacitor://localhost"] }),
        json!({ "cookieless_dev": true }),
    ];

    let mut meeting = tokio::task::JoinSet::new();
    for change in changes {
        let http = http.clone();
        meeting.spawn(async move { set(&http, change).await });
    }
    meeting.join_all().await;

    let id = http.get(PATH).await.text_at("/id");
    let instance = server.store().instance(&id).await.unwrap().unwrap();
    let kept = server.store().instance_settings(instance.key).await.unwrap();
    assert_eq!(serde_json::to_value(kept).unwrap().as_object().unwrap().len(), 5);
}
