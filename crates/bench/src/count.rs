//! A fixed amount of work in this process, so that instructions can be counted: the whole way of
//! a request, from the socket to the database and back.
//!
//! The clock stands still and the data is the same each time; only the random parts of ids and
//! keys differ, whose length does not.

use std::sync::Arc;

use anyhow::{Context, Result};
use clap::ValueEnum;
use guildhall_server::{MetricsBind, Server, Settings};
use guildhall_store::Clock;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::load::Expect;
use crate::wire::{Connection, Request, Target};

/// How many members the organization has from which lists are read.
const MEMBERS: usize = 15;

/// How many users belong to no organization: the most times that work is done.
const STRANGERS: usize = 220;

/// Every answer is at least so long.
const LEAST_BYTES: usize = 200;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Work {
    /// Lists ten members.
    List,
    /// Adds users to an organization.
    Create,
    /// Merges metadata into a membership.
    Merge,
}

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> i64 {
        1_760_000_000_000
    }
}

/// Makes the data, then does the work so many times, one request after the other.
///
/// # Errors
/// Where an answer is not as it should be.
pub(crate) async fn run(work: Work, times: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut settings = Settings::new(folder.path());
    settings.bind.set_port(0);
    settings.metrics_bind = MetricsBind::Off;
    settings.clock = Arc::new(Still);
    let server = Server::start(settings).await?;
    let key = server.secret_key().context("there is no key")?.expose_secret().to_owned();
    let address = server.local_url();
    let target = Target {
        address: address.trim_start_matches("http://").parse()?,
        headers: format!("authorization: Bearer {key}\r\n"),
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async { drop(stopped.await) }));
    let done = Counted { target }.run(work, times).await;
    drop(stop);
    serving.await??;
    done
}

struct Counted {
    target: Target,
}

impl Counted {
    async fn run(&self, work: Work, times: usize) -> Result<()> {
        anyhow::ensure!(times <= STRANGERS, "at most {STRANGERS} times");
        let mut connection = Connection::open(self.target.address).await?;
        let organization = r#"{"name":"Counted"}"#;
        let made = self.target.with_body("POST", "/v1/organizations", organization);
        let organization = self.id(&mut connection, &made).await?;
        let list = format!("/v1/organizations/{organization}/memberships");
        // The same users whatever the work is and however often, so that the difference between two
        // runs is the work.
        let mut users = Vec::new();
        for number in 0..MEMBERS + STRANGERS {
            let body = format!(r#"{{"email_address":["user{number:06}@example.com"]}}"#);
            let user = self.target.with_body("POST", "/v1/users", &body);
            users.push(self.id(&mut connection, &user).await?);
        }
        let join = |user: &String| {
            let body = format!(r#"{{"user_id":"{user}","role":"org:member"}}"#);
            self.target.with_body("POST", &list, &body)
        };
        for user in &users[..MEMBERS] {
            self.id(&mut connection, &join(user)).await?;
        }
        for number in 0..times {
            let request = match work {
                // Another address each time, so that no answer is kept.
                Work::List => self.target.get(&format!("{list}?limit=10&number={number:06}")),
                Work::Create => join(&users[MEMBERS + number]),
                Work::Merge => {
                    let member = &users[number % MEMBERS];
                    let body =
                        format!(r#"{{"public_metadata":{{"turn":{:06}}}}}"#, 100_000 + number);
                    self.target.with_body("PATCH", &format!("{list}/{member}/metadata"), &body)
                }
            };
            connection.send(&request).await?;
            // To parse the answer would cost more than to make it.
            Expect::AtLeast(LEAST_BYTES).check(number, &connection.answer)?;
        }
        Ok(())
    }

    async fn id(&self, connection: &mut Connection, request: &Request) -> Result<String> {
        connection.send(request).await?;
        let made = connection.answer.json()?;
        Ok(made.get("id").and_then(Value::as_str).context("no id")?.to_owned())
    }
}
