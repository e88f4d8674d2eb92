//! `guildhall role-sets list`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, ListKeyed};

use super::tables;
use crate::exit::ExitStatus;
use crate::keyed::ListKeyedArguments;
use crate::listing::show;
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
    let role_sets = client.role_sets();
    let page = async |limit| role_sets.list(&ListKeyed { limit, ..request.clone() }).await;
    let all = || role_sets.stream(request.clone());
    show(paging, count, output, page, all, tables::role_sets).await
}
