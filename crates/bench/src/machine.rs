//! The machine: cores, what a process used of it, and what to say of it beside figures.

use std::path::Path;

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::{Deserialize, Serialize};

/// Ticks a second in `/proc/PID/stat`; Linux fixes it for programs, whatever the kernel's own is.
const TICKS_A_SECOND: f64 = 100.0;

/// The cores of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    /// Where servers run.
    pub(crate) server: Option<usize>,
    /// Where the load is made.
    pub(crate) load: Option<usize>,
}

impl Cores {
    /// The first two cores that this process may use; none where there is only one.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub(crate) fn choose() -> Result<Self> {
        let allowed = sched_getaffinity(None)?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        Ok(match (cores.next(), cores.next()) {
            (server, load @ Some(_)) => Self { server, load },
            _ => Self { server: None, load: None },
        })
    }
}

/// Puts this thread, and what it starts from now on, on a core.
///
/// # Errors
/// Where the system refuses.
pub(crate) fn pin(core: Option<usize>) -> Result<()> {
    let Some(core) = core else { return Ok(()) };
    let mut only = CpuSet::new();
    only.set(core);
    sched_setaffinity(None, &only).with_context(|| format!("cannot use core {core}"))
}

/// The processor time of a process so far, in microseconds.
///
/// # Errors
/// Where there is no such process.
pub(crate) fn cpu_micros(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .with_context(|| format!("process {pid} is gone"))?;
    // The second field is a name in parentheses that may hold blanks.
    let (_, rest) = stat.rsplit_once(')').context("an unknown form of /proc/PID/stat")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|ticks| ticks.parse::<f64>().ok());
    let used = ticks(11).zip(ticks(12)).context("an unknown form of /proc/PID/stat")?;
    Ok((used.0 + used.1) * 1e6 / TICKS_A_SECOND)
}

/// The processor time of this thread so far, in microseconds.
///
/// # Errors
/// Where the kernel does not count it.
pub(crate) fn own_cpu_micros() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().and_then(|text| text.parse::<f64>().ok());
    Ok(nanoseconds.context("an unknown form of schedstat")? / 1000.0)
}

/// Memory of a process, in MiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// At present.
    pub(crate) resident: f64,
    /// At most since its start.
    pub(crate) peak: f64,
}

/// The memory of a process.
///
/// # Errors
/// Where there is no such process.
pub(crate) fn memory(pid: u32) -> Result<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()
    };
    let both = of("VmRSS:").zip(of("VmHWM:")).context("an unknown form of /proc/PID/status")?;
    Ok(Memory { resident: both.0 / 1024.0, peak: both.1 / 1024.0 })
}

/// What figures depend on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// The processor's name.
    pub(crate) processor: String,
    /// How many cores there are.
    pub(crate) cores: usize,
    /// Memory in GiB.
    pub(crate) memory: f64,
    /// The kernel.
    pub(crate) kernel: String,
    /// The file system of the data.
    pub(crate) file_system: String,
    /// How many processes were ready to run on average over five minutes before, beside ours.
    pub(crate) load_before: String,
    /// The middle one of a hundred synced writes of 4 KiB, in microseconds.
    pub(crate) sync_micros: f64,
}

impl Machine {
    /// Looks at this machine; `folder` is where the data is.
    pub(crate) fn look(folder: &Path) -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let value = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_once(':').map_or(String::new(), |(_, value)| value.trim().to_owned())
        };
        let kilobytes = value(&read("/proc/meminfo"), "MemTotal");
        let kilobytes = kilobytes.trim_end_matches("kB").trim().parse::<f64>().unwrap_or(0.0);
        Self {
            processor: value(&read("/proc/cpuinfo"), "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory: (kilobytes / 1024.0 / 1024.0).round(),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            file_system: file_system(folder),
            load_before: read("/proc/loadavg")
                .split_whitespace()
                .nth(1)
                .unwrap_or_default()
                .to_owned(),
            sync_micros: sync_micros(folder).unwrap_or(0.0),
        }
    }
}

/// The type of the file system that holds `folder`, by the longest mount point above it.
fn file_system(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_default();
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        Some((fields.next()?, fields.next()?))
    });
    mounts
        .filter(|(point, _)| folder.starts_with(point))
        .max_by_key(|(point, _)| point.len())
        .map_or(String::new(), |(_, kind)| kind.to_owned())
}

/// How long a synced write of 4 KiB takes, in the middle of a hundred.
fn sync_micros(folder: &Path) -> Result<f64> {
    use std::io::Write;
    let mut file = tempfile::tempfile_in(folder)?;
    let mut times = Vec::new();
    for _ in 0..100 {
        let begun = std::time::Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times[times.len() / 2].as_secs_f64() * 1e6)
}
