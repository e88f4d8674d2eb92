//! Tokens of a real server.

use std::time::{Duration, UNIX_EPOCH};

use futures_util::future::join_all;
use guildhall_sdk::{
    Client, CreateOrganizationPermission, CreateOrganizationRole, CreateSession, SessionId,
    TokenVerifier, TokenVerifierBuilder, VerifiedSession, VerifyError,
};
use guildhall_testing::TestServer;
use serde_json::json;

use super::signer::{SIGNER, by_pem, claims_with};

/// Goes by the clock of the server, which tests move.
fn at_time_of(builder: TokenVerifierBuilder, server: &TestServer) -> TokenVerifier {
    let store = server.store().clone();
    let milliseconds = move || u64::try_from(store.now()).expect("it is after 1970");
    let clock = move || UNIX_EPOCH + Duration::from_millis(milliseconds());
    builder.clock(clock).build().expect("the settings are good")
}

fn verifier(server: &TestServer) -> TokenVerifier {
    at_time_of(TokenVerifier::with_client(&server.client()), server)
}

async fn sign_in(client: &Client, user_id: &str) -> SessionId {
    let session = client.sessions().create(&CreateSession::new(user_id)).await;
    session.expect("the user can sign in").id
}

async fn token(client: &Client, session_id: &SessionId) -> String {
    let token = client.sessions().create_token(session_id, None).await;
    token.expect("the session is active").jwt
}

/// What the next token of a session says.
async fn next(
    verifier: &TokenVerifier,
    client: &Client,
    session_id: &SessionId,
) -> VerifiedSession {
    verifier.verify(&token(client, session_id).await).await.expect("the token is good")
}

#[tokio::test]
async fn a_token_is_verified_by_keys_from_each_source() {
    let server = TestServer::start().await;
    let (organization, admin) = server.http().organization_with_admin().await;
    let client = server.client();
    let session_id = sign_in(&client, &admin).await;
    let token = token(&client, &session_id).await;
    let url = format!("{}/.well-known/jwks.json", server.base_url());

    for builder in [
        TokenVerifier::with_client(&client),
        TokenVerifier::with_jwks_url(url),
        TokenVerifier::with_pem(server.public_key().await),
    ] {
        let session = at_time_of(builder, &server).verify(&token).await.unwrap();

        assert_eq!(session.user_id.as_str(), admin);
        assert_eq!(session.session_id, session_id);
        assert_eq!(session.organization_id(), Some(organization.as_str()));
        assert!(session.has_role("org:admin"));
        assert_eq!(session.expires_at - session.issued_at.unwrap(), 60);
    }
}

#[tokio::test]
async fn the_issuer_is_where_the_keys_of_the_instance_stand() {
    let server = TestServer::start().await;
    let client = server.client();
    let session_id = sign_in(&client, &server.http().anybody().await).await;
    let token = token(&client, &session_id).await;
    let session = verifier(&server).verify(&token).await.unwrap();
    let issuer = session.issuer.unwrap();

    let builder = TokenVerifier::with_jwks_url(format!("{issuer}/.well-known/jwks.json"));
    let strict = at_time_of(builder.issuer(issuer), &server);

    assert_eq!(strict.verify(&token).await.unwrap().session_id, session_id);
}

#[tokio::test]
async fn a_token_of_another_instance_is_refused() {
    let server = TestServer::start().await;
    let other = server.another_instance().await;
    let user = other.anybody().await;
    let session = other.post("/v1/sessions", json!({ "user_id": user })).await.text_at("/id");
    let tokens = format!("/v1/sessions/{session}/tokens");
    let foreign = other.post(&tokens, json!({})).await.text_at("/jwt");

    let by_keys = verifier(&server).verify(&foreign).await.unwrap_err();
    let by_pem = TokenVerifier::with_pem(server.public_key().await);
    let by_pem = at_time_of(by_pem, &server).verify(&foreign).await.unwrap_err();

    assert!(matches!(by_keys, VerifyError::KeyUnknown), "{by_keys}");
    assert!(matches!(by_pem, VerifyError::SignatureInvalid), "{by_pem}");
}

#[tokio::test]
async fn a_token_lasts_for_a_minute_and_the_leeway() {
    let server = TestServer::start().await;
    let client = server.client();
    let session_id = sign_in(&client, &server.http().anybody().await).await;
    let verifier = verifier(&server);
    let token = token(&client, &session_id).await;

    server.clock().advance(60_000);
    verifier.verify(&token).await.unwrap();
    server.clock().advance(6_000);
    let late = verifier.verify(&token).await.unwrap_err();
    server.clock().advance(-90_000);
    let early = verifier.verify(&token).await.unwrap_err();
    server.clock().advance(19_000);
    // Before `iat`, by no more than the leeway.
    verifier.verify(&token).await.unwrap();

    assert!(matches!(late, VerifyError::Expired { .. }), "{late}");
    assert!(matches!(early, VerifyError::NotYetValid { .. }), "{early}");
}

