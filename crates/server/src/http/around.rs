//! What is around every handler: its route is remembered, a panic becomes an answer, and who may not
//! have what it does is refused.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tower::{Layer, Service};

use super::errors::{Carried, Error, panicked};
use super::trace;
use crate::auth::require_organizations;

/// A layer around the handlers of one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Around {
    /// The path is no route, and its template is not told.
    Nothing,
    /// The path is a route.
    Route,
    /// The path is a route that an instance without organizations refuses.
    AboutOrganizations,
}

/// What answers a request that has found its path.
#[derive(Clone)]
pub(crate) struct Handled<S> {
    handler: S,
    around: Around,
}

/// Why a request is to be refused where its route is known.
#[derive(Clone)]
struct Refused(Arc<Error>);

/// Refuses a request once it has found its route, so that the log and the counts name that.
pub(crate) fn refuse(request: &mut Request, error: Error) {
    request.extensions_mut().insert(Refused(Arc::new(error)));
}

impl Around {
    /// Why the handler may not be asked.
    fn refusal(self, request: &mut Request) -> Option<Arc<Error>> {
        if let Some(Refused(error)) = request.extensions_mut().remove() {
            return Some(error);
        }
        let caller = request.extensions().get().filter(|_| self == Self::AboutOrganizations);
        caller.and_then(|caller| require_organizations(caller).err()).map(Arc::new)
    }
}

impl<S> Layer<S> for Around {
    type Service = Handled<S>;

    fn layer(&self, handler: S) -> Handled<S> {
        Handled { handler, around: *self }
    }
}

impl<S> Service<Request> for Handled<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.handler.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let route = request.extensions().get::<MatchedPath>().cloned();
        let route = route.filter(|_| self.around != Around::Nothing);
        let answering = match self.around.refusal(&mut request) {
            Some(error) => Err(error),
            None => Ok(self.handler.call(request)),
        };
        Box::pin(async move {
            let mut response = match answering {
                Ok(answering) => match AssertUnwindSafe(answering).catch_unwind().await {
                    Ok(Ok(response)) => response,
                    Ok(Err(never)) => match never {},
                    Err(_) => panicked(),
                },
                Err(error) => Carried(error).into_response(),
            };
            trace::remember_route(&mut response, route);
            Ok(response)
        })
    }
}
