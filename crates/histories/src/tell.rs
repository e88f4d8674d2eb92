//! A wrong answer, told for people: the calls of the organization that came before it, a line each.
//!
//! Ids are cut to their last letters, which tell them apart within an organization.

use serde::Serialize;
use serde_json::Value;

use crate::history::{Answer, Call, Membership, Operation, Outcome, Role};
use crate::partition::Partition;

/// How many calls before a wrong answer are told.
const CONTEXT: usize = 20;
/// How many letters of an id are told.
const LETTERS: usize = 6;

/// Tells of the wrong answer to a call.
pub(crate) fn tell(calls: &[Call], partition: &Partition, number: u32) -> String {
    let mut about: Vec<&Call> = calls
        .iter()
        .filter(|call| partition.steps.iter().any(|step| step.number == call.number))
        .collect();
    about.sort_by_key(|call| call.returned_at);
    let end = about.iter().position(|call| call.number == number).map_or(about.len(), |at| at + 1);
    let mut lines = vec![format!(
        "{}: no order of the calls explains the answer to call {number}; the last calls by answer:",
        partition.organization_id
    )];
    lines.extend(about[end.saturating_sub(CONTEXT)..end].iter().map(|call| line(call)));
    lines.join("\n    ")
}

/// What was asked, and what became of it, in a word each.
pub(crate) fn kind(call: &Call) -> (String, String) {
    let outcome = match &call.outcome {
        Outcome::Refused(refusal) => word(refusal),
        other => word(other),
    };
    (word(&call.operation), outcome)
}

/// How a history names one of several kinds.
fn word(kind: &impl Serialize) -> String {
    match serde_json::to_value(kind).expect("text and numbers become JSON") {
        Value::Object(fields) => fields.keys().next().cloned().unwrap_or_default(),
        name => name.as_str().unwrap_or_default().to_owned(),
    }
}

fn line(call: &Call) -> String {
    let (number, client, server) = (call.number, call.client, call.server);
    let (sent, answered) = (milliseconds(call.invoked_at), milliseconds(call.returned_at));
    let asked = format!("{}{}", word(&call.operation), arguments(&call.operation));
    let told = outcome(&call.outcome);
    format!(
        "{sent}..{answered} ms, call {number}, client {client}, server {server}: {asked}: {told}"
    )
}

fn milliseconds(nanoseconds: u64) -> String {
    let microseconds = nanoseconds / 1000;
    format!("{}.{:03}", microseconds / 1000, microseconds % 1000)
}

/// What an operation says beyond the organization.
fn arguments(operation: &Operation) -> String {
    match operation {
        Operation::CreateOrganization { created_by, max_allowed_memberships } => {
            format!(" of {}, limit {max_allowed_memberships}", short(created_by))
        }
        Operation::UpdateOrganization { max_allowed_memberships, .. } => {
            format!(" limit {max_allowed_memberships}")
        }
        Operation::CreateMembership { user_id, role, metadata, .. } => {
            format!(" {} {} {metadata:?}", short(user_id), name(*role))
        }
        Operation::UpdateMembership { user_id, role, .. } => {
            format!(" {} {}", short(user_id), name(*role))
        }
        Operation::MergeMetadata { user_id, key, value, .. } => {
            format!(" {} {key}: {value}", short(user_id))
        }
        Operation::DeleteMembership { user_id, .. }
        | Operation::GetMembership { user_id, .. }
        | Operation::ListUserMemberships { user_id }
        | Operation::DeleteUser { user_id } => format!(" {}", short(user_id)),
        Operation::DeleteOrganization { .. }
        | Operation::GetOrganization { .. }
        | Operation::ListMemberships { .. } => String::new(),
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Answered(Answer::Organization(organization)) => {
            let limit = organization.max_allowed_memberships;
            let count = organization.members_count;
            count
                .map_or(format!("limit {limit}"), |count| format!("limit {limit}, {count} members"))
        }
        Outcome::Answered(Answer::Membership(one)) => membership(one),
        Outcome::Answered(Answer::Memberships { total_count, data }) => {
            let data: Vec<_> = data.iter().map(membership).collect();
            format!("{total_count} [{}]", data.join(", "))
        }
        Outcome::Answered(Answer::Deleted) => "deleted".to_owned(),
        Outcome::Refused(refusal) => word(refusal),
        Outcome::Unknown(why) => format!("unknown ({why})"),
        Outcome::Unexpected(what) => format!("unexpected ({what})"),
    }
}

fn membership(one: &Membership) -> String {
    let (organization, user, id) = (&one.organization_id, &one.user_id, &one.id);
    let (organization, user, id) = (short(organization), short(user), short(id));
    format!("{user} in {organization} {} {:?} ({id})", name(one.role), one.public_metadata)
}

fn name(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Member => "member",
    }
}

fn short(id: &str) -> &str {
    let start = id.char_indices().rev().nth(LETTERS - 1).map_or(0, |(start, _)| start);
    &id[start..]
}
