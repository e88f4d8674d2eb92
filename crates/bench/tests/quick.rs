//! The whole bench on little data, so that it cannot rot. Figures mean nothing here.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use std::path::Path;
use std::process::{Command, Output};

use guildhall_testing::TestDatabase;

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_guildhall-bench")).args(arguments).output().unwrap()
}

/// A quick run in `folder`, which must succeed; tells what it wrote to the file of results.
fn quick(folder: &Path, more: &[&str]) -> serde_json::Value {
    let path = folder.to_str().unwrap();
    let docs = folder.join("docs");
    // This program serves too, so that nothing else has to be built.
    let serving = env!("CARGO_BIN_EXE_guildhall-bench");
    let mut arguments = vec!["run", "--quick", "--folder", path, "--guildhall", serving];
    arguments.extend(["--without-peer", "--docs", docs.to_str().unwrap()]);
    arguments.extend(more);

    let ran = bench(&arguments);

    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let results = std::fs::read_to_string(folder.join("results.json")).unwrap();
    serde_json::from_str(&results).unwrap()
}

fn subjects(results: &serde_json::Value) -> Vec<&str> {
    let figures = results["figures"].as_array().unwrap();
    let mut subjects: Vec<_> = figures.iter().filter_map(|it| it["subject"].as_str()).collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quick_run_measures_every_limit_and_writes_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::create_or_skip().await;
    let url = database.as_ref().map(|database| database.url().to_owned());
    let more: Vec<&str> = url.iter().flat_map(|url| ["--postgres", url]).collect();

    let results = quick(folder.path(), &more);

    let found = subjects(&results);
    assert!(
        ["bare-server", "driver", "guildhall", "static"].iter().all(|it| found.contains(it)),
        "{found:?}"
    );
    assert_eq!(found.contains(&"guildhall-postgres"), url.is_some(), "{found:?}");
    let measured = results["figures"].as_array().unwrap().iter();
    // What `pgbench` cannot do is left out and no error: a list and a create at 1, 16 and 64
    // connections, the latter in three places but at one connection.
    let by_pgbench = measured.clone().filter(|figure| figure["subject"] == "pgbench").count();
    let has_pgbench = url.is_some() && Command::new("pgbench").arg("--version").output().is_ok();
    assert_eq!(by_pgbench, if has_pgbench { 3 + 7 } else { 0 });
    assert!(measured.clone().all(|figure| figure["median"]["requests"].as_u64() > Some(0)));
    let page = std::fs::read_to_string(folder.path().join("docs/performance.md")).unwrap();
    for heading in ["Targets", "Lists", "Orders", "Filters and searches", "Writes", "Delays"] {
        assert!(page.contains(&format!("## {heading}\n")), "no {heading} in {page}");
    }
    for picture in ["lists", "writes", "delays"] {
        let picture = folder.path().join(format!("docs/performance/{picture}.svg"));
        assert!(std::fs::read_to_string(picture).unwrap().contains("<rect"));
    }
}

#[test]
fn what_is_counted_is_done() {
    for work in ["list", "create", "merge"] {
        let counted = bench(&["count", work, "3"]);

        assert!(counted.status.success(), "{}", String::from_utf8_lossy(&counted.stderr));
    }
}

#[test]
fn data_of_another_size_is_not_measured() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().display());
    let build = |members: &str| {
        let size = ["--members", members, "--organizations", "2"];
        bench(&[&["data", "--database", database.as_str()][..], &size].concat())
    };
    assert!(build("30").status.success());

    let refused = build("40");

    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("holds other data"), "{said}");
}

#[test]
fn a_large_instance_is_measured_beside_a_small_one_and_its_largest_organization_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    let (small, large) = (place("small"), place("large"));
    for (place, members, further) in [(&small, "100", "0"), (&large, "600", "30")] {
        let amount = ["--members", members, "--organizations", "12", "--further", further];
        assert!(bench(&[&["data", "--database", place][..], &amount].concat()).status.success());
    }
    let serving = env!("CARGO_BIN_EXE_guildhall-bench");
    let scale = ["scale", "--large", &large, "--small", &small, "--guildhall", serving];
    let quick = ["--runs", "1", "--seconds", "0.02", "--writes", "32"];

    let table = bench(&[&scale[..], &quick].concat());
    let deletion = bench(&[&scale[..], &quick, &["--deletion"]].concat());

    let shown = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(table.status.success(), "{}", String::from_utf8_lossy(&table.stderr));
    let rows = shown(&table).lines().filter(|line| line.starts_with("| ")).count();
    assert!(rows > 60, "{}", shown(&table));
    assert!(!shown(&table).contains("refused"), "{}", shown(&table));
    assert!(deletion.status.success(), "{}", String::from_utf8_lossy(&deletion.stderr));
    assert!(shown(&deletion).contains("everything removed"), "{}", shown(&deletion));
}
