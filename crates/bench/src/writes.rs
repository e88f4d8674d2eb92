//! What is written: members come, get another role and metadata, and go again, so that the data is
//! at the end what it was before.

use std::rc::Rc;

use crate::load::Requests;
use crate::places::{Places, ROLE};
use crate::wire::{Request, Target};

/// What is done with each user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The user joins.
    Create,
    /// The member gets another role.
    Update,
    /// Metadata is merged into the membership.
    Merge,
    /// The member leaves.
    Delete,
}

impl Step {
    /// All steps, in their order.
    pub(crate) const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Merge, Self::Delete];

    /// What the page calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update role",
            Self::Merge => "merge metadata",
            Self::Delete => "delete",
        }
    }
}

/// Where members come and go.
#[derive(Clone, Debug)]
pub(crate) struct Into {
    /// What the page calls it.
    pub(crate) name: String,
    /// The ids of the organizations, in turns.
    pub(crate) organizations: Rc<[String]>,
}

impl Into {
    /// One organization that is empty.
    pub(crate) fn empty(id: String) -> Self {
        Self { name: EMPTY.to_owned(), organizations: vec![id].into() }
    }

    /// The organization that most is measured at.
    pub(crate) fn medium(places: &Places) -> Self {
        let (size, id) = places.medium();
        Self { name: medium(*size), organizations: vec![id.clone()].into() }
    }

    /// Many small organizations.
    pub(crate) fn spread(places: &Places) -> Self {
        Self { name: SPREAD.to_owned(), organizations: places.small.clone().into() }
    }
}

/// What the page calls an empty organization.
pub(crate) const EMPTY: &str = "empty organization";
/// What the page calls many organizations.
pub(crate) const SPREAD: &str = "spread over many organizations";

/// What the page calls the organization that most is measured at.
pub(crate) fn medium(size: usize) -> String {
    format!("organization of {size}")
}

/// The workload of a step.
pub(crate) fn workload(step: Step, into: &str) -> String {
    format!("{}, {into}", step.name())
}

/// The metadata that is merged for the user with this number.
pub(crate) fn metadata(number: usize) -> String {
    format!(r#"{{"seat":{number},"team":"north"}}"#)
}

/// The requests of a step to Guildhall, one for each of `users`.
pub(crate) fn requests(target: &Target, step: Step, into: &Into, users: &Rc<[String]>) -> Requests {
    let (target, users) = (target.clone(), Rc::clone(users));
    let organizations = Rc::clone(&into.organizations);
    Rc::new(move |number| {
        let user = users.get(number)?;
        let organization = &organizations[number % organizations.len()];
        let list = format!("/v1/organizations/{organization}/memberships");
        Some(match step {
            Step::Create => {
                let body = format!(r#"{{"user_id":"{user}","role":"org:member"}}"#);
                target.with_body("POST", &list, &body)
            }
            Step::Update => {
                let body = format!(r#"{{"role":"{ROLE}"}}"#);
                target.with_body("PATCH", &format!("{list}/{user}"), &body)
            }
            Step::Merge => {
                let body = format!(r#"{{"public_metadata":{}}}"#, metadata(number));
                target.with_body("PATCH", &format!("{list}/{user}/metadata"), &body)
            }
            Step::Delete => {
                Request::new("DELETE", &format!("{list}/{user}"), &target.headers, None)
            }
        })
    })
}

/// Nineteen lists and one merge in turns, or one and one: `every` is how many requests a merge
/// comes once in.
pub(crate) fn mixed(target: &Target, places: &Places, every: usize) -> Requests {
    let target = target.clone();
    let (_, organization) = places.medium();
    let list = format!("/v1/organizations/{organization}/memberships");
    let members: Rc<[String]> = places.members.clone().into();
    Rc::new(move |number| {
        if number % every != 0 {
            return Some(target.get(&format!("{list}?limit=10&number={number}")));
        }
        let member = &members[number / every % members.len()];
        // Never what is there already, which would be no change.
        let body = format!(r#"{{"public_metadata":{{"seen":{number}}}}}"#);
        Some(target.with_body("PATCH", &format!("{list}/{member}/metadata"), &body))
    })
}
