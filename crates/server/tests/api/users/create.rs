//! Making users and reading one.

use guildhall_testing::TestServer;
use serde_json::{Value, json};

/// What the published schema requires of every user.
const KEYS: [&str; 35] = [
    "id",
    "object",
    "username",
    "first_name",
    "last_name",
    "has_image",
    "primary_email_address_id",
    "primary_phone_number_id",
    "primary_web3_wallet_id",
    "password_enabled",
    "two_factor_enabled",
    "totp_enabled",
    "backup_code_enabled",
    "email_addresses",
    "phone_numbers",
    "web3_wallets",
    "passkeys",
    "external_accounts",
    "saml_accounts",
    "enterprise_accounts",
    "public_metadata",
    "external_id",
    "last_sign_in_at",
    "banned",
    "locked",
    "lockout_expires_in_seconds",
    "verification_attempts_remaining",
    "created_at",
    "updated_at",
    "delete_self_enabled",
    "create_organization_enabled",
    "last_active_at",
    "mfa_enabled_at",
    "mfa_disabled_at",
    "legal_accepted_at",
];
const WALLET: &str = "0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae";

#[tokio::test]
async fn a_user_needs_nothing_and_has_every_required_key() {
    let server = TestServer::start().await;
    let http = server.http();

    let created = http.post("/v1/users", json!({})).await.ok();

    for key in KEYS {
        assert!(created.get(key).is_some(), "{key} is missing");
    }
    assert_eq!(created["object"], "user");
    assert_eq!(created["password_enabled"], false);
    assert_eq!(created["email_addresses"], json!([]));
    assert_eq!(created["public_metadata"], json!({}));
    assert_eq!(created["private_metadata"], json!({}));
    assert_eq!(created["unsafe_metadata"], json!({}));
    assert_eq!(created["created_at"], created["updated_at"]);
    let path = format!("/v1/users/{}", created["id"].as_str().unwrap());
    assert_eq!(http.get(&path).await.ok(), created);
}

#[tokio::test]
async fn every_field_that_is_served_is_kept() {
    let server = TestServer::start().await;
    let http = server.http();
    let fields = json!({
        "external_id": "ext 1/ä", "username": "Ada_L.1-x", "first_name": "Ada 😀",
        "last_name": "O'Neutral", "locale": "en-GB", "public_metadata": { "a": 1 },
        "private_metadata": { "b": [null] }, "unsafe_metadata": { "c": {} },
        "delete_self_enabled": false, "create_organization_enabled": false,
        "create_organizations_limit": 3, "legal_accepted_at": "2020-01-01T00:00:00Z",
        "bypass_client_trust": true, "banned": true, "locked": true,
    });

    let created = http.post("/v1/users", fields.clone()).await.ok();

    for (name, value) in fields.as_object().unwrap() {
        let expected = match name.as_str() {
            "legal_accepted_at" => &json!(1_577_836_800_000_i64),
            _ => value,
        };
        assert_eq!(&created[name], expected, "{name}");
    }
    let path = format!("/v1/users/{}", created["id"].as_str().unwrap());
    assert_eq!(http.get(&path).await.ok(), created);
}

#[tokio::test]
async fn null_counts_as_not_sent_where_the_schema_has_it() {
    let server = TestServer::start().await;
    let fields = [
        "external_id",
        "first_name",
        "last_name",
        "locale",
        "username",
        "password",
        "password_digest",
        "skip_password_checks",
        "skip_password_requirement",
        "totp_secret",
        "delete_self_enabled",
        "legal_accepted_at",
        "skip_legal_checks",
        "skip_user_requirement",
        "create_organization_enabled",
        "create_organizations_limit",
        "created_at",
        "bypass_client_trust",
        "banned",
        "locked",
    ];
    let body: Value = fields.into_iter().map(|name| (name.to_owned(), Value::Null)).collect();

    let created = server.http().post("/v1/users", body).await.ok();

    assert_eq!(created["first_name"], Value::Null);
    assert_eq!(created["delete_self_enabled"], true);
}

