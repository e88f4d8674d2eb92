//! `guildhall sessions token`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::Client;

use super::SessionArguments;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Make a token of a session, as `Authorization: Bearer` carries it.
///
/// On a terminal it is printed by itself, elsewhere as the JSON of the answer unless --raw is given:
/// curl -H "Authorization: Bearer $(guildhall sessions token SESSION --raw)" …
#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    #[command(flatten)]
    session: SessionArguments,
    /// For how many seconds it is valid, 30 to 315360000; 60 when not given
    #[arg(long, value_name = "SECONDS")]
    expires_in_seconds: Option<u32>,
    /// Print only the token, wherever stdout leads
    #[arg(long, conflicts_with = "json")]
    raw: bool,
}

pub(crate) async fn run(
    arguments: TokenArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let TokenArguments { session, expires_in_seconds, raw } = arguments;
    let token = client.sessions().create_token(&session.session_id, expires_in_seconds).await?;
    if output.is_json() && !raw {
        output.write_line(&token)?;
    } else {
        output.write_text(&token.jwt)?;
    }
    output.flush()?;
    Ok(ExitStatus::Done)
}
