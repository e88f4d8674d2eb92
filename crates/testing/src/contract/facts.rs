//! What every answer has to keep beyond the published schemas.
//!
//! Each rule stands here because a client library fails without it, or because an imitation of the
//! API got it wrong and its schemas did not notice.

use std::collections::BTreeSet;

use guildhall_types::{Code, OrganizationId, OrganizationMembershipId, UserId};
use serde_json::{Map, Value};

/// Objects of the caller's own, in which anything may stand.
const FREE: [&str; 4] = ["public_metadata", "private_metadata", "unsafe_metadata", "meta"];
/// Every key of `public_user_data`.
const PUBLIC_USER_DATA: [&str; 10] = [
    "user_id",
    "first_name",
    "last_name",
    "profile_image_url",
    "image_url",
    "has_image",
    "identifier",
    "username",
    "banned",
    "deprovisioned",
];
/// The least that the two default roles grant.
const DEFAULT_ROLES: [(&str, &[&str]); 2] = [
    (
        "org:admin",
        &[
            "org:sys_memberships:manage",
            "org:sys_memberships:read",
            "org:sys_profile:delete",
            "org:sys_billing:read",
        ],
    ),
    ("org:member", &["org:sys_memberships:read", "org:sys_billing:read"]),
];
/// Instants before this one are seconds taken for milliseconds: it lies in 1973, and as seconds
/// in 5138.
const FIRST_MILLISECOND: i64 = 100_000_000_000;
/// Characters of a KSUID in base 62.
const KSUID_LENGTH: usize = 27;

type Fields = Map<String, Value>;

/// Finds what is wrong with `body`, which came with `status`.
pub(super) fn faults(status: u16, body: &Value) -> Vec<String> {
    let mut faults = Faults::default();
    faults.look(body, "body");
    if status >= 400 {
        faults.look_at_errors(status, body);
    }
    faults.0
}

