//! Memberships of users in organizations.

use guildhall_rules::memberships::{Create, Delete, MergeMetadata, Update};
use guildhall_types::{
    Code, Fault, ListInstanceOrganizationMemberships, ListOrganizationMemberships,
    ListUserOrganizationMemberships, OrderBy, OrganizationMembershipOrder,
};

use super::links::{Here, Linked, cursors};
use super::metadata;
use super::route::Route;
use crate::app::App;
use crate::auth::Caller;
use crate::http::{Body, Error, PathIds, Query};
use crate::render::{self, Json};

/// What lists of memberships take beyond the published parameters.
const CURSORS: [&str; 2] = ["StartingAfter", "EndingBefore"];

/// The five operations on the memberships of an organization, and the reads around them.
pub(super) fn routes() -> Vec<Route> {
    let orders = OrganizationMembershipOrder::ALL;
    vec![
        Route::get(
            "/v1/organizations/{organization_id}/memberships",
            "ListOrganizationMemberships",
            "Lists the members of an organization.",
            list,
        )
        .ordered_by(orders)
        .adds(&CURSORS),
        Route::post(
            "/v1/organizations/{organization_id}/memberships",
            "CreateOrganizationMembership",
            "Adds a user to an organization.",
            create,
        ),
        Route::get(
            "/v1/organizations/{organization_id}/memberships/{user_id}",
            "GetOrganizationMembership",
            "Reads the membership of a user in an organization.",
            get_one,
        ),
        Route::patch(
            "/v1/organizations/{organization_id}/memberships/{user_id}",
            "UpdateOrganizationMembership",
            "Gives a member another role.",
            update,
        ),
        Route::delete(
            "/v1/organizations/{organization_id}/memberships/{user_id}",
            "DeleteOrganizationMembership",
            "Removes a member from an organization, and answers the membership that was.",
            delete,
        ),
        Route::patch(
            "/v1/organizations/{organization_id}/memberships/{user_id}/metadata",
            "UpdateOrganizationMembershipMetadata",
            "Merges metadata into that of a membership.",
            merge_metadata,
        ),
        Route::get(
            "/v1/users/{user_id}/organization_memberships",
            "UsersGetOrganizationMemberships",
            "Lists the memberships of a user.",
            list_of_user,
        )
        .ordered_by(orders)
        .adds(&CURSORS),
        Route::get(
            "/v1/organization_memberships",
            "InstanceGetOrganizationMemberships",
            "Lists the memberships of all organizations.",
            list_of_instance,
        )
        .ordered_by(orders)
        .adds(&CURSORS),
    ]
}

async fn create(
    app: App,
    caller: Caller,
    PathIds([organization_id]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let operation = read_create(body, &organization_id);
    let operation = app.checked(&caller, &organization_id, operation).await?;
    let view = app.write(&caller, operation).await?;
    Ok(render::membership(&app, &view))
}

fn read_create(body: Body, organization_id: &str) -> Result<Create, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = Create {
        organization_id: organization_id.to_owned(),
        user_id: fields.required_string("user_id"),
        role: fields.required_string("role"),
        public_metadata: metadata::new(&mut fields, "public_metadata"),
        private_metadata: metadata::new(&mut fields, "private_metadata"),
    };
    fields.finish()?;
    Ok(operation)
}

async fn list(
    app: App,
    caller: Caller,
    PathIds([organization_id]): PathIds<1>,
    here: Here,
    query: Query,
) -> Result<Linked, Error> {
    let list = app.checked(&caller, &organization_id, read_list(query)).await?;
    let instance = caller.instance.key;
    let (store, at) = (&app.store, caller.state);
    let page = store.organization_memberships(instance, &organization_id, &list, at).await?;
    let page = page.ok_or_else(|| Code::OrganizationNotFound.fault())?;
    Ok(here.link(&app, &page))
}

