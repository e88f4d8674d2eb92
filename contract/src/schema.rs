//! Schemas of OpenAPI 3.0 in the words of 3.1, which are those of JSON Schema.

use serde_json::{Map, Value, json};

/// Keys under which further schemas stand by name.
const NAMED: [&str; 1] = ["properties"];
/// Keys under which a list of schemas stands.
const LISTED: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// Keys under which one schema stands; `additionalProperties` may also be a boolean.
const SINGLE: [&str; 3] = ["items", "not", "additionalProperties"];
/// Keys beside which `null` cannot be allowed by naming one more type.
const COMPOSED: [&str; 5] = ["$ref", "allOf", "anyOf", "oneOf", "enum"];

/// Gives the schema of OpenAPI 3.1 that accepts what `schema` accepts in 3.0.
///
/// `nullable` is the one difference that the carried schemas have.
pub fn json_schema(schema: &Value) -> Value {
    let Value::Object(keys) = schema else { return schema.clone() };
    let converted: Map<_, _> = match keys.get("$ref") {
        // OpenAPI 3.0 ignores everything beside a reference, except that writers mean `nullable`.
        Some(reference) => Map::from_iter([("$ref".to_owned(), reference.clone())]),
        None => keys
            .iter()
            .filter(|(key, _)| *key != "nullable")
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
        Value::Object(named) if NAMED.contains(&key) => {
            named.iter().map(|(name, schema)| (name.clone(), json_schema(schema))).collect()
        }
        Value::Array(listed) if LISTED.contains(&key) => listed.iter().map(json_schema).collect(),
        Value::Object(_) if SINGLE.contains(&key) => json_schema(value),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nullable_type_gets_null_for_a_second_type() {
        let schema = json!({ "type": "integer", "format": "int64", "nullable": true });

        assert_eq!(json_schema(&schema), json!({ "type": ["integer", "null"], "format": "int64" }));
    }

    #[test]
    fn a_nullable_reference_or_choice_becomes_one_of_two() {
        let reference = json!({ "$ref": "#/components/schemas/User", "nullable": true });
        let choice = json!({
            "nullable": true,
            "oneOf": [{ "$ref": "#/components/schemas/User" }],
            "discriminator": { "propertyName": "object" },
        });

        assert_eq!(
            json_schema(&reference),
            json!({ "anyOf": [{ "$ref": "#/components/schemas/User" }, { "type": "null" }] })
        );
        assert_eq!(
            json_schema(&choice),
            json!({
                "anyOf": [
                    {
                        "oneOf": [{ "$ref": "#/components/schemas/User" }],
                        "discriminator": { "propertyName": "object" },
                    },
                    { "type": "null" },
                ]
            })
        );
    }

    #[test]
    fn schemas_inside_of_schemas_are_converted_and_names_are_not() {
        let schema = json!({
            "type": "object",
            "properties": {
                "nullable": { "type": "string", "nullable": false },
                "list": { "type": "array", "items": { "type": "string", "nullable": true } },
            },
            "additionalProperties": false,
        });

        assert_eq!(
            json_schema(&schema),
            json!({
                "type": "object",
                "properties": {
                    "nullable": { "type": "string" },
                    "list": { "type": "array", "items": { "type": ["string", "null"] } },
                },
                "additionalProperties": false,
            })
        );
    }
}
