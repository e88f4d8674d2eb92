//! The instance, and what it has set about itself.

use axum::http::StatusCode;
use guildhall_rules::instance::Update;
use guildhall_types::{Code, Fault, UpdateInstance};

use super::route::Route;
use crate::app::App;
use crate::auth::Caller;
use crate::http::{Body, Error, Fields};
use crate::render::{self, Json};

/// The most characters of a text, an origin too.
const MOST_CHARACTERS: usize = 256;
/// The most origins.
const MOST_ORIGINS: usize = 100;
/// Ways to sign in that can come first; empty for the default.
const STRATEGIES: [&str; 3] = ["password", "otp", ""];

/// The instance.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/instance", "GetInstance", "Reads the instance of the key.", get),
        Route::patch(
            "/v1/instance",
            "UpdateInstance",
            "Changes what is set about the instance of the key.",
            update,
        ),
    ]
}

async fn get(app: App, caller: Caller) -> Result<Json, Error> {
    let settings = app.store.instance_settings(caller.instance.key).await?;
    Ok(render::instance(&caller.instance, settings.allowed_origins.as_deref()))
}

async fn update(app: App, caller: Caller, body: Body) -> Result<StatusCode, Error> {
    app.write(&caller, Update { changes: read_update(body)? }).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read_update(body: Body) -> Result<UpdateInstance, Vec<Fault>> {
    let mut fields = body.fields();
    let changes = UpdateInstance {
        test_mode: fields.nullable_bool("test_mode").into_set(),
        hibp: fields.nullable_bool("hibp").into_set(),
        enhanced_email_deliverability: fields
            .nullable_bool("enhanced_email_deliverability")
            .into_set(),
        support_email: text(&mut fields, "support_email"),
        clerk_js_version: text(&mut fields, "clerk_js_version"),
        development_origin: text(&mut fields, "development_origin"),
        allowed_origins: origins(&mut fields),
        cookieless_dev: fields.nullable_bool("cookieless_dev").into_set(),
        url_based_session_syncing: fields.nullable_bool("url_based_session_syncing").into_set(),
        preferred_sign_in_strategy_when_password_required: fields
            .nullable_choice("preferred_sign_in_strategy_when_password_required", &STRATEGIES)
            .into_set(),
    };
    fields.finish()?;
    Ok(changes)
}

fn text(fields: &mut Fields, name: &str) -> Option<String> {
    let text = fields.nullable_string(name).into_set()?;
    check_length(fields, name, &text);
    Some(text)
}

fn origins(fields: &mut Fields) -> Option<Vec<String>> {
    let name = "allowed_origins";
    let origins = fields.optional_strings(name)?;
    if origins.len() > MOST_ORIGINS {
        let most = MOST_ORIGINS.to_string();
        fields.fault(Code::ParameterArrayTooLong.parameter(name).value(most));
    }
    origins.iter().for_each(|origin| check_length(fields, name, origin));
    Some(origins)
}

fn check_length(fields: &mut Fields, name: &str, text: &str) {
    if text.chars().count() > MOST_CHARACTERS {
        let most = MOST_CHARACTERS.to_string();
        fields.fault(Code::ParameterTooLong.parameter(name).value(most));
    }
}
