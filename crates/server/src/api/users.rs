//! Users.

use guildhall_rules::users::{Delete, MergeMetadata, NewMetadata, Update};
use guildhall_types::{Code, Fault, ListUsers, Metadata, OrderBy, TotalCount, UserOrder};

use super::metadata;
use super::route::Route;
use super::user_fields::{read_create, read_update};
use crate::app::App;
use crate::auth::{Caller, require_organizations};
use crate::http::{Body, Error, Fields, PathIds, Query};
use crate::render::{self, Json};

/// Users, their number and their metadata.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/users", "GetUserList", "Lists users.", list).ordered_by(UserOrder::ALL),
        Route::post("/v1/users", "CreateUser", "Makes a user.", create).refuses(&[
            "password_digest",
            "password_hasher",
            "totp_secret",
            "backup_codes",
        ]),
        Route::get("/v1/users/count", "GetUsersCount", "Counts users.", count),
        Route::get("/v1/users/{user_id}", "GetUser", "Reads a user.", get_one),
        Route::patch("/v1/users/{user_id}", "UpdateUser", "Changes a user.", update)
            .refuses(&[
                "password_digest",
                "password_hasher",
                "totp_secret",
                "backup_codes",
                "profile_image_id",
            ])
            .but("`notify_primary_email_address_changed` has no effect, as there are no e-mails."),
        Route::delete(
            "/v1/users/{user_id}",
            "DeleteUser",
            "Deletes a user and the user's memberships.",
            delete,
        ),
        Route::patch(
            "/v1/users/{user_id}/metadata",
            "UpdateUserMetadata",
            "Merges metadata into that of a user.",
            merge_metadata,
        ),
        Route::put(
            "/v1/users/{user_id}/metadata",
            "ReplaceUserMetadata",
            "Replaces metadata of a user.",
            replace_metadata,
        ),
    ]
}

async fn list(app: App, caller: Caller, query: Query) -> Result<Json, Error> {
    let list = read_list(&caller, query)?;
    let users = app.store.users(caller.instance.key, &list).await?;
    Ok(render::users(&app, &users))
}

async fn count(app: App, caller: Caller, query: Query) -> Result<Json, Error> {
    let list = read_list(&caller, query)?;
    let total_count = app.store.users_count(caller.instance.key, &list).await?;
    Ok(Json::of(&TotalCount { object: "total_count".to_owned(), total_count }))
}

fn read_list(caller: &Caller, mut query: Query) -> Result<ListUsers, Error> {
    let banned = query.text("banned").map(|_| query.flag("banned"));
    let default = OrderBy::descending(UserOrder::CreatedAt);
    let list = ListUsers {
        email_address: query.values("email_address"),
        phone_number: query.values("phone_number"),
        external_id: query.values("external_id"),
        username: query.values("username"),
        web3_wallet: query.values("web3_wallet"),
        user_id: query.values("user_id"),
        organization_id: query.values("organization_id"),
        query: query.text("query"),
        email_address_query: query.text("email_address_query"),
        phone_number_query: query.text("phone_number_query"),
        username_query: query.text("username_query"),
        name_query: query.text("name_query"),
        banned,
        last_active_at_before: query.instant("last_active_at_before"),
        last_active_at_after: query.instant("last_active_at_after"),
        created_at_before: query.instant("created_at_before"),
        created_at_after: query.instant("created_at_after"),
        last_active_at_since: query.instant("last_active_at_since"),
        provider: query.text("provider"),
        provider_user_id: query.values("provider_user_id"),
        last_sign_in_at_before: query.instant("last_sign_in_at_before"),
        last_sign_in_at_after: query.instant("last_sign_in_at_after"),
        limit: Some(query.limit()),
        offset: Some(query.offset()),
        order_by: Some(query.order_by(UserOrder::ALL, default)),
        starting_after: query.text("starting_after"),
    };
    if list.starting_after.is_some() {
        refuse_with_cursor(&mut query, &list);
    }
    if let Some(missing) = missing_half(&list) {
        query.fault(Code::ParameterMissing.parameter(missing));
    }
    query.finish()?;
    if !list.organization_id.is_empty() {
        require_organizations(caller)?;
    }
    Ok(list)
}

/// Which of the two parameters about another provider is missing beside the other.
fn missing_half(list: &ListUsers) -> Option<&'static str> {
    match (&list.provider, list.provider_user_id.as_slice()) {
        (Some(_), []) => Some("provider_user_id"),
        (None, [_, ..]) => Some("provider"),
        _ => None,
    }
}

/// A cursor goes with the order of `created_at` only, and without an offset.
fn refuse_with_cursor(query: &mut Query, list: &ListUsers) {
    let refused = [
        ("order_by", list.order_by.is_some_and(|order| order.field != UserOrder::CreatedAt)),
        ("offset", list.offset.is_some_and(|offset| offset > 0)),
    ];
    for (name, _) in refused.into_iter().filter(|(_, refused)| *refused) {
        query.fault(Code::ParameterNotAllowed.parameter(name).value("starting_after"));
    }
}

async fn create(app: App, caller: Caller, body: Body) -> Result<Json, Error> {
    let (mut operation, password) = read_create(body)?;
    if let Some(password) = password {
        operation.password_hash = Some(app.passwords.hash(password).await?);
    }
    Ok(render::user(&app, &app.write(&caller, operation).await?))
}

async fn get_one(app: App, caller: Caller, PathIds([user_id]): PathIds<1>) -> Result<Json, Error> {
    let user = app.store.user(caller.instance.key, &user_id).await?;
    let user = user.ok_or_else(|| Code::UserNotFound.about(&[user_id]))?;
    Ok(render::user(&app, &user))
}

async fn update(
    app: App,
    caller: Caller,
    PathIds([user_id]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let (mut operation, password) = read_update(body, user_id, caller.version)?;
    if let Some(password) = password {
        operation.password_hash = Some(app.passwords.hash(password).await?);
    }
    Ok(render::user(&app, &app.write(&caller, operation).await?))
}

async fn delete(app: App, caller: Caller, PathIds([user_id]): PathIds<1>) -> Result<Json, Error> {
    Ok(Json::of(&app.write(&caller, Delete { user_id }).await?))
}

async fn merge_metadata(
    app: App,
    caller: Caller,
    PathIds([user_id]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let metadata = read_metadata(body, Fields::metadata)?;
    Ok(render::user(&app, &app.write(&caller, MergeMetadata { user_id, metadata }).await?))
}

async fn replace_metadata(
    app: App,
    caller: Caller,
    PathIds([user_id]): PathIds<1>,
    body: Body,
) -> Result<Json, Error> {
    let metadata = read_metadata(body, metadata::replacement)?;
    let operation = Update { user_id, metadata, ..Update::default() };
    Ok(render::user(&app, &app.write(&caller, operation).await?))
}

fn read_metadata(
    body: Body,
    read: fn(&mut Fields, &str) -> Option<Metadata>,
) -> Result<NewMetadata, Vec<Fault>> {
    let mut fields = body.fields();
    let metadata = NewMetadata {
        public_metadata: read(&mut fields, "public_metadata"),
        private_metadata: read(&mut fields, "private_metadata"),
        unsafe_metadata: read(&mut fields, "unsafe_metadata"),
    };
    fields.finish()?;
    Ok(metadata)
}
