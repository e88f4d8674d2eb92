//! Roles, and which permissions they grant.

use guildhall_rules::permissions::{description_fault, name_fault};
use guildhall_rules::roles::{Assign, Create, Delete, Unassign, Update, key_fault};
use guildhall_types::{Code, Fault, KeyedOrder};

use super::permissions::read_list;
use super::route::Route;
use crate::app::App;
use crate::auth::Caller;
use crate::http::{Body, Error, PathIds, Query};
use crate::render::{self, Json};

/// Roles.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/organization_roles", "ListOrganizationRoles", "Lists roles.", list)
            .ordered_by(KeyedOrder::ALL),
        Route::post("/v1/organization_roles", "CreateOrganizationRole", "Makes a role.", create),
        Route::get(
            "/v1/organization_roles/{organization_role_id}",
            "GetOrganizationRole",
            "Reads a role.",
            get_one,
        ),
        Route::patch(
            "/v1/organization_roles/{organization_role_id}",
            "UpdateOrganizationRole",
            "Changes a role, for every member who has it.",
            update,
        ),
        Route::delete(
            "/v1/organization_roles/{organization_role_id}",
            "DeleteOrganizationRole",
            "Deletes a role that nobody has and nothing uses.",
            delete,
        ),
        Route::post(
            "/v1/organization_roles/{organization_role_id}/permissions/{permission_id}",
            "AssignPermissionToOrganizationRole",
            "Lets a role grant a permission.",
            assign,
        ),
        Route::delete(
            "/v1/organization_roles/{organization_role_id}/permissions/{permission_id}",
            "RemovePermissionFromOrganizationRole",
            "Lets a role no longer grant a permission.",
            unassign,
        ),
    ]
}

async fn list(app: App, caller: Caller, query: Query) -> Result<Json, Error> {
    let page = app.store.roles(caller.instance.key, &read_list(query)?).await?;
    Ok(render::roles(&page))
}

async fn create(app: App, caller: Caller, body: Body) -> Result<Json, Error> {
    Ok(render::role(&app.write(&caller, read_create(body)?).await?))
}

fn read_create(body: Body) -> Result<Create, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = Create {
        name: fields.required_checked("name", name_fault),
        key: fields.required_checked("key", key_fault),
        description: fields.nullable_checked("description", description_fault),
        permissions: fields.nullable_strings("permissions").into_set().unwrap_or_default(),
        include_in_initial_role_set: fields
            .nullable_bool("include_in_initial_role_set")
            .into_set()
            .unwrap_or_default(),
    };
    fields.finish()?;
    Ok(operation)
}

async fn get_one(app: App, caller: Caller, PathIds([role_id]): PathIds<1>) -> Result<Json, Error> {
    let found = app.store.role(caller.instance.key, &role_id).await?;
    Ok(render::role(&found.ok_or_else(|| Code::OrganizationRoleNotFound.fault())?))
}

async fn update(
    app: App,
    caller: Caller,
    PathIds([role_id]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let known = async || Ok(app.store.role(caller.instance.key, &role_id).await?.is_some());
    let read = read_update(body, &role_id);
    let operation = app.known_first(read, known, Code::OrganizationRoleNotFound).await?;
    Ok(render::role(&app.write(&caller, operation).await?))
}

fn read_update(body: Body, role_id: &str) -> Result<Update, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = Update {
        role_id: role_id.to_owned(),
        name: fields.nullable_checked("name", name_fault),
        key: fields.nullable_checked("key", key_fault),
        description: fields.nullable_checked("description", description_fault),
        permissions: fields.nullable_strings("permissions").into_set(),
    };
    fields.finish()?;
    Ok(operation)
}

async fn delete(app: App, caller: Caller, PathIds([role_id]): PathIds<1>) -> Result<Json, Error> {
    Ok(Json::of(&app.write(&caller, Delete { role_id }).await?))
}

async fn assign(
    app: App,
    caller: Caller,
    PathIds([role_id, permission_id]): PathIds<2>,
) -> Result<Json, Error> {
    Ok(render::role(&app.write(&caller, Assign { role_id, permission_id }).await?))
}

async fn unassign(
    app: App,
    caller: Caller,
    PathIds([role_id, permission_id]): PathIds<2>,
) -> Result<Json, Error> {
    Ok(render::role(&app.write(&caller, Unassign { role_id, permission_id }).await?))
}
