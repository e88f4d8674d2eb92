//! What is read: each list of the API at each size, as data.

use std::rc::Rc;

use anyhow::{Context, Result};

use crate::data::{RARE, address_of};
use crate::load::{Expect, Requests};
use crate::places::Places;
use crate::results::Section;
use crate::wire::{Request, Target};

/// A list to ask for.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) section: Section,
    pub(crate) workload: String,
    /// The path, with `?` in it.
    pub(crate) path: String,
    /// Numbers of connections, each measured by itself.
    pub(crate) connections: &'static [usize],
    /// Whether each request is another one.
    pub(crate) varies: Varies,
    /// Who else is measured with it.
    pub(crate) beside: Beside,
}

/// Whether each request is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Varies {
    /// Each asks for what the one before asked for.
    Never,
    /// No two have the same address.
    Address,
    /// No two have the same address, and no two next to each other the same page.
    Page,
}

/// Who is measured with a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Guildhall on SQLite alone.
    Nobody,
    /// PostgreSQL too, where there is one.
    Postgres,
    /// The static answer and PostgreSQL too.
    Static,
}

/// How many pages next to each other a request walks through.
const PAGES: usize = 16;
const ONE: &[usize] = &[1];
const SIXTEEN: &[usize] = &[16];
const ALL: &[usize] = &[1, 16, 64];

/// The workload of a plain list.
pub(crate) fn list_of(rows: usize, size: usize) -> String {
    format!("list of {rows}, {size} members")
}

/// The workload of the same page again.
pub(crate) const AGAIN: &str = "the same list of 10 again";
/// The workload of a page far inside, by its number.
pub(crate) const OFFSET: &str = "list of 10 at offset n/2";
/// The workload of a page far inside, by a cursor.
pub(crate) const CURSOR: &str = "list of 10 after a cursor at n/2";

/// The workload of an order.
pub(crate) fn by(order: &str) -> String {
    format!("list of 10 by `{order}`")
}

/// Orders that are measured.
pub(crate) const ORDERS: [&str; 12] = [
    "created_at",
    "-created_at",
    "email_address",
    "-email_address",
    "phone_number",
    "-phone_number",
    "username",
    "-username",
    "first_name",
    "-first_name",
    "last_name",
    "-last_name",
];

/// Searches that few match.
pub(crate) const SELECTIVE: [&str; 3] =
    ["`query`, one matches", "`query`, one in 5,000", "`query`, none"];
/// The search that many match.
pub(crate) const COMMON: &str = "`query`, one in eight";

/// Every list whose workload holds `only`, in the order of the page.
pub(crate) fn reads(places: &Places, only: &str) -> Vec<Read> {
    let (size, medium) = places.medium();
    let medium_list = format!("/v1/organizations/{medium}/memberships?");
    let mut reads = Vec::new();
    for (members, organization) in &places.organizations {
        let path = format!("/v1/organizations/{organization}/memberships?");
        for rows in [10, 500] {
            reads.push(Read {
                section: Section::Lists,
                workload: list_of(rows, *members),
                path: format!("{path}limit={rows}"),
                connections: if (rows, members) == (10, size) { ALL } else { SIXTEEN },
                varies: if rows + PAGES <= *members { Varies::Page } else { Varies::Address },
                beside: Beside::Static,
            });
        }
    }
    let read = |section, workload: &str, query: &str, beside| Read {
        section,
        workload: workload.to_owned(),
        path: format!("{medium_list}{query}"),
        connections: ONE,
        varies: Varies::Address,
        beside,
    };
    let again = read(Section::Lists, AGAIN, "limit=10", Beside::Static);
    reads.push(Read { connections: SIXTEEN, varies: Varies::Never, ..again });
    let (offset, middle) = (format!("limit=10&offset={}", size / 2), &places.middle);
    reads.push(read(Section::Places, OFFSET, &offset, Beside::Postgres));
    let cursor = format!("limit=10&starting_after={middle}");
    reads.push(read(Section::Places, CURSOR, &cursor, Beside::Postgres));
    for order in ORDERS {
        let query = format!("limit=10&order_by={order}");
        reads.push(read(Section::Orders, &by(order), &query, Beside::Postgres));
    }
    for (workload, query) in filters(*size, places) {
        reads.push(read(Section::Filters, workload, &query, Beside::Postgres));
    }
    let busy = &places.busy;
    for (workload, path) in [
        (
            "memberships of a user in many organizations",
            format!("/v1/users/{busy}/organization_memberships?limit=10"),
        ),
        ("memberships of the whole instance", "/v1/organization_memberships?limit=10".to_owned()),
        ("users", "/v1/users?limit=10".to_owned()),
        ("organizations", "/v1/organizations?limit=10".to_owned()),
    ] {
        reads.push(Read { path, ..read(Section::Users, workload, "", Beside::Postgres) });
    }
    reads.retain(|read| read.workload.contains(only));
    reads
}

