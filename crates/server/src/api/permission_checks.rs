//! Whether users may do something in organizations.

use guildhall_types::{Check, CheckQuestion, Code, Fault, MAX_CHECK_QUESTIONS, Needed};

use super::route::Route;
use crate::app::App;
use crate::auth::Caller;
use crate::http::{Body, Error, Fields};
use crate::render::Json;

/// The check, an addition to the published API.
pub(super) fn routes() -> Vec<Route> {
    vec![Route::post(
        "/v1/check",
        "CheckPermissions",
        "Tells whether users have permissions or roles in organizations.",
        check,
    )]
}

async fn check(app: App, caller: Caller, body: Body) -> Result<Json, Error> {
    let questions = read_check(body)?;
    let allowed = app.store.check_permissions(caller.instance.key, &questions).await?;
    Ok(Json::of(&Check::new(allowed)))
}

fn read_check(body: Body) -> Result<Vec<CheckQuestion>, Vec<Fault>> {
    let mut fields = body.fields();
    let questions = fields.required_objects("questions", MAX_CHECK_QUESTIONS, read_question);
    fields.finish()?;
    Ok(questions)
}

fn read_question(fields: &mut Fields) -> CheckQuestion {
    let user_id = fields.required_string("user_id").into();
    let organization_id = fields.required_string("organization_id").into();
    let needs = match (fields.has("permission"), fields.has("role")) {
        (true, true) => {
            let [permission, role] = ["permission", "role"].map(|name| fields.named(name));
            fields.fault(Code::ParameterNotAllowed.parameter(&role).value(permission));
            fields.optional_string("role");
            Needed::Permission(fields.required_string("permission"))
        }
        (false, true) => Needed::Role(fields.required_string("role")),
        (_, false) => Needed::Permission(fields.required_string("permission")),
    };
    CheckQuestion { user_id, organization_id, needs }
}
