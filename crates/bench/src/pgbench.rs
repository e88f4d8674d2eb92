//! The limit on PostgreSQL: the statements of a list and of a create by `pgbench`, prepared, one
//! request a transaction.

use std::process::Command;

use anyhow::{Context, Result, bail};
use guildhall_store::kept_list_statements;
use tokio_postgres::{Client, NoTls};

use crate::places::Places;
use crate::results::Sample;

/// The statements of a create.
const CREATE: &str = "\
\\set turn :turn + 1
\\set number :turn * :clients + :client_id
\\set place :number % :places
BEGIN;
SELECT r.role, r.key, p.key FROM roles r LEFT JOIN role_permissions rp ON rp.instance = r.instance AND rp.role = r.role LEFT JOIN permissions p ON p.instance = rp.instance AND p.permission = rp.permission WHERE r.instance = :instance;
SELECT o.organization AS organization FROM organizations o WHERE o.instance = :instance AND o.id = (SELECT id FROM bench.organizations WHERE number = :place) FOR NO KEY UPDATE \\gset
SELECT u.\"user\" AS member FROM users u WHERE u.instance = :instance AND u.id = (SELECT id FROM bench.users WHERE number = :number) FOR KEY SHARE \\gset
SELECT c.role, c.members FROM member_counts c WHERE c.instance = :instance AND c.organization = :organization;
SELECT m.membership FROM memberships m WHERE m.instance = :instance AND m.\"user\" = :member AND m.organization = :organization;
INSERT INTO memberships (instance, organization, membership, \"user\", role, id, updated_at, public_metadata, private_metadata) VALUES (:instance, :organization, :first::bigint + :number::bigint, :member, :role, 'bench_' || md5(:number::text), :first::bigint, '{}', '{}');
INSERT INTO member_counts (instance, organization, role, members) VALUES (:instance, :organization, :role, 1) ON CONFLICT (instance, organization, role) DO UPDATE SET members = member_counts.members + excluded.members;
UPDATE instance_counts SET total = total + 1 WHERE instance = :instance AND kind = 'memberships';
COMMIT;
";

/// Takes back what [`CREATE`] did.
const UNDO: &str = "\
WITH gone AS (DELETE FROM memberships WHERE id LIKE 'bench\\_%' RETURNING instance, organization, role),
     counted AS (SELECT instance, organization, role, count(*) AS members FROM gone GROUP BY 1, 2, 3),
     members AS (UPDATE member_counts c SET members = c.members - n.members FROM counted n
                 WHERE c.instance = n.instance AND c.organization = n.organization AND c.role = n.role)
UPDATE instance_counts c SET total = c.total - n.total
FROM (SELECT instance, sum(members) AS total FROM counted GROUP BY 1) n
WHERE c.instance = n.instance AND c.kind = 'memberships';
";

/// `pgbench` with its scripts, on a database that a server has built.
pub(crate) struct Pgbench {
    url: String,
    client: Client,
    folder: tempfile::TempDir,
    instance: i64,
    organization_id: String,
    role: i64,
    hash: String,
}

impl Pgbench {
    /// Looks up the keys that the scripts need and writes the scripts.
    ///
    /// # Errors
    /// Where `pgbench` or the data is missing.
    pub(crate) async fn prepare(url: &str, places: &Places) -> Result<Self> {
        Command::new("pgbench").arg("--version").output().context("it cannot be run")?;
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        let medium = &places.medium().1;
        let found = client
            .query_one(
                "SELECT o.instance, r.role, k.hash
                 FROM organizations o
                 JOIN roles r ON r.instance = o.instance AND r.key = 'org:member'
                 JOIN keys k ON k.instance = o.instance
                 WHERE o.id = $1
                 LIMIT 1",
                &[medium],
            )
            .await?;
        client
            .batch_execute(
                "CREATE SCHEMA IF NOT EXISTS bench;
                 DROP TABLE IF EXISTS bench.users;
                 DROP TABLE IF EXISTS bench.organizations;
                 CREATE TABLE bench.users (number integer PRIMARY KEY, id text NOT NULL);
                 CREATE TABLE bench.organizations (number integer PRIMARY KEY, id text NOT NULL);",
            )
            .await?;
        client
            .execute(
                "INSERT INTO bench.users
                 SELECT number - 1, id FROM unnest($1::text[]) WITH ORDINALITY AS u (id, number)",
                &[&places.strangers],
            )
            .await?;
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("create.sql"), CREATE)?;
        let ready = Self {
            url: url.to_owned(),
            client,
            folder,
            instance: found.get(0),
            organization_id: medium.clone(),
            role: found.get(1),
            hash: found.get(2),
        };
        ready.choose(std::slice::from_ref(medium)).await?;
        Ok(ready)
    }

    /// Does what autovacuum does within a minute, where it is on: what was written and deleted is in
    /// nobody's way, and nothing of that happens in the middle of what is measured.
    ///
    /// # Errors
    /// Where the database fails.
    pub(crate) async fn vacuum(&self) -> Result<()> {
        Ok(self.client.batch_execute("VACUUM ANALYZE").await?)
    }

    /// The list of ten for so many seconds.
    ///
    /// # Errors
    /// Where `pgbench` fails.
    pub(crate) fn list(&self, connections: usize, seconds: f64) -> Result<Sample> {
        // It connects within that time too.
        let seconds = format!("{:.0}", seconds.max(3.0).ceil());
        std::fs::write(self.folder.path().join("list.sql"), self.list_script())?;
        self.run("list.sql", connections, &["-T", &seconds])
    }

    /// What the server asks about a list of ten that it has kept, as one transaction: the secret key,
    /// and the version of the list. The numbers of rows are written out: left to itself, PostgreSQL would plan each page
    /// anew for a limit that it does not know. What ends a statement is on a line of its own, since the
    /// last line may be a remark.
    fn list_script(&self) -> String {
        let [key, version] = kept_list_statements();
        let key = key.replace("$1", &format!("'{}'", self.hash));
        let id = format!("'{}'", self.organization_id);
        let values = [("$1", ":instance"), ("$2", &id), ("$3", "11"), ("$4", "0"), ("$5", "0")];
        let version = values.iter().fold(version, |sql, (name, value)| sql.replace(name, value));
        format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;\n{key}\n;\n{version}\n;\nCOMMIT;\n"
        )
    }

    /// Creates `count` memberships and takes them back.
    ///
    /// # Errors
    /// Where `pgbench` or the database fails.
    pub(crate) async fn create(
        &self,
        organizations: &[String],
        connections: usize,
        count: usize,
    ) -> Result<Sample> {
        self.choose(organizations).await?;
        let row = self.client.query_one("SELECT max(membership) + 1 FROM memberships", &[]);
        let first: i64 = row.await?.get(0);
        let (first, role) = (format!("first={first}"), format!("role={}", self.role));
        let places = format!("places={}", organizations.len());
        let clients = format!("clients={connections}");
        let turns = (count / connections).max(1).to_string();
        let set = ["-D", &first, "-D", &role, "-D", &places, "-D", &clients, "-D", "turn=-1"];
        let arguments: Vec<&str> = ["-t", &turns].into_iter().chain(set).collect();
        let sample = self.run("create.sql", connections, &arguments);
        self.client.batch_execute(UNDO).await?;
        sample
    }

    /// What a membership takes on the disk, its indexes included, in bytes.
    ///
    /// # Errors
    /// Where the database fails.
    pub(crate) async fn disk(&self) -> Result<f64> {
        let sql = "SELECT pg_total_relation_size('memberships')::float8
                          / greatest((SELECT count(*) FROM memberships), 1)";
        Ok(self.client.query_one(sql, &[]).await?.get(0))
    }

    /// Sets which organizations are created in.
    async fn choose(&self, organizations: &[String]) -> Result<()> {
        self.client.batch_execute("TRUNCATE bench.organizations").await?;
        self.client
            .execute(
                "INSERT INTO bench.organizations
                 SELECT number - 1, id FROM unnest($1::text[]) WITH ORDINALITY AS o (id, number)",
                &[&organizations],
            )
            .await?;
        Ok(())
    }

    fn run(&self, script: &str, connections: usize, arguments: &[&str]) -> Result<Sample> {
        let instance = format!("instance={}", self.instance);
        let connections = connections.to_string();
        let mut pgbench = Command::new("pgbench");
        pgbench
            .args(["-n", "-M", "prepared", "-j", "1", "-c", &connections, "-D", &instance])
            .args(arguments)
            .arg("-f")
            .arg(self.folder.path().join(script))
            .arg(&self.url);
        let told = pgbench.output()?;
        let text = String::from_utf8_lossy(&told.stdout);
        if !told.status.success() {
            bail!("pgbench: {}", String::from_utf8_lossy(&told.stderr));
        }
        let number = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            // "64/64" where it was told how many.
            line.split([' ', '/']).next()?.parse::<f64>().ok()
        };
        let per_second = number("tps = ").with_context(|| format!("pgbench said {text}"))?;
        let done = number("number of transactions actually processed: ").unwrap_or(0.0);
        let average = number("latency average = ").unwrap_or(0.0);
        Ok(Sample { requests: done as usize, per_second, p50: average, ..Sample::default() })
    }
}
