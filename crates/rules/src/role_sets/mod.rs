//! Role sets: which roles the members of an organization may get.
//!
//! Each organization has one. The initial set of an instance is that of new organizations; what
//! the instance has set about the roles of creators and of new members is that of this set.

mod replace;
mod rows;

use guildhall_types::{Code, Fault, RoleSetId};

pub use self::replace::{Replace, ReplaceRole};
pub(crate) use self::rows::Assignable;
pub use self::rows::{
    RoleSetMigration, RoleSetMigrationView, RoleSetRecord, RoleSetView, RoleSets,
};
use crate::batch::Rows;
use crate::operation::{Context, Operation, Refusal, Wanted, set};
use crate::permissions::{MOST_CHARACTERS, is_word, key_taken};
use crate::roles::require_minimum;

/// The key of the set that every instance begins with.
pub const DEFAULT_KEY: &str = "role_set:default";
/// What keys of role sets begin with.
const KEY_PREFIX: &str = "role_set:";
/// How many roles one request may name.
pub const MOST_ROLES: usize = 10;

/// Makes a role set.
#[derive(Debug)]
pub struct Create {
    /// Its name.
    pub name: String,
    /// Its key, checked by [`key_fault`]; made from the name when `None`.
    pub key: Option<String>,
    /// What it is for, for people.
    pub description: Option<String>,
    /// The key of the role that new members get, one of `roles`.
    pub default_role_key: String,
    /// The key of the role that creators get, one of `roles`.
    pub creator_role_key: String,
    /// Whether it becomes the set of new organizations.
    pub is_initial: bool,
    /// The keys of its roles: 1 to [`MOST_ROLES`].
    pub roles: Vec<String>,
}

impl Operation for Create {
    /// The id of the set.
    type Answer = String;
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.catalogue = true;
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<String, Refusal> {
        let key = self.free_key(rows, context)?;
        let roles = find_roles(rows, &self.roles, "roles")?;
        let limit = rows.settings().max_role_sets_allowed;
        if usize::try_from(limit).is_ok_and(|limit| rows.role_sets.all().count() >= limit) {
            return Err(Code::RoleSetQuotaExceeded.about(&[limit.to_string()]).into());
        }
        let made = RoleSetRecord {
            row: context.key(),
            id: context.id(RoleSetId::PREFIX),
            key,
            name: self.name.clone(),
            description: self.description.clone(),
            default_role: 0,
            creator_role: 0,
            is_initial: false,
            created_at: context.now(),
            updated_at: context.now(),
        };
        let row = made.row;
        for role in roles {
            rows.role_sets.put_role(row, role);
        }
        let chosen = Chosen {
            default_role_key: Some(&self.default_role_key),
            creator_role_key: Some(&self.creator_role_key),
            is_initial: self.is_initial,
        };
        let id = made.id.clone();
        chosen.save(rows, made, context)?;
        Ok(id)
    }
}

impl Create {
    /// The key asked for, or one made from the name that no set has.
    fn free_key(&self, rows: &Rows, context: &mut Context<'_>) -> Result<String, Refusal> {
        let is_free = |key: &str| rows.role_sets.named(key).is_none();
        if let Some(key) = &self.key {
            return if is_free(key) { Ok(key.clone()) } else { Err(key_taken().into()) };
        }
        let word = slug::slugify(&self.name).replace('-', "_");
        let word: String = word.chars().take(MOST_CHARACTERS / 2).collect();
        let key = format!("{KEY_PREFIX}{word}");
        if !word.is_empty() && is_free(&key) {
            return Ok(key);
        }
        let separator = if word.is_empty() { "" } else { "_" };
        let suffix = u64::from_be_bytes(*context.random().first_chunk().expect("16 bytes hold 8"));
        Ok(format!("{key}{separator}{suffix:016x}"))
    }
}

/// Changes a role set; what is `None` stays.
#[derive(Debug, Default)]
pub struct Update {
    /// The key or id of the set.
    pub role_set: String,
    /// Its name.
    pub name: Option<String>,
    /// Its key, checked by [`key_fault`].
    pub key: Option<String>,
    /// What it is for, for people.
    pub description: Option<String>,
    /// Whether it becomes the set of new organizations; the present one is no more.
    pub is_initial: bool,
    /// The key of the role that new members get, one of its roles.
    pub default_role_key: Option<String>,
    /// The key of the role that creators get, one of its roles.
    pub creator_role_key: Option<String>,
}

impl Operation for Update {
    /// The id of the set.
    type Answer = String;
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.catalogue = true;
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<String, Refusal> {
        let mut changed = modifiable(rows, &self.role_set)?;
        if let Some(key) = &self.key
            && rows.role_sets.named(key).is_some_and(|owner| owner.row != changed.row)
        {
            return Err(key_taken().into());
        }
        set(&mut changed.name, &self.name);
        set(&mut changed.key, &self.key);
        if let Some(description) = &self.description {
            changed.description = Some(description.clone());
        }
        let id = changed.id.clone();
        let chosen = Chosen {
            default_role_key: self.default_role_key.as_deref(),
            creator_role_key: self.creator_role_key.as_deref(),
            is_initial: self.is_initial,
        };
        chosen.save(rows, changed, context)?;
        Ok(id)
    }
}

/// Adds roles to a role set; those that it has stay.
#[derive(Debug)]
pub struct AddRoles {
    /// The key or id of the set.
    pub role_set: String,
    /// The keys of the roles: 1 to [`MOST_ROLES`].
    pub role_keys: Vec<String>,
    /// The key of the role that new members get from now on.
    pub default_role_key: Option<String>,
    /// The key of the role that creators get from now on.
    pub creator_role_key: Option<String>,
}

