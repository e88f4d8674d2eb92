//! Schemas of other versions: what opens them, and what leaves them alone.

use guildhall_store::{DataFolder, Database, Migrate, OpenError, Options, Store, migrate};
use tempfile::TempDir;

struct World {
    folder: TempDir,
    database: Database,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let database = DataFolder::open(folder.path()).expect("a data folder").into();
        Self { folder, database }
    }

    /// A database that a newer version has brought further.
    async fn ahead(works_with: i64) -> Self {
        let world = Self::new();
        let version = migrate(&world.database, Migrate::Yes).await.expect("a schema");
        let file = world.folder.path().join("guildhall.db");
        let sql = "INSERT INTO migrations (version, works_with) VALUES (?1, ?2)";
        let database = rusqlite::Connection::open(file).expect("the database");
        database.execute(sql, [version + 1, works_with]).expect("it is ours");
        world
    }

    async fn open(&self, migrate: Migrate) -> Result<Store, OpenError> {
        Store::open(&self.database, Options { migrate, ..Options::default() }).await
    }
}

#[tokio::test]
async fn a_newer_schema_that_this_version_can_live_with_is_opened() {
    let world = World::ahead(1).await;

    let opened = world.open(Migrate::Yes).await;

    opened.unwrap().close().await.unwrap();
}

#[tokio::test]
async fn a_newer_schema_that_this_version_cannot_live_with_is_left_alone() {
    let version = migrate(&World::new().database, Migrate::Yes).await.unwrap();
    let world = World::ahead(version + 1).await;

    let refused = world.open(Migrate::Yes).await.err();

    assert!(
        matches!(refused, Some(OpenError::Newer { found, known }) if found == version + 1 && known == version),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_older_schema_is_left_alone_where_that_is_asked_for() {
    let world = World::new();

    let refused = world.open(Migrate::No).await.err();

    assert!(matches!(refused, Some(OpenError::Older { found: 0, .. })), "{refused:?}");
    migrate(&world.database, Migrate::Yes).await.unwrap();
    world.open(Migrate::No).await.unwrap().close().await.unwrap();
}