#[tokio::test]
async fn a_token_that_names_no_origin_is_refused_where_parties_are_set() {
    let server = TestServer::start().await;
    let client = server.client();
    let token = token(&client, &sign_in(&client, &server.http().anybody().await).await).await;
    let builder =
        TokenVerifier::with_client(&client).authorized_parties(["https://app.example.com"]);

    let error = at_time_of(builder, &server).verify(&token).await.unwrap_err();

    assert!(matches!(error, VerifyError::AuthorizedPartyNotAllowed { .. }), "{error}");
}

#[tokio::test]
async fn keys_are_rotated_without_a_restart() {
    let server = TestServer::start().await;
    let client = server.client();
    let session_id = sign_in(&client, &server.http().anybody().await).await;
    let verifier = verifier(&server);
    let before = token(&client, &session_id).await;
    verifier.verify(&before).await.unwrap();
    server.clock().advance(10_000);

    server.rotate_signing_key(30_000).await;
    next(&verifier, &client, &session_id).await;
    verifier.verify(&before).await.unwrap();

    // The key before is withdrawn with its token still good; known keys go by their own time.
    server.clock().advance(31_000);
    verifier.fetch_keys().await.unwrap();
    let withdrawn = verifier.verify(&before).await.unwrap_err();
    assert!(matches!(withdrawn, VerifyError::KeyUnknown), "{withdrawn}");
    next(&verifier, &client, &session_id).await;
}

#[tokio::test]
async fn a_server_that_is_away_is_not_missed_for_an_hour() {
    let mut server = TestServer::start().await;
    let client = server.client();
    let session_id = sign_in(&client, &server.http().anybody().await).await;
    let verifier = verifier(&server);
    let long = client.sessions().create_token(&session_id, Some(86_400)).await.unwrap().jwt;
    verifier.verify(&long).await.unwrap();

    server.stop().await;
    server.clock().advance(3_500_000);
    verifier.verify(&long).await.unwrap();
    server.clock().advance(200_000);
    let error = verifier.verify(&long).await.unwrap_err();

    assert!(error.is_unavailable(), "{error}");
}

#[tokio::test]
async fn the_next_token_tells_that_a_member_was_removed() {
    let server = TestServer::start().await;
    let http = server.http();
    let (organization, _) = http.organization_with_admin().await;
    let user = http.member(&organization).await;
    let client = server.client();
    let session_id = sign_in(&client, &user).await;
    let verifier = verifier(&server);
    assert!(next(&verifier, &client, &session_id).await.has_role("org:member"));

    client.organization_memberships().delete(&organization, &user).await.unwrap();

    let session = next(&verifier, &client, &session_id).await;
    assert_eq!(session.organization, None);
    assert!(!session.has_role("org:member"));
}

/// As many permissions as an instance may have.
#[tokio::test]
async fn five_hundred_permissions_are_read_in_both_versions_of_claims() {
    let server = TestServer::start().await;
    let client = server.client();
    // Each action is in one feature only, so that masks have up to five hundred bits.
    let mut keys: Vec<String> = (0..500)
        .map(|index| format!("org:feature_of_a_name_{}:action_of_a_name_{index:03}", index % 8))
        .collect();
    let permissions = client.organization_permissions();
    let made = keys.iter().map(|key| CreateOrganizationPermission::new(key, key));
    let made = made.map(async |new| permissions.create(&new).await.unwrap().id);
    let mut editor = CreateOrganizationRole::new("org:editor", "Editor");
    editor.permissions = Some(join_all(made).await);
    editor.include_in_initial_role_set = Some(true);
    client.organization_roles().create(&editor).await.unwrap();
    let http = server.http();
    let (organization, _) = http.organization_with_admin().await;
    let user = http.anybody().await;
    http.join(&organization, &user, "org:editor").await;

    let second = next(&verifier(&server), &client, &sign_in(&client, &user).await).await;
    // An operator chooses the first version; here it is signed by the test.
    let first = SIGNER.token(&claims_with(json!({
        "v": null,
        "org_id": organization,
        "org_role": "org:editor",
        "org_permissions": keys,
    })));
    let first = by_pem().build().unwrap().verify(&first).await.unwrap();

    keys.sort();
    for session in [first, second] {
        let mut read = session.organization.as_ref().unwrap().permissions.clone();
        read.sort();
        assert_eq!(read, keys);
        assert!(session.has_role("editor"));
        assert!(session.has_permission("feature_of_a_name_3:action_of_a_name_499"));
        assert!(!session.has_permission("org:feature_of_a_name_4:action_of_a_name_499"));
    }
}
