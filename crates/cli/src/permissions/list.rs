//! `guildhall permissions list`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, ListKeyed};

use super::tables;
use crate::exit::ExitStatus;
use crate::keyed::{self, ListKeyedArguments};
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
    let permissions = client.organization_permissions();
    let page = async |request: &ListKeyed| permissions.list(request).await;
    keyed::show(
        arguments.list,
        output,
        page,
        |request| permissions.stream(request),
        tables::permissions,
    )
    .await
}
