//! Memberships of users in organizations.

mod answers;
mod checks;
mod create;
mod delete;
mod ids;
mod lifetimes;
mod metadata;
mod quota;
mod tolerance;
mod update;

use guildhall_testing::{Answer, Http, TestServer};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A well-formed id that nobody has.
const NO_ORGANIZATION: &str = "org_2zzzzzzzzzzzzzzzzzzzzzzzzzz";
/// A well-formed id that nobody has.
const NO_USER: &str = "user_2zzzzzzzzzzzzzzzzzzzzzzzzzz";

#[tokio::test]
async fn the_five_operations_work_one_after_another() {
    let server = TestServer::start().await;
    let http = server.http();
    let (organization, admin) = http.organization_with_admin().await;
    let user =
        http.user(json!({ "email_address": ["ada@example.com"], "first_name": "Ada" })).await;
    let memberships = memberships(&organization);

    let created =
        http.post(&memberships, json!({ "user_id": user, "role": "org:member" })).await.ok();
    let updated =
        http.patch(&format!("{memberships}/{user}"), json!({ "role": "org:admin" })).await.ok();
    let merged = http
        .patch(
            &format!("{memberships}/{user}/metadata"),
            json!({ "public_metadata": { "a": { "b": 1 } } }),
        )
        .await
        .ok();
    let listed = http.get(&memberships).await.ok();
    let deleted = http.delete(&format!("{memberships}/{user}")).await.ok();

    assert_eq!(created["role"], "org:member");
    assert_eq!(created["public_user_data"]["identifier"], "ada@example.com");
    assert_eq!(updated["role"], "org:admin");
    assert_eq!(merged["public_metadata"], json!({ "a": { "b": 1 } }));
    assert_eq!(listed["total_count"], 2);
    assert_eq!(listed["data"][0], merged);
    assert_eq!(listed["data"][1]["public_user_data"]["user_id"], json!(admin));
    assert_eq!(deleted, merged);
    assert_eq!(http.get(&memberships).await.ok()["total_count"], 1);
}

/// Where the memberships of an organization are.
fn memberships(organization_id: &str) -> String {
    format!("/v1/organizations/{organization_id}/memberships")
}

/// Where one membership is.
fn membership(organization_id: &str, user_id: &str) -> String {
    format!("/v1/organizations/{organization_id}/memberships/{user_id}")
}

/// A server with an organization of an admin and a plain member.
struct Stage {
    server: TestServer,
    http: Http,
    organization: String,
    admin: String,
    member: String,
}

impl Stage {
    async fn set() -> Self {
        let server = TestServer::start().await;
        let http = server.http();
        let (organization, admin) = http.organization_with_admin().await;
        let member = http.member(&organization).await;
        Self { server, http, organization, admin, member }
    }

    fn memberships(&self) -> String {
        memberships(&self.organization)
    }

    fn membership(&self, user_id: &str) -> String {
        membership(&self.organization, user_id)
    }

    /// The membership of a user as it stands.
    async fn read(&self, user_id: &str) -> Value {
        self.http.get(&self.membership(user_id)).await.ok()
    }

    fn request(&self, method: Method, path: &str, body: &Value) -> RequestBuilder {
        self.http.request(method, path).json(body)
    }

    async fn limit(&self, max_allowed_memberships: i64) {
        let limit = json!({ "max_allowed_memberships": max_allowed_memberships });
        self.http.patch(&format!("/v1/organizations/{}", self.organization), limit).await.ok();
    }

    /// Sends what must be refused; makes sure that the organization is as before.
    async fn refused(&self, request: RequestBuilder) -> Answer {
        let before = self.http.state_of(&self.organization).await;

        let answer = self.http.send(request).await;

        assert!((400..500).contains(&answer.status), "{answer:?}");
        assert_eq!(self.http.state_of(&self.organization).await, before, "after {answer:?}");
        answer
    }

    async fn refused_create(&self, body: Value) -> Answer {
        self.refused(self.request(Method::POST, &self.memberships(), &body)).await
    }

