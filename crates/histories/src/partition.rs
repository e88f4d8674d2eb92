//! Cuts a history into partitions, one for each organization, and names into numbers.
//!
//! A call about a user alone touches every organization that the user was ever asked about, and is
//! a call of each of their partitions.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail, ensure};

use crate::history::{self, Call, Operation, Outcome};
use crate::model::{Action, Answer, Id, Ids, KEYS, MOST_USERS, Member, Metadata, Seen, User};

/// A call as one partition sees it.
#[derive(Clone, Debug)]
pub struct Step {
    /// The number of the call in the history.
    pub number: u32,
    /// When it was about to be sent.
    pub invoked_at: u64,
    /// When its answer had been read; [`u64::MAX`] where nobody knows what became of it.
    pub returned_at: u64,
    /// What was asked.
    pub action: Action,
    /// What was seen.
    pub seen: Seen,
}

/// The calls about one organization, by the time they were sent.
#[derive(Clone, Debug)]
pub struct Partition {
    /// The organization.
    pub organization_id: String,
    /// How many users are named.
    pub users: usize,
    /// What is known of ids beforehand.
    pub ids: Ids,
    /// The calls.
    pub steps: Vec<Step>,
}

/// Cuts a history into partitions.
///
/// # Errors
///
/// A call that no partition can hold, with its number.
pub fn partitions(calls: &[Call]) -> Result<Vec<Partition>> {
    let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for call in calls {
        if let Some(organization) = organization_of(call) {
            named.entry(organization).or_default().extend(user_of(&call.operation));
        }
    }
    for membership in calls.iter().flat_map(memberships) {
        let users = named.entry(&membership.organization_id).or_default();
        users.insert(&membership.user_id);
    }
    named.into_iter().map(|(organization, users)| cut(calls, organization, &users)).collect()
}

fn cut(calls: &[Call], organization: &str, users: &BTreeSet<&str>) -> Result<Partition> {
    ensure!(users.len() <= MOST_USERS, "`{organization}` has more than {MOST_USERS} users");
    let about = |call: &&Call| match organization_of(call) {
        Some(named) => named == organization,
        None => user_of(&call.operation).is_some_and(|user| users.contains(user)),
    };
    let mut calls: Vec<&Call> = calls.iter().filter(about).collect();
    calls.sort_by_key(|call| (call.invoked_at, call.number));
    let names = Names::new(organization, users, &calls);
    let steps = calls.iter().filter_map(|call| names.step(call).transpose());
    Ok(Partition {
        organization_id: organization.to_owned(),
        users: users.len(),
        ids: Ids { acknowledged: names.acknowledged },
        steps: steps.collect::<Result<_>>()?,
    })
}

/// The organization that a call is about; `None` where it is about a user alone, or made an
/// organization that nobody was told of.
fn organization_of(call: &Call) -> Option<&str> {
    match &call.operation {
        Operation::CreateOrganization { .. } => match &call.outcome {
            Outcome::Answered(history::Answer::Organization(organization)) => {
                Some(&organization.id)
            }
            _ => None,
        },
        Operation::UpdateOrganization { organization_id, .. }
        | Operation::DeleteOrganization { organization_id }
        | Operation::GetOrganization { organization_id }
        | Operation::CreateMembership { organization_id, .. }
        | Operation::UpdateMembership { organization_id, .. }
        | Operation::MergeMetadata { organization_id, .. }
        | Operation::DeleteMembership { organization_id, .. }
        | Operation::GetMembership { organization_id, .. }
        | Operation::ListMemberships { organization_id } => Some(organization_id),
        Operation::ListUserMemberships { .. } | Operation::DeleteUser { .. } => None,
    }
}

/// The user that an operation names.
fn user_of(operation: &Operation) -> Option<&str> {
    match operation {
        Operation::CreateOrganization { created_by: user_id, .. }
        | Operation::CreateMembership { user_id, .. }
        | Operation::UpdateMembership { user_id, .. }
        | Operation::MergeMetadata { user_id, .. }
        | Operation::DeleteMembership { user_id, .. }
        | Operation::GetMembership { user_id, .. }
        | Operation::ListUserMemberships { user_id }
        | Operation::DeleteUser { user_id } => Some(user_id),
        Operation::UpdateOrganization { .. }
        | Operation::DeleteOrganization { .. }
        | Operation::GetOrganization { .. }
        | Operation::ListMemberships { .. } => None,
    }
}

/// The memberships that a call was told.
pub(crate) fn memberships(call: &Call) -> &[history::Membership] {
    match &call.outcome {
        Outcome::Answered(history::Answer::Membership(one)) => std::slice::from_ref(one),
        Outcome::Answered(history::Answer::Memberships { data, .. }) => data,
        _ => &[],
    }
}

/// The numbers of the names in one partition.
struct Names<'history> {
    organization: &'history str,
    users: BTreeMap<&'history str, User>,
    ids: BTreeMap<&'history str, Id>,
    acknowledged: Id,
}

