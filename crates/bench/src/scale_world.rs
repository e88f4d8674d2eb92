//! An instance that is measured at its size: its server, and where things are in it.

use std::path::Path;

use anyhow::{Context, Result};
use tokio_postgres::{Client, NoTls};

use crate::data::{self, Amount, Place, address_of, name_of};
use crate::machine;
use crate::places::{ROLE, id, ids, ids_from, rows};
use crate::servers::{Running, Start};
use crate::wire::Target;
use crate::writes::Into;

/// From how many places of a list what is asked for is taken.
const PLACES: usize = 10;
/// How many users come and go at most.
const STRANGERS: usize = 2000;
/// How many small organizations are asked for.
const SMALL: usize = 5000;
/// How many members of the largest organization are asked for by themselves.
const MEMBERS: usize = 5000;

/// A server and what its requests name.
pub(crate) struct World {
    pub(crate) running: Running,
    pub(crate) amount: Amount,
    /// The largest organization.
    pub(crate) largest: String,
    /// A membership in the middle of it.
    pub(crate) middle: String,
    /// Members of it, from all over it.
    pub(crate) members: Vec<String>,
    /// Small organizations, from all over the instance.
    pub(crate) small: Vec<String>,
    /// The user who is in many organizations.
    pub(crate) busy: String,
    /// Users who are in no organization.
    pub(crate) strangers: Vec<String>,
    /// How many memberships there are.
    pub(crate) memberships: usize,
    /// The database, where it has processes of its own.
    database: Option<Client>,
}

impl World {
    /// Starts the server and looks everything up.
    ///
    /// # Errors
    /// Where it does not start, or the data is not what it should be.
    pub(crate) async fn open(start: &Start<'_>, place: &Place, folder: &Path) -> Result<Self> {
        let amount = data::amount_of(folder)?;
        let database = match place {
            Place::Sqlite(_) => None,
            Place::Postgres(url) => {
                let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
                tokio::spawn(connection);
                Some(client)
            }
        };
        let running = start.guildhall(place, folder).await?;
        let target = running.target.clone();
        // It is there from the second time on, which is an error that does not matter.
        let role =
            format!(r#"{{"name":"Measured","key":"{ROLE}","include_in_initial_role_set":true}}"#);
        target.ask(&target.with_body("POST", "/v1/organization_roles", &role)).await?;
        let largest = largest(&target, amount).await?;
        let path = format!("/v1/organizations/{largest}/memberships?order_by=created_at");
        let middle = format!("{path}&limit=1&offset={}", amount.members / 2);
        let middle = rows(target.json(&target.get(&middle)).await?)?;
        let middle = id(middle.first().context("nobody stands in the middle")?)?;
        let pointer = "/public_user_data/user_id";
        let members = spread(&target, &path, pointer, amount.members, MEMBERS).await?;
        // The large ones were made first.
        let path = "/v1/organizations?order_by=-created_at";
        let organizations = amount.organizations + amount.further;
        let small = spread(&target, path, "/id", organizations, SMALL).await?;
        let busy = target.get(&format!("/v1/users?email_address={}", address_of(0)));
        let busy = id(rows(target.json(&busy).await?)?.first().context("no first user")?)?;
        let path = "/v1/users?order_by=-created_at";
        let strangers = ids(&target, path, STRANGERS.min(amount.strangers()), "/id").await?;
        let whole = target.json(&target.get("/v1/organization_memberships?limit=1")).await?;
        let memberships = whole.get("total_count").and_then(serde_json::Value::as_u64);
        let memberships = usize::try_from(memberships.context("no total_count")?)?;
        eprintln!("{memberships} memberships in {}", folder.display());
        Ok(Self {
            running,
            amount,
            largest,
            middle,
            members,
            small,
            busy,
            strangers,
            memberships,
            database,
        })
    }

    /// The processor time that the server took so far, and the processes of its database.
    ///
    /// # Errors
    /// Where one of them is gone.
    pub(crate) async fn cpu_micros(&self) -> Result<f64> {
        let mut micros = machine::cpu_micros(self.running.pid())?;
        if let Some(database) = &self.database {
            let pids = "SELECT pid FROM pg_stat_activity
                        WHERE datname = current_database() AND pid <> pg_backend_pid()
                              AND backend_type = 'client backend'";
            for row in database.query(pids, &[]).await? {
                let pid: i32 = row.get(0);
                // A connection that has ended since took next to nothing.
                micros += machine::cpu_micros(u32::try_from(pid)?).unwrap_or(0.0);
            }
        }
        Ok(micros)
    }

    /// Where members come and go: the largest organization, or else small ones.
    pub(crate) fn into(&self, place: usize) -> (&'static str, Into) {
        let (name, organizations) = match place {
            0 => ("the largest organization", vec![self.largest.clone()]),
            _ => ("small organizations", self.small.clone()),
        };
        (name, Into { name: name.to_owned(), organizations: organizations.into() })
    }
}

async fn largest(target: &Target, amount: Amount) -> Result<String> {
    let name = name_of(amount.members);
    let found = target.get("/v1/organizations?order_by=created_at&limit=20");
    let found = rows(target.json(&found).await?)?;
    let is_it = |row: &&serde_json::Value| row.get("name").is_some_and(|found| *found == *name);
    id(found.iter().find(is_it).context(name.clone())?)
}

/// `count` texts at `pointer` of a list of `total`, from several places of it.
async fn spread(
    target: &Target,
    path: &str,
    pointer: &str,
    total: usize,
    count: usize,
) -> Result<Vec<String>> {
    let count = count.min(total);
    let places = if count < total { PLACES } else { 1 };
    let mut found = Vec::new();
    for place in 0..places {
        let from = place * total / places;
        found.extend(ids_from(target, path, from, count / places, pointer).await?);
    }
    Ok(found)
}
