//! `guildhall config`.

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::config::{ConfigFile, Setting};
use crate::exit::ExitStatus;
use crate::output::{Output, OutputArguments, rows};
use crate::serve::{DatabasePlan, Plan, ServeArguments};
use crate::text::NOTHING;

/// Print the settings in force, and where each comes from.
///
/// They are those of `guildhall serve` with the same flags, in the same environment and folder,
/// and the profiles of the configuration file. Bad values are refused as `guildhall serve` would.
/// Secrets are not shown.
#[derive(Debug, Args)]
pub(crate) struct ConfigCommandArguments {
    #[command(flatten)]
    output: OutputArguments,
    #[command(flatten)]
    serve: ServeArguments,
}

#[derive(Serialize)]
struct Row {
    key: String,
    /// `null` where there is none.
    value: Option<String>,
    /// `null` where there is no value.
    origin: Option<String>,
}

pub(crate) fn run(arguments: ConfigCommandArguments) -> Result<ExitStatus> {
    let file = arguments.serve.file()?;
    let plan = arguments.serve.plan(&file)?;
    let log = arguments.serve.log(&file);
    let mut settings = settings(&plan);
    settings.push(row(log.known().key, Some(&log)));
    settings.extend(profiles(&file));
    Output::new(arguments.output).show_list(&settings, |settings| {
        let cell = |text: &Option<String>| text.clone().unwrap_or_else(|| NOTHING.to_owned());
        rows(
            ["KEY", "VALUE", "FROM"],
            settings.iter().map(|row| [row.key.clone(), cell(&row.value), cell(&row.origin)]),
        )
    })?;
    Ok(ExitStatus::Done)
}

fn settings(plan: &Plan) -> Vec<Row> {
    let secret_key = match (&plan.secret_key_file, &plan.settings.secret_key) {
        (Some(setting), _) => row(setting.known().key, Some(setting)),
        (None, Some(_)) => Row {
            key: "secret_key".to_owned(),
            value: Some("(hidden)".to_owned()),
            origin: Some("flag or variable".to_owned()),
        },
        (None, None) => row("secret_key", None),
    };
    let mut settings = vec![
        row("bind", Some(&plan.bind)),
        row("metrics_bind", Some(&plan.metrics_bind)),
        row("data", Some(&plan.data)),
    ];
    settings.extend(database(&plan.database));
    settings.extend([
        row("public_url", plan.public_url.as_ref()),
        row("trusted_proxies", plan.trusted_proxies.as_ref()),
        secret_key,
        row("server_key_file", plan.server_key_file.as_ref()),
        row("production_sessions", Some(&plan.production_sessions)),
    ]);
    settings
}

/// What is set about PostgreSQL, if it is used.
fn database(plan: &DatabasePlan) -> Vec<Row> {
    let Some(postgres) = &plan.postgres else { return vec![row("database_url", None)] };
    let mut url = row("database_url", Some(&postgres.url));
    // It may hold a password.
    url.value = Some("(hidden)".to_owned());
    let password_file = row("database_password_file", postgres.password_file.as_ref());
    let tuning = plan.tuning.iter().map(|setting| row(setting.known().key, Some(setting)));
    [url, password_file].into_iter().chain(tuning).collect()
}

fn row(key: &str, setting: Option<&Setting>) -> Row {
    Row {
        key: key.to_owned(),
        value: setting.map(|it| it.as_os_str().to_string_lossy().into_owned()),
        origin: setting.map(Setting::origin),
    }
}

fn profiles(file: &ConfigFile) -> impl Iterator<Item = Row> {
    file.profiles().flat_map(|(name, profile)| {
        let entries =
            [("api_url", &profile.api_url), ("secret_key_file", &profile.secret_key_file)];
        entries.map(|(key, entry)| Row {
            key: format!("profiles.{name}.{key}"),
            value: Some(entry.text.clone()),
            origin: Some(file.place(entry.line)),
        })
    })
}
