//! Metadata: deep merge, and the limit on its size.

use guildhall_types::{Code, Fault, METADATA_LIMIT_BYTES, Metadata};
use serde_json::Value;

use crate::operation::Refusal;

/// Metadata as it is stored when none was given.
pub const EMPTY: &str = "{}";

/// Merges `changes` into `target`.
///
/// Objects merge at every level, `null` removes a key, everything else replaces; an object
/// replaces what is none. `null` inside an array stays.
pub fn merge(target: &mut Metadata, changes: Metadata) {
    for (key, change) in changes {
        match change {
            Value::Null => {
                target.remove(&key);
            }
            Value::Object(changes) => {
                let value = target.entry(key).or_insert(Value::Null);
                if !value.is_object() {
                    *value = Value::Object(Metadata::new());
                }
                if let Value::Object(inner) = value {
                    merge(inner, changes);
                }
            }
            other => {
                target.insert(key, other);
            }
        }
    }
}

/// Metadata that is set anew; a `null` at any level is no key.
///
/// # Errors
/// `form_param_exceeds_allowed_size` about `parameter` beyond 8,192 bytes.
pub fn checked(parameter: &str, given: Metadata) -> Result<Metadata, Fault> {
    let mut metadata = Metadata::new();
    merge(&mut metadata, given);
    compact(parameter, &metadata)?;
    Ok(metadata)
}

/// The compact JSON of `stored` after merging `changes` into it.
///
/// # Errors
/// `form_param_exceeds_allowed_size` about `parameter` beyond 8,192 bytes.
pub fn merged(parameter: &str, stored: &str, changes: &Metadata) -> Result<String, Fault> {
    let mut metadata = parse(stored);
    merge(&mut metadata, changes.clone());
    compact(parameter, &metadata)
}

/// Reads metadata that was stored.
pub fn parse(stored: &str) -> Metadata {
    serde_json::from_str(stored).expect("metadata was written by this crate, as a JSON object")
}

/// The compact JSON of metadata.
///
/// # Errors
/// `form_param_exceeds_allowed_size` about `parameter` beyond 8,192 bytes.
pub fn compact(parameter: &str, metadata: &Metadata) -> Result<String, Fault> {
    let text = to_json(metadata);
    if text.len() > METADATA_LIMIT_BYTES {
        return Err(Code::MetadataTooLarge.parameter(parameter));
    }
    Ok(text)
}

/// The compact JSON of metadata of any size.
pub fn to_json(metadata: &Metadata) -> String {
    serde_json::to_string(metadata).expect("a map with text keys has a JSON form")
}

/// Merges changes into public and private metadata; both are checked, so that both are told.
///
/// # Errors
/// `form_param_exceeds_allowed_size` for each that grows beyond 8,192 bytes; then neither changes.
pub fn merge_pair(
    public: (&mut String, &Option<Metadata>),
    private: (&mut String, &Option<Metadata>),
) -> Result<(), Refusal> {
    let mut faults = Vec::new();
    let mut apply = |name, stored: &str, changes: &Option<Metadata>| {
        let changes = changes.as_ref()?;
        merged(name, stored, changes).map_err(|fault| faults.push(fault)).ok()
    };
    let new_public = apply("public_metadata", public.0, public.1);
    let new_private = apply("private_metadata", private.0, private.1);
    if !faults.is_empty() {
        return Err(Refusal(faults));
    }
    if let Some(new) = new_public {
        *public.0 = new;
    }
    if let Some(new) = new_private {
        *private.0 = new;
    }
    Ok(())
}
