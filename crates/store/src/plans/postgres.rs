//! How PostgreSQL goes about each list beside an organization of a million members.
//!
//! What is asserted does not depend on the machine: the rows that are looked at, wanted or not, the
//! pages that hold them, what is sorted, and which tables are read from end to end. Each is summed
//! over the statements of a list, for the plans that go by the values and for those that do not.

use std::time::Duration;

use guildhall_testing::TestDatabase;
use tokio_postgres::Client;

use super::explain::{Chosen, Explained, explained};
use super::lists::Asks;
use crate::{Environment, Instance, Options, PostgresSettings, Store};

/// Makes the rows.
const FILL: &str = include_str!("million.sql");
/// How many rows a list may look at that costs what it returns: ten rows, each in two tables, and
/// what is read about the organization, the roles and the totals.
const PAGE: f64 = 300.0;
/// How many pages a row that is looked at may cost: the way through an index, and the row.
const PAGES_A_ROW: f64 = 5.0;
/// From how many rows on reading a table from end to end is more than a page costs.
const LARGE: f64 = 5_000.0;

/// Up to how many users who share a value are counted, to see whether they are few to sort.
const SHARING: f64 = PAGE + 2_200.0;
/// Every user of all instances.
const EVERY_USER: f64 = 1_250_000.0;
/// Every member of the large organization and every user, and a few to see whether they are few.
const EVERY_MEMBER: f64 = 2_500_000.0;

/// Which lists may look at how many rows more, and why; the first line that fits counts.
const DEARER: &[(&str, f64, &str)] = &[
    ("members of large limit=500", 2_000.0, "500 rows are returned"),
    ("members of large order_by=?created_at offset=500", 700.0, "500 rows are skipped"),
    ("members of large order_by=?first_name offset=500", 20_000.0, "one in eight is skipped"),
    ("members of large order_by=* offset=500", 7_000.0, "500 members are skipped, in two tables"),
    (
        "members of large order_by=+created_at offset=500000",
        501_000.0,
        "half of the index is skipped",
    ),
    (
        "members of large order_by=* offset=500000",
        6_000_000.0,
        "half of the members are skipped by their users",
    ),
    ("members of large order_by=*", SHARING, "members without a value, or who share one"),
    ("members of large user_id=-", EVERY_MEMBER, "the total is counted"),
    ("members of large created_at_after of all", EVERY_MEMBER, "the total is counted"),
    ("members of large created_at_before of few", 1_000.0, "the 50 who match are sorted"),
    ("members of large last_active_at_*", EVERY_MEMBER, "no index; the total is counted"),
    ("members of large query of one", 600.0, "trigrams that others have too"),
    ("members of large *query of few", 10_000.0, "all who match are counted and sorted"),
    ("members of large *query of *", EVERY_MEMBER, "the total is counted"),
    ("organizations of busy user*", 21_000.0, "10,001 entries of an index are counted, and sorted"),
    ("memberships order_by=?created_at offset=500", 700.0, "500 rows are skipped"),
    (
        "memberships order_by=+created_at offset=500000",
        501_000.0,
        "half of the instance is skipped",
    ),
    (
        "memberships order_by=* offset=500000",
        2_000_000.0,
        "half of the instance is skipped by its users",
    ),
    (
        "memberships order_by=?first_name offset=500",
        45_000.0,
        "one in eight is skipped, and counted along two indexes if the planner likes",
    ),
    ("memberships order_by=*", 21_000.0, "10,001 memberships of one user have one value"),
    ("users order_by=?web3wallet*", EVERY_USER, "no index"),
    ("users order_by=?last_*_at*", EVERY_USER, "no index"),
    ("users order_by=* offset=500000", 501_000.0, "half of the index is skipped"),
    (
        "users*organization_id=large query of an eighth",
        EVERY_MEMBER,
        "few who match are looked for, or all counted",
    ),
    ("users*organization_id=* query of few", 2_000.0, "all who match are sorted"),
    ("users organization_id=large", 101_000.0, "the last 100,000 users are no members"),
    ("users organization_id=large offset=500", 101_000.0, "the last 100,000 users are no members"),
    ("users*organization_id=none query of an eighth", 200_000.0, "few who match are looked for"),
    ("users*banned", EVERY_USER, "no index, and nobody is"),
    ("users/count user_id=-", EVERY_USER, "all are counted"),
    ("users/count created_at_after of all", EVERY_USER, "all are counted"),
    ("users last_active_at_after of few", EVERY_USER, "no index"),
    ("users/count last_active_at_after of few", EVERY_USER, "no index"),
    ("users* query of one", 600.0, "trigrams that others have too"),
    ("users*name_query of few", 2_000.0, "all who match are sorted"),
    ("users created_at_after of all", 21_000.0, "few who match are looked for"),
    ("users query of *", 200_000.0, "few who match are looked for"),
    ("users/count query of *", EVERY_USER, "all are counted"),
    (
        "organizations order_by=?members_count*",
        65_000.0,
        "the counters of 10,001 are summed up and sorted",
    ),
    ("organizations order_by=* offset=5000", 5_500.0, "5,000 entries of an index are skipped"),
    ("organizations query of *", 45_000.0, "all are looked through, twice"),
    ("organizations user_id of *", 45_000.0, "all are counted"),
    ("check permissions", 4_000.0, "100 questions; the few permissions and grants fill a page"),
    ("check roles", 1_000.0, "100 questions; the few roles fill a page"),
];

