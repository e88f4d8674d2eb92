//! `guildhall organizations update`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, UpdateOrganization};

use super::tables;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Change an organization; what is not given stays.
///
/// Its metadata is changed by `guildhall organizations metadata`.
#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    /// The organization (`org_…`)
    organization_id: String,
    #[command(flatten)]
    changes: ChangeArguments,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct ChangeArguments {
    /// Its name
    #[arg(long)]
    name: Option<String>,
    /// Its name in addresses
    #[arg(long)]
    slug: Option<String>,
    /// The most members it may have; 0 for no limit. Present members stay
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    max_allowed_memberships: Option<i64>,
    /// Whether its admins may delete it
    #[arg(long, value_name = "BOOLEAN")]
    admin_delete_enabled: Option<bool>,
    /// When it was created, like `2026-01-31T12:00:00Z`
    #[arg(long, value_name = "INSTANT")]
    created_at: Option<String>,
    /// The role set that it gets, by its key (`role_set:…`); members keep their roles, all of which
    /// must be in it
    #[arg(long, value_name = "KEY")]
    role_set: Option<String>,
}

pub(crate) async fn run(
    arguments: UpdateArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let changes = UpdateOrganization {
        name: arguments.changes.name,
        slug: arguments.changes.slug,
        max_allowed_memberships: arguments.changes.max_allowed_memberships,
        admin_delete_enabled: arguments.changes.admin_delete_enabled,
        created_at: arguments.changes.created_at,
        role_set_key: arguments.changes.role_set,
        ..UpdateOrganization::default()
    };
    let organization = client.organizations().update(&arguments.organization_id, &changes).await?;
    output.show(&organization, tables::organization)?;
    Ok(ExitStatus::Done)
}
