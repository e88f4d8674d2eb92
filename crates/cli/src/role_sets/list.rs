//! `guildhall role-sets list`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, ListKeyed};

use super::tables;
use crate::exit::ExitStatus;
use crate::keyed::{self, ListKeyedArguments};
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
    let role_sets = client.role_sets();
    let page = async |request: &ListKeyed| role_sets.list(request).await;
    keyed::show(
        arguments.list,
        output,
        page,
        |request| role_sets.stream(request),
        tables::role_sets,
    )
    .await
}
