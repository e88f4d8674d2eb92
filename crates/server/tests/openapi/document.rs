//! Reading descriptions: the server's own and the published ones.

use std::collections::BTreeSet;
use std::path::Path;

use guildhall_testing::TestServer;
use serde_json::Value;

/// The version that the document describes.
pub(crate) const NEWEST: &str = "2026-05-12";
/// The version that a request without one gets.
pub(crate) const OLDEST: &str = "2021-02-05";

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const COMPONENTS: &str = "#/components/";

/// The server's own description.
pub(crate) struct Document(Value);

/// One operation of a description.
pub(crate) struct Described {
    pub(crate) method: String,
    pub(crate) path: String,
    operation: Value,
}

impl Document {
    /// Asks a server for its description.
    pub(crate) async fn read(server: &TestServer) -> Self {
        Self(server.http().get("/openapi.json").await.ok())
    }

    /// All of it as text.
    pub(crate) fn text(&self) -> String {
        self.0.to_string()
    }

    /// Every operation, in the order of paths.
    pub(crate) fn operations(&self) -> Vec<Described> {
        operations(&self.0)
    }

    /// The first version without an operation that only earlier versions have.
    pub(crate) fn until(&self, id: &str) -> Option<&str> {
        let earlier = self.0["x-guildhall"]["earlier"].as_array()?;
        earlier.iter().find(|operation| operation["operationId"] == id)?["until"].as_str()
    }

    /// Every reference, once.
    pub(crate) fn references(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        note_references(&self.0, &mut found);
        found
    }

    /// What can be referred to.
    pub(crate) fn components(&self) -> BTreeSet<String> {
        fields(&self.0["components"])
            .filter(|(section, _)| *section != "securitySchemes")
            .flat_map(|(section, named)| {
                fields(named).map(move |(name, _)| format!("{COMPONENTS}{section}/{name}"))
            })
            .collect()
    }
}

/// Every operation of a published description, in the order of paths.
pub(crate) fn facts(version: &str) -> Vec<Described> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contract");
    let text = std::fs::read_to_string(folder.join(format!("facts-{version}.json")));
    operations(&serde_json::from_str(&text.expect("the facts can be read")).expect("JSON"))
}

impl Described {
    /// The `operationId`.
    pub(crate) fn id(&self) -> &str {
        self.operation["operationId"].as_str().expect("operations have ids")
    }

    /// What it does, in a sentence.
    pub(crate) fn summary(&self) -> &str {
        self.operation["summary"].as_str().unwrap_or_default()
    }

    /// What is not as published, in a sentence.
    pub(crate) fn but(&self) -> Option<&str> {
        self.operation["description"].as_str()
    }

    /// Whether the operation is none of the published ones.
    pub(crate) fn is_addition(&self) -> bool {
        is_addition(&self.operation)
    }

    /// The published parameters and fields that it refuses.
    pub(crate) fn refuses(&self) -> impl Iterator<Item = &str> {
        let names = self.operation["x-guildhall"]["refuses"].as_array();
        names.into_iter().flatten().filter_map(Value::as_str)
    }

    /// The names of its query parameters.
    pub(crate) fn query_parameters(&self) -> impl Iterator<Item = String> {
        self.parameters().filter(|parameter| parameter["in"] == "query").map(name)
    }

    /// The names of its query parameters that are not published.
    pub(crate) fn added_parameters(&self) -> impl Iterator<Item = String> {
        self.parameters().filter(|parameter| is_addition(parameter)).map(name)
    }

    /// The headers that its success is described with.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &String> {
        fields(&self.operation["responses"]["200"]["headers"]).map(|(name, _)| name)
    }

    /// The fields of its body.
    pub(crate) fn fields(&self) -> impl Iterator<Item = String> {
        let schema = &self.operation["requestBody"]["content"]["application/json"]["schema"];
        fields(&schema["properties"]).map(|(name, _)| name.clone())
    }

    /// What `order_by` can be; nothing where it is not described.
    pub(crate) fn orders(&self) -> Vec<String> {
        let order_by = self.parameters().find(|parameter| parameter["name"] == "order_by");
        let orders = order_by.and_then(|parameter| parameter["schema"]["enum"].as_array());
        orders.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn parameters(&self) -> impl Iterator<Item = &Value> {
        self.operation["parameters"].as_array().into_iter().flatten()
    }
}

fn operations(description: &Value) -> Vec<Described> {
    let of_path = |(path, methods): (&String, &Value)| {
        METHODS
            .into_iter()
            .filter(|method| !methods[method].is_null())
            .map(|method| Described {
                method: method.to_owned(),
                path: path.clone(),
                operation: with_components(&methods[method], description),
            })
            .collect::<Vec<_>>()
    };
    fields(&description["paths"]).flat_map(of_path).collect()
}

/// The operation with its parameters and answers in place of references to them.
fn with_components(operation: &Value, description: &Value) -> Value {
    let resolved = |part: &mut Value| {
        let pointer = part["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        let component = pointer.and_then(|pointer| description.pointer(pointer)).cloned();
        if let Some(component) = component {
            *part = component;
        }
    };
    let mut operation = operation.clone();
    if let Some(parameters) = operation["parameters"].as_array_mut() {
        parameters.iter_mut().for_each(resolved);
    }
    if let Some(responses) = operation["responses"].as_object_mut() {
        responses.iter_mut().for_each(|(_, response)| resolved(response));
    }
    operation
}

fn name(parameter: &Value) -> String {
    parameter["name"].as_str().expect("parameters have names").to_owned()
}

fn is_addition(part: &Value) -> bool {
    part["x-guildhall"]["addition"] == true
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn note_references(part: &Value, found: &mut BTreeSet<String>) {
    match part {
        Value::String(text) if text.starts_with(COMPONENTS) => {
            found.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| note_references(item, found)),
        _ => fields(part).for_each(|(_, value)| note_references(value, found)),
    }
}
