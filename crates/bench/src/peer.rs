//! The peer: better-auth with its organization plugin, in Node.js.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::load::{Expect, Requests, same};
use crate::servers::{Running, Start};
use crate::writes::Step;

/// What the peer is made of; installed into a folder of its own.
const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("../peer/package.json")),
    ("package-lock.json", include_str!("../peer/package-lock.json")),
    ("server.mjs", include_str!("../peer/server.mjs")),
];
/// What was installed last, to see whether it has to be done again.
const INSTALLED: &str = "installed.json";

/// The peer, as it runs.
pub(crate) struct Peer {
    pub(crate) running: Running,
    ready: Ready,
}

/// What it tells of itself.
#[derive(Debug, Deserialize)]
struct Ready {
    organizations: Organizations,
    cookie: String,
    origin: String,
    members: usize,
    strangers: usize,
}

#[derive(Debug, Deserialize)]
struct Organizations {
    empty: String,
    medium: String,
}

/// Installs the peer's packages in `folder`, unless they are there.
///
/// # Errors
/// Where Node.js or npm is missing, or the packages cannot be had.
pub(crate) fn install(folder: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in FILES {
        std::fs::write(folder.join(name), text)?;
    }
    let lock = FILES[1].1;
    if std::fs::read_to_string(folder.join(INSTALLED)).is_ok_and(|found| found == lock) {
        return Ok(folder.to_owned());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder);
    let installed = npm.output().context("npm cannot be run")?;
    if !installed.status.success() {
        let said = String::from_utf8_lossy(&installed.stderr);
        bail!("npm ci: {}", said.lines().next().unwrap_or("failed"));
    }
    std::fs::write(folder.join(INSTALLED), lock)?;
    Ok(folder.to_owned())
}

impl Peer {
    /// Starts it with an organization of `members`.
    ///
    /// # Errors
    /// Where it does not start.
    pub(crate) async fn start(start: &Start<'_>, folder: &Path, members: usize) -> Result<Self> {
        let data = folder.join(format!("members-{members}.db"));
        let mut running = start.peer(folder, &data, members).await?;
        let ready = running.target.json(&running.target.get("/ready")).await?;
        let ready: Ready = serde_json::from_value(ready)?;
        running.target.headers =
            format!("cookie: {}\r\norigin: {}\r\n", ready.cookie, ready.origin);
        Ok(Self { running, ready })
    }

    /// The list of ten, and what each answer must be.
    ///
    /// # Errors
    /// Where the first answer is none.
    pub(crate) async fn list(&self) -> Result<(Requests, Expect)> {
        let organization = &self.ready.organizations.medium;
        let path =
            format!("/api/auth/organization/list-members?organizationId={organization}&limit=10");
        let request = self.running.target.get(&path);
        let answer = self.running.target.ask(&request).await?;
        let members = answer.json()?;
        let rows = members.pointer("/members").and_then(serde_json::Value::as_array);
        anyhow::ensure!(rows.is_some_and(|rows| rows.len() == 10), "the peer lists others");
        let expect = Expect::Bytes(vec![answer.body.len()].into());
        Ok((same(request), expect))
    }

    /// `count` requests of a step, into the empty organization (place 0) or the large one (1);
    /// nothing where the peer cannot do it so.
    pub(crate) fn writes(&self, step: Step, place: usize, count: usize) -> Option<Requests> {
        let Ready { organizations, members, strangers, .. } = &self.ready;
        let organization = match place {
            0 => organizations.empty.clone(),
            1 => organizations.medium.clone(),
            _ => return None,
        };
        let (members, count) = (*members, count.min(*strangers));
        let target = self.running.target.clone();
        let requests = move |number: usize| {
            if number >= count {
                return None;
            }
            let user = members + number;
            Some(match step {
                Step::Create => {
                    let body = format!(
                        r#"{{"userId":"user{user:028}","organizationId":"{organization}","role":"member"}}"#
                    );
                    target.with_body("POST", "/add-member", &body)
                }
                _ => {
                    let body = format!(
                        r#"{{"memberIdOrEmail":"user{user}@example.com","organizationId":"{organization}"}}"#
                    );
                    target.with_body("POST", "/api/auth/organization/remove-member", &body)
                }
            })
        };
        matches!(step, Step::Create | Step::Delete).then(|| std::rc::Rc::new(requests) as Requests)
    }
}
