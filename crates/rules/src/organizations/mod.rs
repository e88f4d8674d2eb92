//! Organizations: their names, slugs, limits and metadata.

mod names;

use std::sync::Arc;

use guildhall_types::{Code, DeletedObject, Fault, Metadata, OrganizationId};

use self::names::slug_from;
pub use self::names::{name_fault, slug_fault};
use crate::batch::Rows;
use crate::memberships;
use crate::metadata;
use crate::operation::{Context, Operation, Refusal, Wanted, set};
use crate::role_sets::RoleSetRecord;
use crate::roles::grants_minimum;
use crate::rows::Organization;

/// An organization with what an answer may tell beyond it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationView {
    /// The organization.
    pub organization: Organization,
    /// How many members it has.
    pub members_count: i64,
    /// Whether nobody in it holds the minimum permissions.
    pub missing_member_with_elevated_permissions: bool,
}

/// Makes an organization.
#[derive(Debug)]
pub struct Create {
    /// Its name, checked by [`name_fault`].
    pub name: String,
    /// Its slug, checked by [`slug_fault`]; made from the name when `None`.
    pub slug: Option<String>,
    /// The id of the user who becomes its first member.
    pub created_by: Option<String>,
    /// The most members it may have; the instance's own limit when `None`.
    pub max_allowed_memberships: Option<i64>,
    /// Metadata that frontends may read, as compact JSON.
    pub public_metadata: String,
    /// Metadata that only backends see, as compact JSON.
    pub private_metadata: String,
    /// When it was created, in Unix milliseconds; now when `None`.
    pub created_at: Option<i64>,
    /// The key of the role set that it gets; the initial one when `None`.
    pub role_set_key: Option<String>,
}

impl Operation for Create {
    type Answer = OrganizationView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.slugs.insert(self.slug.clone().unwrap_or_else(|| slug_from(&self.name)));
        wanted.cards.extend(self.created_by.clone());
        wanted.role_sets = true;
    }

    fn decide(
        &self,
        rows: &mut Rows,
        context: &mut Context<'_>,
    ) -> Result<OrganizationView, Refusal> {
        require_slugs(rows, self.slug.as_deref())?;
        if let Some(creator) = &self.created_by
            && rows.user_key(creator).is_none()
        {
            return Err(Code::OrganizationCreatorNotFound.about(&[creator]).into());
        }
        let role_set = find_role_set(rows, self.role_set_key.as_deref())?.clone();
        let organization = Organization {
            key: context.key(),
            id: context.id(OrganizationId::PREFIX),
            name: self.name.clone(),
            slug: self.free_slug(rows, context)?,
            role_set: role_set.row,
            role_set_key: role_set.key,
            max_allowed_memberships: self
                .max_allowed_memberships
                .unwrap_or(rows.settings().max_allowed_memberships),
            admin_delete_enabled: rows.settings().admin_delete_enabled,
            created_by: self.created_by.clone(),
            created_at: self.created_at.unwrap_or(context.now()),
            updated_at: context.now(),
            public_metadata: self.public_metadata.clone(),
            private_metadata: self.private_metadata.clone(),
        };
        rows.put_organization(organization.clone());
        if let Some(creator) = &self.created_by {
            add_creator(rows, &organization, role_set.creator_role, creator, context)?;
        }
        Ok(view(rows, organization))
    }
}

impl Create {
    /// The slug asked for, or one made from the name that nobody has.
    fn free_slug(&self, rows: &Rows, context: &mut Context<'_>) -> Result<String, Refusal> {
        if let Some(slug) = &self.slug {
            return match rows.organization_by_slug(slug) {
                Some(_) => Err(slug_taken().into()),
                None => Ok(slug.clone()),
            };
        }
        let slug = slug_from(&self.name);
        let has_latin_letter = self.name.bytes().any(|byte| byte.is_ascii_alphabetic());
        if has_latin_letter && !slug.is_empty() && rows.organization_by_slug(&slug).is_none() {
            return Ok(slug);
        }
        // The suffix is random: should it be taken after all, the database says so, and the
        // operation is decided again with another one.
        let suffix = u64::from_be_bytes(*context.random().first_chunk().expect("16 bytes hold 8"));
        let separator = if slug.is_empty() { "" } else { "-" };
        Ok(format!("{slug}{separator}{suffix:016x}"))
    }
}

fn add_creator(
    rows: &mut Rows,
    organization: &Organization,
    role: i64,
    creator: &str,
    context: &mut Context<'_>,
) -> Result<(), Refusal> {
    let user = rows
        .user_key(creator)
        .ok_or_else(|| Code::OrganizationCreatorNotFound.about(&[creator]))?;
    let membership = memberships::new(organization.key, user, role, context);
    rows.put_membership(membership);
    Ok(())
}

/// Changes an organization; what is `None` stays.
#[derive(Debug, Default)]
pub struct Update {
    /// The id of the organization.
    pub organization_id: String,
    /// Its name, checked by [`name_fault`].
    pub name: Option<String>,
    /// Its slug, checked by [`slug_fault`].
    pub slug: Option<String>,
    /// The most members it may have; present ones stay.
    pub max_allowed_memberships: Option<i64>,
    /// Whether its admins may delete it.
    pub admin_delete_enabled: Option<bool>,
    /// When it was created, in Unix milliseconds.
    pub created_at: Option<i64>,
    /// Replaces the public metadata, as compact JSON.
    pub public_metadata: Option<String>,
    /// Replaces the private metadata, as compact JSON.
    pub private_metadata: Option<String>,
    /// The key of the role set that it gets; every role that a member has must be in it.
    pub role_set_key: Option<String>,
}

