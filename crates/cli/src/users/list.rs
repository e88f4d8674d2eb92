//! `guildhall users list`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, ListUsers, OrderBy, UserOrder};

use super::filters::FilterArguments;
use super::tables;
use crate::exit::ExitStatus;
use crate::listing::{PagingArguments, order_by, show_all};
use crate::output::Output;

/// List the users.
///
/// Filters by ids and whole addresses can be given several times: any of their values may match.
/// Different filters all apply. As JSON each user is one line, printed as the pages come in;
/// `guildhall users count` tells how many there are.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    paging: PagingArguments,
    /// Sort by created_at, updated_at, email_address, web3wallet, first_name, last_name,
    /// phone_number, username, last_active_at or last_sign_in_at, with `-` in front for the
    /// reverse; `-created_at` when not given
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true,
          value_parser = |text: &str| order_by(text, UserOrder::ALL))]
    order_by: Option<OrderBy<UserOrder>>,
    /// List the users after this one, by id, in the order of created_at; an addition of Guildhall
    #[arg(long, value_name = "ID", conflicts_with_all = ["offset", "all"])]
    starting_after: Option<String>,
    #[command(flatten)]
    filters: FilterArguments,
}

pub(crate) async fn run(
    arguments: ListArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let ListArguments { paging, order_by, starting_after, filters } = arguments;
    let by_offset = starting_after.is_none();
    let request = ListUsers {
        limit: paging.limit,
        offset: paging.offset,
        order_by,
        starting_after,
        ..ListUsers::from(filters)
    };
    if paging.all {
        show_all(client.users().stream(request), output, tables::users).await?;
    } else {
        let users = client.users().list(&request).await?;
        output.show_list(&users, tables::users)?;
        if by_offset {
            paging.tell_place(users.len(), None);
        }
    }
    Ok(ExitStatus::Done)
}