/// What lists that go about it in their own way must answer, by a statement that does not: which
/// list, what to select, and the rest after the instance is required.
const ANSWERS: &[(&str, &str, &str)] = &[
    (
        "members of large order_by=+first_name offset=500000",
        MEMBERS,
        "AND m.organization = 0
         ORDER BY u.sort_first_name, m.membership OFFSET 500000 LIMIT 10",
    ),
    (
        "members of large order_by=+phone_number offset=500000",
        MEMBERS,
        "AND m.organization = 0
         ORDER BY u.sort_phone_number, m.membership OFFSET 500000 LIMIT 10",
    ),
    (
        "members of large order_by=-username offset=500",
        MEMBERS,
        "AND m.organization = 0
         ORDER BY u.sort_username DESC, m.membership DESC OFFSET 500 LIMIT 10",
    ),
    (
        "members of large order_by=+username offset=500",
        MEMBERS,
        "AND m.organization = 0 ORDER BY u.sort_username, m.membership OFFSET 500 LIMIT 10",
    ),
    (
        "members of large last_active_at_before of few",
        MEMBERS,
        "AND m.organization = 0 AND u.last_active_at < 1700000001000
         ORDER BY m.membership DESC LIMIT 10",
    ),
    (
        "members of large role of many",
        MEMBERS,
        "AND m.organization = 0 AND m.\"user\" % 10000000 <> 0 ORDER BY m.membership DESC LIMIT 10",
    ),
    (
        "organizations of busy user ascending starting_after",
        MEMBERS,
        "AND m.\"user\" = 0 AND m.membership > 10005000000 ORDER BY m.membership LIMIT 10",
    ),
    (
        "memberships order_by=-phone_number offset=500",
        MEMBERS,
        "ORDER BY m.membership DESC OFFSET 500 LIMIT 10",
    ),
    (
        "users organization_id=large",
        USERS,
        "AND EXISTS (SELECT 1 FROM memberships m WHERE m.instance = $1 AND m.\"user\" = u.\"user\"
                                                     AND m.organization = 0)
         ORDER BY u.created_at DESC LIMIT 10",
    ),
    (
        "users organization_id=small order_by=+last_name",
        USERS,
        "AND EXISTS (SELECT 1 FROM memberships m WHERE m.instance = $1 AND m.\"user\" = u.\"user\"
                                                     AND m.organization = 77)
         ORDER BY u.sort_last_name, u.\"user\" LIMIT 10",
    ),
    (
        "users organization_id of several",
        USERS,
        "AND EXISTS (SELECT 1 FROM memberships m WHERE m.instance = $1 AND m.\"user\" = u.\"user\"
                                                     AND m.organization IN (77, 78))
         AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.instance = $1
                         AND m.\"user\" = u.\"user\" AND m.organization = 79)
         ORDER BY u.created_at DESC LIMIT 10",
    ),
    (
        "users/count organization_id=large",
        "SELECT count(*)::text FROM users u",
        "AND u.\"user\" < 1000000000",
    ),
    (
        "users/count organization_id=-large",
        "SELECT count(*)::text FROM users u",
        "AND u.\"user\" >= 1000000000",
    ),
    (
        "organizations order_by=-members_count offset=5000",
        "SELECT o.id FROM organizations o LEFT JOIN (
             SELECT instance, organization, count(*) AS members FROM memberships GROUP BY 1, 2
         ) c USING (instance, organization)",
        "ORDER BY coalesce(c.members, 0) DESC, o.organization DESC OFFSET 5000 LIMIT 10",
    ),
];
const MEMBERS: &str = "SELECT m.id FROM memberships m JOIN users u USING (instance, \"user\")";
const USERS: &str = "SELECT u.id FROM users u";

struct World {
    client: Client,
    store: Store,
    instance: Instance,
}

