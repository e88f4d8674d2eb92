//! Ids as they stand on the wire: a prefix and, for ids made by a server, a KSUID.
//!
//! An id is any string: one that cannot exist is simply not found.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// What ids of this kind begin with, the underscore included.
            pub const PREFIX: &'static str = $prefix;

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<S: Into<String>> From<S> for $name {
            fn from(id: S) -> Self {
                Self(id.into())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// Names an organization (`org_…`).
    OrganizationId = "org_";
    /// Names a membership of a user in an organization (`orgmem_…`).
    OrganizationMembershipId = "orgmem_";
    /// Names a permission (`perm_…`).
    PermissionId = "perm_";
    /// Names a role (`role_…`).
    RoleId = "role_";
    /// Names a role set (`roleset_…`).
    RoleSetId = "roleset_";
    /// Names a session (`sess_…`).
    SessionId = "sess_";
    /// Names a user (`user_…`).
    UserId = "user_";
}
