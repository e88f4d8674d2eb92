//! Permissions.

use guildhall_rules::permissions::{
    Create, Delete, Update, description_fault, key_fault, name_fault,
};
use guildhall_types::{Code, Fault, KeyedOrder, ListKeyed, OrderBy};

use super::route::Route;
use crate::app::App;
use crate::auth::Caller;
use crate::http::{Body, Error, Fields, PathIds, Query};
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
        name: required(&mut fields, "name", name_fault),
        key: required(&mut fields, "key", key_fault),
        description: optional(&mut fields, "description", description_fault).unwrap_or_default(),
    };
    fields.finish()?;
    Ok(operation)
}

/// Text that must be sent, and what is wrong with it.
pub(super) fn required(
    fields: &mut Fields,
    name: &str,
    fault: fn(&str) -> Option<Fault>,
) -> String {
    let text = fields.required_string(name);
    if !fields.has_fault_about(name)
        && let Some(fault) = fault(&text)
    {
        fields.fault(fault);
    }
    text
}

/// Text that may be left out, but not `null`, and what is wrong with it.
fn optional(fields: &mut Fields, name: &str, fault: fn(&str) -> Option<Fault>) -> Option<String> {
    let text = fields.optional_string(name)?;
    if let Some(fault) = fault(&text) {
        fields.fault(fault);
    }
    Some(text)
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
    let operation = match read_update(body, &permission_id) {
        Ok(operation) => operation,
        Err(faults) => {
            let found = app.store.permission(caller.instance.key, &permission_id).await?;
            found.ok_or_else(|| Code::PermissionNotFound.fault())?;
            return Err(faults.into());
        }
    };
    Ok(render::permission(&app.write(&caller, operation).await?))
}

fn read_update(body: Body, permission_id: &str) -> Result<Update, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = Update {
        permission_id: permission_id.to_owned(),
        name: optional(&mut fields, "name", name_fault),
        key: optional(&mut fields, "key", key_fault),
        description: optional(&mut fields, "description", description_fault),
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
