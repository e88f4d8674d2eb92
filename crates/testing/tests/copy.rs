//! Copies from SQLite to PostgreSQL and back: the same rows, the same answers.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use std::path::Path;

use guildhall_store::{
    Copied, CopyError, CopySource, DataFolder, Database, Environment, KeyOrigin, OpenError,
    Options, Restart, Store, copy,
};
use guildhall_testing::{Http, TestDatabase, TestServer};
use serde_json::{Value, json};
use tempfile::TempDir;

const SECRET_KEY: &str = "sk_test_the_same_for_all_of_them";

/// A folder of SQLite that nobody uses.
fn folder(path: &Path) -> Database {
    DataFolder::open(path).unwrap().into()
}

/// Starts a server on a database that is there.
async fn serve(database: &Database) -> TestServer {
    let database = database.clone();
    TestServer::start_on(None, |settings| {
        settings.public_url = Some("https://auth.example.com".parse().unwrap());
        settings.secret_key = Some(SECRET_KEY.to_owned().into());
        match database {
            Database::Sqlite(folder) => settings.data = folder.path().to_owned(),
            Database::Postgres(postgres) => settings.postgres = Some(*postgres),
        }
    })
    .await
}

/// Fills a folder with what a server makes, and with what only a removal or a hand leaves.
async fn source(path: &Path) -> Database {
    let database = folder(path);
    let mut server = serve(&database).await;
    fill(&server.http()).await;
    fill(&server.another_instance().await).await;
    let production = server.store().create_instance("Zoë's", Environment::Production).await;
    let key = server.store().create_key(&production.unwrap(), KeyOrigin::Created).await.unwrap();
    assert!(server.store().revoke_key(&key.id).await.unwrap());
    server.stop().await;
    let file = rusqlite::Connection::open(path.join("guildhall.db")).unwrap();
    file.execute_batch(
        "INSERT INTO removals
         SELECT instance, 'organization', organization FROM organizations WHERE slug = 'gone';
         UPDATE instance_counts SET total = total - 2 WHERE kind = 'memberships' AND total > 0;
         UPDATE instance_counts SET total = total - 1 WHERE kind = 'organizations' AND total > 0;
         DELETE FROM member_counts WHERE organization IN (SELECT removed FROM removals);
         DELETE FROM organizations WHERE slug = 'gone';
         UPDATE keys SET revoked_at = 9223372036854775807 WHERE revoked_at > 0;
         UPDATE organizations SET max_allowed_memberships = 2147483647
         WHERE slug = 'large';
         UPDATE users SET last_active_at = -9223372036854775808 WHERE sort_username = 'ada_1';",
    )
    .unwrap();
    database
}

async fn fill(http: &Http) {
    let names = ["Zoë", "Ada", "李", "👩‍🚀 O'Neil", "e\u{301}", "Ω%_\\", "ß", "ada"];
    let mut users = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let metadata = json!({
            "text": "\u{0}\n\"'\\ $1 ?1 ; -- \u{10ffff}",
            "numbers": [9_007_199_254_740_993_i64, -1e-7, 1e300, 0],
            "nested": { "": [null, true, {}] },
        });
        users.push(
            http.user(json!({
                "first_name": name,
                "username": format!("ada_{number}"),
                "email_address": [format!("Ada{number}@Exämple.com")],
                "public_metadata": metadata,
                "unsafe_metadata": { "number": number },
            }))
            .await,
        );
    }
    for name in ["Gone", "Large", "Ζεύς"] {
        let slug = if name == "Ζεύς" { json!(null) } else { json!(name.to_lowercase()) };
        let fields = json!({ "name": name, "slug": slug, "created_by": users[0] });
        let organization = http.organization(fields).await;
        let members = if name == "Gone" { 1 } else { users.len() - 1 };
        for user in &users[1..=members] {
            http.join(&organization, user, "org:member").await;
        }
    }
}

/// What a server answers about everything.
async fn answers(http: &Http) -> Vec<String> {
    let mut paths: Vec<String> = [
        "/v1/users?limit=500&order_by=-first_name",
        "/v1/users?limit=500&order_by=%2Bemail_address",
        "/v1/users?query=ada",
        "/v1/users?query=exämple",
        "/v1/users?username=ada_1",
        "/v1/users/count",
        "/v1/organizations?limit=500&order_by=name&include_members_count=true",
        "/v1/organizations?query=ζεύς",
        "/v1/organizations/gone",
        "/v1/organization_memberships?limit=500",
    ]
    .map(str::to_owned)
    .into();
    let list = http.get("/v1/organizations?limit=500").await.ok();
    for organization in list["data"].as_array().unwrap() {
        let id = organization["id"].as_str().unwrap();
        for query in
            ["", "order_by=-created_at", "order_by=first_name", "query=ada", "role=org:admin"]
        {
            paths.push(format!("/v1/organizations/{id}/memberships?limit=500&{query}"));
        }
    }
    let list = http.get("/v1/users?limit=500").await.ok();
    for user in list.as_array().unwrap() {
        let id = user["id"].as_str().unwrap();
        paths.push(format!("/v1/users/{id}"));
        paths.push(format!("/v1/users/{id}/organization_memberships"));
    }
    let mut answers = Vec::new();
    for path in paths {
        let answer = http.get(&path).await;
        let body = without_trace(answer.body);
        answers.push(format!("{path} {} {body}", answer.status));
    }
    answers
}

