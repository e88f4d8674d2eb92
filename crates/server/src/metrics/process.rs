//! The process, as the kernel tells of it; only Linux does so in files.

use std::fmt::Error;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

/// In what part of a second the kernel counts for programs; the same on every machine that
/// Rust's standard library runs on under Linux, whatever the kernel itself counts in.
const TICKS_PER_SECOND: f64 = 100.0;

/// The names that every Prometheus client gives these, so that ready dashboards find them.
#[derive(Debug)]
pub(super) struct ProcessCollector;

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut tell = |name, help, unit: Option<&Unit>, metric: &dyn EncodeMetric| {
            let encoder = encoder.encode_descriptor(name, help, unit, metric.metric_type())?;
            metric.encode(encoder)
        };
        if let Some(times) = Times::read() {
            let cpu = ConstCounter::new(times.cpu_seconds);
            let start = ConstGauge::new(times.start_seconds);
            let help = "Processor time used by the process.";
            tell("process_cpu", help, Some(&Unit::Seconds), &cpu)?;
            let help = "When the process started, in Unix time.";
            tell("process_start_time", help, Some(&Unit::Seconds), &start)?;
        }
        if let Some(bytes) = resident_bytes() {
            let help = "Memory that the process holds.";
            tell("process_resident_memory", help, Some(&Unit::Bytes), &ConstGauge::new(bytes))?;
        }
        if let Some(count) = open_files() {
            let help = "Files and sockets that the process holds open.";
            tell("process_open_fds", help, None, &ConstGauge::new(count))?;
        }
        if let Some(count) = most_open_files() {
            let help = "Files and sockets that the process may hold open.";
            tell("process_max_fds", help, None, &ConstGauge::new(count))?;
        }
        Ok(())
    }
}

struct Times {
    cpu_seconds: f64,
    start_seconds: f64,
}

impl Times {
    fn read() -> Option<Self> {
        let own = std::fs::read_to_string("/proc/self/stat").ok()?;
        let (user, system, start) = read_ticks(&own)?;
        let machine = std::fs::read_to_string("/proc/stat").ok()?;
        let boot_seconds: f64 = value_of(&machine, "btime ")?.parse().ok()?;
        Some(Self {
            cpu_seconds: (user + system) / TICKS_PER_SECOND,
            start_seconds: boot_seconds + start / TICKS_PER_SECOND,
        })
    }
}

/// The 14th, 15th and 22nd field: time in the program, time in the kernel, start after the boot.
fn read_ticks(stat: &str) -> Option<(f64, f64, f64)> {
    // The second field is a name in parentheses, which may hold blanks and parentheses itself.
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let field = |number: usize| fields.get(number - 3)?.parse().ok();
    Some((field(14)?, field(15)?, field(22)?))
}

fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes: i64 = value_of(&status, "VmRSS:")?.strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

fn open_files() -> Option<i64> {
    let count = std::fs::read_dir("/proc/self/fd").ok()?.count();
    // One of them is the folder itself.
    i64::try_from(count).ok().map(|count| count - 1)
}

fn most_open_files() -> Option<i64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    value_of(&limits, "Max open files")?.split_whitespace().next()?.parse().ok()
}

/// What stands behind `name` in the line that it begins.
fn value_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_blanks_and_parentheses_does_not_shift_the_fields() {
        let stat = "7 (a) (b) S 1 7 7 0 -1 4194560 99 0 0 0 250 50 0 0 20 0 4 0 12345 1 2 3";

        assert_eq!(read_ticks(stat), Some((250.0, 50.0, 12345.0)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_kernel_tells_of_this_process() {
        let times = Times::read().unwrap();

        assert!(times.start_seconds > 1_700_000_000.0, "{}", times.start_seconds);
        assert!(times.cpu_seconds >= 0.0);
        assert!(resident_bytes().unwrap() > 1024 * 1024);
        assert!((3..most_open_files().unwrap()).contains(&open_files().unwrap()));
    }
}
