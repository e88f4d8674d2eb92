//! The active organization, read from the claims of a session token.

use std::fmt;

use serde_json::{Map, Value};

use crate::OrganizationId;

/// The organization that is active in a session, and what the user may do there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActiveOrganization {
    /// Its id (`org_…`).
    pub id: OrganizationId,
    /// Its slug, if the token tells one.
    pub slug: Option<String>,
    /// The key of the user's role, for example `org:admin`.
    pub role: Option<String>,
    /// The keys of the permissions of the role, for example `org:posts:edit`.
    ///
    /// Tokens tell no permission of the system (`org:sys_…`), whatever the role grants.
    pub permissions: Vec<String>,
}

/// A claim that is not of the form it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimInvalid {
    /// The name of the claim, for example `o.id`.
    pub name: &'static str,
}

impl fmt::Display for ClaimInvalid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the claim `{}` is malformed", self.name)
    }
}

impl std::error::Error for ClaimInvalid {}

impl ActiveOrganization {
    /// Reads the claims of a session token, of version 2 (`v` is 2) or of the one before.
    ///
    /// `None` where no organization is active.
    ///
    /// # Errors
    ///
    /// When a claim that tells of the organization is not of the published form. A mask in `o.fpm`
    /// that is no number, white space around it aside, is none: the published clients take it for no
    /// permission.
    pub fn from_claims(claims: &Map<String, Value>) -> Result<Option<Self>, ClaimInvalid> {
        match claims.get("v").and_then(Value::as_f64) {
            Some(2.0) => Self::from_version_2(claims),
            _ => Self::from_version_1(claims),
        }
    }

    /// Tells whether the role of the user is `role`, which may stand with or without `org:`.
    pub fn has_role(&self, role: &str) -> bool {
        self.role.as_deref().is_some_and(|own| is_same(own, role))
    }

    /// Tells whether the role grants `permission`, which may stand with or without `org:`.
    ///
    /// Tokens tell no permission of the system (`org:sys_…`), so this is never true of one.
    pub fn has_permission(&self, permission: &str) -> bool {
        self.permissions.iter().any(|own| is_same(own, permission))
    }

    fn from_version_2(claims: &Map<String, Value>) -> Result<Option<Self>, ClaimInvalid> {
        let organization = match claims.get("o") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(organization)) => organization,
            Some(_) => return Err(ClaimInvalid { name: "o" }),
        };
        let part = |key, name| text(organization, key, name);
        let id = part("id", "o.id")?.ok_or(ClaimInvalid { name: "o.id" })?;
        let slug = part("slg", "o.slg")?.map(str::to_owned);
        let role = part("rol", "o.rol")?.map(|key| format!("org:{key}"));
        let features = organization_features(text(claims, "fea", "fea")?.unwrap_or_default())?;
        let permissions = match (part("per", "o.per")?, part("fpm", "o.fpm")?) {
            (Some(actions), Some(masks)) => permissions(&features, actions, masks),
            _ => Vec::new(),
        };
        Ok(Some(Self { id: id.into(), slug, role, permissions }))
    }

    fn from_version_1(claims: &Map<String, Value>) -> Result<Option<Self>, ClaimInvalid> {
        let Some(id) = text(claims, "org_id", "org_id")? else { return Ok(None) };
        let invalid = ClaimInvalid { name: "org_permissions" };
        let permissions = match claims.get("org_permissions") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(keys)) => {
                let keys = keys.iter().map(|key| key.as_str().map(str::to_owned));
                keys.collect::<Option<_>>().ok_or(invalid)?
            }
            Some(_) => return Err(invalid),
        };
        Ok(Some(Self {
            id: id.into(),
            slug: text(claims, "org_slug", "org_slug")?.map(str::to_owned),
            role: text(claims, "org_role", "org_role")?.map(str::to_owned),
            permissions,
        }))
    }
}

/// A text that is there and not empty.
fn text<'a>(
    claims: &'a Map<String, Value>,
    key: &str,
    name: &'static str,
) -> Result<Option<&'a str>, ClaimInvalid> {
    match claims.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(_) => Err(ClaimInvalid { name }),
    }
}

/// Whether two keys are one, when exactly one `org:` is put before each.
fn is_same(own: &str, wanted: &str) -> bool {
    let wanted = wanted.trim_start_matches("org:");
    !wanted.is_empty() && own.trim_start_matches("org:") == wanted
}

