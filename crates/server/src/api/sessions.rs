//! Sessions, their tokens, and the keys that verify them.

use std::ops::RangeInclusive;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use guildhall_rules::sessions::{Create, Revoke, SessionView, SetActive};
use guildhall_rules::tokens::{self, Issue, LIFETIME, session_claims};
use guildhall_store::{Environment, Instance};
use guildhall_types::{ApiVersion, Code, Fault, ListSessions, Patch, Token};

use super::route::Route;
use crate::app::App;
use crate::auth::{Caller, require_organizations};
use crate::http::{Body, Error, PathIds, Query};
use crate::render::{self, Json};

/// How long a token may be valid, in seconds.
const LIFETIMES: RangeInclusive<i64> = 30..=315_360_000;
/// Statuses of sessions.
const STATUSES: [&str; 7] =
    ["abandoned", "active", "ended", "expired", "removed", "replaced", "revoked"];

/// Sessions and keys.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/sessions", "GetSessionList", "Lists sessions, newest first.", list)
            .but("`paginated=true` puts the sessions into `data`, beside `total_count`."),
        Route::post("/v1/sessions", "createSession", "Signs a user in, for tests.", create),
        Route::get("/v1/sessions/{session_id}", "GetSession", "Reads a session.", get_one),
        Route::patch(
            "/v1/sessions/{session_id}",
            "UpdateSession",
            "Sets the active organization of a session and of those that follow.",
            set_active,
        ),
        Route::post(
            "/v1/sessions/{session_id}/revoke",
            "RevokeSession",
            "Ends a session for good.",
            revoke,
        ),
        Route::post(
            "/v1/sessions/{session_id}/verify",
            "VerifySession",
            "Reads a session that a token of its own authenticates.",
            verify,
        )
        .until(ApiVersion::V2025_04_10),
        Route::post(
            "/v1/sessions/{session_id}/refresh",
            "RefreshSession",
            "Answers that a session cannot be refreshed.",
            refresh,
        )
        .but("There is no Frontend API that issues refresh tokens, so that every one is refused."),
        Route::post(
            "/v1/sessions/{session_id}/tokens",
            "CreateSessionToken",
            "Makes a token of a session.",
            token,
        ),
        Route::get("/v1/jwks", "GetJWKS", "Lists the keys that verify tokens.", keys),
        Route::get(
            "/instances/{instance_id}/.well-known/jwks.json",
            "GetInstanceKeys",
            "Lists the keys that verify tokens of an instance, to everybody.",
            public_keys,
        ),
        Route::get(
            "/.well-known/jwks.json",
            "GetFirstInstanceKeys",
            "Lists the keys that verify tokens of the first instance, to everybody.",
            first_public_keys,
        ),
    ]
}

async fn list(app: App, caller: Caller, mut query: Query) -> Result<Json, Error> {
    let list = ListSessions {
        limit: Some(query.limit()),
        offset: Some(query.offset()),
        client_id: query.text("client_id"),
        user_id: query.text("user_id"),
        status: query.text("status"),
    };
    let paginated = query.flag("paginated");
    if let Some(status) = &list.status
        && !STATUSES.contains(&status.as_str())
    {
        let fault = Code::ParameterValueNotAllowed.parameter("status");
        query.fault(fault.value(status).value(STATUSES.join(", ")));
    }
    query.finish()?;
    let found = app.store.sessions(caller.instance.key, &list, paginated).await?;
    let (mut views, total_count) = found;
    views.iter_mut().for_each(|view| hide_organization(&caller, view));
    Ok(render::sessions(&views, total_count, app.store.now()))
}

async fn create(app: App, caller: Caller, body: Body) -> Result<Json, Error> {
    if caller.instance.environment == Environment::Production && !app.allows_sessions() {
        return Err(Code::RequestInvalidForEnvironment.about(&["development"]).into());
    }
    let operation = read_create(body)?;
    if operation.active_organization_id.is_some() {
        require_organizations(&caller)?;
    }
    let id = app.write(&caller, operation).await?;
    tell(&app, &caller, &id).await
}

fn read_create(body: Body) -> Result<Create, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = Create {
        user_id: fields.required_string("user_id"),
        active_organization_id: fields.optional_string("active_organization_id"),
    };
    fields.finish()?;
    Ok(operation)
}

async fn get_one(
    app: App,
    caller: Caller,
    PathIds([session_id]): PathIds<1>,
) -> Result<Json, Error> {
    tell(&app, &caller, &session_id).await
}

