//! `guildhall settings set`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, RoleId, UpdateOrganizationSettings};

use super::tables;
use crate::exit::ExitStatus;
use crate::keyed::role_id;
use crate::output::Output;

/// Change what is set about organizations; what is not given stays.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct SetArguments {
    /// Whether there are organizations at all; off, nothing of them is lost
    #[arg(long, value_name = "BOOLEAN")]
    enabled: Option<bool>,
    /// The most members that new organizations may have; 0 for no limit
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    max_allowed_memberships: Option<i64>,
    /// Whether admins may delete new organizations
    #[arg(long, value_name = "BOOLEAN")]
    admin_delete_enabled: Option<bool>,
    /// Whether slugs are only made from names
    #[arg(long, value_name = "BOOLEAN")]
    slug_disabled: Option<bool>,
    /// The role that whoever creates an organization gets, by its id (`role_…`) or its key
    /// (`org:admin`)
    #[arg(long, value_name = "ROLE")]
    creator_role: Option<String>,
    /// The role that people get who join by their domain, by its id (`role_…`) or its key
    /// (`org:member`)
    #[arg(long, value_name = "ROLE")]
    domains_default_role: Option<String>,
}

pub(crate) async fn run(
    arguments: SetArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let changes = UpdateOrganizationSettings {
        enabled: arguments.enabled,
        max_allowed_memberships: arguments.max_allowed_memberships,
        admin_delete_enabled: arguments.admin_delete_enabled,
        slug_disabled: arguments.slug_disabled,
        creator_role_id: role(arguments.creator_role, client).await?,
        domains_default_role_id: role(arguments.domains_default_role, client).await?,
    };
    let settings = client.instance().update_organization_settings(&changes).await?;
    output.show(&settings, tables::settings)?;
    Ok(ExitStatus::Done)
}

async fn role(role: Option<String>, client: &Client) -> Result<Option<RoleId>> {
    match role {
        Some(role) => Ok(Some(role_id(client, &role).await?)),
        None => Ok(None),
    }
}