    async fn refused_update(&self, user_id: &str, body: Value) -> Answer {
        self.refused(self.request(Method::PATCH, &self.membership(user_id), &body)).await
    }

    async fn refused_merge(&self, user_id: &str, body: Value) -> Answer {
        let path = format!("{}/metadata", self.membership(user_id));
        self.refused(self.request(Method::PATCH, &path, &body)).await
    }

    async fn refused_delete(&self, user_id: &str) -> Answer {
        self.refused(self.http.request(Method::DELETE, &self.membership(user_id))).await
    }
}

/// Tells that an answer has this status and lists exactly these errors.
#[track_caller]
fn assert_refusal(answer: &Answer, status: u16, errors: Value) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.body["errors"], errors, "{answer:?}");
}

/// Tells that an answer is about an organization that does not exist.
#[track_caller]
fn assert_no_organization(answer: &Answer) {
    let error = json!({
        "message": "not found",
        "long_message": "Given organization not found.",
        "code": "resource_not_found",
    });
    assert_refusal(answer, 404, json!([error]));
}

/// Tells that an answer is about a membership that does not exist.
#[track_caller]
fn assert_no_membership(answer: &Answer) {
    let error = json!({
        "message": "not found",
        "long_message": "Resource not found",
        "code": "resource_not_found",
    });
    assert_refusal(answer, 404, json!([error]));
}

/// Tells that an answer is about a user that does not exist.
#[track_caller]
fn assert_no_user(answer: &Answer, user_id: &str) {
    let error = json!({
        "message": "not found",
        "long_message": format!("No user was found with id {user_id}"),
        "code": "resource_not_found",
    });
    assert_refusal(answer, 404, json!([error]));
}

/// Tells that an answer is about a role that does not exist.
#[track_caller]
fn assert_no_role(answer: &Answer) {
    let error = json!({
        "message": "not found",
        "long_message": "Organization role not found",
        "code": "resource_not_found",
        "meta": { "param_name": "role" },
    });
    assert_refusal(answer, 404, json!([error]));
}

/// Tells that an answer spares the last member who holds the minimum permissions.
#[track_caller]
fn assert_minimum_permissions_needed(answer: &Answer) {
    let error = json!({
        "message": "minimum organization permissions needed",
        "long_message": "There has to be at least one organization member with the minimum required permissions",
        "code": "organization_minimum_permissions_needed",
    });
    assert_refusal(answer, 400, json!([error]));
}

/// Metadata whose compact JSON has this many bytes.
fn metadata_of(bytes: usize) -> Value {
    let value = json!({ "text": "x".repeat(bytes - r#"{"text":""}"#.len()) });
    assert_eq!(value.to_string().len(), bytes);
    value
}

/// The error about metadata that is too large.
fn too_large(field: &str) -> Value {
    let text = format!("The given {field} exceeds the maximum allowed size of 8192 bytes (8 KB).");
    json!({
        "message": text,
        "long_message": text,
        "code": "form_param_exceeds_allowed_size",
        "meta": { "param_name": field },
    })
}

/// The error about a parameter that is not known.
fn unknown(parameter: &str) -> Value {
    json!({
        "message": "is unknown",
        "long_message": format!("{parameter} is not a valid parameter for this request."),
        "code": "form_param_unknown",
        "meta": { "param_name": parameter },
    })
}

/// The error about a parameter that must be sent.
fn missing(parameter: &str) -> Value {
    json!({
        "message": "is missing",
        "long_message": format!("{parameter} must be included."),
        "code": "form_param_missing",
        "meta": { "param_name": parameter },
    })
}

/// The error about a parameter of another JSON type.
fn mistyped(parameter: &str, received: &str, wanted: &str) -> Value {
    json!({
        "message": "is invalid",
        "long_message": format!("{parameter} is invalid. Received {received}, must be of type {wanted}."),
        "code": "form_param_value_invalid",
        "meta": { "param_name": parameter },
    })
}
