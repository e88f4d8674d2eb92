//! Histories written by hand, about one organization of which `alice` is the first admin.

use guildhall_histories::history::{
    Answer, Call, Membership, Metadata, Operation, Organization, Outcome, Role,
};
use guildhall_histories::{Judgement, judge};

pub(crate) const ORGANIZATION: &str = "org";
/// More than any of these histories needs.
pub(crate) const BUDGET: usize = 200_000;

/// A history that grows call by call.
pub(crate) struct Story {
    pub(crate) calls: Vec<Call>,
}

impl Story {
    /// Begins with the organization, made from 0 to 1; 0 is no limit.
    pub(crate) fn with_limit(limit: u32) -> Self {
        let operation = Operation::CreateOrganization {
            created_by: "alice".to_owned(),
            max_allowed_memberships: limit,
        };
        let organization = Organization {
            id: ORGANIZATION.to_owned(),
            max_allowed_memberships: limit,
            members_count: None,
            missing_member_with_elevated_permissions: None,
        };
        let answer = Outcome::Answered(Answer::Organization(organization));
        Self { calls: Vec::new() }.call((0, 1), operation, answer)
    }

    /// Adds a call that took this time.
    pub(crate) fn call(
        mut self,
        (invoked_at, returned_at): (u64, u64),
        operation: Operation,
        outcome: Outcome,
    ) -> Self {
        let number = u32::try_from(self.calls.len()).unwrap() + 1;
        let (client, server) = (number, 0);
        let call = Call { number, client, server, invoked_at, returned_at, operation, outcome };
        self.calls.push(call);
        self
    }

    /// Adds a call that was answered with a membership.
    pub(crate) fn told(self, time: (u64, u64), operation: Operation, one: Membership) -> Self {
        self.call(time, operation, Outcome::Answered(Answer::Membership(one)))
    }

    /// Adds a list of all members.
    pub(crate) fn listed(self, time: (u64, u64), data: Vec<Membership>) -> Self {
        let operation = Operation::ListMemberships { organization_id: ORGANIZATION.to_owned() };
        let total_count = u32::try_from(data.len()).unwrap();
        self.call(time, operation, Outcome::Answered(Answer::Memberships { total_count, data }))
    }

    pub(crate) fn judge(&self) -> Judgement {
        judge(&self.calls, BUDGET).unwrap()
    }

    #[track_caller]
    pub(crate) fn assert_right(&self) {
        let judgement = self.judge();

        assert!(judgement.is_sound(), "{judgement}");
    }

    /// Asserts that the answer to a call is told to be the one that cannot be explained.
    #[track_caller]
    pub(crate) fn assert_wrong(&self, number: u32) {
        let judgement = self.judge();

        assert_eq!(judgement.undecided, Vec::<String>::new());
        let fault = format!("the answer to call {number};");
        let is_told = judgement.faults.iter().any(|told| told.contains(&fault));
        assert!(is_told, "{judgement}");
    }
}

/// A membership whose id is made of the user's name.
pub(crate) fn member(user_id: &str, role: Role, metadata: &[(&str, u32)]) -> Membership {
    Membership {
        id: format!("orgmem_{user_id}"),
        organization_id: ORGANIZATION.to_owned(),
        user_id: user_id.to_owned(),
        role,
        public_metadata: self::metadata(metadata),
    }
}

/// Alice, as the organization begins.
pub(crate) fn alice() -> Membership {
    member("alice", Role::Admin, &[])
}

pub(crate) fn metadata(entries: &[(&str, u32)]) -> Metadata {
    entries.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect()
}

pub(crate) fn create(user_id: &str, role: Role) -> Operation {
    let (organization_id, user_id) = names(user_id);
    Operation::CreateMembership { organization_id, user_id, role, metadata: Metadata::new() }
}

pub(crate) fn update(user_id: &str, role: Role) -> Operation {
    let (organization_id, user_id) = names(user_id);
    Operation::UpdateMembership { organization_id, user_id, role }
}

pub(crate) fn merge(user_id: &str, key: &str, value: u32) -> Operation {
    let (organization_id, user_id) = names(user_id);
    Operation::MergeMetadata { organization_id, user_id, key: key.to_owned(), value }
}

pub(crate) fn delete(user_id: &str) -> Operation {
    let (organization_id, user_id) = names(user_id);
    Operation::DeleteMembership { organization_id, user_id }
}

pub(crate) fn get(user_id: &str) -> Operation {
    let (organization_id, user_id) = names(user_id);
    Operation::GetMembership { organization_id, user_id }
}

pub(crate) fn unknown() -> Outcome {
    Outcome::Unknown("the connection broke".to_owned())
}

fn names(user_id: &str) -> (String, String) {
    (ORGANIZATION.to_owned(), user_id.to_owned())
}