#[tokio::test]
async fn all_faults_of_a_body_are_told_at_once() {
    let server = TestServer::start().await;
    let body = json!({
        "email_address": ["nobody", 5], "phone_number": "x", "username": "a b",
        "password": "short", "banned": "yes", "created_at": "yesterday", "first_name": [],
        "public_metadata": "{}", "surprise": 1,
    });

    let mut faults = server.http().post("/v1/users", body).await.faults();

    faults.sort();
    assert_eq!(
        faults,
        [
            "422 form_param_invalid_time created_at",
            "422 form_param_unknown surprise",
            "422 form_param_value_invalid banned",
            "422 form_param_value_invalid email_address",
            "422 form_param_value_invalid first_name",
            "422 form_param_value_invalid phone_number",
            "422 form_param_value_invalid public_metadata",
            "422 form_password_length_too_short password",
            "422 form_username_invalid_character username",
        ]
    );
}

#[tokio::test]
async fn documented_fields_that_are_not_served_are_refused() {
    let server = TestServer::start().await;
    let http = server.http();

    for (name, value) in [
        ("password_digest", json!("$2a$12$x")),
        ("password_hasher", json!("bcrypt")),
        ("totp_secret", json!("ABC")),
        ("backup_codes", json!(["1"])),
    ] {
        let answer = http.post("/v1/users", json!({ name: value })).await;
        assert_eq!(answer.faults(), [format!("422 form_param_unknown {name}")]);
    }
    assert_eq!(http.get("/v1/users/count").await.ok()["total_count"], 0);
}

#[tokio::test]
async fn the_first_address_of_each_kind_becomes_the_primary_one() {
    let server = TestServer::start().await;
    let fields = json!({
        "email_address": ["a.T@example.com", "b.T@example.com"],
        "phone_number": ["+15555550101", "+15555550100"],
        "web3_wallet": [WALLET],
    });

    let created = server.http().post("/v1/users", fields).await.ok();

    assert_eq!(created["email_addresses"][0]["email_address"], "a.T@example.com");
    assert_eq!(created["primary_email_address_id"], created["email_addresses"][0]["id"]);
    assert_eq!(created["primary_phone_number_id"], created["phone_numbers"][0]["id"]);
    assert_eq!(created["phone_numbers"][0]["phone_number"], "+15555550101");
    assert_eq!(created["primary_web3_wallet_id"], created["web3_wallets"][0]["id"]);
    let ids = ["/email_addresses/0/id", "/email_addresses/1/id", "/phone_numbers/1/id"];
    for pointer in ids {
        let id = created.pointer(pointer).unwrap().as_str().unwrap();
        assert!(id.starts_with("idn_") && id.len() == 31, "{id}");
    }
}

#[tokio::test]
async fn an_address_has_a_whole_verification() {
    let server = TestServer::start().await;
    let fields = json!({
        "email_address": ["ada@example.com"], "phone_number": ["+15555550100"],
        "web3_wallet": [WALLET],
    });

    let created = server.http().post("/v1/users", fields).await.ok();

    let expected = json!({
        "object": "verification_admin", "status": "verified", "strategy": "admin",
        "attempts": null, "expire_at": null,
    });
    assert_eq!(created["email_addresses"][0]["verification"], expected);
    assert_eq!(created["phone_numbers"][0]["verification"], expected);
    for key in ["object", "status", "strategy", "attempts", "expire_at"] {
        assert!(created["web3_wallets"][0]["verification"].get(key).is_some(), "{key}");
    }
}

