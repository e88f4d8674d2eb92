//! Memberships: who belongs to an organization, in what role, with what metadata.

use std::sync::Arc;

use guildhall_types::{Code, Metadata, OrganizationMembershipId};

use crate::batch::Rows;
use crate::metadata;
use crate::operation::{Context, Operation, Refusal, Wanted};
use crate::role_sets::Assignable;
use crate::roles::{grants_minimum, is_last_with_minimum};
use crate::rows::{Membership, MembershipView, Organization, Role};
use crate::sessions;

/// Adds a user to an organization.
#[derive(Debug)]
pub struct Create {
    /// The id of the organization.
    pub organization_id: String,
    /// The id of the user.
    pub user_id: String,
    /// The key of the role.
    pub role: String,
    /// Metadata that frontends may read, as compact JSON.
    pub public_metadata: String,
    /// Metadata that only backends see, as compact JSON.
    pub private_metadata: String,
}

impl Operation for Create {
    type Answer = MembershipView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.membership(&self.organization_id, &self.user_id);
        wanted.role_sets = true;
    }

    fn decide(
        &self,
        rows: &mut Rows,
        context: &mut Context<'_>,
    ) -> Result<MembershipView, Refusal> {
        let organization = organization(rows, &self.organization_id)?;
        let unknown = || Code::UserNotFound.about(&[&self.user_id]);
        let user = rows.user_key(&self.user_id).ok_or_else(unknown)?;
        let role = role(rows, organization, &self.role)?;
        if rows.membership(organization.key, user).is_some() {
            return Err(Code::AlreadyAMember.about(&[&self.user_id]).into());
        }
        admit(rows, organization)?;

        let membership = Membership {
            public_metadata: self.public_metadata.clone(),
            private_metadata: self.private_metadata.clone(),
            ..new(organization.key, user, role.row, context)
        };
        rows.put_membership(membership.clone());
        Ok(view(rows, &self.organization_id, &self.user_id, membership))
    }
}

/// Gives a member another role.
#[derive(Debug)]
pub struct Update {
    /// The id of the organization.
    pub organization_id: String,
    /// The id of the user.
    pub user_id: String,
    /// The key of the role.
    pub role: String,
}

impl Operation for Update {
    type Answer = MembershipView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.membership(&self.organization_id, &self.user_id);
        wanted.role_sets = true;
    }

    fn decide(
        &self,
        rows: &mut Rows,
        context: &mut Context<'_>,
    ) -> Result<MembershipView, Refusal> {
        let organization = organization(rows, &self.organization_id)?;
        let role = role(rows, organization, &self.role)?.clone();
        let mut membership = membership(rows, &self.organization_id, &self.user_id)?;
        if membership.role != role.row {
            if !grants_minimum(&role) {
                spare_the_last(rows, &membership)?;
            }
            membership.role = role.row;
            membership.updated_at = context.later_than(membership.updated_at);
            rows.put_membership(membership.clone());
        }
        Ok(view(rows, &self.organization_id, &self.user_id, membership))
    }
}

/// Merges metadata into that of a membership.
#[derive(Debug)]
pub struct MergeMetadata {
    /// The id of the organization.
    pub organization_id: String,
    /// The id of the user.
    pub user_id: String,
    /// What to merge into the public metadata.
    pub public_metadata: Option<Metadata>,
    /// What to merge into the private metadata.
    pub private_metadata: Option<Metadata>,
}

impl Operation for MergeMetadata {
    type Answer = MembershipView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.membership(&self.organization_id, &self.user_id);
    }

    fn decide(
        &self,
        rows: &mut Rows,
        context: &mut Context<'_>,
    ) -> Result<MembershipView, Refusal> {
        organization(rows, &self.organization_id)?;
        let before = membership(rows, &self.organization_id, &self.user_id)?;
        let mut membership = before.clone();
        metadata::merge_pair(
            (&mut membership.public_metadata, &self.public_metadata),
            (&mut membership.private_metadata, &self.private_metadata),
        )?;
        if membership != before {
            membership.updated_at = context.later_than(before.updated_at);
            rows.put_membership(membership.clone());
        }
        Ok(view(rows, &self.organization_id, &self.user_id, membership))
    }
}

