//! The page of results, `docs/performance.md`, and its pictures.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};

use crate::plot::{self, Bar, short};
use crate::results::{About, Figure, Results, Sample, Section, subject};

/// What stands on the page beside the figures, written by hand.
const NOTES: &str = include_str!("notes.md");
/// The folder of the pictures, beside the page.
const PICTURES: &str = "performance";
/// Subjects in the order of the columns, and their headings.
const SUBJECTS: [(&str, &str); 7] = [
    (subject::STATIC, "static answer"),
    (subject::SQLITE, "Guildhall, SQLite"),
    (subject::DRIVER, "bare SQLite driver"),
    (subject::BARE, "bare server"),
    (subject::POSTGRES, "Guildhall, PostgreSQL"),
    (subject::PGBENCH, "pgbench"),
    (subject::PEER, "better-auth"),
];

/// Writes the page and its pictures into a folder.
///
/// # Errors
/// Where the folder cannot be written.
pub(crate) fn write(results: &Results, docs: &Path) -> Result<()> {
    let pictures = docs.join(PICTURES);
    std::fs::create_dir_all(&pictures)?;
    for (name, picture) in pictures_of(results) {
        std::fs::write(pictures.join(name), picture)?;
    }
    let page = docs.join("performance.md");
    std::fs::write(&page, text(results)).with_context(|| page.display().to_string())
}

/// How a section is shown.
struct Shown {
    section: Section,
    title: &'static str,
    about: &'static str,
    /// What cells tell.
    cell: fn(&Sample) -> String,
    /// The last column, if there is one.
    ratio: Option<Ratio>,
}

/// A ratio of Guildhall on SQLite: its heading, the value, and to whom; to the plain list where to
/// nobody.
type Ratio = (&'static str, fn(&Sample) -> f64, Option<&'static str>);

fn cpu(sample: &Sample) -> f64 {
    sample.cpu_micros
}

fn rate(sample: &Sample) -> f64 {
    sample.per_second
}

/// Requests a second, and the processor time of one where it is known.
fn both(sample: &Sample) -> String {
    let rate = short(sample.per_second);
    match sample.cpu_micros {
        0.0 => format!("{rate}/s"),
        cpu => format!("{rate}/s, {} µs", short(cpu)),
    }
}

fn delays(sample: &Sample) -> String {
    format!("{} / {} / {} ms", short(sample.p50), short(sample.p99), short(sample.max))
}

const SECTIONS: [Shown; 8] = [
    Shown {
        section: Section::Lists,
        title: "Lists",
        about: "No two requests have the same address, and where the organization is large enough, \
                no two next to each other the same page; “again” asks for one page all the time \
                while nothing changes. The ratio is of processor time, to a static answer. The picture \
                leaves better-auth out, beside which no other bar could be seen. `pgbench` looks a \
                key up and asks for a list's version in one transaction; the server asks for both \
                of several requests at a time.",
        cell: both,
        ratio: Some(("to static", cpu, Some(subject::STATIC))),
    },
    Shown {
        section: Section::Places,
        title: "Far inside a list",
        about: "The ratio is of processor time, to the first page of ten of the same organization, \
                as in the tables that follow.",
        cell: both,
        ratio: Some(("to a list of 10", cpu, None)),
    },
    Shown {
        section: Section::Orders,
        title: "Orders",
        about: "",
        cell: both,
        ratio: Some(("to a list of 10", cpu, None)),
    },
    Shown {
        section: Section::Filters,
        title: "Filters and searches",
        about: "Each with its total.",
        cell: both,
        ratio: Some(("to a list of 10", cpu, None)),
    },
    Shown {
        section: Section::Users,
        title: "Other lists",
        about: "",
        cell: both,
        ratio: Some(("to a list of 10", cpu, None)),
    },
    Shown {
        section: Section::Writes,
        title: "Writes",
        about: "Members join, get another role and metadata, and leave again, each by a request of \
                its own; every commit is synced before it is answered. The bare driver writes the \
                same rows with as many rows a commit as the server had, reads nothing and decides \
                nothing. The bare server reads the same requests through the same HTTP stack, has \
                one thread write those rows by that driver, and answers when they are on the disk: \
                it knows no keys, rules and roles, looks nothing up and renders nothing; how many \
                rows a commit has is its own. `pgbench` runs the statements of a create, a \
                transaction each. The ratios are of writes a \
                second, to the bare driver: Guildhall's, and what the bare server has.",
        cell: both,
        ratio: Some(("to the driver", rate, Some(subject::DRIVER))),
    },
    Shown {
        section: Section::Mixed,
        title: "Lists while their organization changes",
        about: "Lists and merges are counted alike.",
        cell: both,
        ratio: None,
    },
    Shown {
        section: Section::Delays,
        title: "Delays",
        about: "500 lists of ten a second of the smallest organization, sent at their moment whatever \
                the answers do; a delay counts from that moment. Half of the answers took no longer \
                than the first number, 99 of 100 no longer than the second, all of them no longer \
                than the third.",
        cell: delays,
        ratio: None,
    },
];

