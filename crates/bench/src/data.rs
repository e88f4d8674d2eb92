//! The data that is measured: written by the writer that the server uses, so that every row is
//! what the server would have written.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use guildhall_rules::users::{Contact, Create};
use guildhall_rules::{contacts, memberships, metadata, organizations};
use guildhall_server::{MetricsBind, Server, Settings};
use guildhall_store::{Instance, PostgresSettings, Store};
use guildhall_types::User;
use tokio_postgres::NoTls;

/// How many writes are at work at once.
const AT_ONCE: usize = 512;
/// The sizes of organizations, as far as the largest that is asked for.
const SIZES: [usize; 4] = [25, 10_000, 100_000, 1_000_000];
/// How many members each of the organizations of the busy user has.
const SMALL: usize = 10;
/// The fewest users who belong to no large organization, to be written with.
const LEAST_STRANGERS: usize = 1000;
const FIRST_NAMES: [&str; 8] = ["Ada", "Bob", "Cyd", "Dan", "Eve", "Fay", "Gus", "Hal"];
/// How many last names there are.
const LAST_NAMES: usize = 5000;
/// A first name that a few users of each organization have.
pub(crate) const RARE: &str = "Zephyrine";
/// Each so many-th user has the rare name.
const RARE_EVERY: usize = 5003;
/// How often PostgreSQL is made to count while data is built.
const ANALYZE_EVERY: Duration = Duration::from_secs(1);
/// The file that says that the data is complete.
const BUILT: &str = "bench-data";

/// Where data is.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// In SQLite, in a folder.
    Sqlite(PathBuf),
    /// In PostgreSQL; what else a server keeps is in a folder.
    Postgres(String),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("sqlite", folder)) => Ok(Self::Sqlite(folder.into())),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(text.to_owned())),
            _ => Err("must be `sqlite:FOLDER` or `postgres://…`".to_owned()),
        }
    }
}

/// How much there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Amount {
    /// Members of the largest organization.
    pub(crate) members: usize,
    /// Organizations of the user who is in many.
    pub(crate) organizations: usize,
    /// Further organizations as small, which that user is not in; files from before it was here
    /// have none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) further: usize,
}

/// Whether there is nothing to write down.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(amount: &usize) -> bool {
    *amount == 0
}

impl Amount {
    /// The sizes of the organizations, smallest first.
    pub(crate) fn sizes(self) -> Vec<usize> {
        let smaller = SIZES.into_iter().filter(|size| *size < self.members);
        smaller.chain([self.members]).collect()
    }

    /// All users.
    pub(crate) fn users(self) -> usize {
        self.members + self.strangers()
    }

    /// Users who are in none of the organizations.
    pub(crate) fn strangers(self) -> usize {
        (self.members / 10).max(LEAST_STRANGERS)
    }
}

/// The name of the organization of a size.
pub(crate) fn name_of(size: usize) -> String {
    format!("Members {size}")
}

/// The address of the user with this number.
pub(crate) fn address_of(number: usize) -> String {
    format!("user{number}@example.com")
}

/// Builds the data unless it is there; `folder` holds what a server keeps beside a database.
///
/// # Errors
/// Where there is other data, or it cannot be written.
pub(crate) async fn build(place: &Place, folder: &Path, amount: Amount) -> Result<()> {
    let mark = folder.join(BUILT);
    let wanted = serde_json::to_string(&amount)?;
    match std::fs::read_to_string(&mark) {
        Ok(found) if found == wanted => return Ok(()),
        Ok(found) => {
            bail!("{} holds other data, {found}: remove it, or name another", folder.display())
        }
        Err(_) if folder.join("guildhall.db").exists() => {
            bail!("{} holds data that is incomplete: remove it", folder.display())
        }
        Err(_) => {}
    }
    let mut settings = Settings::new(folder);
    settings.bind.set_port(0);
    settings.metrics_bind = MetricsBind::Off;
    if let Place::Postgres(url) = place {
        settings.postgres = Some(PostgresSettings::new(url)?);
    }
    let server = Server::start(settings).await?;
    let store = server.store();
    let instance = store.instances().await?.remove(0);
    let builder = Builder { store, instance: &instance, amount };
    let written = match place {
        Place::Sqlite(_) => builder.write().await,
        Place::Postgres(url) => tokio::select! {
            written = builder.write() => written,
            failed = analyze_now_and_then(url) => failed,
        },
    };
    store.close().await?;
    written?;
    end(folder, amount)
}

/// Does what autovacuum does where it is on, and sooner: without figures about its tables PostgreSQL
/// looks for one membership among all of its organization.
async fn analyze_now_and_then(url: &str) -> Result<()> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    loop {
        tokio::time::sleep(ANALYZE_EVERY).await;
        client.batch_execute("ANALYZE").await?;
    }
}

/// Marks data as in use: a run that fails leaves members behind, and must not be measured again.
///
/// # Errors
/// Where the folder cannot be written.
pub(crate) fn begin(folder: &Path) -> Result<()> {
    Ok(std::fs::write(folder.join(BUILT), "\"what a run left that failed\"")?)
}

