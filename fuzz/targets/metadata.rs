//! A merge by the rules gives what an independent model gives, and its JSON reads back equal.
#![no_main]

use guildhall_rules::metadata;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|bytes: &[u8]| {
    let Some((stored, changes)) = documents(bytes) else { return };
    let mut merged = Map::new();
    metadata::merge(&mut merged, stored);
    let model = model(&merged, &changes);

    metadata::merge(&mut merged, changes);

    assert_eq!(merged, model);
    if let Ok(text) = metadata::compact("public_metadata", &merged) {
        assert_eq!(metadata::parse(&text), merged);
    }
});

/// Two documents, one behind the other with a line between.
fn documents(bytes: &[u8]) -> Option<(Map<String, Value>, Map<String, Value>)> {
    let (stored, changes) = std::str::from_utf8(bytes).ok()?.split_once('\n')?;
    Some((serde_json::from_str(stored).ok()?, serde_json::from_str(changes).ok()?))
}

/// What `stored` is after `changes`, told key by key.
fn model(stored: &Map<String, Value>, changes: &Map<String, Value>) -> Map<String, Value> {
    let mut keys: Vec<&String> = stored.keys().chain(changes.keys()).collect();
    keys.sort();
    keys.dedup();
    let value = |key: &String| match (stored.get(key), changes.get(key)) {
        (_, Some(Value::Null)) => None,
        (Some(Value::Object(stored)), Some(Value::Object(changes))) => {
            Some(Value::Object(model(stored, changes)))
        }
        (_, Some(Value::Object(changes))) => Some(Value::Object(model(&Map::new(), changes))),
        (_, Some(change)) => Some(change.clone()),
        (kept, None) => kept.cloned(),
    };
    keys.into_iter().filter_map(|key| Some((key.clone(), value(key)?))).collect()
}
