//! `guildhall settings set-instance`.

use anyhow::Result;
use clap::Args;
use guildhall_sdk::{Client, UpdateInstance};

use super::get_instance;
use crate::exit::ExitStatus;
use crate::output::Output;

/// Change what is set about the instance itself; what is not given stays.
///
/// A Guildhall keeps it, and tells where browser-like clients may come from; nothing else there goes
/// by it.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct SetInstanceArguments {
    /// Whether test addresses may be used
    #[arg(long, value_name = "BOOLEAN")]
    test_mode: Option<bool>,
    /// Whether passwords are looked up among those that were breached
    #[arg(long, value_name = "BOOLEAN")]
    hibp: Option<bool>,
    /// Where users turn to
    #[arg(long, value_name = "ADDRESS")]
    support_email: Option<String>,
    /// The version of the script that pages load
    #[arg(long, value_name = "VERSION")]
    clerk_js_version: Option<String>,
    /// Where pages are served from during development
    #[arg(long, value_name = "ORIGIN")]
    development_origin: Option<String>,
    /// Where browser-like clients may come from; once for each, in place of those before
    #[arg(long = "allowed-origin", value_name = "ORIGIN", conflicts_with = "no_allowed_origins")]
    allowed_origins: Option<Vec<String>>,
    /// Let browser-like clients come from nowhere
    #[arg(long)]
    no_allowed_origins: bool,
    /// Whether sessions are passed on by addresses during development
    #[arg(long, value_name = "BOOLEAN")]
    url_based_session_syncing: Option<bool>,
    /// Which way to sign in comes first where a password is required: `password`, `otp`, or empty for
    /// the default
    #[arg(long, value_name = "STRATEGY")]
    preferred_sign_in_strategy: Option<String>,
}

pub(crate) async fn run(
    arguments: SetInstanceArguments,
    client: &Client,
    output: &mut Output,
) -> Result<ExitStatus> {
    let none = arguments.no_allowed_origins.then(Vec::new);
    let changes = UpdateInstance {
        test_mode: arguments.test_mode,
        hibp: arguments.hibp,
        support_email: arguments.support_email,
        clerk_js_version: arguments.clerk_js_version,
        development_origin: arguments.development_origin,
        allowed_origins: arguments.allowed_origins.or(none),
        url_based_session_syncing: arguments.url_based_session_syncing,
        preferred_sign_in_strategy_when_password_required: arguments.preferred_sign_in_strategy,
        ..UpdateInstance::default()
    };
    client.instance().update(&changes).await?;
    get_instance::run(client, output).await
}
