//! A backend that speaks to the server through `clerk-rs`, as the crate documents it.
//!
//! The server is the one that `CLERK_API_URL` and `CLERK_SECRET_KEY` name.

use std::collections::HashMap;
use std::env;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

use clerk_rs::ClerkConfiguration;
use clerk_rs::apis::organization_memberships_api::create_organization_membership;
use clerk_rs::apis::organizations_api::create_organization;
use clerk_rs::apis::users_api::create_user;
use clerk_rs::apis::{Error, configuration::Configuration};
use clerk_rs::models::{
    ClerkErrors, CreateOrganizationMembershipRequest, CreateOrganizationRequest, CreateUserRequest,
    Organization, OrganizationMembership, User,
};
use serde::Serialize;
use serde_json::Value;

pub const UNKNOWN_ORGANIZATION: &str = "org_3E1yAbCdEfGhIjKlMnOpQrStUvW";
pub const UNKNOWN_USER: &str = "user_29w83sxmDNGwOuEthce5gg56FcC";

/// Metadata, as the crate models them.
pub type Metadata = HashMap<String, Value>;

/// The crate's configuration with the instance's secret key.
pub fn holder() -> Configuration {
    ClerkConfiguration::new(setting("CLERK_SECRET_KEY")).with_base_path(base_path())
}

/// The crate's configuration with a key that was never issued.
pub fn stranger() -> Configuration {
    ClerkConfiguration::new("sk_test_neverIssuedNeverIssuedNeverIssuedNeverIs")
        .with_base_path(base_path())
}

/// The crate's configuration without a key.
pub fn nobody() -> Configuration {
    ClerkConfiguration::default().with_base_path(base_path())
}

fn base_path() -> String {
    format!("{}/v1", setting("CLERK_API_URL"))
}

fn setting(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} must be set; run.sh does"))
}

/// A word that nothing else in the instance holds.
pub fn unique(word: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{word}-{:04}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A phone number of the word that `unique` made, told from its others by the last digit.
pub fn phone_number(word: &str, last_digit: usize) -> String {
    format!("+1202555{}{last_digit}", &word[word.len() - 3..])
}

/// A wallet of the word that `unique` made.
pub fn wallet(word: &str) -> String {
    format!("0x{}{}", "5".repeat(36), &word[word.len() - 4..])
}

/// Reads metadata from a JSON object.
pub fn metadata(object: Value) -> Metadata {
    serde_json::from_value(object).expect("metadata are an object")
}

/// Makes a user who has no more than an e-mail address.
pub async fn user(backend: &Configuration) -> User {
    user_with(backend, CreateUserRequest::new()).await
}

/// Makes a user, with an e-mail address of its own unless the request says otherwise.
pub async fn user_with(backend: &Configuration, mut request: CreateUserRequest) -> User {
    request.email_address.get_or_insert_with(|| vec![format!("{}@example.com", unique("user"))]);
    create_user(backend, request).await.expect("the user is made")
}

/// Makes an organization whose one member is its creator, in the role `org:admin`.
pub async fn organization(backend: &Configuration) -> Organization {
    let creator = user(backend).await;
    organization_of(backend, &creator).await
}

/// Makes an organization whose one member is the user, in the role `org:admin`.
pub async fn organization_of(backend: &Configuration, creator: &User) -> Organization {
    let mut request = CreateOrganizationRequest::new("Analytical Engines".to_owned());
    request.created_by = Some(Some(creator.id.clone()));
    create_organization(backend, Some(request)).await.expect("the organization is made")
}

/// Makes a user a member of an organization.
pub async fn join(
    backend: &Configuration,
    organization: &Organization,
    user: &User,
    role: &str,
) -> OrganizationMembership {
    let request = CreateOrganizationMembershipRequest::new(user.id.clone(), role.to_owned());
    create_organization_membership(backend, &organization.id, request)
        .await
        .expect("the user becomes a member")
}

/// Expects a call to have been refused with one error, which the crate read as its own.
#[track_caller]
pub fn assert_refused<T, E>(
    answer: Result<T, Error<E>>,
    status: u16,
    code: &str,
    about: Option<&str>,
) where
    T: Debug,
    E: Debug + Serialize,
{
    let Err(Error::ResponseError(response)) = answer else { panic!("not refused: {answer:?}") };
    let entity = response.entity.expect("the body is JSON");
    assert!(
        format!("{entity:?}").starts_with("Status"),
        "not among the crate's errors: {entity:?}"
    );
    let read = serde_json::to_value(entity).expect("the crate's errors are JSON");
    let read: ClerkErrors = serde_json::from_value(read).expect("the crate read its errors");

    let [fault] = &read.errors[..] else { panic!("not one error: {read:?}") };
    let param_name = fault.meta.as_ref().and_then(|meta| meta.get("param_name")?.as_str());
    assert_eq!(
        (response.status.as_u16(), fault.code.as_str(), param_name),
        (status, code, about),
        "{read:?}"
    );
    assert!(!fault.message.is_empty() && !fault.long_message.is_empty());
    assert_eq!(read.clerk_trace_id.expect("the trace id is kept").len(), 32);
}
