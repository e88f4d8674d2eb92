//! Checks answers against the published contract of the Clerk Backend API.
//!
//! [`Contract`] knows the operations, statuses and schemas of one version (`contract/` at the root
//! of the repository) and, beyond them, what existing client libraries need and the schemas do not
//! force. It looks at one answer at a time and knows nothing of the request beyond its method and
//! path: whether the right member came back is for the test to say.

mod facts;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex};

use guildhall_contract::{FACTS_2021_02_05, FACTS_2026_05_12, json_schema};
use guildhall_types::ApiVersion;
use jsonschema::Validator;
use serde_json::{Value, json};

/// How many faults of one body are told; the rest would only drown them.
const TOLD_FAULTS: usize = 8;

/// The objects that are known by their `object` wherever they stand.
const KINDS: [(&str, &str); 3] = [
    ("organization_membership", "OrganizationMembership"),
    ("organization", "Organization"),
    ("user", "User"),
];

/// What the API of one version promises about its answers.
pub struct Contract {
    schemas: Value,
    operations: Vec<Operation>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

struct Operation {
    method: String,
    template: Vec<Segment>,
    responses: BTreeMap<u16, Option<Value>>,
}

enum Segment {
    Literal(String),
    Parameter,
}

/// What the body of one answer has to be.
enum Expected {
    Schema(Value),
    Empty,
    AnyJson,
}

impl Contract {
    /// The contract that answers in `version` keep.
    ///
    /// There are two: that of 2021-02-05 and, for everything later, that of 2026-05-12. In between
    /// only declared statuses and operations changed, not what a membership looks like.
    pub fn of(version: ApiVersion) -> &'static Self {
        static FIRST: LazyLock<Contract> = LazyLock::new(|| Contract::load(FACTS_2021_02_05));
        static LATEST: LazyLock<Contract> = LazyLock::new(|| Contract::load(FACTS_2026_05_12));
        if version == ApiVersion::V2021_02_05 { &FIRST } else { &LATEST }
    }

    /// Checks one answer: status, content type and body.
    ///
    /// `path` is that of the request, with or without its query. Paths outside `/v1` are not
    /// looked at. Under `/v1`, what the contract does not know (an addition, a method it lacks) may
    /// answer any JSON, but its errors must be errors and its memberships memberships.
    ///
    /// # Errors
    ///
    /// Says what is wrong and where in the body, several faults at once.
    pub fn check(
        &self,
        method: &str,
        path: &str,
        status: u16,
        content_type: Option<&str>,
        body: &str,
    ) -> Result<(), String> {
        let Some(relative) = below_v1(path) else { return Ok(()) };
        self.expected(method, relative, status)
            .map(|expected| if is_paginated(path) { enveloped(expected) } else { expected })
            .and_then(|expected| self.check_answer(method, status, content_type, body, expected))
            .map_err(|fault| format!("{method} {path} answered {status}: {fault}"))
    }

    fn load(facts: &str) -> Self {
        let document: Value = serde_json::from_str(facts).expect("the facts are JSON");
        let operations = fields(&document["paths"])
            .flat_map(|(template, methods)| {
                fields(methods)
                    .map(|(method, operation)| Operation::new(method, template, operation))
            })
            .map(|operation| operation.resolved(&document))
            .collect();
        let schemas = fields(&document["components"]["schemas"])
            .map(|(name, schema)| (name.clone(), json_schema(schema)))
            .collect();
        Self { schemas: Value::Object(schemas), operations, validators: Mutex::default() }
    }

    fn expected(&self, method: &str, path: &str, status: u16) -> Result<Expected, String> {
        let is_error = (400..=599).contains(&status);
        let declared = self.operation(method, path).map(|operation| &operation.responses);
        match declared.map(|responses| (responses.get(&status), responses)) {
            Some((Some(Some(schema)), _)) => Ok(Expected::Schema(schema.clone())),
            Some((Some(None), _)) => Ok(Expected::Empty),
            _ if is_error => Ok(Expected::Schema(component("ClerkErrors"))),
            Some((None, responses)) => Err(format!(
                "the status is not declared, only {:?} are",
                responses.keys().collect::<Vec<_>>()
            )),
            None => Ok(Expected::AnyJson),
        }
    }

