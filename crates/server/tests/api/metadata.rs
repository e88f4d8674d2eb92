//! Metadata: merged, replaced, kept.

mod generated;
mod merge;
mod places;
mod size;
mod values;

use guildhall_testing::Http;
use serde_json::{Value, json};

/// What has metadata: the path to read it at, and the path to merge it at.
struct Target {
    read: String,
    merge: String,
}

impl Target {
    async fn membership(http: &Http) -> Self {
        let (organization, admin) = http.organization_with_admin().await;
        let read = format!("/v1/organizations/{organization}/memberships/{admin}");
        Self { merge: format!("{read}/metadata"), read }
    }

    async fn organization(http: &Http) -> Self {
        let read = format!("/v1/organizations/{}", http.organization(json!({ "name": "A" })).await);
        Self { merge: format!("{read}/metadata"), read }
    }

    async fn user(http: &Http) -> Self {
        let read = format!("/v1/users/{}", http.anybody().await);
        Self { merge: format!("{read}/metadata"), read }
    }

    /// One of each kind.
    async fn each(http: &Http) -> [Self; 3] {
        [Self::membership(http).await, Self::organization(http).await, Self::user(http).await]
    }

    /// Merges into the public metadata; gives what is stored then, as answered and as read again.
    async fn merged(&self, http: &Http, changes: &Value) -> Value {
        let answered = http.patch(&self.merge, json!({ "public_metadata": changes })).await.ok();
        let read = http.get(&self.read).await.ok();
        assert_eq!(answered["public_metadata"].to_string(), read["public_metadata"].to_string());
        read["public_metadata"].clone()
    }
}
