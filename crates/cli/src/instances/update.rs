//! `guildhall instances update`.

use anyhow::Result;
use clap::Args;
use guildhall_store::{Instance, InstanceChanges, Store, TokenVersion};

use super::tables::{self, Row};
use crate::database::DatabaseArguments;
use crate::exit::ExitStatus;
use crate::failure::{Refusal, unknown_instance};
use crate::output::Output;

/// Change what only an operator sets about an instance; what is not given stays.
///
/// Servers that run go by it from the next request on.
#[derive(Debug, Args)]
pub(crate) struct UpdateArguments {
    /// The instance, by its id (`ins_…`) or its name
    instance: String,
    /// The version of the claims of session tokens: 1 for clients that do not read version 2
    #[arg(long, value_name = "1|2", value_parser = session_token_version,
          required_unless_present_any = ["max_allowed_roles", "max_role_sets_allowed"])]
    session_token_version: Option<TokenVersion>,
    /// How many roles there may be beside the two that every instance begins with; those that are
    /// there stay
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..=1000))]
    max_allowed_roles: Option<i64>,
    /// How many role sets there may be, the one included that every instance begins with; those that
    /// are there stay
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..=1000))]
    max_role_sets_allowed: Option<i64>,
}

fn session_token_version(text: &str) -> Result<TokenVersion, String> {
    let version = text.parse().ok().and_then(TokenVersion::from_number);
    version.ok_or_else(|| "it must be 1 or 2".to_owned())
}

pub(crate) async fn run(
    arguments: &UpdateArguments,
    database: &DatabaseArguments,
    output: &mut Output,
) -> Result<ExitStatus> {
    let store = database.open().await?;
    let instance = find(&store, &arguments.instance).await?;
    let changes = InstanceChanges {
        session_token_version: arguments.session_token_version,
        max_allowed_roles: arguments.max_allowed_roles,
        max_role_sets_allowed: arguments.max_role_sets_allowed,
    };
    store.update_instance(instance.key, &changes).await?;
    let row = Row::from(find(&store, &instance.id).await?);
    store.close().await?;
    output.show(&row, tables::instance)?;
    Ok(ExitStatus::Done)
}

/// The instance of that id, else the only one of that name.
async fn find(store: &Store, id_or_name: &str) -> Result<Instance> {
    if let Some(instance) = store.instance(id_or_name).await? {
        return Ok(instance);
    }
    let mut named = store.instances().await?;
    named.retain(|instance| instance.name == id_or_name);
    let count = named.len();
    match (named.pop(), count) {
        (Some(instance), 1) => Ok(instance),
        (Some(_), _) => {
            let text = format!("{count} instances are called `{id_or_name}`; give the id of one");
            Err(Refusal(text).into())
        }
        (None, _) => Err(unknown_instance(id_or_name).into()),
    }
}
