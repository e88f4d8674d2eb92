//! Results as text for a terminal.

use std::fmt::Write;

use crate::results::Results;

/// The medians, the facts and the targets.
pub(crate) fn text(results: &Results) -> String {
    let mut text = String::new();
    let head = ("who", "what", "conn.", "per second", "CPU µs", "p99 ms");
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{:<19} {:<56} {:>5} {:>10} {:>9} {:>9}",
        head.0, head.1, head.2, head.3, head.4, head.5
    );
    for figure in &results.figures {
        let (about, median) = (&figure.about, &figure.median);
        let _ = writeln!(
            text,
            "{:<19} {:<56} {:>5} {:>10.0} {:>9.1} {:>9.2}",
            about.subject,
            about.workload,
            about.connections,
            median.per_second,
            median.cpu_micros,
            median.p99
        );
    }
    for fact in &results.facts {
        let _ = writeln!(text, "{}: {:.1} {}", fact.name, fact.value, fact.unit);
    }
    for target in &results.targets {
        let found = target.found.map_or("–".to_owned(), |found| format!("{found:.2}"));
        let verdict = target.verdict();
        let _ = writeln!(text, "{verdict:<12} {:>8} {:>8}  {}", found, target.bound(), target.name);
    }
    let count = |verdict| results.targets.iter().filter(|it| it.verdict() == verdict).count();
    let _ = writeln!(
        text,
        "{} met, {} missed, {} not measured",
        count("met"),
        count("missed"),
        count("not measured")
    );
    for skipped in &results.skipped {
        let _ = writeln!(text, "skipped: {skipped}");
    }
    text
}
