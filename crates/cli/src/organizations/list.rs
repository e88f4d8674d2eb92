//! `guildhall organizations list`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, GetOrganization, ListOrganizations, OrderBy, OrganizationOrder};

use super::{IncludeArguments, tables};
use crate::exit::ExitStatus;
use crate::listing::{PagingArguments, order_by, show};
use crate::output::Output;

/// List the organizations.
///
/// Ids can be given several times: any of them may match. Different filters all apply. As JSON
/// each organization is one line, printed as the pages come in; --count tells how many there are.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    paging: PagingArguments,
    /// Sort by name, created_at or members_count, with `-` in front for the reverse;
    /// `-created_at` when not given
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true,
          value_parser = |text: &str| order_by(text, OrganizationOrder::ALL))]
    order_by: Option<OrderBy<OrganizationOrder>>,
    /// Print only how many there are
    #[arg(long, conflicts_with_all = ["limit", "offset", "all", "order_by"])]
    count: bool,
    #[command(flatten)]
    include: IncludeArguments,
    #[command(flatten)]
    filters: FilterArguments,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
struct FilterArguments {
    /// A whole id, or part of a name or slug
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    query: Option<String>,
    /// Users one of whom must be a member, or with `-` in front must not
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    user_id: Vec<String>,
    /// Organizations to include, or with `-` in front to exclude
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    organization_id: Vec<String>,
}

pub(crate) async fn run(
    arguments: ListArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let (paging, count) = (arguments.paging, arguments.count);
    let request = request(arguments);
    let organizations = client.organizations();
    let page =
        async |limit| organizations.list(&ListOrganizations { limit, ..request.clone() }).await;
    let all = || organizations.stream(request.clone());
    show(paging, count, output, page, all, tables::organizations).await
}

fn request(arguments: ListArguments) -> ListOrganizations {
    let include = GetOrganization::from(arguments.include);
    ListOrganizations {
        limit: arguments.paging.limit,
        offset: arguments.paging.offset,
        order_by: arguments.order_by,
        include_members_count: include.include_members_count,
        include_missing_member_with_elevated_permissions: include
            .include_missing_member_with_elevated_permissions,
        query: arguments.filters.query,
        user_id: arguments.filters.user_id,
        organization_id: arguments.filters.organization_id,
    }
}
