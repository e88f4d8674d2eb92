//! Histories: calls with their answers and times, and what happened to the servers meanwhile.
//!
//! A history is kept as one JSON object a line, so that it can be read, cut and checked again.

use std::collections::BTreeMap;
use std::io::BufRead;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// A line of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Something that was done to a server or to the database, for readers.
    Event(Event),
    /// A call.
    Call(Call),
}

/// Something that was done to a server or to the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, in nanoseconds since the history began.
    pub at: u64,
    /// What.
    pub what: String,
}

/// A request and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Names the call; unique in a history.
    pub number: u32,
    /// Who sent it; a client has one call at a time.
    pub client: u32,
    /// Where it was sent to.
    pub server: u32,
    /// When it was about to be sent, in nanoseconds since the history began.
    pub invoked_at: u64,
    /// When the answer had been read, or was given up.
    pub returned_at: u64,
    /// What was asked.
    pub operation: Operation,
    /// What became of it.
    pub outcome: Outcome,
}

/// Metadata of a membership, as far as histories use it: numbers by key.
pub type Metadata = BTreeMap<String, u32>;

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "fields are named as on the wire")]
pub enum Operation {
    /// Makes an organization whose first member is its creator.
    CreateOrganization { created_by: String, max_allowed_memberships: u32 },
    /// Sets the limit of an organization.
    UpdateOrganization { organization_id: String, max_allowed_memberships: u32 },
    /// Removes an organization.
    DeleteOrganization { organization_id: String },
    /// Reads an organization and what is counted of it.
    GetOrganization { organization_id: String },
    /// Adds a user to an organization.
    CreateMembership { organization_id: String, user_id: String, role: Role, metadata: Metadata },
    /// Gives a member another role.
    UpdateMembership { organization_id: String, user_id: String, role: Role },
    /// Sets one key of the metadata of a membership.
    MergeMetadata { organization_id: String, user_id: String, key: String, value: u32 },
    /// Removes a member.
    DeleteMembership { organization_id: String, user_id: String },
    /// Reads one membership.
    GetMembership { organization_id: String, user_id: String },
    /// Lists the members of an organization, all on one page.
    ListMemberships { organization_id: String },
    /// Lists the memberships of a user, all on one page.
    ListUserMemberships { user_id: String },
    /// Removes a user with all memberships.
    DeleteUser { user_id: String },
}

/// The role of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Holds the minimum permissions.
    #[serde(rename = "org:admin")]
    Admin,
    /// Does not.
    #[serde(rename = "org:member")]
    Member,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Answered(Answer),
    /// It was refused, and must have changed nothing.
    Refused(Refusal),
    /// Nobody knows: it was done, or will be done at any later time, or never. Why is for readers.
    Unknown(String),
    /// An answer that no call may get.
    Unexpected(String),
}

/// What an answer tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// An organization.
    Organization(Organization),
    /// A membership as it is, or was when it was removed.
    Membership(Membership),
    /// A whole list of memberships.
    #[expect(missing_docs, reason = "fields are named as on the wire")]
    Memberships { total_count: u32, data: Vec<Membership> },
    /// Something is gone.
    Deleted,
}

/// An organization, as far as histories look at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "fields are named as on the wire")]
pub struct Organization {
    pub id: String,
    pub max_allowed_memberships: u32,
    pub members_count: Option<u32>,
    pub missing_member_with_elevated_permissions: Option<bool>,
}

/// A membership, as far as histories look at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "fields are named as on the wire")]
pub struct Membership {
    pub id: String,
    pub organization_id: String,
    pub user_id: String,
    pub role: Role,
    pub public_metadata: Metadata,
}

/// Why a call may be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// There is no such organization.
    OrganizationNotFound,
    /// There is no such user.
    UserNotFound,
    /// The user is no member.
    MembershipNotFound,
    /// The user is a member already.
    AlreadyAMember,
    /// The organization is full.
    MembershipQuotaExceeded,
    /// Nobody else holds the minimum permissions.
    MinimumPermissionsNeeded,
}

/// Reads the calls of a history, a JSON object a line.
///
/// # Errors
///
/// A line that cannot be read is told by its number.
pub fn read(lines: impl BufRead) -> Result<Vec<Call>> {
    let mut calls = Vec::new();
    for (index, line) in lines.lines().enumerate() {
        let number = index + 1;
        let line = line.with_context(|| format!("line {number} cannot be read"))?;
        let line = serde_json::from_str(&line)
            .with_context(|| format!("line {number} is none of a history"))?;
        if let Line::Call(call) = line {
            calls.push(call);
        }
    }
    Ok(calls)
}
