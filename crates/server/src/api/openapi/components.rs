//! Walking a description: its schemas, its references and the components they lead to.

use std::collections::BTreeSet;

use guildhall_contract::json_schema;
use serde_json::Value;

const COMPONENTS: &str = "#/components/";

/// What stands in an object, by name; nothing in anything else.
pub(super) fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Brings every schema of a part of a description from OpenAPI 3.0 to 3.1.
pub(super) fn modern(part: &Value) -> Value {
    match part {
        Value::Object(keys) => keys
            .iter()
            .map(|(key, value)| {
                let value = match (key.as_str(), value) {
                    ("schema", schema) => json_schema(schema),
                    ("schemas", schemas) => fields(schemas)
                        .map(|(name, schema)| (name.clone(), json_schema(schema)))
                        .collect(),
                    _ => modern(value),
                };
                (key.clone(), value)
            })
            .collect(),
        Value::Array(items) => items.iter().map(modern).collect(),
        _ => part.clone(),
    }
}

/// Puts `added` into `base`: objects are merged, anything else replaces.
pub(super) fn merge(base: &mut Value, added: Value) {
    match (base, added) {
        (Value::Object(base), Value::Object(added)) => {
            for (name, value) in added {
                merge(base.entry(name).or_insert(Value::Null), value);
            }
        }
        (base, added) => *base = added,
    }
}

/// `part`, or the component it refers to.
pub(super) fn resolved<'a>(part: &'a Value, components: &'a Value) -> &'a Value {
    let reference = part["$ref"].as_str();
    reference.and_then(|reference| component(reference, components)).unwrap_or(part)
}

/// The components that something in `paths` refers to, directly or not, and how to give a key.
pub(super) fn in_use(paths: &Value, mut components: Value) -> Value {
    let mut seen = BTreeSet::new();
    let mut waiting = Vec::new();
    note_references(paths, &mut waiting);
    while let Some(reference) = waiting.pop() {
        if seen.contains(&reference) {
            continue;
        }
        if let Some(component) = component(&reference, &components) {
            note_references(component, &mut waiting);
        }
        seen.insert(reference);
    }
    let sections = components.as_object_mut().into_iter().flatten();
    for (section, named) in sections.filter(|(section, _)| *section != "securitySchemes") {
        if let Value::Object(named) = named {
            named.retain(|name, _| seen.contains(&format!("{COMPONENTS}{section}/{name}")));
        }
    }
    components
}

fn component<'a>(reference: &str, components: &'a Value) -> Option<&'a Value> {
    let (section, name) = reference.strip_prefix(COMPONENTS)?.split_once('/')?;
    components.get(section)?.get(name)
}

/// Notes every reference under `part`; the mapping of a discriminator holds some as well.
fn note_references(part: &Value, references: &mut Vec<String>) {
    match part {
        Value::String(text) if text.starts_with(COMPONENTS) => references.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| note_references(item, references)),
        Value::Object(_) => {
            fields(part).for_each(|(_, value)| note_references(value, references));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn merging_replaces_what_is_no_object() {
        let mut base = json!({ "a": { "b": 1, "c": 2 }, "d": [1] });

        merge(&mut base, json!({ "a": { "c": 3 }, "d": [2], "e": {} }));

        assert_eq!(base, json!({ "a": { "b": 1, "c": 3 }, "d": [2], "e": {} }));
    }

    #[test]
    fn components_that_only_unused_ones_refer_to_are_left_out() {
        let to = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let components = json!({
            "schemas": { "A": to("B"), "B": to("A"), "C": to("D"), "D": {} },
            "securitySchemes": { "bearerAuth": {} },
        });

        let kept = in_use(&to("A"), components);

        assert_eq!(
            kept,
            json!({
                "schemas": { "A": to("B"), "B": to("A") },
                "securitySchemes": { "bearerAuth": {} },
            })
        );
    }
}
