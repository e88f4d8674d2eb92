//! Writes, measured: on Guildhall, by the bare driver in as many commits, by pgbench, on the peer.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::bare::Rows;
use crate::driver::Driver;
use crate::load::{Expect, Load, Pace, Requests};
use crate::machine;
use crate::places::Places;
use crate::results::{About, Sample, Section, subject};
use crate::run::{Bench, sample};
use crate::servers::Running;
use crate::writes::{self, Into, Step};

/// The longest that a step may take; it ends when every user had it.
const AT_MOST: Duration = Duration::from_secs(600);
/// An answer about one membership is at least so long.
const LEAST_BYTES: usize = 150;
/// How many fewer users the peer gets: it is slower.
const PEER_SHARE: usize = 10;
/// How many users it has for that.
const PEER_MOST: usize = 2000;
/// At one connection each write waits for the disk: so many fewer users.
const ALONE_SHARE: usize = 5;

/// Measures every step in every place whose name holds what is asked for, at each number of
/// connections.
///
/// # Errors
/// Where an answer is not as it should be.
pub(crate) async fn measure(bench: &mut Bench<'_>, run: usize) -> Result<()> {
    for connections in [1, 16, 64] {
        for place in 0..3 {
            // One caller waits for the disk, wherever the rows are.
            let is_asked = name_of(&bench.places, place).contains(&bench.plan.only);
            if is_asked && (connections > 1 || place == 0) {
                sqlite(bench, run, place, connections).await?;
                postgres(bench, run, place, connections).await?;
                peer(bench, place, connections).await?;
            }
        }
    }
    Ok(())
}

fn about(into: &str, place: usize, step: Step, connections: usize, subject: &str) -> About {
    About {
        section: Section::Writes,
        place: place * Step::ALL.len() + step as usize,
        workload: writes::workload(step, into),
        connections,
        subject: subject.to_owned(),
    }
}

async fn sqlite(bench: &mut Bench<'_>, run: usize, place: usize, connections: usize) -> Result<()> {
    let users = users(bench, &bench.places, connections);
    let into = place_of(&bench.sqlite, &bench.places, place, run).await?;
    let mut batches = Vec::new();
    for step in Step::ALL {
        let before = bench.sqlite.commits().await?;
        let requests = writes::requests(&bench.sqlite.target, step, &into, &users);
        let sample = all(&bench.sqlite, requests, connections, users.len()).await?;
        let after = bench.sqlite.commits().await?;
        batches.push((after.0 - before.0) / (after.1 - before.1).max(1.0));
        let about = about(&into.name, place, step, connections, subject::SQLITE);
        bench.samples.add(about, sample);
    }
    let folder = bench.plan.sqlite.clone();
    let core = bench.cores.server;
    let organizations: Vec<String> = into.organizations.to_vec();
    let (name, ids) = (into.name.clone(), users.to_vec());
    // On the servers' core, in a thread of its own.
    let measured = std::thread::spawn(move || -> Result<Vec<Sample>> {
        machine::pin(core)?;
        let into = Into { name, organizations: organizations.into() };
        let driver = Driver::open(&folder, &into, &ids)?;
        let steps = Step::ALL.into_iter().zip(batches);
        steps.map(|(step, batch)| driver.run(step, (batch.round() as usize).max(1))).collect()
    });
    let measured = measured.join().map_err(|_| anyhow::anyhow!("the driver panicked"))?;
    for (step, sample) in Step::ALL.into_iter().zip(measured.context("the bare driver")?) {
        let about = about(&into.name, place, step, connections, subject::DRIVER);
        bench.samples.add(about, sample);
    }
    bare(bench, place, connections, &into, &users).await
}

/// The same requests, to the bare server.
async fn bare(
    bench: &mut Bench<'_>,
    place: usize,
    connections: usize,
    into: &Into,
    users: &Rc<[String]>,
) -> Result<()> {
    let rows = Rows {
        organizations: into.organizations.to_vec(),
        users: users.to_vec(),
        answer: bench.membership().await?,
    };
    let rows = bench.bare.target.with_body("PUT", "/rows", &serde_json::to_string(&rows)?);
    let answer = bench.bare.target.ask(&rows).await?;
    let reason = String::from_utf8_lossy(&answer.body);
    anyhow::ensure!(answer.status == 204, "the bare server takes no rows: {reason}");
    for step in Step::ALL {
        let requests = writes::requests(&bench.bare.target, step, into, users);
        let sample = all(&bench.bare, requests, connections, users.len()).await?;
        let about = about(&into.name, place, step, connections, subject::BARE);
        bench.samples.add(about, sample);
    }
    Ok(())
}

