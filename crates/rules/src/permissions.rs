//! Permissions: what roles grant.

use guildhall_types::{Code, DeletedObject, Fault, PermissionId};

use crate::batch::Rows;
use crate::catalogue::PermissionRecord;
use crate::operation::{Context, Operation, Refusal, Wanted, set};
use crate::roles::SYSTEM_PREFIX;

/// Makes a permission.
#[derive(Debug)]
pub struct Create {
    /// Its name.
    pub name: String,
    /// Its key, checked by [`key_fault`].
    pub key: String,
    /// What it allows, for people.
    pub description: String,
}

impl Operation for Create {
    type Answer = PermissionRecord;
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.catalogue = true;
    }

    fn decide(
        &self,
        rows: &mut Rows,
        context: &mut Context<'_>,
    ) -> Result<PermissionRecord, Refusal> {
        if rows.catalogue.permission_by_key(&self.key).is_some() {
            return Err(key_taken().into());
        }
        let made = rows.catalogue.all_permissions().filter(|permission| !permission.is_system);
        if made.count() >= MOST_PERMISSIONS {
            return Err(Code::PermissionQuotaExceeded.fault().into());
        }
        let permission = PermissionRecord {
            row: context.key(),
            id: context.id(PermissionId::PREFIX),
            key: self.key.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            is_system: false,
            created_at: context.now(),
            updated_at: context.now(),
        };
        rows.catalogue.put_permission(permission.clone());
        Ok(permission)
    }
}

/// Changes a permission that is not the system's own; what is `None` stays.
#[derive(Debug)]
pub struct Update {
    /// The id of the permission.
    pub permission_id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its key, checked by [`key_fault`].
    pub key: Option<String>,
    /// What it allows, for people.
    pub description: Option<String>,
}

impl Operation for Update {
    type Answer = PermissionRecord;
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.catalogue = true;
    }

    fn decide(
        &self,
        rows: &mut Rows,
        context: &mut Context<'_>,
    ) -> Result<PermissionRecord, Refusal> {
        let before = modifiable(rows, &self.permission_id)?;
        if let Some(key) = &self.key
            && rows.catalogue.permission_by_key(key).is_some_and(|owner| owner.row != before.row)
        {
            return Err(key_taken().into());
        }
        let mut permission = before.clone();
        set(&mut permission.name, &self.name);
        set(&mut permission.key, &self.key);
        set(&mut permission.description, &self.description);
        if permission != before {
            permission.updated_at = context.later_than(before.updated_at);
            rows.catalogue.put_permission(permission.clone());
        }
        Ok(permission)
    }
}

/// Removes a permission that is not the system's own; no role grants it any more.
#[derive(Debug)]
pub struct Delete {
    /// The id of the permission.
    pub permission_id: String,
}

impl Operation for Delete {
    type Answer = DeletedObject;
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.catalogue = true;
    }

    fn decide(&self, rows: &mut Rows, _: &mut Context<'_>) -> Result<DeletedObject, Refusal> {
        let permission = modifiable(rows, &self.permission_id)?;
        rows.catalogue.remove_permission(permission.row);
        Ok(DeletedObject::new("permission", permission.id))
    }
}

/// What is wrong with the key of a permission, if anything.
///
/// It is `org:`, a feature, `:` and an action, each of lower-case letters, digits and underscores,
/// in at most 256 characters; what begins with `org:sys_` is the system's own.
pub fn key_fault(key: &str) -> Option<Fault> {
    let parts = key.strip_prefix("org:").and_then(|rest| rest.split_once(':'));
    let well_formed = parts.is_some_and(|(feature, action)| is_word(feature) && is_word(action));
    if key.len() <= MOST_CHARACTERS && well_formed && !key.starts_with(SYSTEM_PREFIX) {
        return None;
    }
    let wanted = "of the format `org:feature:action` in lower-case letters, digits and \
                  underscores, and not begin with `org:sys_`";
    Some(Code::ParameterFormatInvalid.parameter("key").value(wanted))
}

/// How many permissions there may be beside those of the system: every membership tells all of its
/// role, and every token those that are not the system's.
const MOST_PERMISSIONS: usize = 500;
/// The most characters of a name or key.
pub(crate) const MOST_CHARACTERS: usize = 256;
/// The most characters of a description.
const MOST_CHARACTERS_OF_DESCRIPTION: usize = 1024;

/// Tells whether text is one or more lower-case letters, digits and underscores.
pub(crate) fn is_word(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.bytes().all(allowed)
}

/// What is wrong with the name of a role or permission, if anything: it has 1 to 256 characters.
pub fn name_fault(name: &str) -> Option<Fault> {
    if name.trim().is_empty() {
        return Some(Code::ParameterEmpty.parameter("name"));
    }
    too_long("name", name, MOST_CHARACTERS)
}

/// What is wrong with the description of a role or permission, if anything: it has at most 1,024
/// characters.
pub fn description_fault(description: &str) -> Option<Fault> {
    too_long("description", description, MOST_CHARACTERS_OF_DESCRIPTION)
}

fn too_long(name: &str, text: &str, most: usize) -> Option<Fault> {
    let fault = || Code::ParameterTooLong.parameter(name).value(most.to_string());
    (text.chars().count() > most).then(fault)
}

pub(crate) fn key_taken() -> Fault {
    Code::IdentifierExists.parameter("key").value("key")
}

/// A permission that may be changed.
fn modifiable(rows: &Rows, id: &str) -> Result<PermissionRecord, Refusal> {
    let permission = rows.catalogue.permission(id).ok_or(Code::PermissionNotFound.fault())?;
    if permission.is_system {
        return Err(Code::SystemPermissionNotModifiable.fault().into());
    }
    Ok(permission.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_a_feature_and_an_action() {
        for key in ["org:billing:manage", "org:a:b", "org:0_:_", "org:system:read"] {
            assert_eq!(key_fault(key), None, "{key}");
        }
        let long = format!("org:a:{}", "b".repeat(251));
        let keys = [
            "",
            "org:",
            "org:billing",
            "org::read",
            "org:a:",
            "a:b",
            "org:a:b:c",
            "org:A:b",
            "org:ä:b",
            "org:a b:c",
            " org:a:b",
            "org:sys_x:read",
            "org:sys_memberships:read",
            &long,
        ];
        for key in keys {
            assert!(key_fault(key).is_some(), "{key}");
        }
    }
}
