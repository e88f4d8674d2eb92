//! What stands before the router: the trace, the limits, kept answers, compression.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, Ready, ready};
use tower::{Layer, Service};
use tower_http::compression::Compression;

use super::answers::Answers;
use super::compression::{self, IsText};
use super::errors::panicked;
use super::limits::Gate;
use super::trace::Trace;
use super::{Terms, limits};

/// Everything that holds for every request, before the router. Cheap to clone.
///
/// It is a service and no layer of the router, because axum adds `Allow` to its 405 outside of the
/// router's layers; and by hand, because an answer that is kept shall not pay for the rest.
#[derive(Clone)]
pub(crate) struct Front {
    router: Compression<Router, IsText>,
    shared: Arc<Shared>,
}

/// What every request needs and none changes.
struct Shared {
    terms: Terms,
    gate: Gate,
    answers: Option<Answers>,
}

impl Front {
    /// Puts itself before `router`; `answers` keeps what its handlers say may be kept.
    pub(crate) fn new(router: Router, terms: &Terms, answers: Option<Answers>) -> Self {
        let shared = Shared { terms: terms.clone(), gate: Gate::new(terms), answers };
        Self { router: compression::layer().layer(router), shared: Arc::new(shared) }
    }

    /// What the router answers, where there is room for the request.
    async fn route(mut self, mut request: Request) -> Response {
        let entered = match self.shared.gate.enter(&mut request) {
            Ok(entered) => entered,
            Err(error) => return error.into_response(),
        };
        let answered = AssertUnwindSafe(async move { self.router.call(request).await });
        let response = match answered.catch_unwind().await {
            Ok(Ok(response)) => response.map(Body::new),
            Ok(Err(never)) => match never {},
            Err(_) => panicked(),
        };
        entered.leave(response)
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
        let Shared { terms, answers, .. } = &*self.shared;
        let trace = Trace::begin(terms, &mut request);
        compression::simplify(request.headers_mut());
        let asked = answers.as_ref().and_then(|answers| answers.asked(&request));
        if let (Some(answers), Some(asked)) = (answers, &asked)
            && let Some(mut response) = answers.find(asked)
            && limits::check_size(&request, &terms.limits).is_ok()
        {
            trace.end(terms, &mut response);
            return Either::Left(ready(Ok(response)));
        }
        if let Some(asked) = &asked {
            request.extensions_mut().insert(asked.seen());
        }
        let front = self.clone();
        Either::Right(Box::pin(async move {
            let shared = Arc::clone(&front.shared);
            let mut response = front.route(request.map(Body::new)).await;
            if let (Some(answers), Some(asked)) = (&shared.answers, asked) {
                response = answers.keep(asked, response).await;
            }
            trace.end(&shared.terms, &mut response);
            Ok(response)
        }))
    }
}