impl World {
    async fn new(database: &TestDatabase) -> Self {
        let mut settings = PostgresSettings::new(database.url()).expect("a good URL");
        // What is too slow is to be shown, not cut off.
        settings.statement_timeout = Duration::from_secs(120);
        let store = Store::open(&settings.into(), Options::default()).await.expect("a store");
        let new = async |name| store.create_instance(name, Environment::Development).await;
        let instance = new("large").await.expect("an instance");
        new("another").await.expect("an instance");
        let client = database.connect().await;
        client.batch_execute(FILL).await.expect("the rows are made");
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()";
        for table in client.query(tables, &[]).await.expect("tables can be listed") {
            let vacuum = format!("VACUUM (ANALYZE) {}", table.get::<_, String>(0));
            client.batch_execute(&vacuum).await.expect("tables can be looked through");
        }
        Self { client, store, instance }
    }

    /// Compares an answer with what a plain statement gives, if there is one.
    async fn compare(&self, name: &str, answer: &[String]) -> bool {
        let expected = ANSWERS.iter().find(|(list, ..)| *list == name);
        let Some((_, select, rest)) = expected else { return false };
        let sql = format!("{select} WHERE instance = $1 {rest}");
        let rows = self.client.query(&sql, &[&self.instance.key.0]).await.expect("it is answered");
        let rows: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(answer, rows, "{name}");
        true
    }
}

/// Which line of [`DEARER`] is about a list.
fn dearer(name: &str) -> Option<usize> {
    DEARER.iter().position(|(pattern, ..)| fits(pattern.as_bytes(), name.as_bytes()))
}

/// Tells whether a name fits a pattern, in which `*` stands for anything and `?` for one byte.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([b'*', pattern @ ..], _) => (0..=name.len()).any(|skip| fits(pattern, &name[skip..])),
        ([first, pattern @ ..], [letter, name @ ..]) if [b'?', *letter].contains(first) => {
            fits(pattern, name)
        }
        _ => pattern.is_empty() && name.is_empty(),
    }
}

/// What of `plans` is more than `name` may cost, in words.
fn faults(name: &str, plans: &[Explained]) -> Vec<String> {
    let bound = dearer(name).map_or(PAGE, |line| DEARER[line].1);
    let rows: f64 = plans.iter().map(Explained::rows).sum();
    let pages: f64 = plans.iter().map(|plan| plan.pages).sum();
    let sorted = plans.iter().map(|plan| plan.sorted).fold(0.0, f64::max);
    let mut faults = Vec::new();
    if rows > bound {
        faults.push(format!("{rows} rows looked at, {bound} allowed"));
    }
    if pages > bound * PAGES_A_ROW {
        faults.push(format!("{pages} pages looked at, {} allowed", bound * PAGES_A_ROW));
    }
    if sorted > bound {
        faults.push(format!("{sorted} rows sorted"));
    }
    let scans = plans.iter().flat_map(|plan| &plan.scans);
    for scan in scans.filter(|scan| scan.node == "Seq Scan" && bound < LARGE) {
        if ["users", "memberships", "identifiers", "organizations"].contains(&scan.table.as_str()) {
            faults.push(format!("{} is read from end to end", scan.table));
        }
    }
    faults
}

#[tokio::test]
async fn no_list_beside_a_million_members_looks_at_more_than_it_must() {
    let Some(database) = TestDatabase::create_or_skip().await else { return };
    let world = World::new(&database).await;
    let (mut found, mut compared) = (Vec::new(), 0);
    let mut unused: Vec<&str> = DEARER.iter().map(|(pattern, ..)| *pattern).collect();

    for (name, ask) in Asks::all().0 {
        let (answer, plans) = explained(ask.run(&world.store, world.instance.key)).await;
        let answer = answer.expect("it is answered");
        compared += usize::from(world.compare(&name, &answer).await);
        assert!(!plans.is_empty(), "{name}: nothing was asked");
        let line = dearer(&name);
        if let Some(line) = line {
            unused.retain(|pattern| *pattern != DEARER[line].0);
        }
        let mut asked = vec![plans];
        // What is kept from the second time on is asked for otherwise the third time.
        let more = if line.is_none() { 2 } else { 0 };
        for _ in 0..more {
            let (again, plans) = explained(ask.run(&world.store, world.instance.key)).await;
            assert_eq!(again.expect("it is answered again"), answer, "{name}");
            asked.push(plans);
        }
        let by_kind = asked.into_iter().flat_map(|plans| {
            let (first, settled): (Vec<_>, Vec<_>) =
                plans.into_iter().partition(|plan| plan.chosen == Chosen::ForValues);
            [first, settled]
        });
        for plans in by_kind {
            let faults = faults(&name, &plans);
            if !faults.is_empty() {
                plans.iter().for_each(|plan| eprintln!("{name}: {plan}"));
            }
            found.extend(faults.into_iter().map(|fault| format!("{name}: {fault}")));
        }
    }

    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(compared, ANSWERS.len(), "answers that were compared");
    assert!(unused.is_empty(), "about no list: {unused:#?}");
    world.store.close().await.expect("it is closed");
}