fn text(results: &Results) -> String {
    let mut page = String::from("# What Guildhall costs\n\n");
    page.push_str(&context(results));
    page.push_str(&targets(results));
    for shown in &SECTIONS {
        page.push_str(&section(results, shown));
    }
    page.push_str(&facts(results));
    page.push_str(NOTES);
    page
}

fn context(results: &Results) -> String {
    let machine = &results.machine;
    let (members, organizations) =
        results.amount.map_or((0, 0), |amount| (amount.members, amount.organizations));
    let quick = if results.is_quick {
        "**These figures are from a quick run, made to see that everything works: they mean \
         nothing.**\n\n"
    } else {
        ""
    };
    let skipped = match &results.skipped[..] {
        [] => String::new(),
        skipped => format!("Left out: {}.\n\n", skipped.join("; ")),
    };
    format!(
        "<!-- Made by `guildhall-bench`: change crates/bench instead. -->\n\n\
         {quick}\
         Measured by `cargo run --release -p guildhall-bench -- run --docs docs`: see `--help` for \
         more. Guildhall {version} at {commit}, medians of {runs} runs in which everything is asked \
         in turns. The server has one core, the load another; PostgreSQL and `pgbench` are where \
         the system puts them. Only ratios of one run count.\n\n\
         The machine: {processor}, {cores} cores, {memory:.0} GiB, Linux {kernel}, data on \
         {file_system}, {sync} µs for a synced write of 4 KiB; {load} processes were ready to run \
         on average before the run began. The data: an organization of {members} members and \
         smaller ones, a user in {organizations} organizations.\n\n{skipped}",
        version = results.version,
        commit = results.commit,
        runs = results.runs,
        processor = machine.processor,
        cores = machine.cores,
        memory = machine.memory,
        kernel = machine.kernel,
        file_system = machine.file_system,
        sync = short(machine.sync_micros),
        load = machine.load_before,
        members = short(members as f64),
        organizations = short(organizations as f64),
    )
}