async fn postgres(
    bench: &mut Bench<'_>,
    run: usize,
    place: usize,
    connections: usize,
) -> Result<()> {
    let Some((running, places)) = &bench.postgres else { return Ok(()) };
    let users = users(bench, places, connections);
    let into = place_of(running, places, place, run).await?;
    let mut found = Vec::new();
    for step in Step::ALL {
        let requests = writes::requests(&running.target, step, &into, &users);
        let sample = all(running, requests, connections, users.len()).await?;
        found.push((step, subject::POSTGRES, Ok(sample)));
    }
    if let Some(pgbench) = &bench.pgbench {
        let sample = pgbench.create(&into.organizations, connections, users.len()).await;
        found.push((Step::Create, subject::PGBENCH, sample));
    }
    for (step, subject, sample) in found {
        let about = about(&into.name, place, step, connections, subject);
        bench.samples.add_if(about, sample);
    }
    Ok(())
}

async fn peer(bench: &mut Bench<'_>, place: usize, connections: usize) -> Result<()> {
    let Some(peer) = &bench.peer else { return Ok(()) };
    let share = if connections == 1 { PEER_SHARE * ALONE_SHARE } else { PEER_SHARE };
    let count = (bench.plan.writes / share).clamp(10, PEER_MOST);
    let mut found = Vec::new();
    for step in [Step::Create, Step::Delete] {
        let Some(requests) = peer.writes(step, place, count) else { continue };
        found.push((step, all(&peer.running, requests, connections, count).await?));
    }
    for (step, sample) in found {
        let into = name_of(&bench.places, place);
        let about = about(&into, place, step, connections, subject::PEER);
        bench.samples.add(about, sample);
    }
    Ok(())
}

/// The users of a step: as many as may be, fewer for one connection.
fn users(bench: &Bench<'_>, places: &Places, connections: usize) -> Rc<[String]> {
    let share = if connections == 1 { ALONE_SHARE } else { 1 };
    let count = (bench.plan.writes / share).clamp(1, places.strangers.len());
    places.strangers[..count].to_vec().into()
}

/// Where members come and go; an organization that should be empty is made.
async fn place_of(running: &Running, places: &Places, place: usize, run: usize) -> Result<Into> {
    Ok(match place {
        0 => Into::empty(empty(running, &format!("Empty {run}")).await?),
        1 => Into::medium(places),
        _ => Into::spread(places),
    })
}

fn name_of(places: &Places, place: usize) -> String {
    match place {
        0 => writes::EMPTY.to_owned(),
        1 => writes::medium(places.medium().0),
        _ => writes::SPREAD.to_owned(),
    }
}

/// Makes an organization and tells its id.
pub(crate) async fn empty(running: &Running, name: &str) -> Result<String> {
    let body = format!(r#"{{"name":"{name}"}}"#);
    let made = running.target.with_body("POST", "/v1/organizations", &body);
    let made = running.target.json(&made).await?;
    let id = made.get("id").and_then(serde_json::Value::as_str).context("no id")?;
    Ok(id.to_owned())
}

/// Sends all requests there are, and sees to it that there were as many as should be.
async fn all(
    running: &Running,
    requests: Requests,
    connections: usize,
    count: usize,
) -> Result<Sample> {
    let load = Load {
        target: &running.target,
        requests: Rc::new(move |number| if number < count { requests(number) } else { None }),
        expect: Expect::AtLeast(LEAST_BYTES),
        connections,
        pace: Pace::Closed,
        duration: AT_MOST,
    };
    let sample = sample(running, load).await?;
    anyhow::ensure!(sample.requests == count, "only {} of {count} answers", sample.requests);
    Ok(sample)
}
