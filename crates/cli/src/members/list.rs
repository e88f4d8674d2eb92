//! `guildhall members list`.

use std::io::{Error as IoError, Write};

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{
    Client, Direction, Items, ListOrganizationMemberships, OrderBy, OrganizationMembership,
    OrganizationMembershipOrder, Page,
};

use super::tables;
use crate::exit::ExitStatus;
use crate::output::Output;

/// List the members of an organization.
///
/// Filters by ids, roles and whole addresses can be given several times: any of their values may
/// match. Different filters all apply. As JSON the page is printed as the server sends it,
/// `{"data":[...],"total_count":N}`; with --all it holds every row.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// The organization (`org_…`)
    organization_id: String,
    #[command(flatten)]
    paging: PagingArguments,
    #[command(flatten)]
    filters: FilterArguments,
}

#[derive(Debug, Args)]
struct PagingArguments {
    /// How many to list, 1 to 500; 10 when not given. With --all, how many to fetch at a time
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// How many to skip
    #[arg(long, value_name = "N")]
    offset: Option<u64>,
    /// List all, page by page
    #[arg(long, conflicts_with = "offset")]
    all: bool,
    /// Sort by phone_number, email_address, created_at, first_name, last_name or username, with
    /// `-` in front for the reverse; `-created_at` when not given
    #[arg(long, value_name = "FIELD", value_parser = order_by, allow_hyphen_values = true)]
    order_by: Option<OrderBy<OrganizationMembershipOrder>>,
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
    let ListArguments { organization_id, paging, filters } = arguments;
    let all = paging.all;
    let offset = paging.offset.unwrap_or(0);
    let request = request(paging, filters);
    let memberships = client.organization_memberships();
    if all {
        list_all(memberships.stream(organization_id, request), output).await?;
    } else {
        let page = memberships.list(organization_id, &request).await?;
        output.show(&page, |page| tables::memberships(&page.data))?;
        tell_place(&page, offset, output);
    }
    Ok(ExitStatus::Done)
}

/// Prints one page of all rows; JSON row by row, so that no list is too long for the memory.
async fn list_all(mut items: Items<OrganizationMembership>, output: &mut Output) -> Result<()> {
    if !output.is_json() {
        let rows = items.collect_all().await?;
        return Ok(output.show(rows.as_slice(), tables::memberships)?);
    }
    let mut total_count = 0_u64;
    let mut next = items.next().await.transpose()?;
    write!(output, "{{\"data\":[")?;
    while let Some(membership) = next {
        if total_count > 0 {
            write!(output, ",")?;
        }
        // As an error of its own kind, serde_json would hide that the pipe is closed.
        serde_json::to_writer(&mut *output, &membership).map_err(IoError::from)?;
        total_count += 1;
        next = items.next().await.transpose()?;
    }
    writeln!(output, "],\"total_count\":{total_count}}}")?;
    Ok(output.flush()?)
}

/// Tells a person which part of the list this is, where it is not the whole.
fn tell_place(page: &Page<OrganizationMembership>, offset: u64, output: &Output) {
    let rows = page.data.len() as u64;
    if output.is_json() || rows == page.total_count {
        return;
    }
    Output::note(&format!(
        "{rows} of {}, after the first {offset}; `--offset {}` goes on, `--all` lists all",
        page.total_count,
        offset + rows
    ));
}

fn request(paging: PagingArguments, filters: FilterArguments) -> ListOrganizationMemberships {
    ListOrganizationMemberships {
        limit: paging.limit,
        offset: paging.offset,
        order_by: paging.order_by,
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
    }
}

fn order_by(text: &str) -> Result<OrderBy<OrganizationMembershipOrder>, String> {
    let (direction, name) = match text.strip_prefix('-') {
        Some(name) => (Direction::Descending, name),
        None => (Direction::Ascending, text.strip_prefix('+').unwrap_or(text)),
    };
    let fields = OrganizationMembershipOrder::ALL;
    let field = fields.iter().find(|(_, wire)| *wire == name).map(|(field, _)| *field);
    field.map(|field| OrderBy { field, direction }).ok_or_else(|| {
        let names: Vec<_> = fields.iter().map(|(_, name)| *name).collect();
        format!("the fields are {}", names.join(", "))
    })
}
