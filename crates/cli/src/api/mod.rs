//! `guildhall api`: any request.

mod body;
mod request;

use std::io::{IsTerminal, Write};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use guildhall_sdk::Error;
use reqwest::Response;

use crate::connection::{ConnectionArguments, USER_AGENT};
use crate::exit::ExitStatus;
use crate::failure;
use crate::output::Output;
use crate::text::printable;

/// How long the whole call may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long it may take to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Send any request, and print the body of the answer.
///
/// The secret key and the newest version of the API are sent along, and with --data that it is
/// JSON. The request is sent once and redirects are not followed. The body is printed as it came;
/// JSON is indented on a terminal. Exits with 0 for a status of 200 to 299, with 1 for 400 to 499,
/// else with 2.
#[derive(Debug, Args)]
pub(crate) struct ApiArguments {
    /// The method, in any case
    method: String,
    /// The path, with or without `/v1` in front, and the query: `users?limit=3`
    path: String,
    /// The body: the text itself, `@FILE`, or `-` for stdin
    #[arg(long, short, value_name = "JSON", allow_hyphen_values = true)]
    data: Option<String>,
    /// A header, which takes the place of one that is sent anyway; `NAME:` sends none of that name
    #[arg(long, short = 'H', value_name = "NAME:VALUE")]
    header: Vec<String>,
    /// Print the status and the headers of the answer, to stderr
    #[arg(long, short)]
    include: bool,
    #[command(flatten)]
    connection: ConnectionArguments,
}

pub(crate) async fn run(arguments: ApiArguments) -> Result<ExitStatus> {
    let endpoint = arguments.connection.endpoint()?;
    let client = endpoint.client()?;
    let request = request::build(&arguments, client.base_url(), &endpoint.secret_key)?;
    let outcome = call(request, arguments.include).await;
    failure::tell_call(outcome, &client, "guildhall api GET")
}

async fn call(request: reqwest::Request, include: bool) -> Result<ExitStatus> {
    let http = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .timeout(TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .context("the HTTP client could not be set up")?;
    let response = http.execute(request).await.map_err(Error::from)?;
    if include {
        tell_head(&response);
    }
    let status = response.status().as_u16();
    let trace_id = response.headers().get("x-clerk-trace-id").cloned();
    print(response).await?;
    let outcome = match status {
        200..=299 => return Ok(ExitStatus::Done),
        400..=499 => ExitStatus::Refused,
        _ => ExitStatus::Failed,
    };
    let verb = if outcome == ExitStatus::Refused { "refused" } else { "failed" };
    Output::note(&format!("error: the server {verb} with status {status}"));
    if let Some(trace_id) = trace_id.as_ref().and_then(|id| id.to_str().ok()) {
        Output::note(&format!("trace id: {}", printable(trace_id)));
    }
    Ok(outcome)
}

fn tell_head(response: &Response) {
    Output::note(&format!("{:?} {}", response.version(), response.status()));
    for (name, value) in response.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        Output::note(&format!("{name}: {}", printable(&value)));
    }
}

/// Prints the body: for a program as it comes, for a person indented and harmless.
async fn print(mut response: Response) -> Result<()> {
    let mut stdout = std::io::stdout();
    if stdout.is_terminal() {
        let bytes = response.bytes().await.map_err(Error::from)?;
        return Ok(stdout.write_all(body::readable(&bytes).as_bytes())?);
    }
    while let Some(chunk) = response.chunk().await.map_err(Error::from)? {
        stdout.write_all(&chunk)?;
    }
    Ok(stdout.flush()?)
}
