//! The document, made of the published description, our additions and what is served.

use guildhall_contract::FACTS_2026_05_12;
use guildhall_types::ApiVersion;
use serde_json::{Map, Value, json};

use super::components::{fields, in_use, merge, modern, resolved};
use crate::api::route::Operation;

/// What is not published: further operations and components, and words for published ones.
const ADDITIONS: &str = include_str!("additions.json");

const DESCRIPTION: &str = "\
Compatible with the Clerk Backend API, of which this describes the served part in version 2026-05-12. \
Requests in earlier versions can also change the metadata of a user or an organization together with \
their other fields. What is marked by `x-guildhall` is particular to this server.\n\n\
Names of operations, parameters and schemas: Copyright (c) 2025 Clerk, MIT licence.";

/// Statuses that any operation can answer, with the component that tells their body.
const ANYWHERE: [(&str, &str); 4] = [
    ("414", "UriTooLong"),
    ("431", "RequestHeadersTooLarge"),
    ("500", "InternalError"),
    ("503", "ServiceUnavailable"),
];
/// Further ones of operations that need a key.
const GUARDED: [(&str, &str); 2] = [("400", "ClerkErrors"), ("401", "AuthenticationInvalid")];
/// Further ones of operations whose path has ids.
const WITH_IDS: [(&str, &str); 1] = [("404", "ResourceNotFound")];
/// Further ones of operations with query parameters.
const WITH_QUERY: [(&str, &str); 1] = [("422", "UnprocessableEntity")];
/// Further ones of operations that take a body.
const WITH_BODY: [(&str, &str); 4] = [
    ("408", "RequestTimeout"),
    ("413", "RequestBodyTooLarge"),
    ("415", "UnsupportedContentType"),
    ("422", "UnprocessableEntity"),
];

/// Describes `operations` by OpenAPI 3.1, without saying where they are served.
pub(super) fn document(operations: &[Operation]) -> Value {
    let facts: Value =
        serde_json::from_str(FACTS_2026_05_12).expect("the published description is JSON");
    let mut additions: Value = serde_json::from_str(ADDITIONS).expect("the additions are JSON");
    let mut components = modern(&facts["components"]);
    merge(&mut components, additions["components"].take());
    components["parameters"]["ClerkApiVersion"]["schema"]["enum"] =
        ApiVersion::ALL.iter().map(|version| version.as_str()).collect();
    let mut paths = Map::new();
    let mut tags: Vec<&str> = operations.iter().map(|operation| operation.tag).collect();
    tags.dedup();
    // It describes the newest version.
    let (operations, gone): (Vec<_>, Vec<_>) =
        operations.iter().partition(|operation| operation.until.is_none());
    for operation in operations {
        let (source, origin) = match published(&facts, operation.id) {
            Some(source) => (modern(source), Origin::Published),
            None => (additions["operations"][operation.id].take(), Origin::Addition),
        };
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_lowercase()] =
            described(operation, source, origin, &components);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Guildhall",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "tags": tags.into_iter().map(|tag| json!({ "name": tag })).collect::<Value>(),
        "security": facts["security"],
        "paths": paths,
    });
    document["x-guildhall"] =
        json!({ "earlier": gone.into_iter().map(earlier).collect::<Value>() });
    document["components"] = in_use(&document["paths"], components);
    document
}

/// An operation that only earlier versions have, and the first version without it.
fn earlier(operation: &Operation) -> Value {
    let until = operation.until.map(ApiVersion::as_str);
    json!({ "operationId": operation.id, "until": until })
}

/// Where an operation comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Published,
    Addition,
}

/// The operation of that id in the published description.
fn published<'a>(facts: &'a Value, id: &str) -> Option<&'a Value> {
    fields(&facts["paths"])
        .flat_map(|(_, methods)| fields(methods))
        .map(|(_, operation)| operation)
        .find(|operation| operation["operationId"] == id)
}

