//! What lists cost beside an organization of a million members.
//!
//! `cargo run --release -p guildhall-testing --example at_size -- FOLDER [MEMBERS]` builds the data
//! in `FOLDER` if it is not there yet (one organization of `MEMBERS` members, 1,000,000 when not
//! given, 10,000 small ones of 25 members, a tenth more users), serves it, and prints for each list
//! the median time of an answer as a ratio to a plain list of ten, as a Markdown table.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use guildhall_rules::users::{Contact, Create};
use guildhall_rules::{contacts, memberships, metadata, organizations};
use guildhall_server::{Server, Settings};
use guildhall_store::{DataFolder, Instance, Options, Store};
use guildhall_types::User;
use reqwest::Client;
use secrecy::ExposeSecret;

/// How many small organizations stand beside the large one, and how many members each has.
const SMALL: (usize, usize) = (10_000, 25);
/// How many writes are at work at once.
const AT_ONCE: usize = 512;
/// How often each list is asked for.
const RUNS: usize = 21;

const FIRST_NAMES: [&str; 8] = ["Ada", "Bob", "Cyd", "Dan", "Eve", "Fay", "Gus", "Hal"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("name a folder for the data")?);
    let members = arguments.next().map_or(Ok(1_000_000), |members| members.parse())?;
    if !folder.join("built").exists() {
        build(&folder, members).await?;
        std::fs::write(folder.join("built"), "")?;
    }
    let mut settings = Settings::new(&folder);
    settings.bind.set_port(0);
    let server = Server::start(settings).await?;
    let key = server.secret_key().ok_or("there is no key")?.expose_secret().to_owned();
    let base_url = server.base_url().to_owned();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    report(&base_url, &key).await?;
    let _ = stop.send(());
    Ok(serving.await??)
}

async fn build(folder: &PathBuf, members: usize) -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = Settings::new(folder);
    settings.bind.set_port(0);
    // The first start makes the instance and its key.
    drop(Server::start(settings).await?);
    let store = Store::open(&DataFolder::open(folder)?.into(), Options::default()).await?;
    let instance = store.instances().await?.remove(0);
    let begun = Instant::now();
    let total = members + members / 10;
    let users: Vec<String> = stream::iter(0..total)
        .map(|index| user(&store, &instance, index))
        .buffered(AT_ONCE)
        .collect()
        .await;
    eprintln!("{total} users after {:?}", begun.elapsed());
    let large = organization(&store, &instance, "Large").await;
    stream::iter(&users[..members])
        .map(|user| join(&store, &instance, &large, user))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<()>>()
        .await;
    eprintln!("{members} members after {:?}", begun.elapsed());
    stream::iter(0..SMALL.0)
        .map(|index| small(&store, &instance, &users, index))
        .buffer_unordered(16)
        .collect::<Vec<()>>()
        .await;
    eprintln!("{} small organizations after {:?}", SMALL.0, begun.elapsed());
    Ok(store.close().await?)
}

async fn user(store: &Store, instance: &Instance, index: usize) -> String {
    let value = format!("user{index}@example.com");
    let identifier = contacts::email_address(&value).expect("a well-formed address");
    let mut profile = User::default();
    profile.first_name = Some(FIRST_NAMES[index % FIRST_NAMES.len()].to_owned());
    profile.last_name = Some(format!("Name{}", index % 5000));
    if index.is_multiple_of(3) {
        profile.username = Some(format!("name_{index}"));
    }
    let operation = Create {
        profile,
        email_addresses: vec![Contact { value, identifier, reserved: false }],
        ..Create::default()
    };
    store.write(instance.key, operation).await.expect("a user is written").id
}

async fn organization(store: &Store, instance: &Instance, name: &str) -> String {
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
    let view = store.write(instance.key, operation).await.expect("an organization is written");
    view.organization.id
}

async fn join(store: &Store, instance: &Instance, organization_id: &str, user_id: &str) {
    let operation = memberships::Create {
        organization_id: organization_id.to_owned(),
        user_id: user_id.to_owned(),
        role: "org:member".to_owned(),
        public_metadata: metadata::EMPTY.to_owned(),
        private_metadata: metadata::EMPTY.to_owned(),
    };
    store.write(instance.key, operation).await.expect("a membership is written");
}