/// A filter or a search each, with the query that asks for it.
fn filters(size: usize, places: &Places) -> Vec<(&'static str, String)> {
    let one = size / 3 * 2;
    let address = address_of(one);
    let member = &places.members[0];
    vec![
        ("filter `user_id`", format!("user_id={member}")),
        ("filter `email_address`", format!("email_address={address}")),
        ("filter `username`", format!("username=name_{}", one / 3 * 3)),
        ("filter `phone_number`, nobody", "phone_number=%2B15555550100".to_owned()),
        ("filter `role`, everybody", "role=org:member".to_owned()),
        ("filter `role`, nobody", "role=org:admin".to_owned()),
        ("filter `created_at_after`, nobody", "created_at_after=9999999999999".to_owned()),
        ("filter `created_at_before`, everybody", "created_at_before=9999999999999".to_owned()),
        ("filter `last_active_at_after`, nobody", "last_active_at_after=1".to_owned()),
        (SELECTIVE[0], format!("query={address}")),
        (SELECTIVE[1], format!("query={RARE}")),
        (SELECTIVE[2], "query=qqqq".to_owned()),
        (COMMON, "query=ada".to_owned()),
        ("`email_address_query`, one matches", format!("email_address_query={address}")),
        ("`username_query`, none", "username_query=qqqq".to_owned()),
        ("`name_query`, one in 5,000", format!("name_query={RARE}")),
    ]
}

impl Read {
    /// The first request.
    pub(crate) fn first(&self, target: &Target) -> Request {
        target.get(&self.path)
    }

    /// All requests.
    pub(crate) fn requests(&self, target: &Target) -> Requests {
        let (target, path) = (target.clone(), self.path.clone());
        // What is unknown is ignored, so that a number makes every address another one.
        match self.varies {
            Varies::Never => crate::load::same(self.first(&target)),
            Varies::Address => {
                Rc::new(move |number| Some(target.get(&format!("{path}&number={number}"))))
            }
            Varies::Page => Rc::new(move |number| {
                let offset = number % PAGES;
                Some(target.get(&format!("{path}&offset={offset}&number={number}")))
            }),
        }
    }

    /// Asks once for each page, which also tells how long every later answer must be.
    ///
    /// # Errors
    /// Where an answer is none.
    pub(crate) async fn rehearse(&self, target: &Target) -> Result<(Vec<u8>, Expect)> {
        let requests = self.requests(target);
        let pages = if self.varies == Varies::Page { PAGES } else { 1 };
        let mut bodies = Vec::new();
        for request in (0..pages).filter_map(|number| requests(number)) {
            let answer = target.ask(&request).await?;
            answer.json().with_context(|| self.path.clone())?;
            bodies.push(answer.body);
        }
        let lengths: Vec<usize> = bodies.iter().map(Vec::len).collect();
        let first = bodies.into_iter().next().context("there is no request")?;
        Ok((first, Expect::Bytes(lengths.into())))
    }
}
