//! The layer around services whose bodies are of any kind.

use std::convert::Infallible;

use axum::http::header::COOKIE;
use axum::http::{Request, Response};
use guildhall_sdk::{SessionLayer, VerifiedSession};
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
        http_body_util::Either::Left(_) => None,
        http_body_util::Either::Right(said) => Some(said),
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