/// Removes a member from an organization.
#[derive(Debug)]
pub struct Delete {
    /// The id of the organization.
    pub organization_id: String,
    /// The id of the user.
    pub user_id: String,
}

impl Operation for Delete {
    type Answer = MembershipView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.membership(&self.organization_id, &self.user_id);
        let member = (self.organization_id.clone(), self.user_id.clone());
        wanted.sessions_of_members.insert(member);
        wanted.endings += 1;
    }

    fn decide(
        &self,
        rows: &mut Rows,
        context: &mut Context<'_>,
    ) -> Result<MembershipView, Refusal> {
        organization(rows, &self.organization_id)?;
        let membership = membership(rows, &self.organization_id, &self.user_id)?;
        spare_the_last(rows, &membership)?;
        rows.remove_membership(&membership);
        sessions::leave(rows, membership.user, membership.organization, context);
        Ok(view(rows, &self.organization_id, &self.user_id, membership))
    }
}

/// A membership without metadata that begins now.
pub(crate) fn new(
    organization: i64,
    user: i64,
    role: i64,
    context: &mut Context<'_>,
) -> Membership {
    let key = context.key();
    Membership {
        key,
        id: context.id(OrganizationMembershipId::PREFIX),
        organization,
        user,
        role,
        updated_at: crate::Keys::instant(key),
        public_metadata: metadata::EMPTY.to_owned(),
        private_metadata: metadata::EMPTY.to_owned(),
    }
}

fn organization<'rows>(rows: &'rows Rows, id: &str) -> Result<&'rows Organization, Refusal> {
    let organization = rows.organization(id).map(Arc::as_ref);
    organization.ok_or_else(|| Code::OrganizationNotFound.fault().into())
}

/// The role of that key, which members of the organization must be able to get.
fn role<'rows>(
    rows: &'rows Rows,
    organization: &Organization,
    key: &str,
) -> Result<&'rows Role, Refusal> {
    let unknown = || Code::OrganizationRoleNotFound.fault().at("role");
    let role = rows.role(key).ok_or_else(unknown)?;
    match rows.role_sets.assignable(organization.role_set, role.row) {
        Assignable::Yes => Ok(role),
        Assignable::No => Err(unknown().into()),
        Assignable::NotYet => Err(Code::RoleMigrationInProgress.fault().at("role").into()),
    }
}

fn membership(rows: &Rows, organization_id: &str, user_id: &str) -> Result<Membership, Refusal> {
    let organization = rows.organization(organization_id);
    organization
        .zip(rows.user_key(user_id))
        .and_then(|(organization, user)| rows.membership(organization.key, user))
        .cloned()
        .ok_or_else(|| Code::MembershipNotFound.fault().into())
}

/// Refuses one more member where the organization is full.
fn admit(rows: &Rows, organization: &Organization) -> Result<(), Refusal> {
    let limit = organization.max_allowed_memberships;
    if limit > 0 && rows.members_count(organization.key) >= limit {
        return Err(Code::MembershipQuotaExceeded.about(&[limit.to_string()]).into());
    }
    Ok(())
}

/// Refuses to take the minimum permissions from the last member who holds them.
fn spare_the_last(rows: &Rows, membership: &Membership) -> Result<(), Refusal> {
    if is_last_with_minimum(rows, membership) {
        return Err(Code::MinimumPermissionsNeeded.fault().into());
    }
    Ok(())
}

fn view(
    rows: &Rows,
    organization_id: &str,
    user_id: &str,
    membership: Membership,
) -> MembershipView {
    let organization = rows.organization(organization_id).expect("it was there when deciding");
    MembershipView {
        role: Arc::clone(rows.role_of(&membership).expect("roles in use stay")),
        organization: Arc::clone(organization),
        user: rows.user_card(user_id).expect("it was there when deciding"),
        membership,
    }
}
