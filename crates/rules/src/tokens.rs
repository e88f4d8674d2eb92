//! What session tokens say of an organization.

use std::collections::{BTreeMap, BTreeSet};

use guildhall_types::OrganizationClaims;

use crate::roles::SYSTEM_PREFIX;
use crate::rows::Role;

/// The claims about an organization in which the user has `role`, and the features of the role.
///
/// Permissions of the system are in no token. Features and actions stand in alphabetical order, and
/// each feature has a mask.
pub fn organization_claims(
    id: &str,
    slug: &str,
    role: &Role,
) -> (OrganizationClaims, Option<String>) {
    let mut features: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let custom = role.permissions.iter().filter(|key| !key.starts_with(SYSTEM_PREFIX));
    for (feature, action) in custom.filter_map(|key| key.strip_prefix("org:")?.split_once(':')) {
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

    fn role(permissions: &[&str]) -> Role {
        Role {
            row: 1,
            key: "org:editor".to_owned(),
            name: "Editor".to_owned(),
            permissions: permissions.iter().map(|key| (*key).to_owned()).collect(),
        }
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