#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn require(&mut self, kept: bool, place: &str, rule: &str) {
        if !kept {
            self.0.push(format!("{place}: {rule}"));
        }
    }

    fn look(&mut self, value: &Value, place: &str) {
        match value {
            Value::Number(number) => {
                // Strict readers refuse `5.0` where an integer is due, and no number of this API
                // is a fraction.
                let kept = number.is_i64() || number.is_u64();
                self.require(kept, place, "a number is not written as an integer");
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.look(item, &format!("{place}/{index}"));
                }
            }
            Value::Object(fields) => self.look_into(fields, place),
            _ => {}
        }
    }

    fn look_into(&mut self, fields: &Fields, place: &str) {
        if !fields.contains_key("deleted") {
            match text(fields, "object") {
                Some("organization_membership") => self.look_at_membership(fields, place),
                Some("organization") => self.look_at_organization(fields, place),
                Some("user") => self.look_at_user(fields, place),
                _ => {}
            }
        }
        for (key, value) in fields.iter().filter(|(key, _)| !FREE.contains(&key.as_str())) {
            self.look(value, &format!("{place}/{key}"));
        }
    }

    fn look_at_membership(&mut self, fields: &Fields, place: &str) {
        self.require_id(fields, "id", OrganizationMembershipId::PREFIX, place);
        let role = text(fields, "role").unwrap_or_default();
        self.require(is_role_key(role), &at(place, "role"), "is not a role key (`org:…`)");
        self.require_text(fields, "role_name", place);
        self.look_at_permissions(fields, role, place);
        for field in ["public_metadata", "private_metadata"] {
            self.require_object(fields, field, place);
            let kept = fields.get(field).is_none_or(|metadata| !holds_null(metadata));
            self.require(kept, &at(place, field), "holds a null, which removes a key");
        }
        self.require_object(fields, "organization", place);
        self.look_at_public_user_data(fields, place);
        self.require_instant(fields, "created_at", place);
        self.require_instant(fields, "updated_at", place);
        let (created, updated) = (instant(fields, "created_at"), instant(fields, "updated_at"));
        self.require(created <= updated, &at(place, "updated_at"), "is before `created_at`");
    }

    fn look_at_permissions(&mut self, fields: &Fields, role: &str, place: &str) {
        let place = at(place, "permissions");
        let Some(permissions) = fields.get("permissions").and_then(Value::as_array) else {
            return self.require(false, &place, "is not an array");
        };
        let granted: BTreeSet<_> = permissions.iter().filter_map(Value::as_str).collect();
        let kept = granted.len() == permissions.len();
        self.require(kept, &place, "holds something twice or not a string");
        let least = DEFAULT_ROLES.iter().find(|(key, _)| *key == role);
        for permission in least.into_iter().flat_map(|(_, least)| *least) {
            let rule = format!("lacks `{permission}` of `{role}`");
            self.require(granted.contains(permission), &place, &rule);
        }
    }

    fn look_at_public_user_data(&mut self, fields: &Fields, place: &str) {
        let place = at(place, "public_user_data");
        let Some(user) = fields.get("public_user_data").and_then(Value::as_object) else {
            return self.require(false, &place, "is not an object");
        };
        for key in PUBLIC_USER_DATA {
            self.require(user.contains_key(key), &at(&place, key), "is missing");
        }
        self.require_id(user, "user_id", UserId::PREFIX, &place);
        self.require_text(user, "image_url", &place);
        let kept = user.get("profile_image_url") == user.get("image_url");
        self.require(kept, &at(&place, "profile_image_url"), "differs from `image_url`");
    }

    fn look_at_organization(&mut self, fields: &Fields, place: &str) {
        self.require_id(fields, "id", OrganizationId::PREFIX, place);
        self.require(text(fields, "slug").is_some(), &at(place, "slug"), "is not a string");
        self.require_text(fields, "image_url", place);
        self.require_object(fields, "public_metadata", place);
        self.require_object(fields, "private_metadata", place);
        self.require_instant(fields, "updated_at", place);
        for field in ["max_allowed_memberships", "members_count", "pending_invitations_count"] {
            // One client library reads these into 32 bits.
            let kept = fields
                .get(field)
                .and_then(Value::as_i64)
                .is_none_or(|number| (0..=i64::from(i32::MAX)).contains(&number));
            self.require(kept, &at(place, field), "does not fit 31 bits");
        }
    }

    fn look_at_user(&mut self, fields: &Fields, place: &str) {
        self.require_id(fields, "id", UserId::PREFIX, place);
        self.require_text(fields, "image_url", place);
        self.require_instant(fields, "updated_at", place);
    }

    fn look_at_errors(&mut self, status: u16, body: &Value) {
        let trace_id = body["clerk_trace_id"].as_str().unwrap_or_default();
        let kept = trace_id.len() == 32
            && trace_id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        self.require(kept, "body/clerk_trace_id", "is not 32 lower-case hexadecimal digits");

        let errors = body["errors"].as_array().map_or(&[][..], Vec::as_slice);
        self.require(!errors.is_empty(), "body/errors", "is empty");
        for (index, error) in errors.iter().enumerate() {
            self.look_at_error(status, error, &format!("body/errors/{index}"));
        }
    }

    fn look_at_error(&mut self, status: u16, error: &Value, place: &str) {
        let nothing = Fields::new();
        let fields = error.as_object().unwrap_or(&nothing);
        for key in ["message", "long_message", "code"] {
            self.require_text(fields, key, place);
        }
        let code = text(fields, "code").unwrap_or_default();
        let known = Code::ALL.iter().any(|row| row.code() == code && row.status() == status);
        let rule = format!("`{code}` with {status} is not in the table of errors");
        self.require(known, &at(place, "code"), &rule);
        let meta = fields.get("meta").map(Value::as_object);
        let kept = meta.is_none_or(|meta| meta.is_some_and(|meta| !meta.is_empty()));
        self.require(kept, &at(place, "meta"), "is empty, where it should be absent");
        let named = error["meta"]["param_name"].as_str().is_some_and(|name| !name.is_empty());
        let kept = named || status != 422 || !code.starts_with("form_param_");
        self.require(kept, &at(place, "meta/param_name"), "does not name the parameter");
    }

    fn require_id(&mut self, fields: &Fields, key: &str, prefix: &str, place: &str) {
        let ksuid = text(fields, key).and_then(|id| id.strip_prefix(prefix)).unwrap_or_default();
        let kept =
            ksuid.len() == KSUID_LENGTH && ksuid.bytes().all(|byte| byte.is_ascii_alphanumeric());
        self.require(kept, &at(place, key), &format!("is not `{prefix}` and a KSUID"));
    }

    fn require_text(&mut self, fields: &Fields, key: &str, place: &str) {
        let kept = text(fields, key).is_some_and(|text| !text.is_empty());
        self.require(kept, &at(place, key), "is not a string with something in it");
    }

    fn require_object(&mut self, fields: &Fields, key: &str, place: &str) {
        let kept = fields.get(key).is_some_and(Value::is_object);
        self.require(kept, &at(place, key), "is not an object");
    }

    fn require_instant(&mut self, fields: &Fields, key: &str, place: &str) {
        let kept = instant(fields, key).is_some_and(|instant| instant >= FIRST_MILLISECOND);
        self.require(kept, &at(place, key), "is not in milliseconds, as an integer");
    }
}

fn at(place: &str, key: &str) -> String {
    format!("{place}/{key}")
}

fn text<'a>(fields: &'a Fields, key: &str) -> Option<&'a str> {
    fields.get(key).and_then(Value::as_str)
}

fn instant(fields: &Fields, key: &str) -> Option<i64> {
    fields.get(key).and_then(Value::as_i64)
}

fn is_role_key(key: &str) -> bool {
    key.strip_prefix("org:").is_some_and(|name| {
        !name.is_empty()
            && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    })
}

/// Tells whether an object at any depth, arrays left aside, has a `null` for a value.
fn holds_null(metadata: &Value) -> bool {
    metadata
        .as_object()
        .into_iter()
        .flatten()
        .any(|(_, value)| value.is_null() || holds_null(value))
}
