//! `guildhall sessions list`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, ListSessions};

use super::tables;
use crate::exit::ExitStatus;
use crate::listing::{PagingArguments, show};
use crate::output::Output;

/// List sessions, newest first.
///
/// Different filters all apply. As JSON each session is one line, printed as the pages come in;
/// --count tells how many there are.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    paging: PagingArguments,
    /// Print only how many there are
    #[arg(long, conflicts_with_all = ["limit", "offset", "all"])]
    count: bool,
    #[command(flatten)]
    filters: FilterArguments,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
struct FilterArguments {
    /// The sessions of this user (`user_…`)
    #[arg(long, value_name = "ID")]
    user_id: Option<String>,
    /// The sessions of this client (`client_…`)
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The sessions of this status: abandoned, active, ended, expired, removed, replaced or revoked
    #[arg(long)]
    status: Option<String>,
}

pub(crate) async fn run(
    arguments: ListArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let ListArguments { paging, count, filters } = arguments;
    let request = ListSessions {
        limit: paging.limit,
        offset: paging.offset,
        client_id: filters.client_id,
        user_id: filters.user_id,
        status: filters.status,
    };
    let sessions = client.sessions();
    let page = async |limit| sessions.list(&ListSessions { limit, ..request.clone() }).await;
    let all = || sessions.stream(request.clone());
    show(paging, count, output, page, all, tables::sessions).await
}
