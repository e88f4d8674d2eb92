//! `guildhall instances list`.

use anyhow::Result;
use clap::Args;
use guildhall_store::Instance;
use serde::Serialize;

use crate::database::DatabaseArguments;
use crate::exit::ExitStatus;
use crate::output::{Output, rows};
use crate::text::instant;

/// List the instances, oldest first.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {}

#[derive(Serialize)]
struct Row {
    instance_id: String,
    name: String,
    environment: &'static str,
    created_at: i64,
}

impl From<Instance> for Row {
    fn from(instance: Instance) -> Self {
        Self {
            instance_id: instance.id,
            name: instance.name,
            environment: instance.environment.as_str(),
            created_at: instance.created_at,
        }
    }
}

pub(crate) async fn run(database: &DatabaseArguments, output: &mut Output) -> Result<ExitStatus> {
    let store = database.open().await?;
    let instances: Vec<Row> = store.instances().await?.into_iter().map(Row::from).collect();
    store.close().await?;
    output.show_list(&instances, |instances| {
        rows(
            ["INSTANCE", "NAME", "ENVIRONMENT", "CREATED"],
            instances.iter().map(|row| {
                let environment = row.environment.to_owned();
                [row.instance_id.clone(), row.name.clone(), environment, instant(row.created_at)]
            }),
        )
    })?;
    Ok(ExitStatus::Done)
}