#[tokio::test]
async fn a_reserved_address_is_told_as_reserved_and_still_parses() {
    let server = TestServer::start().await;
    let http = server.http();
    let fields = json!({
        "email_address": ["ada@example.com"], "email_address_identification_status": ["reserved"],
        "phone_number": ["+15555550100"], "phone_number_identification_status": ["reserved"],
    });

    let created = http.post("/v1/users", fields).await.ok();

    assert_eq!(created["email_addresses"][0]["reserved"], true);
    assert_eq!(created["phone_numbers"][0]["reserved"], true);
    for verification in [
        &created["email_addresses"][0]["verification"],
        &created["phone_numbers"][0]["verification"],
    ] {
        let is_absent = verification.is_null();
        assert!(is_absent || verification["status"] == "unverified", "{verification}");
    }
    assert_eq!(http.get("/v1/users").await.ok(), json!([created]));
}

#[tokio::test]
async fn a_user_with_one_kind_of_identifier_is_called_by_it_in_memberships() {
    let server = TestServer::start().await;
    let http = server.http();
    let organization = http.organization(json!({ "name": "A" })).await;

    for (fields, expected) in [
        (json!({ "email_address": ["A.T@example.com", "b@example.com"] }), "A.T@example.com"),
        (json!({ "phone_number": ["+15555550100"], "username": "pat" }), "+15555550100"),
        (json!({ "username": "Sam", "web3_wallet": [WALLET] }), "Sam"),
    ] {
        let user = http.user(fields).await;
        let membership = http.join(&organization, &user, "org:member").await;
        assert_eq!(membership["public_user_data"]["identifier"], expected);
    }
    let members = http.get(&format!("/v1/organizations/{organization}/memberships")).await.ok();
    assert_eq!(members["total_count"], 3);
}

#[tokio::test]
async fn an_original_date_is_kept_to_the_millisecond() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.anybody().await;

    for date in ["2012-10-20T07:15:20.902Z", "2012-10-20T09:15:20.902+02:00"] {
        let created = http.post("/v1/users", json!({ "created_at": date })).await.ok();
        let updated =
            http.patch(&format!("/v1/users/{user}"), json!({ "created_at": date })).await.ok();

        assert_eq!(created["created_at"], 1_350_717_320_902_i64);
        assert_eq!(updated["created_at"], 1_350_717_320_902_i64);
        assert!(created["updated_at"].as_i64() > Some(1_700_000_000_000));
    }
}

#[tokio::test]
async fn what_is_no_rfc_3339_instant_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();

    for date in ["2012-10-20", "yesterday", "2012-10-20 07:15:20", "1350717320902"] {
        let answer = http.post("/v1/users", json!({ "created_at": date })).await;
        assert_eq!(answer.faults(), ["422 form_param_invalid_time created_at"], "{date}");
    }
    let number = http.post("/v1/users", json!({ "created_at": 1_350_717_320_902_i64 })).await;
    assert_eq!(number.faults(), ["422 form_param_value_invalid created_at"]);
}

#[tokio::test]
async fn a_date_to_come_is_kept_and_sorts_by_itself() {
    let server = TestServer::start().await;
    let http = server.http();
    let future = http.user(json!({ "created_at": "2100-01-01T00:00:00Z" })).await;
    let present = http.anybody().await;

    assert_eq!(http.get("/v1/users").await.ids(), [future, present]);
}

#[tokio::test]
async fn names_are_kept_as_given_and_blank_ones_are_none() {
    let server = TestServer::start().await;
    let http = server.http();

    let kept = json!({ "first_name": " <b>Ada</b> ", "last_name": "https://example.com" });
    let created = http.post("/v1/users", kept).await.ok();
    let blank = http.post("/v1/users", json!({ "first_name": "  ", "last_name": "" })).await.ok();

    assert_eq!(created["first_name"], " <b>Ada</b> ");
    assert_eq!(created["last_name"], "https://example.com");
    assert_eq!((&blank["first_name"], &blank["last_name"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn an_unknown_user_is_not_found() {
    let server = TestServer::start().await;

    let answer = server.http().get("/v1/users/user_unknown").await;

    assert_eq!(answer.faults(), ["404 resource_not_found"]);
    let expected = "No user was found with id user_unknown";
    assert_eq!(answer.text_at("/errors/0/long_message"), expected);
}
