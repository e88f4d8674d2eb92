//! `guildhall instances create`.

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use guildhall_store::Environment;

use crate::database::DatabaseArguments;
use crate::exit::ExitStatus;
use crate::new_key;
use crate::output::Output;

/// Make an instance, and print its id and its first secret key.
///
/// The key is shown only now. The data folder is made if there is none.
#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// A name to tell it from others
    name: String,
    /// What it is for: keys of production begin with `sk_live_`, others with `sk_test_`
    #[arg(long, value_enum, default_value_t = EnvironmentArgument::Development)]
    environment: EnvironmentArgument,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EnvironmentArgument {
    Development,
    Production,
}

impl From<EnvironmentArgument> for Environment {
    fn from(argument: EnvironmentArgument) -> Self {
        match argument {
            EnvironmentArgument::Development => Self::Development,
            EnvironmentArgument::Production => Self::Production,
        }
    }
}

pub(crate) async fn run(
    arguments: CreateArguments,
    database: &DatabaseArguments,
    output: &mut Output,
) -> Result<ExitStatus> {
    if arguments.name.trim().is_empty() {
        bail!("the name of an instance must not be blank");
    }
    let store = database.open_or_make().await?;
    let instance = store.create_instance(&arguments.name, arguments.environment.into()).await?;
    new_key::create(&store, &instance, output).await?;
    store.close().await?;
    Ok(ExitStatus::Done)
}