    /// Finds the operation; of two templates the one with more literal segments counts.
    fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .filter(|operation| operation.matches(method, path))
            .max_by_key(|operation| operation.literal_segments())
    }

    fn check_answer(
        &self,
        method: &str,
        status: u16,
        content_type: Option<&str>,
        body: &str,
        expected: Expected,
    ) -> Result<(), String> {
        if let Expected::Empty = expected {
            return body.is_empty().then_some(()).ok_or_else(|| format!("a body: {body}"));
        }
        check_content_type(content_type)?;
        if method.eq_ignore_ascii_case("HEAD") {
            return Ok(());
        }
        let body: Value =
            serde_json::from_str(body).map_err(|error| format!("{error} in the body: {body}"))?;
        let mut faults = Vec::new();
        let schema = match expected {
            Expected::Schema(schema) => Some(schema),
            _ => schema_of_kind(&body),
        };
        if let Some(schema) = schema {
            faults.extend(self.faults(&schema, &body));
        }
        faults.extend(facts::faults(status, &body));
        faults.truncate(TOLD_FAULTS);
        if faults.is_empty() {
            Ok(())
        } else {
            Err(format!("{}; the body: {body}", faults.join("; ")))
        }
    }

    fn faults(&self, schema: &Value, body: &Value) -> Vec<String> {
        self.validator(schema)
            .iter_errors(body)
            .take(TOLD_FAULTS)
            .map(|error| format!("body{}: {}", error.instance_path(), error.masked()))
            .collect()
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().expect("compiling a schema does not panic");
        let compile = || {
            let document = json!({ "allOf": [schema], "components": { "schemas": self.schemas } });
            let validator = jsonschema::draft202012::new(&document);
            Arc::new(validator.expect("the facts are valid schemas"))
        };
        Arc::clone(validators.entry(schema.to_string()).or_insert_with(compile))
    }
}

impl Operation {
    fn new(method: &str, template: &str, operation: &Value) -> Self {
        let responses = fields(&operation["responses"]).map(|(status, response)| {
            (status.parse().expect("the facts name statuses by number"), Some(response.clone()))
        });
        Self {
            method: method.to_uppercase(),
            template: segments(template).map(Segment::new).collect(),
            responses: responses.collect(),
        }
    }

    /// Replaces each response by its schema.
    fn resolved(mut self, document: &Value) -> Self {
        for response in self.responses.values_mut() {
            *response = response.take().and_then(|response| body_schema(document, &response));
        }
        self
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        let mut segments = segments(path);
        self.method.eq_ignore_ascii_case(method)
            && self
                .template
                .iter()
                .all(|expected| segments.next().is_some_and(|it| expected.matches(it)))
            && segments.next().is_none()
    }

    fn literal_segments(&self) -> usize {
        self.template.iter().filter(|segment| matches!(segment, Segment::Literal(_))).count()
    }
}

impl Segment {
    fn new(text: &str) -> Self {
        if text.starts_with('{') { Self::Parameter } else { Self::Literal(text.to_owned()) }
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => literal == text,
            Self::Parameter => !text.is_empty(),
        }
    }
}

fn below_v1(path: &str) -> Option<&str> {
    let path = path.split('?').next().unwrap_or(path);
    path.strip_prefix("/v1").filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Tells whether a list that is a bare array is asked for in an envelope.
fn is_paginated(path: &str) -> bool {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|part| ["paginated=true", "paginated=1"].contains(&part))
}

/// What the envelope of a list has to be; the published description tells of the array only.
fn enveloped(expected: Expected) -> Expected {
    match expected {
        Expected::Schema(array) if array["type"] == "array" => Expected::Schema(json!({
            "type": "object",
            "additionalProperties": false,
            "properties": { "data": array, "total_count": { "type": "integer" } },
            "required": ["data", "total_count"],
        })),
        other => other,
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').skip(1)
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn component(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn body_schema(document: &Value, response: &Value) -> Option<Value> {
    let response = match response["$ref"].as_str() {
        Some(reference) => document
            .pointer(reference.trim_start_matches('#'))
            .expect("the facts hold every response they refer to"),
        None => response,
    };
    response.pointer("/content/application~1json/schema").map(json_schema)
}

fn schema_of_kind(body: &Value) -> Option<Value> {
    let kind = body["object"].as_str().filter(|_| body.get("deleted").is_none())?;
    KINDS.iter().find(|(object, _)| *object == kind).map(|(_, name)| component(name))
}

fn check_content_type(content_type: Option<&str>) -> Result<(), String> {
    // One widely used client compares the header byte for byte and drops the codes of errors when
    // a charset follows.
    match content_type {
        Some("application/json") => Ok(()),
        Some(other) => Err(format!("Content-Type is `{other}`, not exactly `application/json`")),
        None => Err("Content-Type is missing".to_owned()),
    }
}
