//! What stands before the router: the trace, the limits, kept answers, the door, compression.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, Ready, ready};
use tower::Service;

use super::answers::{Answers, Asked, Seen};
use super::errors::panicked;
use super::limits::Gate;
use super::trace::Trace;
use super::{Terms, compression, limits};
use crate::auth::Door;

/// Everything that holds for every request, before the router. Cheap to clone.
///
/// It is a service and no layer of the router, because axum adds `Allow` to its 405 outside of the
/// router's layers; and by hand, because an answer that is kept shall not pay for the rest.
#[derive(Clone)]
pub(crate) struct Front {
    router: Router,
    shared: Arc<Shared>,
    /// Who has the other end of the connection, which may be a proxy.
    peer: Option<IpAddr>,
}

/// What every request needs and none changes.
struct Shared {
    terms: Terms,
    gate: Gate,
    guarded: Option<Guarded>,
}

/// What stands before the part of the router that needs a key.
pub(crate) struct Guarded {
    /// Lets in whoever has a key.
    pub(crate) door: Door,
    /// Keeps what handlers say may be kept.
    pub(crate) answers: Answers,
}

impl Front {
    /// Puts itself before `router`, and what guards it, if something does.
    pub(crate) fn new(router: Router, terms: &Terms, guarded: Option<Guarded>) -> Self {
        let shared = Shared { terms: terms.clone(), gate: Gate::new(terms), guarded };
        Self { router, shared: Arc::new(shared), peer: None }
    }

    /// The front of a connection to `peer`.
    pub(crate) fn of(&self, peer: SocketAddr) -> Self {
        Self { peer: Some(peer.ip()), ..self.clone() }
    }

    /// The answer to a request, where there is room for it.
    async fn answer(&self, mut request: Request, seen: Option<Seen>) -> Response {
        let entered = match self.shared.gate.enter(&mut request) {
            Ok(entered) => entered,
            Err(error) => return error.into_response(),
        };
        let answered = AssertUnwindSafe(self.pass(request, seen)).catch_unwind().await;
        entered.leave(answered.unwrap_or_else(|_| panicked()))
    }

    /// What the router answers, past the door where there is one.
    async fn pass(&self, request: Request, seen: Option<Seen>) -> Response {
        match &self.shared.guarded {
            Some(Guarded { door, .. }) if Door::guards(&request) => {
                door.pass(request, seen, |request| self.route(request)).await
            }
            _ => self.route(request).await,
        }
    }

    async fn route(&self, request: Request) -> Response {
        let answered = compression::compressed(self.router.clone(), request).await;
        answered.unwrap_or_else(|never| match never {})
    }
}

impl<B> Service<axum::http::Request<B>> for Front
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<
        Ready<Result<Response, Infallible>>,
        BoxFuture<'static, Result<Response, Infallible>>,
    >;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: axum::http::Request<B>) -> Self::Future {
        let Shared { terms, guarded, .. } = &*self.shared;
        let answers = guarded.as_ref().map(|guarded| &guarded.answers);
        let trace = Trace::begin(terms, self.peer, &mut request);
        compression::simplify(request.headers_mut());
        let asked = answers.and_then(|answers| answers.asked(&request));
        if let (Some(answers), Some(asked)) = (answers, &asked)
            && let Some((mut response, route)) = answers.find(asked)
            && limits::check_size(&request, &terms.limits).is_ok()
        {
            trace.end(terms, &mut response, route.as_ref());
            return Either::Left(ready(Ok(response)));
        }
        let front = self.clone();
        Either::Right(Box::pin(async move {
            let seen = asked.as_ref().map(Asked::seen);
            let mut response = front.answer(request.map(Body::new), seen).await;
            let Shared { terms, guarded, .. } = &*front.shared;
            if let (Some(Guarded { answers, .. }), Some(asked)) = (guarded, asked) {
                response = answers.keep(asked, response).await;
            }
            let route = response.extensions_mut().remove();
            trace.end(terms, &mut response, route.as_ref());
            Ok(response)
        }))
    }
}
