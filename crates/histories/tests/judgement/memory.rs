//! A server in memory, written once more than the model, on names and maps.

use std::collections::{BTreeMap, BTreeSet};

use guildhall_histories::history::{
    Answer, Membership, Operation, Organization, Outcome, Refusal, Role,
};

use crate::story::ORGANIZATION;

/// One organization.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    limit: Option<u32>,
    members: BTreeMap<String, Membership>,
    gone: BTreeSet<String>,
}

impl Memory {
    /// Decides and does what is asked; new memberships get `id`.
    pub(crate) fn perform(&mut self, operation: &Operation, id: &str) -> Outcome {
        match self.attempt(operation, id) {
            Ok(answer) => Outcome::Answered(answer),
            Err(refusal) => Outcome::Refused(refusal),
        }
    }

    /// Takes over what `operation` changed in `decided`, which was a copy of an earlier moment:
    /// one row, as a statement of a database does it, whatever was changed since.
    pub(crate) fn overwrite(&mut self, operation: &Operation, decided: Self) {
        match operation {
            Operation::CreateMembership { user_id, .. }
            | Operation::UpdateMembership { user_id, .. }
            | Operation::MergeMetadata { user_id, .. }
            | Operation::DeleteMembership { user_id, .. } => {
                match decided.members.get(user_id) {
                    Some(one) => self.members.insert(user_id.clone(), one.clone()),
                    None => self.members.remove(user_id),
                };
            }
            Operation::UpdateOrganization { .. } => self.limit = decided.limit,
            _ => *self = decided,
        }
    }

    fn attempt(&mut self, operation: &Operation, id: &str) -> Result<Answer, Refusal> {
        match operation {
            Operation::CreateOrganization { created_by, max_allowed_memberships } => {
                self.limit = Some(*max_allowed_memberships);
                self.put(created_by, Role::Admin, &BTreeMap::new(), id);
                Ok(organization(*max_allowed_memberships, None))
            }
            Operation::DeleteUser { user_id } => {
                if !self.gone.insert(user_id.clone()) {
                    return Err(Refusal::UserNotFound);
                }
                self.members.remove(user_id);
                Ok(Answer::Deleted)
            }
            Operation::ListUserMemberships { user_id } if self.gone.contains(user_id) => {
                Err(Refusal::UserNotFound)
            }
            Operation::ListUserMemberships { user_id } => Ok(list(self.members.get(user_id))),
            _ if self.limit.is_none() => Err(Refusal::OrganizationNotFound),
            Operation::DeleteOrganization { .. } => {
                self.limit = None;
                self.members.clear();
                Ok(Answer::Deleted)
            }
            Operation::UpdateOrganization { max_allowed_memberships, .. } => {
                self.limit = Some(*max_allowed_memberships);
                Ok(organization(*max_allowed_memberships, None))
            }
            Operation::GetOrganization { .. } => Ok(organization(self.limit.unwrap(), Some(self))),
            Operation::ListMemberships { .. } => Ok(list(self.members.values())),
            Operation::CreateMembership { user_id, role, metadata, .. } => {
                let limit = usize::try_from(self.limit.unwrap()).unwrap();
                if self.gone.contains(user_id) {
                    return Err(Refusal::UserNotFound);
                } else if self.members.contains_key(user_id) {
                    return Err(Refusal::AlreadyAMember);
                } else if limit > 0 && self.members.len() >= limit {
                    return Err(Refusal::MembershipQuotaExceeded);
                }
                Ok(Answer::Membership(self.put(user_id, *role, metadata, id)))
            }
            Operation::UpdateMembership { user_id, role, .. } => {
                let is_last = self.is_last_admin(user_id);
                let one = self.members.get_mut(user_id).ok_or(Refusal::MembershipNotFound)?;
                if is_last && *role == Role::Member {
                    return Err(Refusal::MinimumPermissionsNeeded);
                }
                one.role = *role;
                Ok(Answer::Membership(one.clone()))
            }
            Operation::MergeMetadata { user_id, key, value, .. } => {
                let one = self.members.get_mut(user_id).ok_or(Refusal::MembershipNotFound)?;
                one.public_metadata.insert(key.clone(), *value);
                Ok(Answer::Membership(one.clone()))
            }
            Operation::DeleteMembership { user_id, .. } => {
                if self.is_last_admin(user_id) {
                    return Err(Refusal::MinimumPermissionsNeeded);
                }
                let one = self.members.remove(user_id).ok_or(Refusal::MembershipNotFound)?;
                Ok(Answer::Membership(one))
            }
            Operation::GetMembership { user_id, .. } => {
                let one = self.members.get(user_id).ok_or(Refusal::MembershipNotFound)?;
                Ok(Answer::Membership(one.clone()))
            }
        }
    }

    fn put(
        &mut self,
        user_id: &str,
        role: Role,
        metadata: &BTreeMap<String, u32>,
        id: &str,
    ) -> Membership {
        let one = Membership {
            id: id.to_owned(),
            organization_id: ORGANIZATION.to_owned(),
            user_id: user_id.to_owned(),
            role,
            public_metadata: metadata.clone(),
        };
        self.members.insert(user_id.to_owned(), one.clone());
        one
    }

    fn is_last_admin(&self, user_id: &str) -> bool {
        let mut admins = self.members.values().filter(|one| one.role == Role::Admin);
        admins.next().is_some_and(|one| one.user_id == user_id) && admins.next().is_none()
    }
}

fn organization(limit: u32, counted: Option<&Memory>) -> Answer {
    Answer::Organization(Organization {
        id: ORGANIZATION.to_owned(),
        max_allowed_memberships: limit,
        members_count: counted.map(|memory| u32::try_from(memory.members.len()).unwrap()),
        missing_member_with_elevated_permissions: counted
            .map(|memory| memory.members.values().all(|one| one.role == Role::Member)),
    })
}

fn list<'memory>(members: impl IntoIterator<Item = &'memory Membership>) -> Answer {
    let data: Vec<_> = members.into_iter().cloned().collect();
    Answer::Memberships { total_count: u32::try_from(data.len()).unwrap(), data }
}