impl Operation for Update {
    type Answer = OrganizationView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.organization(&self.organization_id);
        wanted.slugs.extend(self.slug.clone());
        wanted.role_sets |= self.role_set_key.is_some();
    }

    fn decide(
        &self,
        rows: &mut Rows,
        context: &mut Context<'_>,
    ) -> Result<OrganizationView, Refusal> {
        let mut organization = get(rows, &self.organization_id)?;
        require_slugs(rows, self.slug.as_deref())?;
        if let Some(slug) = &self.slug {
            let owner = rows.organization_by_slug(slug);
            if owner.is_some_and(|owner| owner.key != organization.key) {
                return Err(slug_taken().into());
            }
        }
        if let Some(key) = &self.role_set_key {
            move_to(rows, &mut organization, key)?;
        }
        set(&mut organization.name, &self.name);
        set(&mut organization.slug, &self.slug);
        set(&mut organization.max_allowed_memberships, &self.max_allowed_memberships);
        set(&mut organization.admin_delete_enabled, &self.admin_delete_enabled);
        set(&mut organization.created_at, &self.created_at);
        set(&mut organization.public_metadata, &self.public_metadata);
        set(&mut organization.private_metadata, &self.private_metadata);
        Ok(save(rows, organization, context))
    }
}

/// The role set of that key, or the initial one, that organizations may get.
fn find_role_set<'rows>(
    rows: &'rows Rows,
    key: Option<&str>,
) -> Result<&'rows RoleSetRecord, Refusal> {
    let found = match key {
        // Named by its key alone, as the parameter says.
        Some(key) => rows.role_sets.all().find(|set| set.key == key),
        None => rows.role_sets.initial(),
    };
    let found = found.ok_or_else(|| Code::RoleSetNotFound.fault().at("role_set_key"))?;
    match rows.role_sets.is_going(found.row) {
        true => Err(Code::RoleMigrationInProgress.fault().at("role_set_key").into()),
        false => Ok(found),
    }
}

/// Gives an organization another role set, which must have every role that a member has.
fn move_to(rows: &Rows, organization: &mut Organization, key: &str) -> Result<(), Refusal> {
    let found = find_role_set(rows, Some(key))?;
    if found.row == organization.role_set {
        return Ok(());
    }
    let roles = rows.role_sets.roles_of(found.row);
    let left_out = rows.held_in(organization.key).find(|role| !roles.contains(&role.row));
    if let Some(role) = left_out {
        return Err(Code::RoleOfSetIsAssigned.about(&[&role.key]).at("role_set_key").into());
    }
    organization.role_set = found.row;
    organization.role_set_key = found.key.clone();
    Ok(())
}

/// Merges metadata into that of an organization.
#[derive(Debug)]
pub struct MergeMetadata {
    /// The id of the organization.
    pub organization_id: String,
    /// What to merge into the public metadata.
    pub public_metadata: Option<Metadata>,
    /// What to merge into the private metadata.
    pub private_metadata: Option<Metadata>,
}

impl Operation for MergeMetadata {
    type Answer = OrganizationView;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.organization(&self.organization_id);
    }

    fn decide(
        &self,
        rows: &mut Rows,
        context: &mut Context<'_>,
    ) -> Result<OrganizationView, Refusal> {
        let mut organization = get(rows, &self.organization_id)?;
        metadata::merge_pair(
            (&mut organization.public_metadata, &self.public_metadata),
            (&mut organization.private_metadata, &self.private_metadata),
        )?;
        Ok(save(rows, organization, context))
    }
}

/// Removes an organization with all its memberships.
#[derive(Debug)]
pub struct Delete {
    /// The id of the organization.
    pub organization_id: String,
}

impl Operation for Delete {
    type Answer = DeletedObject;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.organization(&self.organization_id);
        wanted.removals = true;
        wanted.endings += 1;
    }

    fn decide(&self, rows: &mut Rows, _: &mut Context<'_>) -> Result<DeletedObject, Refusal> {
        let organization = get(rows, &self.organization_id)?;
        rows.remove_organization(&organization);
        let slug = Some(organization.slug);
        Ok(DeletedObject { slug, ..DeletedObject::new("organization", organization.id) })
    }
}

/// Refuses a slug where the instance has them off.
fn require_slugs(rows: &Rows, slug: Option<&str>) -> Result<(), Refusal> {
    match slug {
        Some(_) if rows.settings().slug_disabled => {
            Err(Code::OrganizationSlugsDisabled.fault().at("slug").into())
        }
        _ => Ok(()),
    }
}

fn slug_taken() -> Fault {
    Code::IdentifierExists.parameter("slug").value("slug")
}

fn get(rows: &Rows, id: &str) -> Result<Organization, Refusal> {
    let organization = rows.organization(id).map(Arc::as_ref).cloned();
    organization.ok_or_else(|| Code::OrganizationNotFound.fault().into())
}

/// Stores an organization if it changed, and tells it as it is now.
fn save(
    rows: &mut Rows,
    mut organization: Organization,
    context: &Context<'_>,
) -> OrganizationView {
    let before = rows.organization(&organization.id).map(Arc::as_ref);
    if before != Some(&organization) {
        organization.updated_at = context.later_than(organization.updated_at);
        rows.put_organization(organization.clone());
    }
    view(rows, organization)
}

fn view(rows: &Rows, organization: Organization) -> OrganizationView {
    OrganizationView {
        members_count: rows.members_count(organization.key),
        missing_member_with_elevated_permissions: rows
            .members_with(organization.key, grants_minimum)
            == 0,
        organization,
    }
}
