//! Sessions, their tokens and the keys that verify them.

use std::sync::Arc;

use backend::{UNKNOWN_USER, assert_refused, holder, join, organization, stranger, user};
use clerk_rs::apis::Error;
use clerk_rs::apis::configuration::Configuration;
use clerk_rs::apis::jwks_api::get_jwks;
use clerk_rs::apis::sessions_api::{
    create_session, create_session_token, get_session, get_session_list, revoke_session,
};
use clerk_rs::clerk::Clerk;
use clerk_rs::models::session::Status;
use clerk_rs::models::{
    CreateSessionRequest, CreateSessionTokenRequest, JwksKeysInner, Session, User,
};
use clerk_rs::validators::authorizer::{ClerkError, validate_jwt};
use clerk_rs::validators::jwks::MemoryCacheJwksProvider;
use serde_json::json;

const UNKNOWN_SESSION: &str = "sess_3E1yAbCdEfGhIjKlMnOpQrStUvW";

async fn sign_in(backend: &Configuration, user: &User) -> Session {
    let request = CreateSessionRequest::new(user.id.clone());
    create_session(backend, Some(request)).await.unwrap()
}

async fn token_of(backend: &Configuration, session: &Session) -> String {
    create_session_token(backend, &session.id, None).await.unwrap().jwt.unwrap()
}

/// The keys, asked of the server when a token first names one.
fn keys(backend: &Configuration) -> Arc<MemoryCacheJwksProvider> {
    Arc::new(MemoryCacheJwksProvider::new(Clerk::new(backend.clone())))
}

#[tokio::test]
async fn a_session_is_made_read_listed_and_revoked() {
    let backend = holder();
    let member = user(&backend).await;

    let [first, second] = [sign_in(&backend, &member).await, sign_in(&backend, &member).await];
    let read = get_session(&backend, &first.id).await.unwrap();
    let of_user = Some(member.id.as_str());
    let page =
        get_session_list(&backend, None, of_user, None, None, Some(1), Some(1)).await.unwrap();
    let revoked = revoke_session(&backend, &first.id).await.unwrap();
    let active =
        get_session_list(&backend, None, of_user, Some("active"), None, None, None).await.unwrap();
    let client = Some(second.client_id.as_str());
    let of_client = get_session_list(&backend, client, None, None, None, None, None).await.unwrap();

    assert!(first.id.starts_with("sess_"));
    assert_eq!((&first.user_id, first.status), (&member.id, Status::Active));
    assert_eq!(first.last_active_organization_id, Some(None));
    assert!(first.expire_at > first.created_at);
    assert_eq!(read, first);
    assert_eq!(page, [first.clone()]);
    assert_eq!((&revoked.id, revoked.status), (&first.id, Status::Revoked));
    assert_eq!(active, [second.clone()]);
    assert_eq!(of_client, [second]);
}

#[tokio::test]
async fn a_session_begins_in_the_organization_asked_for() {
    let backend = holder();
    let member = user(&backend).await;
    let [first, second] = [organization(&backend).await, organization(&backend).await];
    join(&backend, &first, &member, "org:member").await;
    join(&backend, &second, &member, "org:member").await;
    let mut request = CreateSessionRequest::new(member.id.clone());
    request.active_organization_id = Some(first.id.clone());

    let latest = sign_in(&backend, &member).await;
    let asked = create_session(&backend, Some(request)).await.unwrap();

    assert_eq!(latest.last_active_organization_id, Some(Some(second.id)));
    assert_eq!(asked.last_active_organization_id, Some(Some(first.id)));
}

#[tokio::test]
async fn a_token_is_verified_by_the_keys_of_the_server() {
    let backend = holder();
    let (organization, member) = (organization(&backend).await, user(&backend).await);
    join(&backend, &organization, &member, "org:member").await;
    let session = sign_in(&backend, &member).await;
    let keys = keys(&backend);
    let mut hour = CreateSessionTokenRequest::new();
    hour.expires_in_seconds = Some(Some(3600));

    let claims = validate_jwt(&token_of(&backend, &session).await, keys.clone()).await.unwrap();
    let long = create_session_token(&backend, &session.id, Some(hour)).await.unwrap();
    let long = validate_jwt(&long.jwt.unwrap(), keys).await.unwrap();

    assert_eq!((&claims.sub, claims.sid.as_ref()), (&member.id, Some(&session.id)));
    assert_eq!((claims.exp - claims.iat, long.exp - long.iat), (60, 3600));
    // The crate has no names for claims of version 2.
    assert_eq!((&claims.other["v"], &claims.other["sts"]), (&json!(2), &json!("active")));
    let expected = json!({ "id": organization.id, "slg": organization.slug, "rol": "member" });
    assert_eq!(claims.other["o"], expected);
}

#[tokio::test]
async fn a_token_that_was_changed_is_refused() {
    let backend = holder();
    let member = user(&backend).await;
    let token = token_of(&backend, &sign_in(&backend, &member).await).await;
    let other = token_of(&backend, &sign_in(&backend, &member).await).await;
    let (signed, _) = token.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();

    let refused = validate_jwt(&format!("{signed}.{signature}"), keys(&backend)).await;

    assert!(matches!(refused, Err(ClerkError::Unauthorized(_))), "{refused:?}");
}

#[tokio::test]
async fn the_keys_are_listed_as_keys_of_rsa() {
    let keys = get_jwks(&holder()).await.unwrap().keys.unwrap();

    for key in &keys {
        let JwksKeysInner::JwksRsaPublicKey(key) = key else { panic!("{key:?}") };
        assert_eq!((key.alg.as_str(), key.e.as_str(), key.n.len()), ("RS256", "AQAB", 342));
        assert!(key.kid.starts_with("ins_"));
    }
    assert!(!keys.is_empty());
}

#[tokio::test]
async fn a_session_that_was_revoked_has_no_token() {
    let backend = holder();
    let session = sign_in(&backend, &user(&backend).await).await;
    revoke_session(&backend, &session.id).await.unwrap();

    let token = create_session_token(&backend, &session.id, None).await;

    assert_refused(token, 404, "resource_not_found", None);
}

#[tokio::test]
async fn what_is_unknown_is_not_found_and_each_operation_needs_a_key() {
    let (backend, closed) = (holder(), stranger());
    let of = |user_id: &str| Some(CreateSessionRequest::new(user_id.to_owned()));

    let made = create_session(&backend, of(UNKNOWN_USER)).await;
    let read = get_session(&backend, UNKNOWN_SESSION).await;
    let revoked = revoke_session(&backend, UNKNOWN_SESSION).await;
    let token = create_session_token(&backend, UNKNOWN_SESSION, None).await;
    let status = get_session_list(&backend, None, None, Some("asleep"), None, None, None).await;
    let unopened = get_session_list(&closed, None, None, None, None, None, None).await;

    assert_refused(made, 404, "resource_not_found", Some("user_id"));
    assert_refused(read, 404, "resource_not_found", None);
    assert_refused(revoked, 404, "resource_not_found", None);
    assert_refused(token, 404, "resource_not_found", None);
    assert_refused(status, 422, "form_param_value_invalid", Some("status"));
    assert_refused(unopened, 401, "clerk_key_invalid", None);
    // The crate has no name for it, but its status.
    let keys = get_jwks(&closed).await;
    assert!(matches!(&keys, Err(Error::ResponseError(it)) if it.status == 401), "{keys:?}");
}