fn targets(results: &Results) -> String {
    let mut text = String::from("## Targets\n\n| target | bound | found | |\n|---|---|---|---|\n");
    for target in &results.targets {
        let found = target.found.map_or("–".to_owned(), short);
        let verdict = match target.verdict() {
            "missed" => "**missed**",
            verdict => verdict,
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {} | {} | {found} | {verdict} |", target.name, target.bound());
    }
    text.push('\n');
    text
}

fn section(results: &Results, shown: &Shown) -> String {
    let figures = || results.figures.iter().filter(|it| it.about.section == shown.section);
    let columns: Vec<_> = SUBJECTS
        .iter()
        .filter(|(subject, _)| figures().any(|figure| figure.about.subject == *subject))
        .collect();
    if columns.is_empty() {
        return String::new();
    }
    let mut rows: BTreeMap<(usize, &str, usize), BTreeMap<&str, &Sample>> = BTreeMap::new();
    for Figure { about, median, .. } in figures() {
        let About { place, workload, connections, subject, .. } = about;
        let row = rows.entry((*place, workload, *connections)).or_default();
        row.insert(subject, median);
    }
    let mut text = format!("## {}\n\n", shown.title);
    if !shown.about.is_empty() {
        text.push_str(&format!("{}\n\n", shown.about));
    }
    if let Some((_, _, name)) = PLOTS.iter().find(|(section, ..)| *section == shown.section) {
        text.push_str(&format!("![{}]({PICTURES}/{name})\n\n", shown.title));
    }
    let mut heading = vec!["", "connections"];
    heading.extend(columns.iter().map(|(_, heading)| *heading));
    heading.extend(shown.ratio.map(|(heading, ..)| heading));
    let has_limit = shown.section == Section::Writes;
    heading.extend(has_limit.then_some("bare server to the driver"));
    text.push_str(&format!("| {} |\n|{}\n", heading.join(" | "), "---|".repeat(heading.len())));
    for ((_, workload, connections), row) in rows {
        let mut cells = vec![workload.to_owned(), connections.to_string()];
        let cell = |sample: &&Sample| (shown.cell)(sample);
        cells.extend(columns.iter().map(|(it, _)| row.get(it).map_or(String::new(), cell)));
        if let Some((_, value, to)) = shown.ratio {
            let base = match to {
                Some(to) => row.get(to).copied(),
                None => plain(results, subject::SQLITE, connections),
            };
            let ours = row.get(subject::SQLITE).copied();
            // A run that is too short for the clock of processor time has no ratio.
            let base = base.map(value).filter(|base| *base > 0.0);
            let ratio = ours.zip(base).map(|(ours, base)| value(ours) / base);
            cells.push(ratio.map_or(String::new(), short));
        }
        if has_limit {
            let bare = row.get(subject::BARE).zip(row.get(subject::DRIVER));
            let limit = bare.map(|(bare, driver)| bare.per_second / driver.per_second);
            cells.push(limit.map_or(String::new(), short));
        }
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text.push('\n');
    text
}

/// The plain list of ten that lists of other kinds are held against.
fn plain<'a>(results: &'a Results, subject: &str, connections: usize) -> Option<&'a Sample> {
    let is_it = |figure: &&Figure| {
        let about = &figure.about;
        about.section == Section::Lists
            && about.subject == subject
            && about.connections == connections
            && about.workload.starts_with("list of 10,")
    };
    results.figures.iter().find(is_it).map(|figure| &figure.median)
}

fn facts(results: &Results) -> String {
    let mut text = String::from("## The process\n\n| | |\n|---|---|\n");
    for fact in &results.facts {
        let _ = writeln!(text, "| {} | {} {} |", fact.name, short(fact.value), fact.unit);
    }
    text.push('\n');
    text
}

/// The sections that have a picture, its title and unit, and its file.
const PLOTS: [(Section, (&str, &str), &str); 3] = [
    (Section::Lists, ("Processor time of a list of 10, 16 connections", "µs"), "lists.svg"),
    (Section::Writes, ("Writes a second, 64 connections", "/s"), "writes.svg"),
    (Section::Delays, ("Delay that one of 100 short reads exceeds", "ms"), "delays.svg"),
];

fn pictures_of(results: &Results) -> Vec<(&'static str, String)> {
    let picture = |(section, (title, unit), name): (Section, (&str, &str), &'static str)| {
        let mut figures: Vec<&Figure> =
            results.figures.iter().filter(|it| it.about.section == section).collect();
        figures.retain(|figure| match section {
            Section::Lists => {
                figure.about.connections == 16
                    && figure.about.workload.contains("list of 10")
                    && figure.median.cpu_micros > 0.0
                    // Its bar would hide all others.
                    && figure.about.subject != subject::PEER
            }
            Section::Writes => figure.about.connections == 64,
            _ => true,
        });
        let bar = |figure: &&Figure| Bar {
            label: figure.about.workload.clone(),
            subject: figure.about.subject.clone(),
            value: match section {
                Section::Lists => figure.median.cpu_micros,
                Section::Writes => figure.median.per_second,
                _ => figure.median.p99,
            },
        };
        let bars: Vec<Bar> = figures.iter().map(bar).collect();
        (name, plot::bars(title, unit, &bars))
    };
    PLOTS.into_iter().map(picture).collect()
}
