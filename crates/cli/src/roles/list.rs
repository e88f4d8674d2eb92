//! `guildhall roles list`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, ListKeyed};

use super::tables;
use crate::exit::ExitStatus;
use crate::keyed::{self, ListKeyedArguments};
use crate::output::Output;

/// List the roles, each with the permissions that it grants.
///
/// As JSON each role is one line, printed as the pages come in; --count tells how many there are.
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
    let roles = client.organization_roles();
    let page = async |request: &ListKeyed| roles.list(request).await;
    keyed::show(arguments.list, output, page, |request| roles.stream(request), tables::roles).await
}
