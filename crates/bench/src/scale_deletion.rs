//! The deletion of the largest organization of a large instance, beside short reads and writes.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio_postgres::NoTls;

use crate::data::Place;
use crate::load::{Expect, Load, Pace, Seen};
use crate::scale_world::World;
use crate::wire::Request;

/// Short reads a second.
const RATE: f64 = 200.0;
/// Over so many connections.
const CONNECTIONS: usize = 8;
/// How many times longer than a list everything here goes on.
const TIMES: f64 = 25.0;
/// How often it is looked whether something is left to remove.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Measures short reads and joins alone, then beside the removal, then how long that takes by
/// itself; prints all of it.
///
/// # Errors
/// Where a request fails.
pub(crate) async fn measure(world: World, place: &Place, seconds: f64) -> Result<()> {
    let duration = Duration::from_secs_f64(seconds * TIMES);
    let target = &world.running.target;
    tell("reads alone", &reads(&world, duration).run().await?);
    tell("joins alone", &joins(&world, duration, 0).run().await?);
    let path = format!("/v1/organizations/{}", world.largest);
    let asked = Instant::now();
    target.json(&Request::new("DELETE", &path, &target.headers, None)).await?;
    println!("deletion of {} members answered after {:.1?}", world.amount.members, asked.elapsed());
    let left = Left::open(place).await?;
    let begun = Instant::now();
    println!("a removal is under way: {}", left.is_any().await?);
    tell("reads beside the removal", &reads(&world, duration).run().await?);
    println!("then a removal is under way: {}", left.is_any().await?);
    tell("joins beside the removal", &joins(&world, duration, 1).run().await?);
    println!("then a removal is under way: {}", left.is_any().await?);
    while left.is_any().await? {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    println!("everything removed {:.1?} after the answer", begun.elapsed());
    Ok(())
}

fn tell(what: &str, seen: &Seen) {
    println!(
        "{what}: {} requests, {:.0} a second, median {:.2} ms, p99 {:.2} ms, at most {:.1} ms",
        seen.requests,
        seen.per_second(),
        seen.percentile(50.0),
        seen.percentile(99.0),
        seen.percentile(100.0)
    );
}

/// Lists of small organizations at a fixed rate.
fn reads(world: &World, duration: Duration) -> Load<'_> {
    let (target, small) = (world.running.target.clone(), world.small.clone());
    Load {
        target: &world.running.target,
        requests: Rc::new(move |number| {
            let organization = small.get(number % small.len())?;
            let path = format!("/v1/organizations/{organization}/memberships?limit=10");
            Some(target.get(&path))
        }),
        expect: Expect::AtLeast(1000),
        connections: CONNECTIONS,
        pace: Pace::Open(RATE),
        duration,
    }
}

/// Users join small organizations, one after the other; those of the second half where it is said.
fn joins(world: &World, duration: Duration, half: usize) -> Load<'_> {
    let (target, small) = (world.running.target.clone(), world.small.clone());
    let users = world.strangers[world.strangers.len() / 2 * half..].to_vec();
    Load {
        target: &world.running.target,
        requests: Rc::new(move |number| {
            let user = users.get(number / small.len())?;
            let path = format!("/v1/organizations/{}/memberships", small[number % small.len()]);
            let body = format!(r#"{{"user_id":"{user}","role":"org:member"}}"#);
            Some(target.with_body("POST", &path, &body))
        }),
        expect: Expect::AtLeast(150),
        connections: 1,
        pace: Pace::Closed,
        duration,
    }
}

/// Tells whether something is left to remove, as the database itself says.
enum Left {
    Sqlite(rusqlite::Connection),
    Postgres(tokio_postgres::Client),
}

impl Left {
    async fn open(place: &Place) -> Result<Self> {
        Ok(match place {
            Place::Sqlite(folder) => {
                Self::Sqlite(rusqlite::Connection::open(folder.join("guildhall.db"))?)
            }
            Place::Postgres(url) => {
                let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
                tokio::spawn(connection);
                Self::Postgres(client)
            }
        })
    }

    async fn is_any(&self) -> Result<bool> {
        let sql = "SELECT count(*) FROM removals";
        let left: i64 = match self {
            Self::Sqlite(connection) => connection.query_row(sql, [], |row| row.get(0))?,
            Self::Postgres(client) => client.query_one(sql, &[]).await?.get(0),
        };
        Ok(left > 0)
    }
}
