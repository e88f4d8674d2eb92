//! `guildhall role-sets list`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, ListKeyed};

use super::tables;
use crate::exit::ExitStatus;
use crate::keyed::ListKeyedArguments;
use crate::listing::show_all;
use crate::output::Output;

/// List the role sets, each with its roles.
///
/// As JSON each role set is one line, printed as the pages come in; --count tells how many there
/// are.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    list: ListKeyedArguments,
}

pub(crate) async fn run(
    arguments: ListArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let (paging, count) = (arguments.list.paging, arguments.list.count);
    let request = ListKeyed::from(arguments.list);
    let sets = client.role_sets();
    if count {
        let page = sets.list(&ListKeyed { limit: Some(1), ..request }).await?;
        output.show_count(page.total_count)?;
    } else if paging.all {
        show_all(sets.stream(request), output, tables::role_sets).await?;
    } else {
        let page = sets.list(&request).await?;
        output.show_list(&page.data, tables::role_sets)?;
        paging.tell_place(page.data.len(), Some(page.total_count));
    }
    Ok(ExitStatus::Done)
}
