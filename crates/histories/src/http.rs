//! Operations as HTTP requests, each sent once, and answers as outcomes.

use std::time::Duration;

use anyhow::{Context, Result};
use guildhall_types::{Code, Errors};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::history::{Answer, Membership, Operation, Organization, Outcome, Refusal};

/// The key that every server is started with.
pub(crate) const SECRET_KEY: &str = "sk_test_histories_histories";
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// More rows than any list here has.
const WHOLE: &str = "limit=500";
const REFUSALS: [(Code, Refusal); 6] = [
    (Code::OrganizationNotFound, Refusal::OrganizationNotFound),
    (Code::UserNotFound, Refusal::UserNotFound),
    (Code::MembershipNotFound, Refusal::MembershipNotFound),
    (Code::AlreadyAMember, Refusal::AlreadyAMember),
    (Code::MembershipQuotaExceeded, Refusal::MembershipQuotaExceeded),
    (Code::MinimumPermissionsNeeded, Refusal::MinimumPermissionsNeeded),
];

/// Sends requests, none of them twice.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: Client,
}

/// No connection could be made: nothing was asked.
#[derive(Debug)]
pub(crate) struct NotSent;

impl Http {
    pub(crate) fn new() -> Result<Self> {
        let client = Client::builder()
            .no_proxy()
            .retry(reqwest::retry::never())
            .timeout(PATIENCE)
            .build()
            .context("no HTTP client can be made")?;
        Ok(Self { client })
    }

    /// Asks the server at `base_url`.
    pub(crate) async fn send(
        &self,
        base_url: &str,
        operation: &Operation,
    ) -> Result<Outcome, NotSent> {
        let (method, path, body) = request(operation);
        let request = self.request(base_url, method, &path, body);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Err(NotSent),
            Err(error) => return Ok(Outcome::Unknown(cause(&error))),
        };
        Ok(outcome(operation, response).await)
    }

    /// Makes a user, whom no history begins with; `None` where that is not sure.
    pub(crate) async fn create_user(&self, base_url: &str) -> Option<String> {
        let request = self.request(base_url, Method::POST, "/v1/users", Some(json!({})));
        let response = request.send().await.ok()?.error_for_status().ok()?;
        let user: Value = response.json().await.ok()?;
        Some(user["id"].as_str()?.to_owned())
    }

    /// Whether the server takes requests.
    pub(crate) async fn is_ready(&self, base_url: &str) -> bool {
        let request = self.client.get(format!("{base_url}/readyz"));
        request.send().await.is_ok_and(|response| response.status() == StatusCode::OK)
    }

    fn request(
        &self,
        base_url: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> RequestBuilder {
        let request = self.client.request(method, format!("{base_url}{path}"));
        let request = request.bearer_auth(SECRET_KEY);
        match body {
            Some(body) => request.json(&body),
            None => request,
        }
    }
}

fn request(operation: &Operation) -> (Method, String, Option<Value>) {
    let organization = |id: &str| format!("/v1/organizations/{id}");
    let members = |id: &str| format!("/v1/organizations/{id}/memberships");
    let member = |id: &str, user: &str| format!("/v1/organizations/{id}/memberships/{user}");
    match operation {
        Operation::CreateOrganization { created_by, max_allowed_memberships } => {
            let body = json!({
                "name": "Histories",
                "created_by": created_by,
                "max_allowed_memberships": max_allowed_memberships,
            });
            (Method::POST, "/v1/organizations".to_owned(), Some(body))
        }
        Operation::UpdateOrganization { organization_id, max_allowed_memberships } => {
            let body = json!({ "max_allowed_memberships": max_allowed_memberships });
            (Method::PATCH, organization(organization_id), Some(body))
        }
        Operation::DeleteOrganization { organization_id } => {
            (Method::DELETE, organization(organization_id), None)
        }
        Operation::GetOrganization { organization_id } => {
            let query = "include_members_count=true\
                         &include_missing_member_with_elevated_permissions=true";
            (Method::GET, format!("{}?{query}", organization(organization_id)), None)
        }
        Operation::CreateMembership { organization_id, user_id, role, metadata } => {
            let body = json!({ "user_id": user_id, "role": role, "public_metadata": metadata });
            (Method::POST, members(organization_id), Some(body))
        }
        Operation::UpdateMembership { organization_id, user_id, role } => {
            (Method::PATCH, member(organization_id, user_id), Some(json!({ "role": role })))
        }
        Operation::MergeMetadata { organization_id, user_id, key, value } => {
            let path = format!("{}/metadata", member(organization_id, user_id));
            (Method::PATCH, path, Some(json!({ "public_metadata": { key: value } })))
        }
        Operation::DeleteMembership { organization_id, user_id } => {
            (Method::DELETE, member(organization_id, user_id), None)
        }
        Operation::GetMembership { organization_id, user_id } => {
            (Method::GET, member(organization_id, user_id), None)
        }
        Operation::ListMemberships { organization_id } => {
            (Method::GET, format!("{}?{WHOLE}", members(organization_id)), None)
        }
        Operation::ListUserMemberships { user_id } => {
            let path = format!("/v1/users/{user_id}/organization_memberships?{WHOLE}");
            (Method::GET, path, None)
        }
        Operation::DeleteUser { user_id } => (Method::DELETE, format!("/v1/users/{user_id}"), None),
    }
}

