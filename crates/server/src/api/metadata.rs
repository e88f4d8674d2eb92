//! Metadata in requests: set anew, replaced or merged.

use guildhall_rules::metadata;
use guildhall_types::{Metadata, Patch};

use crate::http::Fields;

/// Metadata that is set anew, as compact JSON; none at all is an empty object.
pub(super) fn new(fields: &mut Fields, name: &str) -> String {
    let given = fields.nullable_metadata(name);
    given
        .set()
        .and_then(|given| checked(fields, name, given.clone()))
        .map_or(metadata::EMPTY.to_owned(), |given| metadata::to_json(&given))
}

/// Metadata that replaces what is stored, which `null` may not; checked as if it were new.
pub(super) fn replacement(fields: &mut Fields, name: &str) -> Option<Metadata> {
    let given = fields.metadata(name)?;
    checked(fields, name, given)
}

/// Metadata that replaces what is stored, where `null` counts as not sent.
pub(super) fn nullable_replacement(fields: &mut Fields, name: &str) -> Option<Metadata> {
    match fields.nullable_metadata(name) {
        Patch::Set(given) => checked(fields, name, given),
        Patch::Keep | Patch::Clear => None,
    }
}

fn checked(fields: &mut Fields, name: &str, given: Metadata) -> Option<Metadata> {
    metadata::checked(name, given).map_err(|fault| fields.fault(fault)).ok()
}
