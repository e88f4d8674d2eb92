//! The layer that verifies the session of each request.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use http_body_util::{Either, Full};
use tower_layer::Layer;
use tower_service::Service;

use super::outcome::Outcome;
use super::{SessionRejection, TokenVerifier, VerifiedSession};

/// Verifies the session of each request, once, and passes it on in the extensions of the request.
///
/// As made by [`new`](Self::new) it lets requests pass, and puts a [`VerifiedSession`] into the
/// extensions of those that prove one; from all others it takes away what a layer further out has
/// put there. [`require_session`](Self::require_session), [`require_role`](Self::require_role) and
/// [`require_permission`](Self::require_permission) answer those that have not what they ask for.
///
/// Where the keys cannot be had, a request that carries a token is answered with 503, whatever is
/// required: it may be of somebody who is signed in. One without a token is not.
///
/// Layers with the same verifier, or clones of it, may lie in one another: the token is verified by
/// the outermost.
///
/// It takes any service of HTTP that is `Clone` and `Send`, with futures that are `Send`, for
/// requests whatever their bodies, if these are `Send`. The body of an answer is [`Either`] the
/// layer's own or that of the service. An answer of the layer has the [`SessionRejection`] in its
/// extensions, for a log.
///
/// # Examples
///
/// ```
/// use axum::{Extension, Router, routing::get};
/// use guildhall_sdk::{LayerSession, SessionLayer, TokenVerifier, VerifiedSession};
///
/// async fn front_page(session: Option<Extension<VerifiedSession>>) -> &'static str {
///     if session.is_some() { "welcome back" } else { "welcome" }
/// }
///
/// async fn posts(LayerSession(session): LayerSession) -> String {
///     format!("the posts of {}", session.user_id)
/// }
///
/// # fn main() -> Result<(), guildhall_sdk::Error> {
/// # let client = guildhall_sdk::Client::new("sk_test_key")?;
/// let verifier = TokenVerifier::with_client(&client).build()?;
/// let editors = SessionLayer::new(verifier.clone()).require_permission("org:posts:edit");
///
/// let application: Router = Router::new()
///     .route("/posts", get(posts).layer(editors))
///     .route("/", get(front_page))
///     .layer(SessionLayer::new(verifier));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SessionLayer {
    verifier: TokenVerifier,
    required: Arc<[Requirement]>,
}

/// The service that [`SessionLayer`] makes.
#[derive(Clone, Debug)]
pub struct SessionService<S> {
    inner: S,
    layer: SessionLayer,
}

#[derive(Clone, Debug)]
enum Requirement {
    Session,
    Role(String),
    Permission(String),
}

impl SessionLayer {
    /// Verifies by `verifier`, and lets every request pass but those that carry a token while the
    /// keys cannot be had, which are answered with 503.
    pub fn new(verifier: TokenVerifier) -> Self {
        Self { verifier, required: Arc::new([]) }
    }

    /// Answers who proves no session with 401, and with 503 where the keys cannot be had.
    pub fn require_session(self) -> Self {
        self.require(Requirement::Session)
    }

    /// Answers who has not this role in the active organization with 403, who proves no session as
    /// [`require_session`](Self::require_session) does.
    pub fn require_role(self, role: impl Into<String>) -> Self {
        self.require(Requirement::Role(role.into()))
    }

    /// Answers who has not this permission in the active organization with 403, who proves no
    /// session as [`require_session`](Self::require_session) does.
    ///
    /// It goes by the token, which is as old as [`VerifiedSession`] says; where a removal has to
    /// count at once, ask by [`Client::check`](crate::Client::check) in the handler. Tokens tell no
    /// permission of the system (`org:sys_…`): nobody passes who needs one.
    pub fn require_permission(self, permission: impl Into<String>) -> Self {
        self.require(Requirement::Permission(permission.into()))
    }

    /// All that is required has to hold.
    fn require(self, requirement: Requirement) -> Self {
        let required = self.required.iter().cloned().chain([requirement]).collect();
        Self { required, ..self }
    }

    /// Verifies the session of a request, and refuses it if something that is required is missing.
    async fn admit(&self, request: &mut Parts) -> Result<(), SessionRejection> {
        let outcome = Outcome::of(&self.verifier, &request.headers, &mut request.extensions).await;
        let session = outcome.session();
        // What an outer layer has left there is not what this one says.
        request.extensions.remove::<VerifiedSession>();
        match &session {
            Ok(session) => {
                request.extensions.insert(session.clone());
            }
            // Passed on without a session, it would be served as signed out.
            Err(rejection) if rejection.is_unavailable() => return Err(rejection.clone()),
            Err(_) => {}
        }
        for requirement in &*self.required {
            requirement.check(session.as_ref().map_err(Clone::clone)?)?;
        }
        Ok(())
    }
}

impl Requirement {
    fn check(&self, session: &VerifiedSession) -> Result<(), SessionRejection> {
        match self {
            Self::Role(role) if !session.has_role(role) => {
                Err(SessionRejection::RoleMissing { role: role.clone() })
            }
            Self::Permission(permission) if !session.has_permission(permission) => {
                Err(SessionRejection::PermissionMissing { permission: permission.clone() })
            }
            _ => Ok(()),
        }
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService { inner, layer: self.clone() }
    }
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for SessionService<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>> + Clone + Send + 'static,
    S::Future: Send,
    RequestBody: Send + 'static,
{
    type Response = Response<Either<Full<Bytes>, ResponseBody>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        // What is ready is this one, not its clone.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let layer = self.layer.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match layer.admit(&mut parts).await {
                Err(rejection) => Ok(rejection.response().map(Either::Left)),
                Ok(()) => {
                    let answer = inner.call(Request::from_parts(parts, body)).await?;
                    Ok(answer.map(Either::Right))
                }
            }
        })
    }
}
