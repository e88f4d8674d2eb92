//! Organizations.

use std::ops::RangeInclusive;

use guildhall_rules::metadata::to_json;
use guildhall_rules::organizations::{
    Create, Delete, MergeMetadata, Update, name_fault, slug_fault,
};
use guildhall_types::{
    ApiVersion, Code, Fault, GetOrganization, ListOrganizations, OrderBy, OrganizationOrder,
};

use super::metadata;
use super::route::Route;
use crate::app::App;
use crate::auth::Caller;
use crate::http::{Body, Error, Fields, PathIds, Query};
use crate::render::{self, Json};

/// What a limit on members can be; some clients keep it in 32 bits.
pub(super) const MEMBERSHIP_LIMITS: RangeInclusive<i64> = 0..=i32::MAX as i64;

/// Organizations and their metadata.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/organizations", "ListOrganizations", "Lists organizations.", list)
            .ordered_by(OrganizationOrder::ALL),
        Route::post(
            "/v1/organizations",
            "CreateOrganization",
            "Makes an organization, and its creator the first member.",
            create,
        ),
        Route::get(
            "/v1/organizations/{organization_id}",
            "GetOrganization",
            "Reads an organization by its id or slug.",
            get_one,
        ),
        Route::patch(
            "/v1/organizations/{organization_id}",
            "UpdateOrganization",
            "Changes an organization.",
            update,
        ),
        Route::delete(
            "/v1/organizations/{organization_id}",
            "DeleteOrganization",
            "Deletes an organization and its memberships.",
            delete,
        ),
        Route::patch(
            "/v1/organizations/{organization_id}/metadata",
            "MergeOrganizationMetadata",
            "Merges metadata into that of an organization.",
            merge_metadata,
        ),
        Route::put(
            "/v1/organizations/{organization_id}/metadata",
            "ReplaceOrganizationMetadata",
            "Replaces metadata of an organization.",
            replace_metadata,
        ),
    ]
}

async fn list(app: App, caller: Caller, mut query: Query) -> Result<Json, Error> {
    let default = OrderBy::descending(OrganizationOrder::CreatedAt);
    let include = include(&mut query);
    let list = ListOrganizations {
        include_members_count: include.include_members_count,
        include_missing_member_with_elevated_permissions: include
            .include_missing_member_with_elevated_permissions,
        query: query.text("query"),
        user_id: query.values("user_id"),
        organization_id: query.values("organization_id"),
        order_by: Some(query.order_by(OrganizationOrder::ALL, default)),
        limit: Some(query.limit()),
        offset: Some(query.offset()),
    };
    query.finish()?;
    let page = app.store.organizations(caller.instance.key, &list).await?;
    Ok(render::organizations(&app, &page, include))
}

fn include(query: &mut Query) -> GetOrganization {
    GetOrganization {
        include_members_count: query.flag("include_members_count"),
        include_missing_member_with_elevated_permissions: query
            .flag("include_missing_member_with_elevated_permissions"),
    }
}

async fn create(app: App, caller: Caller, body: Body) -> Result<Json, Error> {
    let view = app.write(&caller, read_create(body)?).await?;
    Ok(render::organization(&app, &view, GetOrganization::default()))
}

fn read_create(body: Body) -> Result<Create, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = Create {
        name: fields.required_checked("name", name_fault),
        created_by: fields.nullable_string("created_by").into_set(),
        slug: fields.nullable_checked("slug", slug_fault),
        max_allowed_memberships: membership_limit(&mut fields),
        public_metadata: metadata::new(&mut fields, "public_metadata"),
        private_metadata: metadata::new(&mut fields, "private_metadata"),
        created_at: fields.nullable_instant("created_at").into_set(),
        role_set_key: fields.nullable_string("role_set_key").into_set(),
    };
    fields.finish()?;
    Ok(operation)
}

fn membership_limit(fields: &mut Fields) -> Option<i64> {
    fields.nullable_integer("max_allowed_memberships", MEMBERSHIP_LIMITS).into_set()
}

async fn get_one(
    app: App,
    caller: Caller,
    PathIds([organization_id]): PathIds<1>,
    mut query: Query,
) -> Result<Json, Error> {
    let include = include(&mut query);
    let view = app.store.organization(caller.instance.key, &organization_id).await?;
    let view = view.ok_or_else(|| Code::OrganizationNotFound.fault())?;
    query.finish()?;
    Ok(render::organization(&app, &view, include))
}

async fn update(
    app: App,
    caller: Caller,
    PathIds([organization_id]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let operation = read_update(body, &organization_id, caller.version);
    let operation = app.checked(&caller, &organization_id, operation).await?;
    let view = app.write(&caller, operation).await?;
    Ok(render::organization(&app, &view, GetOrganization::default()))
}

fn read_update(
    body: Body,
    organization_id: &str,
    version: ApiVersion,
) -> Result<Update, Vec<Fault>> {
    let mut fields = body.fields();
    let mut operation = Update {
        organization_id: organization_id.to_owned(),
        name: fields.nullable_checked("name", name_fault),
        slug: fields.nullable_checked("slug", slug_fault),
        max_allowed_memberships: membership_limit(&mut fields),
        admin_delete_enabled: fields.nullable_bool("admin_delete_enabled").into_set(),
        created_at: fields.nullable_instant("created_at").into_set(),
        role_set_key: fields.nullable_string("role_set_key").into_set(),
        ..Update::default()
    };
    if version.patches_take_metadata() {
        let mut read =
            |name| metadata::nullable_replacement(&mut fields, name).as_ref().map(to_json);
        operation.public_metadata = read("public_metadata");
        operation.private_metadata = read("private_metadata");
    }
    fields.finish()?;
    Ok(operation)
}

async fn delete(
    app: App,
    caller: Caller,
    PathIds([organization_id]): PathIds<1>,
) -> Result<Json, Error> {
    Ok(Json::of(&app.write(&caller, Delete { organization_id }).await?))
}

async fn merge_metadata(
    app: App,
    caller: Caller,
    PathIds([organization_id]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let operation = read_merge(body, &organization_id);
    let operation = app.checked(&caller, &organization_id, operation).await?;
    let view = app.write(&caller, operation).await?;
    Ok(render::organization(&app, &view, GetOrganization::default()))
}

fn read_merge(body: Body, organization_id: &str) -> Result<MergeMetadata, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = MergeMetadata {
        organization_id: organization_id.to_owned(),
        public_metadata: fields.metadata("public_metadata"),
        private_metadata: fields.metadata("private_metadata"),
    };
    fields.finish()?;
    Ok(operation)
}

async fn replace_metadata(
    app: App,
    caller: Caller,
    PathIds([organization_id]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let operation = read_replace(body, &organization_id);
    let operation = app.checked(&caller, &organization_id, operation).await?;
    let view = app.write(&caller, operation).await?;
    Ok(render::organization(&app, &view, GetOrganization::default()))
}

fn read_replace(body: Body, organization_id: &str) -> Result<Update, Vec<Fault>> {
    let mut fields = body.fields();
    let mut read = |name| metadata::replacement(&mut fields, name).as_ref().map(to_json);
    let operation = Update {
        organization_id: organization_id.to_owned(),
        public_metadata: read("public_metadata"),
        private_metadata: read("private_metadata"),
        ..Update::default()
    };
    fields.finish()?;
    Ok(operation)
}
