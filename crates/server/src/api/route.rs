//! A route: what is served where, said once for the router, the document and the comparison.

use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};
use guildhall_types::ApiVersion;

use crate::app::App;

/// What can be said of a route without serving it.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(super) method: Method,
    /// The whole path, parameters in braces.
    pub(super) path: &'static str,
    /// The `operationId` of the published description, or one of our own.
    pub(super) id: &'static str,
    /// One sentence.
    pub(super) summary: &'static str,
    /// The kind of thing it is about.
    pub(super) tag: &'static str,
    /// The published query parameters and body fields that are refused.
    pub(super) refuses: &'static [&'static str],
    /// What else is not as published, in a sentence.
    pub(super) but: Option<&'static str>,
    /// The query parameters of our own, by their names among the document's components.
    pub(super) adds: &'static [&'static str],
    /// What `order_by` takes, without a sign; empty where there is no order to choose.
    pub(super) orders: Vec<&'static str>,
    /// The first version of the API that has it no more.
    pub(super) until: Option<ApiVersion>,
}

impl Operation {
    /// Whether it is part of the API, where a key is needed.
    pub(super) fn needs_key(&self) -> bool {
        self.path.starts_with("/v1/")
    }

    /// Whether an instance without organizations refuses it.
    pub(super) fn needs_organizations(&self) -> bool {
        let parts = [
            "/organizations",
            "/organization_memberships",
            "/organization_roles",
            "/role_sets",
            "/v1/check",
        ];
        parts.iter().any(|part| self.path.contains(part))
    }
}

/// An operation and the handler that carries it out.
///
/// One whose id is not in the published description is an addition, and `additions.json` describes
/// its parameters and answers.
pub(crate) struct Route {
    pub(super) operation: Operation,
    pub(super) handler: MethodRouter<App>,
}

impl Route {
    /// A route that reads; it answers `HEAD` as well.
    pub(crate) fn get<H: Handler<T, App>, T: 'static>(
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::GET, path, id, summary, on(MethodFilter::GET, handler))
    }

    /// A route that makes something.
    pub(super) fn post<H: Handler<T, App>, T: 'static>(
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::POST, path, id, summary, on(MethodFilter::POST, handler))
    }

    /// A route that changes what is sent.
    pub(super) fn patch<H: Handler<T, App>, T: 'static>(
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::PATCH, path, id, summary, on(MethodFilter::PATCH, handler))
    }

    /// A route that replaces.
    pub(super) fn put<H: Handler<T, App>, T: 'static>(
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::PUT, path, id, summary, on(MethodFilter::PUT, handler))
    }

    /// A route that removes.
    pub(super) fn delete<H: Handler<T, App>, T: 'static>(
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self {
        Self::new(Method::DELETE, path, id, summary, on(MethodFilter::DELETE, handler))
    }

    /// Names published query parameters and body fields that are refused.
    pub(super) fn refuses(mut self, names: &'static [&'static str]) -> Self {
        self.operation.refuses = names;
        self
    }

    /// Says what is accepted and yet not as published.
    pub(super) fn but(mut self, sentence: &'static str) -> Self {
        self.operation.but = Some(sentence);
        self
    }

    /// Names query parameters that are not published.
    pub(super) fn adds(mut self, parameters: &'static [&'static str]) -> Self {
        self.operation.adds = parameters;
        self
    }

    /// Lists the fields that the answer can be sorted by.
    pub(super) fn ordered_by<F>(mut self, all: &[(F, &'static str)]) -> Self {
        self.operation.orders = all.iter().map(|(_, name)| *name).collect();
        self
    }

    /// Says which version of the API is the first that has the route no more.
    pub(super) fn until(mut self, version: ApiVersion) -> Self {
        self.operation.until = Some(version);
        self
    }

    /// Says what kind of thing the route is about.
    pub(super) fn tagged(mut self, tag: &'static str) -> Self {
        self.operation.tag = tag;
        self
    }

    fn new(
        method: Method,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: MethodRouter<App>,
    ) -> Self {
        let operation = Operation {
            method,
            path,
            id,
            summary,
            tag: "",
            refuses: &[],
            but: None,
            adds: &[],
            orders: Vec::new(),
            until: None,
        };
        Self { operation, handler }
    }
}