async fn set_active(
    app: App,
    caller: Caller,
    PathIds([session_id]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let SessionView { user_id, .. } = find(&app, &caller, &session_id).await?;
    let mut fields = body.fields();
    let organization = fields.nullable_string("active_organization_id");
    if organization.is_keep() && !fields.has_fault_about("active_organization_id") {
        fields.fault(Code::ParameterMissing.parameter("active_organization_id"));
    }
    fields.finish()?;
    let organization_id = match organization {
        Patch::Set(id) => Some(id),
        Patch::Clear | Patch::Keep => None,
    };
    if organization_id.is_some() {
        require_organizations(&caller)?;
    }
    app.write(&caller, SetActive { session_id: session_id.clone(), user_id, organization_id })
        .await?;
    tell(&app, &caller, &session_id).await
}

async fn revoke(
    app: App,
    caller: Caller,
    PathIds([session_id]): PathIds<1>,
) -> Result<Json, Error> {
    find(&app, &caller, &session_id).await?;
    app.write(&caller, Revoke { session_id: session_id.clone() }).await?;
    tell(&app, &caller, &session_id).await
}

async fn verify(
    app: App,
    caller: Caller,
    PathIds([session_id]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let view = find(&app, &caller, &session_id).await?;
    let mut fields = body.fields();
    let token = fields.required_string("token");
    fields.finish()?;
    let signed = app.tokens.signed_claims(&app.store, &caller.instance, &token).await?;
    let now = app.store.now();
    tokens::verify(&view, signed.as_ref(), now)?;
    Ok(render::session(&view, now))
}

async fn refresh(
    app: App,
    caller: Caller,
    PathIds([session_id]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let token = read_refresh(body)?;
    let signed = app.tokens.signed_claims(&app.store, &caller.instance, &token).await?;
    Err(tokens::refuse_refresh(&session_id, signed.as_ref()).into())
}

/// The token that expired; the rest is looked at and tells nothing here.
fn read_refresh(body: Body) -> Result<String, Vec<Fault>> {
    let mut fields = body.fields();
    let token = fields.required_string("expired_token");
    fields.required_string("refresh_token");
    fields.required_string("request_origin");
    fields.nullable_metadata("request_headers");
    fields.nullable_choice("format", &["token", "cookie"]);
    fields.nullable_string("request_originating_ip");
    fields.finish()?;
    Ok(token)
}

async fn find(app: &App, caller: &Caller, id: &str) -> Result<SessionView, Error> {
    let found = app.store.session(caller.instance.key, id).await?;
    let mut view = found.ok_or_else(|| Code::SessionNotFound.about(&[id]))?;
    hide_organization(caller, &mut view);
    Ok(view)
}

/// Tells nothing of an organization where the instance has none.
fn hide_organization(caller: &Caller, view: &mut SessionView) {
    if !caller.instance.organizations_enabled {
        view.organization = None;
    }
}

async fn tell(app: &App, caller: &Caller, id: &str) -> Result<Json, Error> {
    Ok(render::session(&find(app, caller, id).await?, app.store.now()))
}

async fn token(
    app: App,
    caller: Caller,
    PathIds([session_id]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let lifetime = read_lifetime(body);
    let found = app.store.session_with_role(caller.instance.key, &session_id).await?;
    let now = app.store.now();
    // Only a session that is active has tokens; any other is none any more.
    let found = found.filter(|(view, _)| view.session.status(now) == "active");
    let (mut view, role) = found.ok_or_else(|| Code::SessionNotFound.about(&[&session_id]))?;
    hide_organization(&caller, &mut view);
    let issue = Issue {
        version: caller.instance.session_token_version,
        now,
        lifetime: lifetime?.unwrap_or(LIFETIME),
        issuer: issuer(&app, &caller.instance),
        jti: random_name()?,
    };
    let claims = session_claims(&view, role.as_ref(), issue);
    let jwt = app.tokens.sign(&app.store, &caller.instance, &claims).await?;
    Ok(Json::of(&Token { object: "token".to_owned(), jwt }))
}

fn read_lifetime(body: Body) -> Result<Option<i64>, Vec<Fault>> {
    let mut fields = body.fields();
    let lifetime = fields.nullable_integer("expires_in_seconds", LIFETIMES).into_set();
    fields.finish()?;
    Ok(lifetime)
}

/// Who makes the tokens of an instance; below it stand the keys that verify them.
fn issuer(app: &App, instance: &Instance) -> String {
    format!("{}/instances/{}", app.public_url(), instance.id)
}

/// Twenty random digits of sixteen.
fn random_name() -> Result<String, Error> {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn keys(app: App, caller: Caller) -> Result<Json, Error> {
    Ok(app.tokens.key_set(&app.store, &caller.instance).await?.into())
}

async fn public_keys(
    State(app): State<App>,
    PathIds([instance_id]): PathIds<1>,
) -> Result<impl IntoResponse, Error> {
    let instance = app.store.instance(&instance_id).await?;
    published(app, instance).await
}

async fn first_public_keys(State(app): State<App>) -> Result<impl IntoResponse, Error> {
    let instance = app.store.oldest_instance().await?;
    published(app, instance).await
}

/// The keys of an instance, which may be kept for a minute: shorter than a key is told of before it
/// signs nothing more.
async fn published(app: App, instance: Option<Instance>) -> Result<impl IntoResponse, Error> {
    let instance = instance.ok_or_else(|| Code::RouteNotFound.fault())?;
    let keys = app.tokens.key_set(&app.store, &instance).await?;
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=60")];
    Ok((headers, keys))
}