impl<'history> Names<'history> {
    fn new(
        organization: &'history str,
        users: &BTreeSet<&'history str>,
        calls: &[&'history Call],
    ) -> Self {
        let users = users.iter().enumerate().map(|(number, user)| (*user, number)).collect();
        let mut ids = BTreeMap::new();
        let mut name = |calls: &mut dyn Iterator<Item = &'history Call>| {
            for membership in calls.flat_map(memberships) {
                let next = Id::try_from(ids.len()).expect("an answer has few memberships");
                ids.entry(membership.id.as_str()).or_insert(next);
            }
            Id::try_from(ids.len()).expect("an answer has few memberships")
        };
        let is_creation =
            |call: &&Call| matches!(call.operation, Operation::CreateMembership { .. });
        let acknowledged = name(&mut calls.iter().copied().filter(is_creation));
        name(&mut calls.iter().copied());
        Self { organization, users, ids, acknowledged }
    }

    /// The step of a call; `None` for a read that nobody was answered, which tells nothing.
    fn step(&self, call: &Call) -> Result<Option<Step>> {
        let seen = match &call.outcome {
            Outcome::Answered(answer) => Seen::Answered(self.answer(call.number, answer)?),
            Outcome::Refused(refusal) => Seen::Refused(*refusal),
            Outcome::Unknown(_) | Outcome::Unexpected(_) => Seen::Unknown,
        };
        let action = self.action(call)?;
        if seen == Seen::Unknown && action.is_read() {
            return Ok(None);
        }
        let returned_at = if seen == Seen::Unknown { u64::MAX } else { call.returned_at };
        let (number, invoked_at) = (call.number, call.invoked_at);
        Ok(Some(Step { number, invoked_at, returned_at, action, seen }))
    }

    fn action(&self, call: &Call) -> Result<Action> {
        Ok(match &call.operation {
            Operation::CreateOrganization { created_by, max_allowed_memberships: limit } => {
                Action::CreateOrganization { creator: self.user(created_by), limit: *limit }
            }
            Operation::UpdateOrganization { max_allowed_memberships: limit, .. } => {
                Action::UpdateOrganization { limit: *limit }
            }
            Operation::DeleteOrganization { .. } => Action::DeleteOrganization,
            Operation::GetOrganization { .. } => Action::GetOrganization,
            Operation::CreateMembership { user_id, role, metadata, .. } => {
                let metadata = numbers(call.number, metadata)?;
                let id = memberships(call).first().map(|one| self.ids[one.id.as_str()]);
                Action::CreateMembership { user: self.user(user_id), role: *role, metadata, id }
            }
            Operation::UpdateMembership { user_id, role, .. } => {
                Action::UpdateMembership { user: self.user(user_id), role: *role }
            }
            Operation::MergeMetadata { user_id, key, value, .. } => {
                let key = key_number(call.number, key)?;
                Action::MergeMetadata { user: self.user(user_id), key, value: *value }
            }
            Operation::DeleteMembership { user_id, .. } => {
                Action::DeleteMembership { user: self.user(user_id) }
            }
            Operation::GetMembership { user_id, .. } => {
                Action::GetMembership { user: self.user(user_id) }
            }
            Operation::ListMemberships { .. } => Action::ListMemberships,
            Operation::ListUserMemberships { user_id } => {
                Action::ListUserMemberships { user: self.user(user_id) }
            }
            Operation::DeleteUser { user_id } => Action::DeleteUser { user: self.user(user_id) },
        })
    }

    fn answer(&self, number: u32, answer: &history::Answer) -> Result<Answer> {
        Ok(match answer {
            history::Answer::Organization(organization) => Answer::Organization {
                limit: organization.max_allowed_memberships,
                members_count: organization.members_count,
                missing_admin: organization.missing_member_with_elevated_permissions,
            },
            history::Answer::Membership(one) => {
                Answer::Memberships { total_count: 1, members: vec![self.member(number, one)?] }
            }
            history::Answer::Memberships { total_count, data } => {
                let (mine, others): (Vec<_>, Vec<_>) =
                    data.iter().partition(|one| one.organization_id == self.organization);
                let members = mine.into_iter().map(|one| self.member(number, one));
                let mut members = members.collect::<Result<Vec<_>>>()?;
                members.sort_by_key(|(user, _)| *user);
                // Rows of other organizations are counted in their partitions.
                let others = u32::try_from(others.len()).unwrap_or(u32::MAX);
                Answer::Memberships { total_count: total_count.saturating_sub(others), members }
            }
            history::Answer::Deleted => Answer::Deleted,
        })
    }

    fn member(&self, number: u32, one: &history::Membership) -> Result<(User, Member)> {
        let member = Member {
            id: Some(self.ids[one.id.as_str()]),
            role: one.role,
            metadata: numbers(number, &one.public_metadata)?,
        };
        Ok((self.user(&one.user_id), member))
    }

    fn user(&self, user_id: &str) -> User {
        self.users[user_id]
    }
}

fn numbers(number: u32, metadata: &history::Metadata) -> Result<Metadata> {
    let mut numbers = Metadata::default();
    for (key, value) in metadata {
        numbers[key_number(number, key)?] = *value;
    }
    Ok(numbers)
}

fn key_number(number: u32, key: &str) -> Result<usize> {
    match KEYS.iter().position(|known| *known == key) {
        Some(key) => Ok(key),
        None => bail!("call {number} has the key `{key}`, which no call sets"),
    }
}