/// The features of organizations among those of the claim `fea`; masks are told of these only.
fn organization_features(features: &str) -> Result<Vec<&str>, ClaimInvalid> {
    let mut of_organizations = Vec::new();
    for feature in features.split(',').map(str::trim).filter(|_| !features.is_empty()) {
        let (scope, name) = feature.split_once(':').ok_or(ClaimInvalid { name: "fea" })?;
        if matches!(scope, "o" | "ou" | "uo") {
            of_organizations.push(name);
        }
    }
    Ok(of_organizations)
}

/// The keys of permissions: bit `j` of the mask of a feature says that it has action `j`.
fn permissions(features: &[&str], actions: &str, masks: &str) -> Vec<String> {
    let actions: Vec<&str> = actions.split(',').map(str::trim).collect();
    let masks = masks.split(',').map(|mask| bits(mask.trim(), actions.len()));
    let of_feature = |(feature, bits): (&&str, Vec<bool>)| {
        let granted = actions.iter().zip(bits).filter(|(_, granted)| *granted);
        granted.map(|(action, _)| format!("org:{feature}:{action}")).collect::<Vec<_>>()
    };
    features.iter().zip(masks).flat_map(of_feature).collect()
}

/// The lowest `count` bits of a decimal number of any size, the lowest first; none of what is no
/// number.
fn bits(decimal: &str, count: usize) -> Vec<bool> {
    /// Digits that one part of the number holds; twice its size still fits.
    const DIGITS: usize = 18;
    const SIZE: u64 = 10_u64.pow(18);
    if !decimal.bytes().all(|digit| digit.is_ascii_digit()) {
        return Vec::new();
    }
    let parts = decimal.as_bytes().rchunks(DIGITS).rev();
    let value =
        |digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    let mut parts: Vec<u64> = parts.map(value).collect();
    let mut halve = || {
        let mut carry = 0;
        for part in &mut parts {
            let whole = carry * SIZE + *part;
            (*part, carry) = (whole / 2, whole % 2);
        }
        carry == 1
    };
    (0..count).map(|_| halve()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(claims: Value) -> Result<Option<ActiveOrganization>, ClaimInvalid> {
        ActiveOrganization::from_claims(claims.as_object().unwrap())
    }

    fn permissions_of(features: &str, actions: &str, masks: &str) -> Vec<String> {
        let organization = json!({ "id": "org_1", "rol": "member", "per": actions, "fpm": masks });
        let claims = json!({ "v": 2, "fea": features, "o": organization });
        read(claims).unwrap().unwrap().permissions
    }

    #[test]
    fn the_published_example_is_read() {
        let features = "o:billing,o:impersonation,o:magic_links,o:posts";

        let permissions = permissions_of(features, "create,delete,manage,read", "12,12,9,14");

        let expected = [
            "org:billing:manage",
            "org:billing:read",
            "org:impersonation:manage",
            "org:impersonation:read",
            "org:magic_links:create",
            "org:magic_links:read",
            "org:posts:delete",
            "org:posts:manage",
            "org:posts:read",
        ];
        assert_eq!(permissions, expected);
    }

    #[test]
    fn masks_stand_for_the_features_of_organizations_only() {
        let features = " u:own , o:first,uo:second,ou:third,x:other,o:fourth";

        let permissions = permissions_of(features, " read , write ", " 1,2 ,\t3 , 0");

        let expected = ["org:first:read", "org:second:write", "org:third:read", "org:third:write"];
        assert_eq!(permissions, expected);
    }

    #[test]
    fn a_mask_that_is_no_number_grants_nothing() {
        for mask in ["", " ", "1 1", "-1", "+1", "1.0", "0x1", "one", "１"] {
            let permissions = permissions_of("o:first,o:second", "read", &format!("{mask},1"));

            assert_eq!(permissions, ["org:second:read"], "{mask}");
        }
    }

    #[test]
    fn masks_of_more_bits_than_actions_and_features_without_a_mask_grant_no_more() {
        assert_eq!(permissions_of("o:first,o:second", "read", "7"), ["org:first:read"]);
        assert_eq!(permissions_of("o:first", "read", "1,1"), ["org:first:read"]);
        assert!(permissions_of("", "read", "1").is_empty());
        assert!(permissions_of("o:first", "", "1").is_empty());
        assert!(permissions_of("o:first", "read", "").is_empty());
    }

    #[test]
    fn a_mask_of_a_hundred_bits_is_exact() {
        // 2^100 + 2^54 + 1.
        let bits = bits("1267650600228247415895212687361", 102);

        let set: Vec<usize> = (0..102).filter(|bit| bits[*bit]).collect();
        assert_eq!(set, [0, 54, 100]);
    }

    #[test]
    fn a_small_mask_is_the_number_of_its_bits() {
        let numbers = (0..64).flat_map(|shift| [1_u64 << shift, u64::MAX >> shift]);
        for number in numbers.chain([12, 10_u64.pow(18), 10_u64.pow(18) - 1]) {
            let bits = bits(&format!("000{number}"), 64);

            let sum: u64 = bits.iter().rev().fold(0, |sum, bit| sum << 1 | u64::from(*bit));
            assert_eq!(sum, number);
        }
    }

    #[test]
    fn claims_of_version_1_are_read_as_they_stand() {
        let claims = json!({
            "org_id": "org_1",
            "org_slug": "acme",
            "org_role": "org:admin",
            "org_permissions": ["org:posts:edit"],
        });

        for version in [json!(1), json!(3), json!("2"), Value::Null] {
            let mut claims = claims.clone();
            claims["v"] = version;
            let organization = read(claims).unwrap().unwrap();

            assert_eq!(organization.id.as_str(), "org_1");
            assert_eq!(organization.slug.as_deref(), Some("acme"));
            assert_eq!(organization.role.as_deref(), Some("org:admin"));
            assert_eq!(organization.permissions, ["org:posts:edit"]);
        }
        assert_eq!(read(json!({ "v": 2, "org_id": "org_1" })).unwrap(), None);
        assert_eq!(read(json!({ "o": { "id": "org_1" } })).unwrap(), None);
    }

    #[test]
    fn a_role_without_a_key_is_none() {
        let organization = read(json!({ "v": 2, "o": { "id": "org_1", "rol": "" } }));

        assert_eq!(organization.unwrap().unwrap().role, None);
    }

    #[test]
    fn claims_of_another_form_are_named() {
        let organization = |key: &str, value: Value| {
            let mut organization = json!({ "id": "org_1" });
            organization[key] = value;
            json!({ "v": 2, "o": organization })
        };
        for (claims, name) in [
            (json!({ "v": 2, "o": "org_1" }), "o"),
            (json!({ "v": 2, "o": {} }), "o.id"),
            (organization("id", json!(1)), "o.id"),
            (organization("slg", json!(1)), "o.slg"),
            (organization("rol", json!(["admin"])), "o.rol"),
            (organization("per", json!(["read"])), "o.per"),
            (organization("fpm", json!(1)), "o.fpm"),
            (json!({ "v": 2, "fea": "posts", "o": { "id": "org_1" } }), "fea"),
            (json!({ "org_id": 1 }), "org_id"),
            (json!({ "org_id": "org_1", "org_role": 1 }), "org_role"),
            (json!({ "org_id": "org_1", "org_permissions": "a" }), "org_permissions"),
            (json!({ "org_id": "org_1", "org_permissions": [1] }), "org_permissions"),
        ] {
            assert_eq!(read(claims.clone()).unwrap_err().name, name, "{claims}");
        }
    }

    #[test]
    fn keys_are_compared_with_exactly_one_prefix() {
        let organization = ActiveOrganization {
            role: Some("org:admin".to_owned()),
            permissions: vec!["org:posts:edit".to_owned()],
            ..ActiveOrganization::default()
        };

        for role in ["admin", "org:admin", "org:org:admin"] {
            assert!(organization.has_role(role), "{role}");
        }
        for permission in ["posts:edit", "org:posts:edit"] {
            assert!(organization.has_permission(permission), "{permission}");
        }
        for other in ["", "org:", "adm", "Admin", "org:member", "posts", "org:posts:read"] {
            assert!(
                !organization.has_role(other) && !organization.has_permission(other),
                "{other}"
            );
        }
        assert!(!ActiveOrganization::default().has_role(""));
    }
}
