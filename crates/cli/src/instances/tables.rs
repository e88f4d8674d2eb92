//! How instances look to programs and on a terminal.

use comfy_table::Table;
use guildhall_store::Instance;
use serde::Serialize;

use crate::output::{fields, rows};
use crate::text::instant;

/// What is told of an instance.
#[derive(Serialize)]
pub(super) struct Row {
    instance_id: String,
    name: String,
    environment: &'static str,
    max_allowed_roles: i64,
    max_role_sets_allowed: i64,
    session_token_version: i64,
    created_at: i64,
}

impl From<Instance> for Row {
    fn from(instance: Instance) -> Self {
        Self {
            instance_id: instance.id,
            name: instance.name,
            environment: instance.environment.as_str(),
            max_allowed_roles: instance.max_allowed_roles,
            max_role_sets_allowed: instance.max_role_sets_allowed,
            session_token_version: instance.session_token_version.number(),
            created_at: instance.created_at,
        }
    }
}

/// One instance.
pub(super) fn instance(row: &Row) -> Table {
    fields([
        ("instance", row.instance_id.clone()),
        ("name", row.name.clone()),
        ("environment", row.environment.to_owned()),
        ("most further roles", row.max_allowed_roles.to_string()),
        ("most role sets", row.max_role_sets_allowed.to_string()),
        ("version of tokens", row.session_token_version.to_string()),
        ("created", instant(row.created_at)),
    ])
}

/// Several instances.
pub(super) fn instances(instances: &[Row]) -> Table {
    rows(
        ["INSTANCE", "NAME", "ENVIRONMENT", "CREATED"],
        instances.iter().map(|row| {
            let environment = row.environment.to_owned();
            [row.instance_id.clone(), row.name.clone(), environment, instant(row.created_at)]
        }),
    )
}