/// Completes what the source says of an operation by what its route says.
fn described(
    operation: &Operation,
    mut source: Value,
    origin: Origin,
    components: &Value,
) -> Value {
    name(operation, &mut source, origin);
    let parameters = parameters(operation, &source, components);
    let in_query = parameters.iter().any(|(place, _)| place == "query");
    if !parameters.is_empty() {
        source["parameters"] = parameters.into_iter().map(|(_, parameter)| parameter).collect();
    }
    let fields = source.pointer_mut("/requestBody/content/application~1json/schema/properties");
    if let Some(Value::Object(fields)) = fields {
        fields.retain(|name, _| !operation.refuses.contains(&name.as_str()));
    }
    for (status, component) in statuses(operation, &source, in_query) {
        let response = &mut source["responses"][status];
        if response.is_null() {
            *response = json!({ "$ref": format!("#/components/responses/{component}") });
        }
    }
    source
}

/// Says what an operation is called, what it is about, and what is particular to it.
fn name(operation: &Operation, source: &mut Value, origin: Origin) {
    source["operationId"] = operation.id.into();
    source["summary"] = operation.summary.into();
    source["tags"] = json!([operation.tag]);
    if let Some(but) = operation.but {
        source["description"] = but.into();
    }
    if origin == Origin::Addition {
        source["x-guildhall"] = json!({ "addition": true });
    } else if !operation.refuses.is_empty() {
        source["x-guildhall"] = json!({ "refuses": operation.refuses });
    }
    if !operation.needs_key() {
        source["security"] = json!([]);
    }
}

/// The parameters that are served, each with the place it stands in.
fn parameters(operation: &Operation, source: &Value, components: &Value) -> Vec<(String, Value)> {
    let mut served: Vec<Value> = source["parameters"].as_array().cloned().unwrap_or_default();
    served.retain(|parameter| {
        let name = resolved(parameter, components)["name"].as_str().unwrap_or_default();
        !operation.refuses.contains(&name)
    });
    order(operation, &mut served);
    let version = operation.needs_key().then_some("ClerkApiVersion");
    served.extend(
        operation
            .adds
            .iter()
            .copied()
            .chain(version)
            .map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })),
    );
    served.into_iter().map(|parameter| (place(&parameter, components), parameter)).collect()
}

fn place(parameter: &Value, components: &Value) -> String {
    resolved(parameter, components)["in"].as_str().unwrap_or_default().to_owned()
}

/// Says which orders there are, where the published description leaves that to its prose.
fn order(operation: &Operation, parameters: &mut Vec<Value>) {
    if operation.orders.is_empty() {
        return;
    }
    let signed =
        operation.orders.iter().flat_map(|name| ["", "+", "-"].map(|sign| sign.to_owned() + name));
    let schema = json!({
        "type": "string",
        "enum": signed.collect::<Vec<_>>(),
        "default": "-created_at",
    });
    match parameters.iter_mut().find(|parameter| parameter["name"] == "order_by") {
        Some(parameter) => parameter["schema"] = schema,
        None => parameters.push(json!({
            "name": "order_by",
            "in": "query",
            "schema": schema,
            "x-guildhall": { "addition": true },
        })),
    }
}

/// The statuses beyond those of the source, with the components that tell their bodies.
fn statuses(
    operation: &Operation,
    source: &Value,
    in_query: bool,
) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let takes_body = !source["requestBody"].is_null();
    let guarded = operation.needs_key();
    let groups: [(bool, &'static [(&'static str, &'static str)]); 5] = [
        (true, &ANYWHERE),
        (guarded, &GUARDED),
        (operation.path.contains('{'), &WITH_IDS),
        (in_query, &WITH_QUERY),
        (takes_body, &WITH_BODY),
    ];
    groups.into_iter().filter(|(applies, _)| *applies).flat_map(|(_, statuses)| statuses).copied()
}
