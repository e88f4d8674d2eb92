//! Roles, permissions and role sets: how a command names one, and how their lists are asked for.

use anyhow::{Result, bail};
use clap::Args;
use guildhall_sdk::{
    Client, Items, KeyedOrder, ListKeyed, OrderBy, Permission, PermissionId, Role, RoleId,
};

use crate::failure::Refusal;
use crate::listing::{PagingArguments, order_by};

/// What keys begin with, and no id does.
const KEY_PREFIX: &str = "org:";

#[derive(Debug, Args)]
pub(crate) struct ListKeyedArguments {
    #[command(flatten)]
    pub(crate) paging: PagingArguments,
    /// Sort by created_at, name or key, with `-` in front for the reverse; `-created_at` when not
    /// given
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true,
          value_parser = |text: &str| order_by(text, KeyedOrder::ALL))]
    order_by: Option<OrderBy<KeyedOrder>>,
    /// Print only how many there are
    #[arg(long, conflicts_with_all = ["limit", "offset", "all", "order_by"])]
    pub(crate) count: bool,
    /// A whole id, or part of a name or key
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "Filters")]
    query: Option<String>,
}

impl From<ListKeyedArguments> for ListKeyed {
    fn from(arguments: ListKeyedArguments) -> Self {
        Self {
            limit: arguments.paging.limit,
            offset: arguments.paging.offset,
            order_by: arguments.order_by,
            query: arguments.query,
        }
    }
}

/// The id of a role that is named by its id or its key; a key is looked up.
pub(crate) async fn role_id(client: &Client, role: &str) -> Result<RoleId> {
    if !role.starts_with(KEY_PREFIX) {
        return Ok(role.into());
    }
    let roles = client.organization_roles().stream(with_key(role));
    match find(roles, |found: &Role| found.key == role).await? {
        Some(found) => Ok(found.id),
        None => bail!(Refusal(format!(
            "no role has the key `{role}`; `guildhall roles list` shows them"
        ))),
    }
}

/// The id of a permission that is named by its id or its key; a key is looked up.
pub(crate) async fn permission_id(client: &Client, permission: &str) -> Result<PermissionId> {
    if !permission.starts_with(KEY_PREFIX) {
        return Ok(permission.into());
    }
    let permissions = client.organization_permissions().stream(with_key(permission));
    match find(permissions, |found: &Permission| found.key == permission).await? {
        Some(found) => Ok(found.id),
        None => bail!(Refusal(format!(
            "no permission has the key `{permission}`; `guildhall permissions list` shows them"
        ))),
    }
}

/// The ids of permissions; `None` where none is named.
pub(crate) async fn permission_ids(
    client: &Client,
    permissions: &[String],
) -> Result<Option<Vec<PermissionId>>> {
    let mut ids = Vec::new();
    for permission in permissions {
        ids.push(permission_id(client, permission).await?);
    }
    Ok(Some(ids).filter(|ids| !ids.is_empty()))
}

/// Asks for what has a key, beside which others may hold it as a part.
fn with_key(key: &str) -> ListKeyed {
    ListKeyed { query: Some(key.to_owned()), ..ListKeyed::default() }
}

async fn find<T>(mut items: Items<T>, is_it: impl Fn(&T) -> bool) -> Result<Option<T>> {
    while let Some(row) = items.next().await.transpose()? {
        if is_it(&row) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}
