//! Answers that are kept, ready to be sent, until the database changes.
//!
//! Only what depends on nothing but the request and the database is kept: a handler says so by
//! [`Keepable`]. The state of the database is asked for before each look, so that no answer is older
//! than its request.

use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::MatchedPath;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use guildhall_store::{Kept, KeyHash, State, Store};

use super::proxies::ForwardedBase;
use super::version::CLERK_API_VERSION;
use crate::auth::bearer;

/// How many bytes are kept, the questions included.
const MOST_BYTES: usize = 16 << 20;
/// How many bytes an answer that is kept has at most.
const LARGEST_BYTES: u64 = 64 << 10;
/// What an entry takes beside its texts, about, in bytes.
const ENTRY_BYTES: usize = 512;

/// Says of an answer that it depends on nothing but its request and the database, not on the clock
/// either; of the headers only on the key, the version, the coding and what proxies say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keepable;

/// Kept answers.
pub(crate) struct Answers {
    store: Store,
    /// Nothing yet for what was asked only once: most requests are not made again.
    kept: Kept<Question, Option<Arc<Answer>>>,
}

/// All that an answer depends on, beside the database.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    /// Only the hash of the secret key is kept.
    key: KeyHash,
    accepts_gzip: bool,
    /// The path with its query, the version asked for, and how clients reach the server.
    text: String,
}

/// An answer as it is sent again.
struct Answer {
    headers: HeaderMap,
    body: Bytes,
    route: Option<MatchedPath>,
}

/// A request whose answer may be kept, and the state that the answer is of at least.
pub(super) struct Asked {
    question: Question,
    state: State,
}

/// The key that a request came with, and the state of the database that was seen since it came: what
/// is looked for again at the door.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) key: KeyHash,
    pub(crate) state: State,
}

impl Asked {
    /// What was found out about the request.
    pub(super) fn seen(&self) -> Seen {
        Seen { key: self.question.key, state: self.state }
    }
}

impl Answers {
    /// No answers yet, for what is read from `store`.
    pub(crate) fn new(store: Store) -> Self {
        Self { store, kept: Kept::new(MOST_BYTES) }
    }

    /// What a request asks, if its answer may be kept.
    pub(super) fn asked<B>(&self, request: &Request<B>) -> Option<Asked> {
        let headers = request.headers();
        let has_body =
            headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
        if request.method() != Method::GET || has_body {
            return None;
        }
        let state = self.store.state().ok()??;
        let key = KeyHash::of(bearer(headers)?);
        let mut versions = headers.get_all(CLERK_API_VERSION).iter();
        let version = match (versions.next(), versions.next()) {
            (version, None) => version.map_or(Ok(""), |version| version.to_str()).ok()?,
            _ => return None,
        };
        let base = request.extensions().get::<ForwardedBase>();
        let base = base.map_or("", |ForwardedBase(base)| base);
        let path = request.uri().path_and_query()?.as_str();
        // The front has left `gzip` or nothing.
        let accepts_gzip = headers.contains_key(ACCEPT_ENCODING);
        // Neither a path nor a version holds a blank.
        let text = [path, version, base].join(" ");
        Some(Asked { question: Question { key, accepts_gzip, text }, state })
    }

    /// The answer and its route, if it is kept.
    pub(super) fn find(&self, asked: &Asked) -> Option<(Response, Option<MatchedPath>)> {
        let answer = self.kept.get(asked.state, &asked.question)??;
        let mut response = Response::new(Body::from(answer.body.clone()));
        response.headers_mut().clone_from(&answer.headers);
        Some((response, answer.route.clone()))
    }

    /// Keeps the answer where it may be kept and the same was asked before.
    pub(super) async fn keep(&self, asked: Asked, response: Response) -> Response {
        let is_keepable = response.status() == StatusCode::OK
            && response.extensions().get::<Keepable>().is_some();
        if !is_keepable {
            return response;
        }
        let Asked { question, state } = asked;
        let bytes = question.text.len() + ENTRY_BYTES;
        if self.kept.get(state, &question).is_none() {
            self.kept.keep(state, question, None, bytes);
            return response;
        }
        let is_small = response.body().size_hint().upper().is_none_or(|most| most <= LARGEST_BYTES);
        if !is_small {
            return response;
        }
        let (parts, body) = response.into_parts();
        let Ok(body) = to_bytes(body, usize::MAX).await else {
            // A body that was in memory does not fail.
            return Response::from_parts(parts, Body::empty());
        };
        let route = parts.extensions.get::<MatchedPath>().cloned();
        let answer = Answer { headers: parts.headers.clone(), body: body.clone(), route };
        let bytes = bytes + body.len();
        self.kept.keep(state, question, Some(Arc::new(answer)), bytes);
        Response::from_parts(parts, Body::from(body))
    }
}
