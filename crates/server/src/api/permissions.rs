//! Permissions.

use guildhall_rules::permissions::{
    Create, Delete, Update, description_fault, key_fault, name_fault,
};
use guildhall_types::{Code, Fault, KeyedOrder, ListKeyed, OrderBy};

use super::route::Route;
use crate::app::App;
use crate::auth::Caller;
use crate::http::{Body, Error, PathIds, Query};
use crate::render::{self, Json};

/// Permissions.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(
            "/v1/organization_permissions",
            "ListOrganizationPermissions",
            "Lists permissions, those of the system included.",
            list,
        )
        .ordered_by(KeyedOrder::ALL),
        Route::post(
            "/v1/organization_permissions",
            "CreateOrganizationPermission",
            "Makes a permission.",
            create,
        ),
        Route::get(
            "/v1/organization_permissions/{permission_id}",
            "GetOrganizationPermission",
            "Reads a permission.",
            get_one,
        ),
        Route::patch(
            "/v1/organization_permissions/{permission_id}",
            "UpdateOrganizationPermission",
            "Changes a permission, in every role that grants it.",
            update,
        ),
        Route::delete(
            "/v1/organization_permissions/{permission_id}",
            "DeleteOrganizationPermission",
            "Deletes a permission, which no role grants any more.",
            delete,
        ),
    ]
}

async fn list(app: App, caller: Caller, query: Query) -> Result<Json, Error> {
    let page = app.store.permissions(caller.instance.key, &read_list(query)?).await?;
    Ok(render::permissions(&page))
}

/// Reads the query of a list of roles or permissions.
pub(super) fn read_list(mut query: Query) -> Result<ListKeyed, Vec<Fault>> {
    let default = OrderBy::descending(KeyedOrder::CreatedAt);
    let list = ListKeyed {
        limit: Some(query.limit()),
        offset: Some(query.offset()),
        order_by: Some(query.order_by(KeyedOrder::ALL, default)),
        query: query.text("query"),
    };
    query.finish()?;
    Ok(list)
}

async fn create(app: App, caller: Caller, body: Body) -> Result<Json, Error> {
    Ok(render::permission(&app.write(&caller, read_create(body)?).await?))
}

fn read_create(body: Body) -> Result<Create, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = Create {
        name: fields.required_checked("name", name_fault),
        key: fields.required_checked("key", key_fault),
        description: fields.optional_checked("description", description_fault).unwrap_or_default(),
    };
    fields.finish()?;
    Ok(operation)
}

async fn get_one(
    app: App,
    caller: Caller,
    PathIds([permission_id]): PathIds<1>,
) -> Result<Json, Error> {
    let found = app.store.permission(caller.instance.key, &permission_id).await?;
    let permission = found.ok_or_else(|| Code::PermissionNotFound.fault())?;
    Ok(render::permission(&permission))
}

async fn update(
    app: App,
    caller: Caller,
    PathIds([permission_id]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let known =
        async || Ok(app.store.permission(caller.instance.key, &permission_id).await?.is_some());
    let read = read_update(body, &permission_id);
    let operation = app.known_first(read, known, Code::PermissionNotFound).await?;
    Ok(render::permission(&app.write(&caller, operation).await?))
}

fn read_update(body: Body, permission_id: &str) -> Result<Update, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = Update {
        permission_id: permission_id.to_owned(),
        name: fields.optional_checked("name", name_fault),
        key: fields.optional_checked("key", key_fault),
        description: fields.optional_checked("description", description_fault),
    };
    fields.finish()?;
    Ok(operation)
}

async fn delete(
    app: App,
    caller: Caller,
    PathIds([permission_id]): PathIds<1>,
) -> Result<Json, Error> {
    Ok(Json::of(&app.write(&caller, Delete { permission_id }).await?))
}
