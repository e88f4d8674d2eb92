//! `guildhall members list`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, ListOrganizationMemberships, OrderBy, OrganizationMembershipOrder};

use super::tables;
use crate::exit::ExitStatus;
use crate::listing::{PagingArguments, order_by, show_all};
use crate::output::Output;

/// List the members of an organization.
///
/// Filters by ids, roles and whole addresses can be given several times: any of their values may
/// match. Different filters all apply. As JSON each member is one line, printed as the pages come in;
/// --count tells how many there are.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// The organization (`org_…`)
    organization_id: String,
    #[command(flatten)]
    paging: PagingArguments,
    /// Sort by phone_number, email_address, created_at, first_name, last_name or username, with
    /// `-` in front for the reverse; `-created_at` when not given
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true,
          value_parser = |text: &str| order_by(text, OrganizationMembershipOrder::ALL))]
    order_by: Option<OrderBy<OrganizationMembershipOrder>>,
    #[command(flatten)]
    cursors: CursorArguments,
    /// Print only how many there are
    #[arg(long, conflicts_with_all = ["limit", "offset", "all", "order_by"])]
    count: bool,
    #[command(flatten)]
    filters: FilterArguments,
}

/// Where to begin, other than by a number of members.
#[derive(Debug, Args)]
#[group(multiple = false, conflicts_with_all = ["offset", "all", "count"])]
struct CursorArguments {
    /// List what comes after this membership (`orgmem_…`) in the order; an addition of Guildhall
    #[arg(long, value_name = "ID")]
    starting_after: Option<String>,
    /// List what comes before this membership in the order; an addition of Guildhall
    #[arg(long, value_name = "ID")]
    ending_before: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
struct FilterArguments {
    /// Users to include, or with `-` in front to exclude
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    user_id: Vec<String>,
    /// Whole e-mail addresses
    #[arg(long, value_name = "ADDRESS", allow_hyphen_values = true)]
    email_address: Vec<String>,
    /// Whole phone numbers
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    phone_number: Vec<String>,
    /// Whole usernames
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    username: Vec<String>,
    /// Whole web3 wallet addresses
    #[arg(long, value_name = "ADDRESS", allow_hyphen_values = true)]
    web3_wallet: Vec<String>,
    /// Roles, `org:admin` for example
    #[arg(long, value_name = "ROLE", allow_hyphen_values = true)]
    role: Vec<String>,
    /// Part of an address, phone number, username, wallet, user id or name
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    query: Option<String>,
    /// Part of an e-mail address
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    email_address_query: Option<String>,
    /// Part of a phone number
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    phone_number_query: Option<String>,
    /// Part of a username
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    username_query: Option<String>,
    /// Part of the first or last name
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    name_query: Option<String>,
    /// Users last active before this instant, in Unix milliseconds
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    last_active_at_before: Option<i64>,
    /// Users last active after this instant, in Unix milliseconds
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    last_active_at_after: Option<i64>,
    /// Users created before this instant, in Unix milliseconds
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    created_at_before: Option<i64>,
    /// Users created after this instant, in Unix milliseconds
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    created_at_after: Option<i64>,
}

pub(crate) async fn run(
    arguments: ListArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let (organization_id, paging) = (arguments.organization_id.clone(), arguments.paging);
    let (count, by_offset) = (arguments.count, !arguments.cursors.are_given());
    let request = request(arguments);
    let memberships = client.organization_memberships();
    if count {
        let request = ListOrganizationMemberships { limit: Some(1), ..request };
        let page = memberships.list(organization_id, &request).await?;
        output.show_count(page.total_count)?;
    } else if paging.all {
        show_all(memberships.stream(organization_id, request), output, tables::memberships).await?;
    } else {
        let page = memberships.list(organization_id, &request).await?;
        output.show_list(&page.data, tables::memberships)?;
        if by_offset {
            paging.tell_place(page.data.len(), Some(page.total_count));
        }
    }
    Ok(ExitStatus::Done)
}

impl CursorArguments {
    fn are_given(&self) -> bool {
        self.starting_after.is_some() || self.ending_before.is_some()
    }
}

fn request(arguments: ListArguments) -> ListOrganizationMemberships {
    let ListArguments { paging, order_by, cursors, filters, .. } = arguments;
    ListOrganizationMemberships {
        limit: paging.limit,
        offset: paging.offset,
        order_by,
        user_id: filters.user_id,
        email_address: filters.email_address,
        phone_number: filters.phone_number,
        username: filters.username,
        web3_wallet: filters.web3_wallet,
        role: filters.role,
        query: filters.query,
        email_address_query: filters.email_address_query,
        phone_number_query: filters.phone_number_query,
        username_query: filters.username_query,
        name_query: filters.name_query,
        last_active_at_before: filters.last_active_at_before,
        last_active_at_after: filters.last_active_at_after,
        created_at_before: filters.created_at_before,
        created_at_after: filters.created_at_after,
        starting_after: cursors.starting_after,
        ending_before: cursors.ending_before,
    }
}
