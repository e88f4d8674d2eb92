//! Metadata: free JSON objects on users, organizations and memberships.

use serde::Serialize;

/// A JSON object of the caller's own; key order is not kept.
pub type Metadata = serde_json::Map<String, serde_json::Value>;

/// The most bytes one metadata field may take as compact JSON, after merging.
pub const METADATA_LIMIT_BYTES: usize = 8192;

/// Changes to the metadata of an organization or of a membership.
///
/// With `PATCH` each field is merged deeply and `null` removes a key at any level; with `PUT`
/// (organizations only) each field given replaces the stored one. A field left `None` is untouched.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UpdateMetadata {
    /// Metadata that frontends may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_metadata: Option<Metadata>,
    /// Metadata that only backends see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<Metadata>,
}

/// Changes to the metadata of a user, by the same rules as [`UpdateMetadata`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UpdateUserMetadata {
    /// Metadata that frontends may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_metadata: Option<Metadata>,
    /// Metadata that only backends see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<Metadata>,
    /// Metadata that frontends may read and write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsafe_metadata: Option<Metadata>,
}
