//! Putting one role, or a whole set, in the place of another: members are given other roles.
//!
//! What is decided here holds at once: nobody can be given a role any more that is to go. Who has
//! it already is reassigned behind: a few at once with the change, many in the background, and
//! until all are, a migration stands beside the set.

use std::collections::{BTreeMap, BTreeSet};

use guildhall_types::{Code, DeletedObject};

use super::{RoleSetMigration, find_role, get, modifiable, save};
use crate::batch::Rows;
use crate::operation::{Context, Operation, Refusal, Wanted};
use crate::roles::require_minimum;

/// What ids of migrations begin with.
const MIGRATION_PREFIX: &str = "rolemig_";

/// Puts a role in the place of another in a role set.
#[derive(Debug)]
pub struct ReplaceRole {
    /// The key or id of the set.
    pub role_set: String,
    /// The key of the role that goes.
    pub role_key: String,
    /// The key of the role that its members get; the set gets it, if it has it not.
    pub to_role_key: String,
}

impl Operation for ReplaceRole {
    /// The id of the set.
    type Answer = String;
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.catalogue = true;
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<String, Refusal> {
        let mut changed = modifiable(rows, &self.role_set)?;
        let from = find_role(rows, &self.role_key, "role_key")?;
        if !rows.role_sets.roles_of(changed.row).contains(&from) {
            return Err(Code::OrganizationRoleNotFound.fault().at("role_key").into());
        }
        let to = find_role(rows, &self.to_role_key, "to_role_key")?;
        if from == to {
            let fault = Code::ParameterValueInvalid.parameter("to_role_key");
            return Err(fault.value(&self.to_role_key).into());
        }
        if changed.creator_role == from {
            require_minimum(&rows.catalogue, to, Some("to_role_key"))?;
            changed.creator_role = to;
        }
        if changed.default_role == from {
            changed.default_role = to;
        }
        rows.role_sets.put_role(changed.row, to);
        rows.role_sets.remove_role(changed.row, from);
        changed.updated_at = context.later_than(changed.updated_at);
        let (row, id) = (changed.row, changed.id.clone());
        save(rows, changed, context);
        begin(rows, row, None, &BTreeMap::from([(from, to)]), context);
        Ok(id)
    }
}

/// Puts a role set in the place of another, which goes when all its organizations have the new one.
#[derive(Debug)]
pub struct Replace {
    /// The key or id of the set that goes.
    pub role_set: String,
    /// The key of the set that its organizations get.
    pub dest_role_set_key: String,
    /// Which role members get instead of one that the new set has not, by key.
    pub reassignment_mappings: BTreeMap<String, String>,
}

impl Operation for Replace {
    type Answer = DeletedObject;
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.catalogue = true;
        wanted.held_in_role_sets.insert(self.role_set.clone());
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<DeletedObject, Refusal> {
        let source = get(rows, &self.role_set)?;
        if source.is_initial {
            return Err(Code::RoleSetIsInitial.fault().into());
        }
        let source = modifiable(rows, &source.id)?;
        let unknown = || Code::RoleSetNotFound.fault().at("dest_role_set_key");
        let destination =
            rows.role_sets.named(&self.dest_role_set_key).ok_or_else(unknown)?.clone();
        if destination.row == source.row {
            let fault = Code::ParameterValueInvalid.parameter("dest_role_set_key");
            return Err(fault.value(&self.dest_role_set_key).into());
        }
        let destination = modifiable(rows, &destination.id)?;
        let reassignments = self.reassignments(rows, source.row, destination.row)?;
        begin(rows, source.row, Some(destination.row), &reassignments, context);
        Ok(DeletedObject::new("role_set", source.id))
    }
}

impl Replace {
    /// Which role becomes which, by row: those that are named, if none is missing.
    fn reassignments(
        &self,
        rows: &Rows,
        source: i64,
        destination: i64,
    ) -> Result<BTreeMap<i64, i64>, Refusal> {
        const PARAMETER: &str = "reassignment_mappings";
        let kept = rows.role_sets.roles_of(destination);
        let present = rows.role_sets.roles_of(source);
        let mut named = BTreeMap::new();
        for (from_key, to_key) in &self.reassignment_mappings {
            let from = find_role(rows, from_key, PARAMETER)?;
            if !present.contains(&from) {
                return Err(Code::OrganizationRoleNotFound.fault().at(PARAMETER).into());
            }
            let to = rows.catalogue.role_by_key(to_key).filter(|to| kept.contains(&to.row));
            let invalid = || Code::RoleReassignmentInvalid.parameter(PARAMETER).value(to_key);
            named.insert(from, to.ok_or_else(invalid)?.row);
        }
        // Of a set with too many organizations to look at, any role may be held.
        let is_held = |role: &i64| match rows.role_sets.held(source) {
            Some(held) => held.contains(role),
            None => true,
        };
        let gone = present.difference(&kept);
        let missing: BTreeSet<i64> =
            gone.copied().filter(|role| is_held(role) && !named.contains_key(role)).collect();
        if !missing.is_empty() {
            let keys = missing.iter().filter_map(|role| rows.catalogue.role_at(*role));
            let keys: Vec<&str> = keys.map(|role| role.key.as_str()).collect();
            let fault = Code::RoleReassignmentMissing.parameter(PARAMETER);
            return Err(fault.value(keys.join(", ")).into());
        }
        named.retain(|from, to| from != to);
        Ok(named)
    }
}

/// Notes that members of the organizations of a set are to be reassigned.
fn begin(
    rows: &mut Rows,
    source: i64,
    destination: Option<i64>,
    reassignments: &BTreeMap<i64, i64>,
    context: &mut Context<'_>,
) {
    let migration = RoleSetMigration {
        row: context.key(),
        id: context.id(MIGRATION_PREFIX),
        source,
        destination,
        migrated_members: 0,
        started_at: None,
        created_at: context.now(),
        updated_at: context.now(),
    };
    rows.role_sets.put_migration(migration, reassignments);
}
