//! `guildhall permissions list`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, ListKeyed};

use super::tables;
use crate::exit::ExitStatus;
use crate::keyed::ListKeyedArguments;
use crate::listing::show;
use crate::output::Output;

/// List the permissions.
///
/// As JSON each permission is one line, printed as the pages come in; --count tells how many there
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
    let permissions = client.organization_permissions();
    let page = async |limit| permissions.list(&ListKeyed { limit, ..request.clone() }).await;
    let all = || permissions.stream(request.clone());
    show(paging, count, output, page, all, tables::permissions).await
}