fn read_list(mut query: Query) -> Result<ListOrganizationMemberships, Vec<Fault>> {
    let (starting_after, ending_before) = cursors(&mut query);
    let list = ListOrganizationMemberships {
        limit: Some(query.limit()),
        offset: Some(query.offset()),
        order_by: Some(order_by(&mut query)),
        user_id: query.values("user_id"),
        email_address: query.values("email_address"),
        phone_number: query.values("phone_number"),
        username: query.values("username"),
        web3_wallet: query.values("web3_wallet"),
        role: query.values("role"),
        query: query.text("query"),
        email_address_query: query.text("email_address_query"),
        phone_number_query: query.text("phone_number_query"),
        username_query: query.text("username_query"),
        name_query: query.text("name_query"),
        last_active_at_before: query.instant("last_active_at_before"),
        last_active_at_after: query.instant("last_active_at_after"),
        created_at_before: query.instant("created_at_before"),
        created_at_after: query.instant("created_at_after"),
        starting_after,
        ending_before,
    };
    query.finish()?;
    Ok(list)
}

fn order_by(query: &mut Query) -> OrderBy<OrganizationMembershipOrder> {
    let default = OrderBy::descending(OrganizationMembershipOrder::CreatedAt);
    query.order_by(OrganizationMembershipOrder::ALL, default)
}

/// An addition: one membership by itself.
async fn get_one(
    app: App,
    caller: Caller,
    PathIds([organization_id, user_id]): PathIds<2>,
) -> Result<Json, Error> {
    let instance = caller.instance.key;
    let found = app.store.organization_membership(instance, &organization_id, &user_id).await?;
    let membership = found.ok_or_else(|| Code::OrganizationNotFound.fault())?;
    let view = membership.ok_or_else(|| Code::MembershipNotFound.fault())?;
    Ok(render::membership(&app, &view))
}

async fn update(
    app: App,
    caller: Caller,
    PathIds([organization_id, user_id]): PathIds<2>,
    body: Body,
) -> Result<Json, Error> {
    let role = read_update(body);
    let role = app.checked(&caller, &organization_id, role).await?;
    let view = app.write(&caller, Update { organization_id, user_id, role }).await?;
    Ok(render::membership(&app, &view))
}

fn read_update(body: Body) -> Result<String, Vec<Fault>> {
    let mut fields = body.fields();
    let role = fields.required_string("role");
    fields.finish()?;
    Ok(role)
}

async fn delete(
    app: App,
    caller: Caller,
    PathIds([organization_id, user_id]): PathIds<2>,
) -> Result<Json, Error> {
    let view = app.write(&caller, Delete { organization_id, user_id }).await?;
    Ok(render::membership(&app, &view))
}

async fn merge_metadata(
    app: App,
    caller: Caller,
    PathIds([organization_id, user_id]): PathIds<2>,
    body: Body,
) -> Result<Json, Error> {
    let operation = read_merge(body, &organization_id, user_id);
    let operation = app.checked(&caller, &organization_id, operation).await?;
    let view = app.write(&caller, operation).await?;
    Ok(render::membership(&app, &view))
}

fn read_merge(
    body: Body,
    organization_id: &str,
    user_id: String,
) -> Result<MergeMetadata, Vec<Fault>> {
    let mut fields = body.fields();
    let operation = MergeMetadata {
        organization_id: organization_id.to_owned(),
        user_id,
        public_metadata: fields.metadata("public_metadata"),
        private_metadata: fields.metadata("private_metadata"),
    };
    fields.finish()?;
    Ok(operation)
}

async fn list_of_user(
    app: App,
    caller: Caller,
    PathIds([user_id]): PathIds<1>,
    here: Here,
    mut query: Query,
) -> Result<Linked, Error> {
    let (starting_after, ending_before) = cursors(&mut query);
    let list = ListUserOrganizationMemberships {
        limit: Some(query.limit()),
        offset: Some(query.offset()),
        order_by: Some(order_by(&mut query)),
        starting_after,
        ending_before,
    };
    query.finish()?;
    let page = app.store.user_memberships(caller.instance.key, &user_id, &list).await?;
    let page = page.ok_or_else(|| Code::UserNotFound.about(&[user_id]))?;
    Ok(here.link(&app, &page))
}

async fn list_of_instance(
    app: App,
    caller: Caller,
    here: Here,
    mut query: Query,
) -> Result<Linked, Error> {
    let (starting_after, ending_before) = cursors(&mut query);
    let list = ListInstanceOrganizationMemberships {
        limit: Some(query.limit()),
        offset: Some(query.offset()),
        order_by: Some(order_by(&mut query)),
        starting_after,
        ending_before,
    };
    query.finish()?;
    let page = app.store.instance_memberships(caller.instance.key, &list).await?;
    Ok(here.link(&app, &page))
}
