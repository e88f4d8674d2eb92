//! Delays of short reads at a fixed rate, alone and beside what is long.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use crate::load::{Expect, Load, Pace, Seen, same};
use crate::places::Places;
use crate::reads;
use crate::results::{About, Sample, Section, subject};
use crate::run::Bench;
use crate::servers::Running;
use crate::wire::Request;
use crate::write_runs::empty;
use crate::writes::{self, Into, Step};

/// Short reads a second.
const RATE: f64 = 500.0;
/// Connections that short reads go over.
const CONNECTIONS: usize = 16;
/// Scans at work at once beside them.
const SCANS: usize = 4;
/// Writes at work at once beside them.
const WRITES: usize = 64;

/// What short reads stand beside, in the order of the page.
pub(crate) const BESIDE: [&str; 4] = [
    "short reads alone",
    "short reads beside long scans",
    "short reads beside the deletion of a large organization",
    "short reads beside writes and checkpoints",
];

/// Measures short reads on each server of Guildhall.
///
/// # Errors
/// Where an answer is not as it should be.
pub(crate) async fn measure(bench: &mut Bench<'_>) -> Result<()> {
    let mut found = Vec::new();
    {
        let mut subjects = vec![(subject::SQLITE, &bench.sqlite, &bench.places)];
        if let Some((running, places)) = &bench.postgres {
            subjects.push((subject::POSTGRES, running, places));
        }
        for (subject, running, places) in subjects {
            let delays = Delays { bench, running, places };
            for (place, name) in BESIDE.iter().enumerate() {
                if !name.contains(&bench.plan.only) {
                    continue;
                }
                found.push((subject, place, delays.beside(place).await?));
            }
        }
    }
    for (subject, place, sample) in found {
        let about = About {
            section: Section::Delays,
            place,
            workload: BESIDE[place].to_owned(),
            connections: CONNECTIONS,
            subject: subject.to_owned(),
        };
        bench.samples.add(about, sample);
    }
    Ok(())
}

struct Delays<'a> {
    bench: &'a Bench<'a>,
    running: &'a Running,
    places: &'a Places,
}

impl Delays<'_> {
    async fn beside(&self, place: usize) -> Result<Sample> {
        let seen = match place {
            0 => self.short().await?,
            1 => self.beside_scans().await?,
            2 => self.beside_deletion().await?,
            _ => self.beside_writes().await?,
        };
        // Of the processor time, what belongs to the reads is not known here.
        Ok(Sample::new(&seen, 0.0))
    }

    /// Twice the usual time.
    fn duration(&self) -> Duration {
        self.bench.duration() * 2
    }

    async fn short(&self) -> Result<Seen> {
        let (_, organization) = &self.places.organizations[0];
        let path = format!("/v1/organizations/{organization}/memberships?limit=10");
        let load = Load {
            target: &self.running.target,
            requests: same(self.running.target.get(&path)),
            expect: Expect::AtLeast(1000),
            connections: CONNECTIONS,
            pace: Pace::Open(RATE),
            duration: self.duration(),
        };
        load.run().await
    }

    async fn beside_scans(&self) -> Result<Seen> {
        let lists = reads::reads(self.places, reads::COMMON);
        let scan = lists.iter().find(|read| read.workload == reads::COMMON);
        let Some(scan) = scan else { anyhow::bail!("there is no scan") };
        let load = Load {
            target: &self.running.target,
            requests: scan.requests(&self.running.target),
            expect: Expect::AtLeast(1000),
            connections: SCANS,
            pace: Pace::Closed,
            duration: self.duration(),
        };
        let (seen, scans) = tokio::join!(self.short(), load.run());
        scans?;
        seen
    }

    /// An organization is filled first; it is deleted when the reads have begun.
    async fn beside_deletion(&self) -> Result<Seen> {
        let target = &self.running.target;
        let organization = empty(self.running, "Deleted").await?;
        let count = self.bench.plan.deleted.min(self.places.strangers.len());
        let users: Rc<[String]> = self.places.strangers[..count].to_vec().into();
        let into = Into::empty(organization.clone());
        let fill = Load {
            target,
            requests: writes::requests(target, Step::Create, &into, &users),
            expect: Expect::AtLeast(200),
            connections: WRITES,
            pace: Pace::Closed,
            duration: Duration::from_secs(600),
        };
        fill.run().await?;
        let path = format!("/v1/organizations/{organization}");
        let delete = Request::new("DELETE", &path, &target.headers, None);
        let gone = async {
            tokio::time::sleep(self.duration() / 10).await;
            target.json(&delete).await
        };
        let (seen, gone) = tokio::join!(self.short(), gone);
        gone?;
        seen
    }

    async fn beside_writes(&self) -> Result<Seen> {
        let load = Load {
            target: &self.running.target,
            requests: writes::mixed(&self.running.target, self.places, 1),
            expect: Expect::AtLeast(200),
            connections: WRITES,
            pace: Pace::Closed,
            duration: self.duration(),
        };
        let (seen, writes) = tokio::join!(self.short(), load.run());
        writes?;
        seen
    }
}
