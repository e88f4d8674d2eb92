//! What a server is before anybody asks: how soon it answers, how much memory it holds, how large
//! its binary is.

use anyhow::Result;

use crate::data::Place;
use crate::machine;
use crate::results::{Results, median};
use crate::run::Plan;
use crate::servers::Start;

/// How often the server is started.
const STARTS: usize = 5;

/// The fact of the start.
pub(crate) const COLD: &str = "start to first answer";
/// The fact of memory before any request.
pub(crate) const IDLE: &str = "memory when idle";
/// The fact of the most memory.
pub(crate) const PEAK: &str = "memory at most under load";
/// The fact of the database's size.
pub(crate) const DATABASE: &str = "the whole database on SQLite's disk";

/// Starts the server a few times.
///
/// # Errors
/// Where it does not start.
pub(crate) async fn measure(plan: &Plan, start: &Start<'_>, results: &mut Results) -> Result<()> {
    let place = Place::Sqlite(plan.sqlite.clone());
    let (mut cold, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let running = start.guildhall(&place, &plan.sqlite).await?;
        cold.push(running.started_within.as_secs_f64() * 1000.0);
        idle.push(machine::memory(running.pid())?.resident);
    }
    results.note(COLD, median(cold.into_iter()), "ms");
    results.note(IDLE, median(idle.into_iter()), "MiB");
    let binary = std::fs::metadata(&plan.guildhall)?.len();
    results.note("size of the binary", binary as f64 / 1024.0 / 1024.0, "MiB");
    Ok(())
}
