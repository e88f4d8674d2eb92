//! Turns schemas of OpenAPI 3.0 into JSON Schema.

use serde_json::{Map, Value, json};

/// Keys under which further schemas stand by name.
const NAMED: [&str; 1] = ["properties"];
/// Keys under which a list of schemas stands.
const LISTED: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// Keys under which one schema stands; `additionalProperties` may also be a boolean.
const SINGLE: [&str; 3] = ["items", "not", "additionalProperties"];
/// Keys that JSON Schema does not know or knows as something else.
const DROPPED: [&str; 2] = ["nullable", "discriminator"];
/// Keys beside which `null` cannot be allowed by naming one more type.
const COMPOSED: [&str; 5] = ["$ref", "allOf", "anyOf", "oneOf", "enum"];

/// Gives the JSON Schema (draft 2020-12) that accepts what `schema` accepts.
///
/// References to `#/components/schemas/…` stay as they are.
pub(super) fn to_json_schema(schema: &Value) -> Value {
    let Value::Object(keys) = schema else { return schema.clone() };
    let converted = match keys.get("$ref") {
        // OpenAPI 3.0 ignores everything beside a reference, except that writers mean `nullable`.
        Some(reference) => Map::from_iter([("$ref".to_owned(), reference.clone())]),
        None => keys
            .iter()
            .filter(|(key, _)| !DROPPED.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), convert(key, value)))
            .collect(),
    };
    if keys.get("nullable") == Some(&Value::Bool(true)) {
        or_null(converted)
    } else {
        Value::Object(converted)
    }
}

fn convert(key: &str, value: &Value) -> Value {
    match value {
        Value::Object(named) if NAMED.contains(&key) => named
            .iter()
            .map(|(name, schema)| (name.clone(), to_json_schema(schema)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(listed) if LISTED.contains(&key) => {
            listed.iter().map(to_json_schema).collect()
        }
        Value::Object(_) if SINGLE.contains(&key) => to_json_schema(value),
        _ => value.clone(),
    }
}

fn or_null(mut schema: Map<String, Value>) -> Value {
    let composed = COMPOSED.iter().any(|key| schema.contains_key(*key));
    match schema.get("type") {
        Some(Value::String(kind)) if !composed => {
            let kinds = json!([kind, "null"]);
            schema.insert("type".to_owned(), kinds);
            Value::Object(schema)
        }
        None if !composed => Value::Object(schema),
        _ => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}
