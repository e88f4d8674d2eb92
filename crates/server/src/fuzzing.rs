//! What `fuzz/` feeds with arbitrary bytes; compiled for it alone.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HeaderValue};
use guildhall_types::{Fault, OrderBy, OrganizationMembershipOrder};

use crate::auth::bearer;
use crate::http::{Body, Query};

/// Reads a query string as the lists do.
pub fn query(bytes: &[u8]) {
    let mut query = Query::parse(&String::from_utf8_lossy(bytes));
    assert!((1..=500).contains(&query.limit()));
    query.offset();
    let default = OrderBy::descending(OrganizationMembershipOrder::CreatedAt);
    query.order_by(OrganizationMembershipOrder::ALL, default);
    assert!(query.values("role").len() <= 100);
    query.values("user_id");
    query.text("query");
    query.flag("include_members_count");
    query.instant("created_at_after");
    assert_named(query.finish());
}

/// Reads a body as the operations do.
pub fn body(bytes: &[u8]) {
    let Ok(body) = Body::parse(bytes) else { return };
    let mut fields = body.fields();
    fields.required_string("user_id");
    fields.required_string("role");
    fields.nullable_string("name");
    fields.nullable_secret("password");
    fields.nullable_bool("banned");
    fields.nullable_integer("max_allowed_memberships", 0..=i64::from(i32::MAX));
    fields.nullable_instant("created_at");
    fields.string_list("email_address");
    fields.metadata("private_metadata");
    if let Some(metadata) = fields.nullable_metadata("public_metadata").into_set() {
        let text = guildhall_rules::metadata::to_json(&metadata);
        assert_eq!(guildhall_rules::metadata::parse(&text), metadata);
    }
    assert_named(fields.finish());
}

/// Reads the header that holds the secret key.
pub fn bearer_header(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
    if let Some(token) = bearer(&headers) {
        assert!(!token.is_empty() && token.trim() == token);
    }
}

/// Every fault names the parameter that it is about.
fn assert_named(outcome: Result<(), Vec<Fault>>) {
    for fault in outcome.err().into_iter().flatten() {
        let body = fault.body();
        assert!(body.param_name().is_some(), "{body:?}");
        assert!(!body.message.is_empty() && !body.long_message.is_empty());
    }
}
