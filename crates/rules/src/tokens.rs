//! What session tokens say.

use std::collections::{BTreeMap, BTreeSet};

use guildhall_types::{Code, Fault, FirstSessionClaims, OrganizationClaims, SessionClaims};
use serde::{Deserialize, Serialize};

use crate::ids::Keys;
use crate::roles::SYSTEM_PREFIX;
use crate::rows::Role;
use crate::sessions::SessionView;

/// How long a token is valid, in seconds, if not said otherwise.
pub const LIFETIME: i64 = 60;
/// By how many seconds a token is valid before it is made, for clocks that are behind.
const LEEWAY: i64 = 10;

/// The version of the claims of session tokens, which an instance sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenVersion {
    /// Claims of their own for organization, role and permissions, each permission whole.
    One,
    /// Organization, role and permissions in one claim, the permissions as masks.
    #[default]
    Two,
}

impl TokenVersion {
    /// The version as a number.
    pub fn number(self) -> i64 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    /// The version of that number; `None` if there is none.
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::One, Self::Two].into_iter().find(|version| version.number() == number)
    }
}

/// What a token says that its session does not tell.
#[derive(Clone, Debug)]
pub struct Issue {
    /// The version of the claims.
    pub version: TokenVersion,
    /// The present instant, in Unix milliseconds.
    pub now: i64,
    /// How long the token is valid, in seconds.
    pub lifetime: i64,
    /// Who makes it.
    pub issuer: String,
    /// Names this token among all.
    pub jti: String,
}

/// The claims of a session token, in either version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Claims {
    /// In version 1.
    One(FirstSessionClaims),
    /// In version 2.
    Two(SessionClaims),
}

/// The claims of a token of an active session whose user has `role` in the active organization.
///
/// Without a role nothing is said of an organization, even where the session names one.
pub fn session_claims(view: &SessionView, role: Option<&Role>, issue: Issue) -> Claims {
    let Issue { version, now, lifetime, issuer, jti } = issue;
    let organization = view.organization.as_ref().zip(role);
    let iat = now.div_euclid(1000);
    let age = (now - Keys::instant(view.session.key)).max(0) / 60_000;
    let (exp, nbf, fva) = (iat + lifetime, iat - LEEWAY, [age, -1]);
    let (sid, sub) = (view.session.id.clone().into(), view.user_id.clone().into());
    if version == TokenVersion::One {
        let (id, role) = organization.unzip();
        return Claims::One(FirstSessionClaims {
            azp: None,
            exp,
            fva,
            iat,
            iss: issuer,
            nbf,
            org_id: id.map(|organization| organization.id.clone().into()),
            org_permissions: role.map(sorted_custom_permissions),
            org_role: role.map(|role| role.key.clone()),
            org_slug: id.map(|organization| organization.slug.clone()),
            sid,
            sub,
        });
    }
    let (o, fea) = organization
        .map(|(organization, role)| organization_claims(&organization.id, &organization.slug, role))
        .unzip();
    Claims::Two(SessionClaims {
        azp: None,
        exp,
        fea: fea.flatten(),
        fva,
        iat,
        iss: issuer,
        jti,
        nbf,
        o,
        sid,
        sts: "active".to_owned(),
        sub,
        v: version.number(),
    })
}

/// What is asked of a token that comes back, in either version of the claims.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SignedClaims {
    /// The id of its session.
    pub sid: String,
    /// From when on it is valid, in Unix seconds.
    pub nbf: i64,
    /// From when on it is no longer valid, in Unix seconds.
    pub exp: i64,
}

/// Looks whether a session is authenticated by a token at `now` (Unix milliseconds); `token` is what
/// it says, if a key of the instance has signed it.
///
/// # Errors
/// A token that is not good now, or of another session, is not verified; a session that is not
/// active authenticates nobody.
pub fn verify(view: &SessionView, token: Option<&SignedClaims>, now: i64) -> Result<(), Fault> {
    let second = now.div_euclid(1000);
    let is_good = |token: &SignedClaims| {
        token.sid == view.session.id && (token.nbf..token.exp).contains(&second)
    };
    if !token.is_some_and(is_good) {
        return Err(Code::SessionTokenInvalid.fault());
    }
    match view.session.status(now) {
        "active" => Ok(()),
        _ => Err(Code::AuthenticationInvalid.fault()),
    }
}

/// Why a session is not refreshed, whose token came back, good still or not.
///
/// Refresh tokens come from a Frontend API. There is none here, so that none was ever issued and
/// whatever is sent as one is unknown: clients then sign in anew, as the published API means it.
pub fn refuse_refresh(session_id: &str, token: Option<&SignedClaims>) -> Fault {
    match token {
        Some(token) if token.sid == session_id => Code::AuthenticationInvalid.fault(),
        _ => Code::SessionTokenInvalid.fault(),
    }
}

