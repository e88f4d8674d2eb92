//! `guildhall migrate --distribute` where there is no cluster.

use guildhall_testing::TestDatabase;

use crate::server::{only_line, run};

#[tokio::test]
async fn a_database_without_citus_is_not_spread() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let folder = tempfile::tempdir().unwrap();

    let url = ["--database-url", database.url()];
    let refused = run(folder.path(), &[&["migrate", "--distribute"], &url[..]].concat());

    let told = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{told}");
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert!(lines[0].starts_with("The database has schema version "), "{told}");
    assert!(
        lines[1].contains("the database cannot be used: it has no extension `citus`"),
        "{told}"
    );
    assert!(run(folder.path(), &[&["instances", "list"], &url[..]].concat()).status.success());
}

#[test]
fn a_sqlite_database_is_not_spread() {
    let folder = tempfile::tempdir().unwrap();

    let refused = run(folder.path(), &["migrate", "--distribute"]);

    assert!(only_line(&refused).contains("`--distribute` is for PostgreSQL"));
}