async fn outcome(operation: &Operation, response: Response) -> Outcome {
    let status = response.status();
    let text = match response.text().await {
        Ok(text) => text,
        Err(error) => return Outcome::Unknown(format!("{status}, then {}", cause(&error))),
    };
    if status == StatusCode::SERVICE_UNAVAILABLE {
        return Outcome::Unknown(status.to_string());
    }
    let known = if status == StatusCode::OK {
        answer(operation, &text).map(Outcome::Answered)
    } else {
        refusal(status, &text).map(Outcome::Refused)
    };
    known.unwrap_or_else(|| Outcome::Unexpected(format!("{status}: {text}")))
}

fn answer(operation: &Operation, text: &str) -> Option<Answer> {
    let body: Value = serde_json::from_str(text).ok()?;
    match operation {
        Operation::CreateOrganization { .. }
        | Operation::UpdateOrganization { .. }
        | Operation::GetOrganization { .. } => Some(Answer::Organization(Organization {
            id: body["id"].as_str()?.to_owned(),
            max_allowed_memberships: number(&body["max_allowed_memberships"])?,
            members_count: number(&body["members_count"]),
            missing_member_with_elevated_permissions:
                body["missing_member_with_elevated_permissions"].as_bool(),
        })),
        Operation::ListMemberships { .. } | Operation::ListUserMemberships { .. } => {
            let data = body["data"].as_array()?.iter().map(membership);
            let total_count = number(&body["total_count"])?;
            Some(Answer::Memberships { total_count, data: data.collect::<Option<_>>()? })
        }
        Operation::DeleteOrganization { .. } | Operation::DeleteUser { .. } => {
            body["deleted"].as_bool()?.then_some(Answer::Deleted)
        }
        Operation::CreateMembership { .. }
        | Operation::UpdateMembership { .. }
        | Operation::MergeMetadata { .. }
        | Operation::DeleteMembership { .. }
        | Operation::GetMembership { .. } => membership(&body).map(Answer::Membership),
    }
}

fn membership(row: &Value) -> Option<Membership> {
    Some(Membership {
        id: row["id"].as_str()?.to_owned(),
        organization_id: row["organization"]["id"].as_str()?.to_owned(),
        user_id: row["public_user_data"]["user_id"].as_str()?.to_owned(),
        role: serde_json::from_value(row["role"].clone()).ok()?,
        public_metadata: serde_json::from_value(row["public_metadata"].clone()).ok()?,
    })
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64()?.try_into().ok()
}

fn refusal(status: StatusCode, text: &str) -> Option<Refusal> {
    let errors: Errors = serde_json::from_str(text).ok()?;
    let error = errors.errors.first()?;
    let is_this = |code: Code| {
        let body = code.fault().body();
        // Ids and numbers are not filled in; what all messages share comes before them.
        let beginning = body.long_message.split("  ").next().unwrap_or_default().trim_end();
        code.status() == status.as_u16()
            && body.code == error.code
            && error.long_message.starts_with(beginning)
    };
    REFUSALS.into_iter().find(|(code, _)| is_this(*code)).map(|(_, refusal)| refusal)
}

/// An error with what is behind it; the address would say nothing.
fn cause(error: &reqwest::Error) -> String {
    let mut source: &dyn std::error::Error = error;
    while let Some(next) = source.source() {
        source = next;
    }
    if error.is_timeout() { "timeout".to_owned() } else { source.to_string() }
}