/// The keys of the permissions of a role that are not the system's.
fn custom_permissions(role: &Role) -> impl Iterator<Item = &String> {
    role.permissions.iter().filter(|key| !key.starts_with(SYSTEM_PREFIX))
}

/// The same in alphabetical order.
fn sorted_custom_permissions(role: &Role) -> Vec<String> {
    custom_permissions(role).cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// The claims about an organization in which the user has `role`, and the features of the role.
///
/// Permissions of the system are in no token. Features and actions stand in alphabetical order, and
/// each feature has a mask.
fn organization_claims(id: &str, slug: &str, role: &Role) -> (OrganizationClaims, Option<String>) {
    let mut features: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let custom = custom_permissions(role).filter_map(|key| key.strip_prefix("org:"));
    for (feature, action) in custom.filter_map(|key| key.split_once(':')) {
        features.entry(feature).or_default().insert(action);
    }
    let actions: BTreeSet<&str> = features.values().flatten().copied().collect();
    let mask = |of_feature: &BTreeSet<&str>| {
        let bits = actions.iter().rev().map(|action| of_feature.contains(action));
        decimal(bits.skip_while(|bit| !bit))
    };
    let masks: Vec<String> = features.values().map(mask).collect();
    let actions: Vec<&str> = actions.into_iter().collect();
    let claims = OrganizationClaims {
        id: id.to_owned(),
        slg: slug.to_owned(),
        rol: role.key.strip_prefix("org:").unwrap_or(&role.key).to_owned(),
        per: (!actions.is_empty()).then(|| actions.join(",")),
        fpm: (!masks.is_empty()).then(|| masks.join(",")),
    };
    let features: Vec<String> = features.keys().map(|feature| format!("o:{feature}")).collect();
    (claims, (!features.is_empty()).then(|| features.join(",")))
}

/// The decimal digits of a number of any size, given by its bits, the highest first.
fn decimal(bits: impl Iterator<Item = bool>) -> String {
    let mut digits = vec![0_u8];
    for bit in bits {
        let mut carry = u8::from(bit);
        for digit in &mut digits {
            let doubled = *digit * 2 + carry;
            (*digit, carry) = (doubled % 10, doubled / 10);
        }
        if carry > 0 {
            digits.push(carry);
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

#[cfg(test)]
mod tests {
    use guildhall_types::ActiveOrganization;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::sessions::{self, Session};

    fn role(permissions: &[&str]) -> Role {
        Role {
            row: 1,
            key: "org:editor".to_owned(),
            name: "Editor".to_owned(),
            permissions: permissions.iter().map(|key| (*key).to_owned()).collect(),
        }
    }

    fn view(organization: Option<sessions::ActiveOrganization>) -> SessionView {
        let session = Session {
            key: Keys::first_at(1_000_000),
            id: "sess_1".to_owned(),
            client_id: "client_1".to_owned(),
            user: 1,
            organization: organization.as_ref().map(|_| 2),
            is_revoked: false,
            last_active_at: 1_000_000,
            expire_at: 9_000_000,
            abandon_at: 9_000_000,
            updated_at: 1_000_000,
        };
        SessionView { session, user_id: "user_1".to_owned(), organization }
    }

    fn acme() -> Option<sessions::ActiveOrganization> {
        Some(sessions::ActiveOrganization {
            id: "org_1".to_owned(),
            slug: "acme".to_owned(),
            role: 1,
        })
    }

    fn claims(version: TokenVersion, view: &SessionView, role: Option<&Role>) -> serde_json::Value {
        let issue = Issue {
            version,
            now: 1_120_999,
            lifetime: LIFETIME,
            issuer: "https://acme.example".to_owned(),
            jti: "name".to_owned(),
        };
        serde_json::to_value(session_claims(view, role, issue)).unwrap()
    }

    #[test]
    fn version_1_tells_organization_role_and_whole_permissions() {
        let role = role(&["org:posts:read", "org:sys_profile:manage", "org:posts:edit"]);

        let claims = claims(TokenVersion::One, &view(acme()), Some(&role));

        let expected = json!({
            "exp": 1180, "fva": [2, -1], "iat": 1120, "iss": "https://acme.example", "nbf": 1110,
            "org_id": "org_1", "org_permissions": ["org:posts:edit", "org:posts:read"],
            "org_role": "org:editor", "org_slug": "acme", "sid": "sess_1", "sub": "user_1",
        });
        assert_eq!(claims, expected);
    }

    #[test]
    fn version_2_tells_the_same_in_one_claim() {
        let role = role(&["org:posts:read", "org:sys_profile:manage", "org:posts:edit"]);

        let claims = claims(TokenVersion::Two, &view(acme()), Some(&role));

        let organization = json!({ "id": "org_1", "slg": "acme", "rol": "editor", "per": "edit,read", "fpm": "3" });
        let expected = json!({
            "exp": 1180, "fea": "o:posts", "fva": [2, -1], "iat": 1120,
            "iss": "https://acme.example", "jti": "name", "nbf": 1110, "o": organization,
            "sid": "sess_1", "sts": "active", "sub": "user_1", "v": 2,
        });
        assert_eq!(claims, expected);
    }

    #[test]
    fn without_an_organization_neither_version_says_anything_of_one() {
        for version in [TokenVersion::One, TokenVersion::Two] {
            for view in [view(None), view(acme())] {
                let claims = claims(version, &view, None);

                for name in ["o", "fea", "org_id", "org_permissions", "org_role", "org_slug"] {
                    assert_eq!(claims.get(name), None, "{name} in {claims}");
                }
            }
        }
    }

    #[test]
    fn a_session_is_verified_by_its_own_token_while_both_are_good() {
        let view = view(None);
        let token = SignedClaims { sid: "sess_1".to_owned(), nbf: 990, exp: 1060 };
        let other = SignedClaims { sid: "sess_2".to_owned(), ..token.clone() };
        let code = |token, now| verify(&view, token, now).map_err(|fault| fault.code());
        let invalid = Err(Code::SessionTokenInvalid);

        assert_eq!(code(Some(&token), 1_000_000), Ok(()));
        assert_eq!(code(Some(&token), 989_999), invalid);
        assert_eq!(code(Some(&token), 1_060_000), invalid);
        assert_eq!(code(Some(&other), 1_000_000), invalid);
        assert_eq!(code(None, 1_000_000), invalid);
        let lasting = SignedClaims { exp: 100_000, ..token.clone() };
        assert_eq!(code(Some(&lasting), 9_000_000), Err(Code::AuthenticationInvalid));
    }

    #[test]
    fn features_and_actions_are_in_order_and_each_feature_has_a_mask() {
        let all = |feature: &str, actions: &[&str]| -> Vec<String> {
            actions.iter().map(|action| format!("org:{feature}:{action}")).collect()
        };
        let keys = [
            all("posts", &["read", "create"]),
            all("posts", &["delete", "manage"]),
            all("billing", &["manage", "read"]),
            all("impersonation", &["manage", "read"]),
            all("magic_links", &["read", "create"]),
            all("sys_memberships", &["read"]),
        ]
        .concat();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();

        let (claims, features) = organization_claims("org_1", "acme", &role(&keys));

        let listed = "o:billing,o:impersonation,o:magic_links,o:posts";
        assert_eq!(features.as_deref(), Some(listed));
        assert_eq!(claims.rol, "editor");
        assert_eq!(claims.per.as_deref(), Some("create,delete,manage,read"));
        assert_eq!(claims.fpm.as_deref(), Some("12,12,9,15"));
    }

    #[test]
    fn a_role_without_permissions_of_its_own_says_nothing_of_features() {
        let role = role(&["org:sys_memberships:read"]);

        let (claims, features) = organization_claims("org_1", "acme", &role);

        assert_eq!((features, claims.per, claims.fpm), (None, None, None));
    }

    #[test]
    fn a_mask_of_many_bits_is_exact() {
        let bits = std::iter::once(true).chain(std::iter::repeat_n(false, 100));
        assert_eq!(decimal(bits), "1267650600228229401496703205376");
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_clients_read(
            keys in proptest::collection::btree_set("org:[a-e_]{1,3}:[a-z0-9]{1,2}", 0..150),
        ) {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();

            let (claims, features) = organization_claims("org_1", "acme", &role(&keys));

            let mut token = json!({ "v": 2, "o": claims });
            if let Some(features) = features {
                token["fea"] = features.into();
            }
            let read = ActiveOrganization::from_claims(token.as_object().unwrap()).unwrap().unwrap();
            prop_assert!(read.has_role("org:editor"));
            let mut permissions = read.permissions;
            permissions.sort();
            prop_assert_eq!(permissions, keys);
        }

        #[test]
        fn a_small_mask_is_the_number_of_its_bits(number: u64) {
            let bits = (0..64).rev().map(|place| number >> place & 1 == 1);
            prop_assert_eq!(decimal(bits), number.to_string());
        }
    }
}
