//! What is asked of a large instance and of a small one alike.

use std::rc::Rc;

use crate::data::{RARE, address_of};
use crate::load::Requests;
use crate::scale_world::World;
use crate::wire::Target;

/// How many pages next to each other are read in turns.
const PAGES: usize = 16;

/// An operation: its requests come in turns.
pub(crate) struct Operation {
    pub(crate) name: String,
    paths: Vec<String>,
    /// What is sent with each of them, if anything is.
    bodies: Vec<String>,
}

impl Operation {
    fn one(name: &str, path: String) -> Self {
        Self::turns(name, vec![path])
    }

    fn turns(name: &str, paths: Vec<String>) -> Self {
        Self { name: name.to_owned(), paths, bodies: Vec::new() }
    }

    /// The requests, without an end; no two have the same address, those with another `salt`
    /// included, so that no answer is one that was kept.
    pub(crate) fn requests(&self, target: &Target, salt: usize) -> Requests {
        let (target, paths, bodies) = (target.clone(), self.paths.clone(), self.bodies.clone());
        Rc::new(move |number| {
            let path = paths.get(number % paths.len().max(1))?;
            Some(match bodies.get(number % bodies.len().max(1)) {
                Some(body) => target.with_body("POST", path, body),
                None => {
                    let joined = if path.contains('?') { '&' } else { '?' };
                    // What is unknown is ignored.
                    target.get(&format!("{path}{joined}number={number}-{salt}"))
                }
            })
        })
    }
}

/// All reads of an instance, in the order of the table; the names are those of any other.
pub(crate) fn reads(world: &World) -> Vec<Operation> {
    let list = format!("/v1/organizations/{}/memberships", world.largest);
    let mut reads = lists(world, &list);
    reads.extend(orders(&list));
    reads.extend(filters(world, &list));
    reads.extend(of_users(world));
    reads.extend(of_the_instance(world));
    reads
}

fn lists(world: &World, list: &str) -> Vec<Operation> {
    let pages = |limit: usize| {
        let page = |offset| format!("{list}?limit={limit}&offset={offset}");
        (0..PAGES).map(page).collect::<Vec<_>>()
    };
    let size = world.amount.members;
    let of_small = |id: &String| format!("/v1/organizations/{id}/memberships?limit=10");
    let one = |user: &String| format!("{list}/{user}");
    let question = |user: &String| {
        let organization = &world.largest;
        format!(
            r#"{{"questions":[{{"user_id":"{user}","organization_id":"{organization}","permission":"org:sys_memberships:read"}}]}}"#
        )
    };
    let check = Operation {
        bodies: world.members.iter().map(question).collect(),
        ..Operation::one("check of a permission, another member each", "/v1/check".to_owned())
    };
    vec![
        Operation::turns("list of 10, largest organization", pages(10)),
        Operation::turns("list of 85", pages(85)),
        Operation::one("list of 500 (in the small one all 100)", format!("{list}?limit=500")),
        Operation::turns(
            "list of 10, another small organization each",
            world.small.iter().map(of_small).collect(),
        ),
        Operation::one(
            "after a cursor in the middle",
            format!("{list}?limit=10&starting_after={}", world.middle),
        ),
        Operation::one(
            "at an offset of half the members",
            format!("{list}?limit=10&offset={}", size / 2),
        ),
        Operation::turns("one membership, another each", world.members.iter().map(one).collect()),
        check,
    ]
}

fn orders(list: &str) -> Vec<Operation> {
    [
        "created_at",
        "email_address",
        "-email_address",
        "username",
        "phone_number",
        "first_name",
        "last_name",
        "-last_name",
    ]
    .map(|order| Operation::one(&format!("by `{order}`"), format!("{list}?order_by={order}")))
    .into()
}

fn filters(world: &World, list: &str) -> Vec<Operation> {
    let one = world.amount.members / 3 * 2;
    let address = address_of(one);
    [
        ("filter `user_id`", format!("user_id={}", world.members[0])),
        ("filter `email_address`", format!("email_address={address}")),
        ("filter `role`, everybody", "role=org:member".to_owned()),
        ("filter `role`, nobody", "role=org:admin".to_owned()),
        ("filter `created_at_after`, nobody", "created_at_after=9999999999999".to_owned()),
        ("filter `last_active_at_after`, nobody", "last_active_at_after=1".to_owned()),
        ("`query`, one matches", format!("query={address}")),
        ("`query`, one in 5,000", format!("query={RARE}")),
        ("`query`, none", "query=qqqq".to_owned()),
        ("`query`, one in eight", "query=ada".to_owned()),
    ]
    .map(|(name, query)| Operation::one(name, format!("{list}?{query}")))
    .into()
}

fn of_users(world: &World) -> Vec<Operation> {
    let busy = format!("/v1/users/{}/organization_memberships", world.busy);
    let of = |user: &String| format!("/v1/users/{user}/organization_memberships");
    let one = |user: &String| format!("/v1/users/{user}");
    let members = &world.members;
    vec![
        Operation::one("memberships of the user in most organizations", busy),
        Operation::turns("memberships of another user each", members.iter().map(of).collect()),
        Operation::turns("one user, another each", members.iter().map(one).collect()),
        Operation::one("users", "/v1/users".to_owned()),
        Operation::one("users by `last_name`", "/v1/users?order_by=last_name".to_owned()),
        Operation::one(
            "users of the largest organization",
            format!("/v1/users?organization_id={}", world.largest),
        ),
        Operation::one("users by `query`, none", "/v1/users?query=qqqq".to_owned()),
        Operation::one("users by `query`, one in eight", "/v1/users?query=ada".to_owned()),
        Operation::one("count of users", "/v1/users/count".to_owned()),
    ]
}

fn of_the_instance(world: &World) -> Vec<Operation> {
    let all = "/v1/organization_memberships";
    let half = world.memberships / 2;
    let one = |id: &String| format!("/v1/organizations/{id}");
    vec![
        Operation::one("memberships of the instance", all.to_owned()),
        Operation::one(
            "memberships of the instance by `email_address`",
            format!("{all}?order_by=email_address"),
        ),
        Operation::one(
            "memberships of the instance at an offset of half",
            format!("{all}?offset={half}"),
        ),
        Operation::one("memberships of the instance by `query`, none", format!("{all}?query=qqqq")),
        Operation::turns("one organization, another each", world.small.iter().map(one).collect()),
        Operation::one("organizations", "/v1/organizations".to_owned()),
        Operation::one("organizations by `name`", "/v1/organizations?order_by=name".to_owned()),
        Operation::one(
            "organizations by `members_count`",
            "/v1/organizations?order_by=-members_count".to_owned(),
        ),
        Operation::one(
            "organizations by `query`, one matches",
            "/v1/organizations?query=Members+25".to_owned(),
        ),
        Operation::one("organizations by `query`, none", "/v1/organizations?query=qqqq".to_owned()),
        Operation::one(
            "organizations of the user in most",
            format!("/v1/organizations?user_id={}", world.busy),
        ),
        Operation::one("role sets", "/v1/role_sets".to_owned()),
    ]
}
