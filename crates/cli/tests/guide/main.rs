//! Everything that the README and the guide tell to type, run against the real command.
//!
//! `sh` and `console` blocks of a page run in one shell, `console` blocks on a terminal whose text
//! has to be the one shown. `python` and `js` blocks run where the suites of `tests/clients` have
//! installed the packages, else they are parsed, like `go` ones. `rust` blocks are compiled and run
//! as documentation of `guildhall-testing`. `text` is not run, nor is a block below the comment
//! `<!-- not run: REASON -->`; one below `<!-- needs: PROGRAM -->` runs where that is installed.

mod blocks;
mod faults;
mod links;
mod programs;
mod run;
mod script;
mod terminal;
mod transcript;

use std::collections::BTreeSet;

use blocks::Page;
use run::Before;

/// Every page that is run, by its path in the repository.
const PAGES: &[(&str, Before)] = &[
    ("README.md", Before::Server),
    ("crates/testing/README.md", Before::Nothing),
    ("docs/guide/from-python.md", Before::Server),
    ("docs/guide/production.md", Before::Nothing),
    ("docs/guide/rust.md", Before::Nothing),
    ("docs/guide/scale.md", Before::Nothing),
    ("docs/guide/tests.md", Before::Nothing),
];

fn page(name: &str) -> Page {
    let text = std::fs::read_to_string(programs::root().join(name)).expect("the page is there");
    Page { name: name.to_owned(), text }
}

fn run_page(name: &str) {
    let (_, before) = PAGES.iter().find(|(page, _)| *page == name).expect("it is listed");
    if let Err(fault) = run::run(&page(name), *before) {
        panic!("{fault}");
    }
}

#[test]
fn the_readme_is_true() {
    run_page("README.md");
}

#[test]
fn the_readme_of_the_crate_for_tests_is_true() {
    run_page("crates/testing/README.md");
}

#[test]
fn the_guide_from_python_is_true() {
    run_page("docs/guide/from-python.md");
}

#[test]
fn the_guide_to_production_is_true() {
    run_page("docs/guide/production.md");
}

#[test]
fn the_guide_for_rust_is_true() {
    run_page("docs/guide/rust.md");
}

#[test]
fn the_guide_to_scale_is_true() {
    run_page("docs/guide/scale.md");
}

#[test]
fn the_guide_to_tests_is_true() {
    run_page("docs/guide/tests.md");
}

#[test]
fn every_page_of_the_guide_is_run() {
    let guide = std::fs::read_dir(programs::root().join("docs/guide")).expect("it is there");
    let there: BTreeSet<String> = guide
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .collect();
    let listed: BTreeSet<String> = PAGES
        .iter()
        .filter_map(|(name, _)| name.strip_prefix("docs/guide/"))
        .map(str::to_owned)
        .collect();

    assert_eq!(there, listed);
}

#[test]
fn every_link_leads_to_a_file() {
    let faults: Vec<String> = PAGES
        .iter()
        .map(|(name, _)| *name)
        .chain([
            "CHANGELOG.md",
            "docs/behaviour.md",
            "ARCHITECTURE.md",
            "CONTRIBUTING.md",
            "SECURITY.md",
        ])
        .flat_map(|name| links::broken(&page(name)))
        .collect();

    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
