//! The layer around services whose bodies are of any kind.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderValue, Request, Response};
use guildhall_sdk::{SessionLayer, SessionRejection, TokenVerifier, VerifiedSession, VerifyError};
use http_body_util::Either;
use tower::{Layer, Service, ServiceExt, service_fn};

use super::signer::{SIGNER, by_pem, claims};

/// No body that HTTP knows of.
#[derive(Debug, PartialEq)]
struct Parcel(&'static str);

/// Tells who is signed in.
async fn answer(request: Request<Parcel>) -> Result<Response<Option<String>>, Infallible> {
    assert_eq!(request.body(), &Parcel("sent"));
    let session = request.extensions().get::<VerifiedSession>();
    Ok(Response::new(session.map(|session| session.user_id.to_string())))
}

fn request(token: Option<&str>) -> Request<Parcel> {
    let mut request = Request::builder();
    if let Some(token) = token {
        request = request.header(COOKIE, format!("__session={token}"));
    }
    request.body(Parcel("sent")).expect("it is a request")
}

/// The status, and what the service said, if it was asked.
async fn call(layer: SessionLayer, request: Request<Parcel>) -> (u16, Option<Option<String>>) {
    let answer = layer.layer(service_fn(answer)).oneshot(request).await;
    let answer = answer.expect("the service does not fail");
    let status = answer.status().as_u16();
    let said = match answer.into_body() {
        Either::Left(_) => None,
        Either::Right(said) => Some(said),
    };
    (status, said)
}

#[tokio::test]
async fn every_request_passes_unless_something_is_required() {
    let layer = SessionLayer::new(by_pem().build().unwrap());
    let token = SIGNER.token(&claims());

    let signed_in = call(layer.clone(), request(Some(&token))).await;
    let refused = call(layer.clone(), request(Some("a.b.c"))).await;
    let signed_out = call(layer, request(None)).await;

    assert_eq!(signed_in, (200, Some(Some("user_1".to_owned()))));
    assert_eq!(refused, (200, Some(None)));
    assert_eq!(signed_out, (200, Some(None)));
}

#[tokio::test]
async fn a_service_is_not_asked_where_something_required_is_missing() {
    let layer = || SessionLayer::new(by_pem().build().unwrap());
    let token = SIGNER.token(&claims());

    let signed_in = call(layer().require_session(), request(Some(&token))).await;
    assert_eq!(signed_in, (200, Some(Some("user_1".to_owned()))));
    for layer in [
        layer().require_session(),
        layer().require_role("admin"),
        layer().require_permission("a:b"),
    ] {
        assert_eq!(call(layer.clone(), request(None)).await, (401, None));
        assert_eq!(call(layer, request(Some("a.b.c"))).await, (401, None));
    }
    assert_eq!(call(layer().require_role("admin"), request(Some(&token))).await, (403, None));
    assert_eq!(call(layer().require_permission("a:b"), request(Some(&token))).await, (403, None));
}

#[tokio::test]
async fn a_service_serves_one_request_after_the_other() {
    let mut service =
        SessionLayer::new(by_pem().build().unwrap()).require_session().layer(service_fn(answer));
    let token = SIGNER.token(&claims());

    for _ in 0..3 {
        let served = service.ready().await.unwrap().call(request(Some(&token))).await.unwrap();
        assert_eq!(served.status(), 200);
        let refused = service.ready().await.unwrap().call(request(None)).await.unwrap();
        assert_eq!(refused.status(), 401);
        assert_eq!(refused.headers()["content-type"], "application/json");
    }
}

#[tokio::test]
async fn a_session_of_an_outer_layer_is_not_passed_on_by_an_inner_one_that_refuses_it() {
    let outer = SessionLayer::new(by_pem().build().unwrap()).require_session();
    let inner = SessionLayer::new(by_pem().issuer("https://other.example.com").build().unwrap());
    let service = outer.layer(inner.layer(service_fn(answer)));
    let token = SIGNER.token(&claims());

    let answer = service.oneshot(request(Some(&token))).await.unwrap();

    assert_eq!(answer.status(), 200);
    match answer.into_body() {
        Either::Right(Either::Right(said)) => assert_eq!(said, None),
        other => panic!("the service was not asked: {other:?}"),
    }
}

/// A layer whose keys cannot be had.
fn without_keys() -> SessionLayer {
    // Nothing listens there.
    let verifier = TokenVerifier::with_jwks_url("http://127.0.0.1:1/jwks")
        .fetch_timeout(Duration::from_millis(100))
        .refetch_after(Duration::from_millis(6_500));
    SessionLayer::new(verifier.build().expect("the address is one"))
}

#[tokio::test]
async fn a_token_without_keys_is_answered_whatever_is_required() {
    let token = SIGNER.token(&claims());

    assert_eq!(call(without_keys(), request(Some(&token))).await, (503, None));
    assert_eq!(call(without_keys().require_session(), request(Some(&token))).await, (503, None));
    assert_eq!(call(without_keys(), request(None)).await, (200, Some(None)));
    assert_eq!(call(without_keys().require_session(), request(None)).await, (401, None));
}

#[tokio::test]
async fn an_answer_says_when_keys_are_asked_for_again() {
    let service = without_keys().layer(service_fn(answer));

    let answer = service.oneshot(request(Some(&SIGNER.token(&claims())))).await.unwrap();

    assert_eq!(answer.headers()["retry-after"], "7");
}

#[tokio::test]
async fn an_answer_has_the_reason_in_its_extensions() {
    let reason = async |layer: SessionLayer, token: Option<&str>| {
        let service = layer.layer(service_fn(answer));
        let answer = service.oneshot(request(token)).await.expect("the service does not fail");
        answer.extensions().get::<SessionRejection>().cloned()
    };
    let required = || SessionLayer::new(by_pem().build().unwrap()).require_session();
    let token = SIGNER.token(&claims());

    let malformed = reason(required(), Some("a.b.c")).await;
    let missing = reason(required(), None).await;
    let role = reason(required().require_role("admin"), Some(&token)).await;
    let unavailable = reason(without_keys(), Some(&token)).await;
    let served = reason(required(), Some(&token)).await;

    let Some(SessionRejection::Token(malformed)) = malformed else { panic!("{malformed:?}") };
    assert!(matches!(malformed, VerifyError::Malformed { .. }), "{malformed}");
    assert!(matches!(missing, Some(SessionRejection::TokenMissing)), "{missing:?}");
    assert!(matches!(role, Some(SessionRejection::RoleMissing { .. })), "{role:?}");
    let Some(SessionRejection::Token(unavailable)) = unavailable else { panic!("{unavailable:?}") };
    assert!(unavailable.is_unavailable(), "{unavailable}");
    assert!(served.is_none(), "{served:?}");
}

#[tokio::test]
async fn the_cookie_is_ignored_where_tokens_come_by_the_header_only() {
    let layer = || SessionLayer::new(by_pem().bearer_only().build().unwrap()).require_session();
    let token = SIGNER.token(&claims());
    let mut by_header = request(Some("a.b.c"));
    let header = format!("Bearer {token}").parse().unwrap();
    by_header.headers_mut().insert(AUTHORIZATION, header);

    assert_eq!(call(layer(), request(Some(&token))).await, (401, None));
    assert_eq!(call(layer(), by_header).await, (200, Some(Some("user_1".to_owned()))));
}

#[tokio::test]
async fn a_header_that_is_no_text_is_refused_beside_a_good_cookie() {
    let layer = SessionLayer::new(by_pem().build().unwrap());
    let mut request = request(Some(&SIGNER.token(&claims())));
    let header = HeaderValue::from_bytes(b"Bearer a.\xe9.c").unwrap();
    request.headers_mut().insert(AUTHORIZATION, header);

    assert_eq!(call(layer, request).await, (200, Some(None)));
}
