//! `guildhall check`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{CheckQuestion, Client};

use crate::connection::ConnectionArguments;
use crate::exit::ExitStatus;
use crate::failure;
use crate::output::{Output, OutputArguments, fields};
use crate::text::yes_or_no;

/// Tell whether a user may do something in an organization; exits with 0 where it is so, else
/// with 1.
///
/// Goes by what is so now, unlike a session token. An unknown user, organization, permission or
/// role allows nothing. It needs the address of a Guildhall and a secret key of the instance; where
/// the server refuses the question the exit code is 1 as well, and nothing is on stdout.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The user (`user_…`)
    #[arg(long, value_name = "USER_ID")]
    user: String,
    /// The organization (`org_…`)
    #[arg(long, value_name = "ORGANIZATION_ID")]
    organization: String,
    /// The permission that the user needs there (`org:posts:delete`)
    #[arg(long, value_name = "KEY", required_unless_present = "role", conflicts_with = "role")]
    permission: Option<String>,
    /// The role that the user needs there (`org:admin`)
    #[arg(long, value_name = "KEY")]
    role: Option<String>,
    #[command(flatten)]
    output: OutputArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
}

pub(crate) async fn run(arguments: CheckArguments) -> Result<ExitStatus> {
    let client = arguments.connection.client()?;
    let mut output = Output::new(arguments.output);
    let outcome = ask(&arguments, &client, &mut output).await;
    failure::tell_call(outcome, &client, "guildhall members get")
}

async fn ask(
    CheckArguments { user, organization, permission, role, .. }: &CheckArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let (user, organization) = (user.as_str(), organization.as_str());
    let question = match role {
        Some(key) => CheckQuestion::role(user, organization, key),
        None => {
            let key = permission.as_deref().unwrap_or_default();
            CheckQuestion::permission(user, organization, key)
        }
    };
    let answer = client.check(&[question]).await?;
    let mut status = ExitStatus::Refused;
    for result in &answer.data {
        output.show(result, |result| fields([("allowed", yes_or_no(result.allowed))]))?;
        if result.allowed {
            status = ExitStatus::Done;
        }
    }
    Ok(status)
}