/// A small organization; the first user is in every one of them.
async fn small(store: &Store, instance: &Instance, users: &[String], index: usize) {
    let organization_id = organization(store, instance, &format!("Small {index}")).await;
    let others = (1..SMALL.1).map(|place| &users[(index * SMALL.1 + place * 7919) % users.len()]);
    let mut members: Vec<&String> = std::iter::once(&users[0]).chain(others).collect();
    members.sort();
    members.dedup();
    let joins = members.into_iter().map(|user| join(store, instance, &organization_id, user));
    futures_util::future::join_all(joins).await;
}

/// One list: what it shows, and its path.
type List = (&'static str, String);

async fn report(base_url: &str, key: &str) -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder().no_proxy().build()?;
    let ask = Ask { client, base_url, key };
    let large = ask.id("/v1/organizations?query=large&limit=1", "/data/0/id").await?;
    let small = ask.id("/v1/organizations?query=small%2077&limit=1", "/data/0/id").await?;
    let busy = ask.id("/v1/users?email_address=user0@example.com", "/0/id").await?;
    let list = format!("/v1/organizations/{large}/memberships");
    let plain = ask.median(&list).await?;
    println!("| list | ratio | milliseconds |\n|---|---|---|");
    for (name, path) in lists(&list, &small, &busy) {
        let median = ask.median(&path).await?;
        let ratio = median.as_secs_f64() / plain.as_secs_f64();
        println!("| {name} | {ratio:.1} | {:.2} |", median.as_secs_f64() * 1000.0);
    }
    Ok(())
}

fn lists(large: &str, small: &str, busy: &str) -> Vec<List> {
    let of_large = |name, query: &str| (name, format!("{large}?{query}"));
    vec![
        of_large("large organization, 10 rows", "limit=10"),
        ("small organization, 10 rows", format!("/v1/organizations/{small}/memberships")),
        of_large("500 rows", "limit=500"),
        of_large("offset of 500,000", "offset=500000"),
        of_large("by `email_address`", "order_by=email_address"),
        of_large("by `-email_address`", "order_by=-email_address"),
        of_large("by `username`, which two of three miss", "order_by=username"),
        of_large("by `-username`", "order_by=-username"),
        of_large("by `first_name`, which an eighth share", "order_by=first_name"),
        of_large("by `last_name`", "order_by=last_name"),
        of_large("by `phone_number`, which nobody has", "order_by=phone_number"),
        of_large("filter `email_address`", "email_address=user4711@example.com"),
        of_large("filter `username`", "username=name_4710"),
        of_large("filter `role`, everybody", "role=org:member"),
        of_large("filter `role`, nobody", "role=org:admin"),
        of_large("filter `created_at_after`, nobody", "created_at_after=9999999999999"),
        of_large("`query`, one match", "query=user999983@"),
        of_large("`query`, an eighth match", "query=ada"),
        of_large("`query`, no match", "query=zzzz"),
        of_large("`name_query`, one in 5,000", "name_query=name4711"),
        ("user in 10,000 organizations", format!("/v1/users/{busy}/organization_memberships")),
        ("whole instance", "/v1/organization_memberships".to_owned()),
        (
            "whole instance by `email_address`",
            "/v1/organization_memberships?order_by=email_address".to_owned(),
        ),
        ("users", "/v1/users".to_owned()),
        ("users by `last_name`", "/v1/users?order_by=last_name".to_owned()),
        ("organizations", "/v1/organizations?include_members_count=true".to_owned()),
        (
            "organizations by `members_count`",
            "/v1/organizations?order_by=-members_count".to_owned(),
        ),
    ]
}

struct Ask<'a> {
    client: Client,
    base_url: &'a str,
    key: &'a str,
}

impl Ask<'_> {
    async fn body(&self, path: &str) -> Result<String, reqwest::Error> {
        let url = format!("{}{path}", self.base_url);
        let answer = self.client.get(url).bearer_auth(self.key).send().await?;
        answer.error_for_status()?.text().await
    }

    async fn id(&self, path: &str, pointer: &str) -> Result<String, Box<dyn std::error::Error>> {
        let body: serde_json::Value = serde_json::from_str(&self.body(path).await?)?;
        let id = body.pointer(pointer).and_then(serde_json::Value::as_str);
        Ok(id.ok_or_else(|| format!("{path} found nothing"))?.to_owned())
    }

    /// The median time of an answer, the first few left out.
    async fn median(&self, path: &str) -> Result<Duration, reqwest::Error> {
        self.body(path).await?;
        let mut times = Vec::new();
        for _ in 0..RUNS {
            let begun = Instant::now();
            self.body(path).await?;
            times.push(begun.elapsed());
        }
        times.sort();
        Ok(times[RUNS / 2])
    }
}