/// Only an error differs each time: by its trace id.
fn without_trace(mut body: Value) -> Value {
    if let Some(object) = body.as_object_mut() {
        object.remove("clerk_trace_id");
    }
    body
}

async fn copied(from: &Database, to: &Database) -> Result<Copied, CopyError> {
    let source = CopySource::Database(from.clone());
    copy(&source, to, Restart::No, &mut |_| {}).await
}

/// Asserts that a server answers the same from each of several databases, all of them sound.
async fn assert_same_answers(databases: &[&Database]) {
    let mut first = None;
    for database in databases {
        let mut server = serve(database).await;
        let found = answers(&server.http()).await;
        server.check().await;
        server.stop().await;
        assert!(found.len() > 30, "{found:#?}");
        match &first {
            None => first = Some(found),
            Some(first) => assert_eq!(*first, found),
        }
    }
}

#[tokio::test]
async fn a_copy_to_postgresql_and_back_keeps_every_row_and_every_answer() {
    let Some(schema) = TestDatabase::create_or_skip().await else { return };
    let temporary = TempDir::new().unwrap();
    let source = source(&temporary.path().join("source")).await;
    let postgres = schema.settings().into();
    let back = folder(&temporary.path().join("back"));

    let there = copied(&source, &postgres).await.unwrap();
    let again = copied(&postgres, &back).await.unwrap();

    assert_eq!(there.tables, again.tables);
    let rows = |name: &str| there.tables.iter().find(|it| it.table == name).unwrap().rows;
    assert_eq!((rows("instances"), rows("keys"), rows("removals")), (3, 3, 2));
    assert_eq!((rows("users"), rows("organizations"), rows("memberships")), (16, 4, 36));
    assert_same_answers(&[&source, &postgres, &back]).await;
}

#[tokio::test]
async fn a_copy_from_sqlite_to_sqlite_keeps_every_row_and_every_answer() {
    let temporary = TempDir::new().unwrap();
    let source = source(&temporary.path().join("source")).await;
    let target = folder(&temporary.path().join("target"));

    copied(&source, &target).await.unwrap();

    assert_same_answers(&[&source, &target]).await;
}

#[tokio::test]
async fn a_copy_from_postgresql_to_postgresql_keeps_every_row_and_every_answer() {
    let Some(first) = TestDatabase::create_or_skip().await else { return };
    let Some(second) = TestDatabase::create_or_skip().await else { return };
    let temporary = TempDir::new().unwrap();
    let source = source(&temporary.path().join("source")).await;
    let (first, second) = (first.settings().into(), second.settings().into());

    let one = copied(&source, &first).await.unwrap();
    let other = copied(&first, &second).await.unwrap();

    assert_eq!(one.tables, other.tables);
    assert_same_answers(&[&first, &second]).await;
}

#[tokio::test]
async fn a_folder_that_a_server_uses_is_neither_copied_nor_copied_to() {
    let temporary = TempDir::new().unwrap();
    let used = folder(&temporary.path().join("used"));
    let idle = source(&temporary.path().join("idle")).await;
    let _server = serve(&used).await;

    let from = copied(&used, &folder(&temporary.path().join("target"))).await;
    let to = copied(&idle, &used).await;

    assert!(matches!(from, Err(CopyError::Source(OpenError::Locked { .. }))), "{from:?}");
    assert!(matches!(to, Err(CopyError::Target(OpenError::Locked { .. }))), "{to:?}");
}

#[tokio::test]
async fn a_database_that_holds_data_is_not_copied_to() {
    let Some(schema) = TestDatabase::create_or_skip().await else { return };
    let temporary = TempDir::new().unwrap();
    let source = source(&temporary.path().join("source")).await;
    let postgres: Database = schema.settings().into();
    let other = folder(&temporary.path().join("other"));
    for database in [&postgres, &other] {
        let store = Store::open(database, Options::default()).await.unwrap();
        store.create_instance("there before", Environment::Development).await.unwrap();
        store.close().await.unwrap();

        let refused = copied(&source, database).await;

        let is_refused = matches!(refused, Err(CopyError::Occupied { table: "instances" }));
        assert!(is_refused, "{refused:?}");
        Store::open(database, Options::default()).await.unwrap().close().await.unwrap();
    }
    let onto_itself = copied(&postgres, &postgres).await;
    assert!(matches!(onto_itself, Err(CopyError::Same)), "{onto_itself:?}");
}