impl Operation for AddRoles {
    /// The id of the set.
    type Answer = String;
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.catalogue = true;
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<String, Refusal> {
        let mut changed = modifiable(rows, &self.role_set)?;
        let before = rows.role_sets.roles_of(changed.row);
        for role in find_roles(rows, &self.role_keys, "role_keys")? {
            rows.role_sets.put_role(changed.row, role);
        }
        if rows.role_sets.roles_of(changed.row) != before {
            changed.updated_at = context.later_than(changed.updated_at);
        }
        let id = changed.id.clone();
        let chosen = Chosen {
            default_role_key: self.default_role_key.as_deref(),
            creator_role_key: self.creator_role_key.as_deref(),
            is_initial: false,
        };
        chosen.save(rows, changed, context)?;
        Ok(id)
    }
}

/// What is chosen for a set beside its own fields; what is `None` or false stays.
struct Chosen<'a> {
    default_role_key: Option<&'a str>,
    creator_role_key: Option<&'a str>,
    is_initial: bool,
}

impl Chosen<'_> {
    /// Stores a set, whose roles are in it already, if it changed.
    fn save(
        &self,
        rows: &mut Rows,
        mut changed: RoleSetRecord,
        context: &Context<'_>,
    ) -> Result<(), Refusal> {
        if let Some(key) = self.default_role_key {
            changed.default_role = role_in(rows, changed.row, key, "default_role_key")?;
        }
        if let Some(key) = self.creator_role_key {
            changed.creator_role = role_in(rows, changed.row, key, "creator_role_key")?;
            require_minimum(&rows.catalogue, changed.creator_role, Some("creator_role_key"))?;
        }
        if self.is_initial && !changed.is_initial {
            if let Some(mut before) = rows.role_sets.initial().cloned() {
                before.is_initial = false;
                save(rows, before, context);
            }
            changed.is_initial = true;
        }
        save(rows, changed, context);
        Ok(())
    }
}

/// What is wrong with the key of a role set, if anything: it is `role_set:` and lower-case letters,
/// digits and underscores, in at most 256 characters.
pub fn key_fault(key: &str) -> Option<Fault> {
    let well_formed = key.strip_prefix(KEY_PREFIX).is_some_and(is_word);
    if key.len() <= MOST_CHARACTERS && well_formed {
        return None;
    }
    let wanted = "`role_set:` followed by lower-case letters, digits and underscores";
    Some(Code::ParameterFormatInvalid.parameter("key").value(wanted))
}

/// The set of that key or id.
fn get(rows: &Rows, key_or_id: &str) -> Result<RoleSetRecord, Refusal> {
    let found = rows.role_sets.named(key_or_id).cloned();
    found.ok_or_else(|| Code::RoleSetNotFound.fault().into())
}

/// The set of that key or id, if it may be changed now.
fn modifiable(rows: &Rows, key_or_id: &str) -> Result<RoleSetRecord, Refusal> {
    let found = get(rows, key_or_id)?;
    match rows.role_sets.is_migrating(found.row) {
        true => Err(Code::RoleMigrationInProgress.fault().into()),
        false => Ok(found),
    }
}

fn find_role(rows: &Rows, key: &str, parameter: &str) -> Result<i64, Refusal> {
    let unknown = || Code::OrganizationRoleNotFound.fault().at(parameter);
    Ok(rows.catalogue.role_by_key(key).ok_or_else(unknown)?.row)
}

fn find_roles(rows: &Rows, keys: &[String], parameter: &str) -> Result<Vec<i64>, Refusal> {
    keys.iter().map(|key| find_role(rows, key, parameter)).collect()
}

/// The role of that key, which must be in a set.
fn role_in(rows: &Rows, set: i64, key: &str, parameter: &str) -> Result<i64, Refusal> {
    let role = find_role(rows, key, parameter)?;
    let roles = rows.role_sets.roles_of(set);
    if roles.contains(&role) {
        return Ok(role);
    }
    let keys = roles.iter().filter_map(|role| rows.catalogue.role_at(*role));
    let keys: Vec<&str> = keys.map(|role| role.key.as_str()).collect();
    let fault = Code::ParameterValueNotAllowed.parameter(parameter).value(key);
    Err(fault.value(keys.join(", ")).into())
}

/// Stores a set if it changed.
pub(crate) fn save(rows: &mut Rows, mut changed: RoleSetRecord, context: &Context<'_>) {
    let before = rows.role_sets.at(changed.row);
    if before == Some(&changed) {
        return;
    }
    if let Some(before) = before {
        changed.updated_at = context.later_than(before.updated_at);
    }
    rows.role_sets.put(changed);
}

/// Lets new organizations have a role, among those of the initial set, if it may be changed now.
pub(crate) fn add_to_initial(
    rows: &mut Rows,
    role: i64,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let mut initial = modifiable_initial(rows)?;
    if !rows.role_sets.roles_of(initial.row).contains(&role) {
        rows.role_sets.put_role(initial.row, role);
        initial.updated_at = context.later_than(initial.updated_at);
        rows.role_sets.put(initial);
    }
    Ok(())
}

/// The set of new organizations, if it may be changed now.
pub(crate) fn modifiable_initial(rows: &Rows) -> Result<RoleSetRecord, Refusal> {
    let initial = rows.role_sets.initial().ok_or_else(|| Code::RoleSetNotFound.fault())?;
    modifiable(rows, &initial.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_word_after_the_prefix() {
        for key in ["role_set:default", "role_set:a", "role_set:0_"] {
            assert_eq!(key_fault(key), None, "{key}");
        }
        let long = format!("role_set:{}", "b".repeat(248));
        for key in ["", "role_set:", "default", "role_set:A", "role_set:a-b", "org:a", &long] {
            assert!(key_fault(key).is_some(), "{key}");
        }
    }
}
