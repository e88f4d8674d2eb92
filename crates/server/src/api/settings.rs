//! What an instance has set about organizations.

use guildhall_rules::settings::Update;
use guildhall_types::Fault;

use super::organizations::MEMBERSHIP_LIMITS;
use super::route::Route;
use crate::app::App;
use crate::auth::Caller;
use crate::http::{Body, Error};
use crate::render::{self, Json};

/// Published fields about domains, which are not served.
const NOT_SERVED: [&str; 2] = ["domains_enabled", "domains_enrollment_modes"];

/// The settings.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/v1/instance/organization_settings",
            "GetInstanceOrganizationSettings",
            "Reads what is set about organizations.",
            get,
        ),
        Route::patch(
            "/v1/instance/organization_settings",
            "UpdateInstanceOrganizationSettings",
            "Changes what is set about organizations.",
            update,
        )
        .refuses(&NOT_SERVED),
    ]
}

async fn get(app: App, caller: Caller) -> Result<Json, Error> {
    let view = app.store.organization_settings(caller.instance.key).await?;
    Ok(render::organization_settings(&view))
}

async fn update(app: App, caller: Caller, body: Body) -> Result<Json, Error> {
    let view = app.write(&caller, read_update(body)?).await?;
    Ok(render::organization_settings(&view))
}

fn read_update(body: Body) -> Result<Update, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = Update {
        enabled: fields.nullable_bool("enabled").into_set(),
        max_allowed_memberships: fields
            .nullable_integer("max_allowed_memberships", MEMBERSHIP_LIMITS)
            .into_set(),
        admin_delete_enabled: fields.nullable_bool("admin_delete_enabled").into_set(),
        slug_disabled: fields.nullable_bool("slug_disabled").into_set(),
        creator_role_id: fields.nullable_string("creator_role_id").into_set(),
        domains_default_role_id: fields.nullable_string("domains_default_role_id").into_set(),
    };
    for name in NOT_SERVED {
        fields.unsupported(name);
    }
    fields.finish()?;
    Ok(operation)
}
