//! Role sets: which roles the members of an organization may get.

use guildhall_rules::permissions::{description_fault, name_fault};
use guildhall_rules::role_sets::{
    AddRoles, Create, MOST_ROLES, Replace, ReplaceRole, Update, key_fault,
};
use guildhall_types::{Code, Fault, KeyedOrder};

use super::permissions::read_list;
use super::route::Route;
use crate::app::App;
use crate::auth::Caller;
use crate::http::{Body, Error, Fields, PathIds, Query};
use crate::render::{self, Json};

/// Role sets.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/role_sets", "ListRoleSets", "Lists role sets.", list)
            .ordered_by(KeyedOrder::ALL),
        Route::post("/v1/role_sets", "CreateRoleSet", "Makes a role set.", create),
        Route::get(
            "/v1/role_sets/{role_set_key_or_id}",
            "GetRoleSet",
            "Reads a role set.",
            get_one,
        ),
        Route::patch(
            "/v1/role_sets/{role_set_key_or_id}",
            "UpdateRoleSet",
            "Changes a role set.",
            update,
        ),
        Route::post(
            "/v1/role_sets/{role_set_key_or_id}/replace",
            "ReplaceRoleSet",
            "Puts another role set in the place of one, which is deleted.",
            replace,
        ),
        Route::post(
            "/v1/role_sets/{role_set_key_or_id}/roles",
            "AddRolesToRoleSet",
            "Adds roles to a role set.",
            add_roles,
        ),
        Route::post(
            "/v1/role_sets/{role_set_key_or_id}/roles/replace",
            "ReplaceRoleInRoleSet",
            "Puts another role in the place of one, also for its members.",
            replace_role,
        ),
    ]
}

async fn list(app: App, caller: Caller, query: Query) -> Result<Json, Error> {
    let page = app.store.role_sets(caller.instance.key, &read_list(query)?).await?;
    Ok(render::role_sets(&caller.instance, &page))
}

async fn create(app: App, caller: Caller, body: Body) -> Result<Json, Error> {
    let id = app.write(&caller, read_create(body)?).await?;
    tell(&app, &caller, &id).await
}

fn read_create(body: Body) -> Result<Create, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = Create {
        name: fields.required_checked("name", name_fault),
        key: fields.optional_checked("key", key_fault),
        description: fields.nullable_checked("description", description_fault),
        default_role_key: fields.required_string("default_role_key"),
        creator_role_key: fields.required_string("creator_role_key"),
        is_initial: read_type(&mut fields, &["initial", "custom"]),
        roles: fields.required_strings("roles", MOST_ROLES),
    };
    fields.finish()?;
    Ok(operation)
}

/// Whether the set becomes the initial one.
fn read_type(fields: &mut Fields, allowed: &[&str]) -> bool {
    fields.nullable_choice("type", allowed).into_set().as_deref() == Some("initial")
}

async fn get_one(app: App, caller: Caller, PathIds([role_set]): PathIds<1>) -> Result<Json, Error> {
    tell(&app, &caller, &role_set).await
}

async fn update(
    app: App,
    caller: Caller,
    PathIds([role_set]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let operation = known_first(&app, &caller, &role_set, read_update(body, &role_set)).await?;
    let id = app.write(&caller, operation).await?;
    tell(&app, &caller, &id).await
}

fn read_update(body: Body, role_set: &str) -> Result<Update, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = Update {
        role_set: role_set.to_owned(),
        name: fields.nullable_checked("name", name_fault),
        key: fields.nullable_checked("key", key_fault),
        description: fields.nullable_checked("description", description_fault),
        is_initial: read_type(&mut fields, &["initial"]),
        default_role_key: fields.nullable_string("default_role_key").into_set(),
        creator_role_key: fields.nullable_string("creator_role_key").into_set(),
    };
    fields.finish()?;
    Ok(operation)
}

async fn add_roles(
    app: App,
    caller: Caller,
    PathIds([role_set]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let operation = known_first(&app, &caller, &role_set, read_add_roles(body, &role_set)).await?;
    let id = app.write(&caller, operation).await?;
    tell(&app, &caller, &id).await
}

fn read_add_roles(body: Body, role_set: &str) -> Result<AddRoles, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = AddRoles {
        role_set: role_set.to_owned(),
        role_keys: fields.required_strings("role_keys", MOST_ROLES),
        default_role_key: fields.optional_string("default_role_key"),
        creator_role_key: fields.optional_string("creator_role_key"),
    };
    fields.finish()?;
    Ok(operation)
}

async fn replace_role(
    app: App,
    caller: Caller,
    PathIds([role_set]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let read = read_replace_role(body, &role_set);
    let operation = known_first(&app, &caller, &role_set, read).await?;
    let id = app.write(&caller, operation).await?;
    tell(&app, &caller, &id).await
}

fn read_replace_role(body: Body, role_set: &str) -> Result<ReplaceRole, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = ReplaceRole {
        role_set: role_set.to_owned(),
        role_key: fields.required_string("role_key"),
        to_role_key: fields.required_string("to_role_key"),
    };
    fields.finish()?;
    Ok(operation)
}

async fn replace(
    app: App,
    caller: Caller,
    PathIds([role_set]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let operation = known_first(&app, &caller, &role_set, read_replace(body, &role_set)).await?;
    Ok(Json::of(&app.write(&caller, operation).await?))
}

fn read_replace(body: Body, role_set: &str) -> Result<Replace, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = Replace {
        role_set: role_set.to_owned(),
        dest_role_set_key: fields.required_string("dest_role_set_key"),
        reassignment_mappings: fields.string_map("reassignment_mappings"),
    };
    fields.finish()?;
    Ok(operation)
}

/// What was read of a request, or that there is no such set, which comes before what is wrong with
/// the body.
async fn known_first<T>(
    app: &App,
    caller: &Caller,
    role_set: &str,
    read: Result<T, Vec<Fault>>,
) -> Result<T, Error> {
    let known = async || Ok(app.store.role_set(caller.instance.key, role_set).await?.is_some());
    app.known_first(read, known, Code::RoleSetNotFound).await
}

async fn tell(app: &App, caller: &Caller, role_set: &str) -> Result<Json, Error> {
    let found = app.store.role_set(caller.instance.key, role_set).await?;
    let view = found.ok_or_else(|| Code::RoleSetNotFound.fault())?;
    Ok(render::role_set(&caller.instance, &view))
}