/// Marks data as what it was built to be.
///
/// # Errors
/// Where the folder cannot be written.
pub(crate) fn end(folder: &Path, amount: Amount) -> Result<()> {
    Ok(std::fs::write(folder.join(BUILT), serde_json::to_string(&amount)?)?)
}

/// How much there is in a folder.
///
/// # Errors
/// Where nothing was built, or what was built is not what it was any more.
pub(crate) fn amount_of(folder: &Path) -> Result<Amount> {
    let mark = folder.join(BUILT);
    let text = std::fs::read_to_string(&mark).with_context(|| mark.display().to_string())?;
    serde_json::from_str(&text).with_context(|| format!("{}: {text}", mark.display()))
}

struct Builder<'a> {
    store: &'a Store,
    instance: &'a Instance,
    amount: Amount,
}

impl Builder<'_> {
    async fn write(&self) -> Result<()> {
        let begun = Instant::now();
        let users: Vec<String> = stream::iter(0..self.amount.users())
            .map(|number| self.user(number))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        eprintln!("{} users after {:.0?}", users.len(), begun.elapsed());
        for size in self.amount.sizes() {
            let organization = self.organization(&name_of(size)).await?;
            stream::iter(&users[..size])
                .map(|user| self.join(&organization, user))
                .buffered(AT_ONCE)
                .try_collect::<Vec<()>>()
                .await?;
            eprintln!("{} after {:.0?}", name_of(size), begun.elapsed());
        }
        stream::iter(0..self.amount.organizations)
            .map(|number| self.small(&users, number))
            .buffered(AT_ONCE / SMALL)
            .try_collect::<Vec<()>>()
            .await?;
        eprintln!("{} small ones after {:.0?}", self.amount.organizations, begun.elapsed());
        stream::iter(0..self.amount.further)
            .map(|number| self.further(&users, number))
            .buffered(AT_ONCE / SMALL)
            .try_for_each(|()| async { Ok(()) })
            .await?;
        eprintln!("{} further ones after {:.0?}", self.amount.further, begun.elapsed());
        Ok(())
    }

    async fn user(&self, number: usize) -> Result<String> {
        let value = address_of(number);
        let Ok(identifier) = contacts::email_address(&value) else {
            bail!("{value} is no address");
        };
        let first_name = match number % RARE_EVERY {
            17 => RARE,
            _ => FIRST_NAMES[number % FIRST_NAMES.len()],
        };
        let mut profile = User::default();
        profile.first_name = Some(first_name.to_owned());
        // Spread by a prime, so that neighbours in one order are none in another.
        profile.last_name = Some(format!("Name{}", number * 7919 % LAST_NAMES));
        profile.username = number.is_multiple_of(3).then(|| format!("name_{number}"));
        let operation = Create {
            profile,
            email_addresses: vec![Contact { value, identifier, reserved: false }],
            ..Create::default()
        };
        Ok(self.store.write(self.instance.key, operation).await?.id)
    }

    async fn organization(&self, name: &str) -> Result<String> {
        let operation = organizations::Create {
            name: name.to_owned(),
            slug: None,
            created_by: None,
            max_allowed_memberships: None,
            public_metadata: metadata::EMPTY.to_owned(),
            private_metadata: metadata::EMPTY.to_owned(),
            created_at: None,
            role_set_key: None,
        };
        Ok(self.store.write(self.instance.key, operation).await?.organization.id)
    }

    async fn join(&self, organization_id: &str, user_id: &str) -> Result<()> {
        let operation = memberships::Create {
            organization_id: organization_id.to_owned(),
            user_id: user_id.to_owned(),
            role: "org:member".to_owned(),
            public_metadata: metadata::EMPTY.to_owned(),
            private_metadata: metadata::EMPTY.to_owned(),
        };
        self.store.write(self.instance.key, operation).await?;
        Ok(())
    }

    /// A small organization; the first user is in every one of them.
    async fn small(&self, users: &[String], number: usize) -> Result<()> {
        let organization = self.organization(&format!("Small {number}")).await?;
        let members = self.amount.members;
        let others = (1..SMALL).map(|place| &users[(number * SMALL + place * 7919) % members]);
        self.fill(&organization, std::iter::once(&users[0]).chain(others).collect()).await
    }

    /// A small organization of users who come in turns, each as often as the others.
    async fn further(&self, users: &[String], number: usize) -> Result<()> {
        let organization = self.organization(&format!("Further {number}")).await?;
        let others = self.amount.members.saturating_sub(1).max(1);
        let places = (0..SMALL).map(|place| 1 + (number * SMALL + place) * 7919 % others);
        self.fill(&organization, places.map(|place| &users[place]).collect()).await
    }

    async fn fill(&self, organization: &str, mut joined: Vec<&String>) -> Result<()> {
        joined.sort();
        joined.dedup();
        let joins = joined.into_iter().map(|user| self.join(organization, user));
        futures_util::future::try_join_all(joins).await?;
        Ok(())
    }
}
