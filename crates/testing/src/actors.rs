//! Short ways to what most tests begin with.

use serde_json::{Value, json};

use crate::http::Http;

impl Http {
    /// Makes a user with these fields; gives the id.
    pub async fn user(&self, fields: Value) -> String {
        self.post("/v1/users", fields).await.text_at("/id")
    }

    /// Makes a user without any address or name; gives the id.
    pub async fn anybody(&self) -> String {
        self.user(json!({})).await
    }

    /// Makes an organization with these fields; gives the id.
    pub async fn organization(&self, fields: Value) -> String {
        self.post("/v1/organizations", fields).await.text_at("/id")
    }

    /// Makes an organization with an admin; gives both ids.
    pub async fn organization_with_admin(&self) -> (String, String) {
        let admin = self.anybody().await;
        let fields = json!({ "name": "Acme", "created_by": admin });
        (self.organization(fields).await, admin)
    }

    /// Makes a user and adds it to an organization as `org:member`; gives the id of the user.
    pub async fn member(&self, organization_id: &str) -> String {
        let user = self.anybody().await;
        self.join(organization_id, &user, "org:member").await;
        user
    }

    /// Makes a role of that key, called like it, that grants these permissions; gives the id.
    pub async fn role(&self, key: &str, permissions: &[&str]) -> String {
        let fields = json!({
            "name": key,
            "key": key,
            "permissions": permissions,
            "include_in_initial_role_set": true,
        });
        self.post("/v1/organization_roles", fields).await.text_at("/id")
    }

    /// Makes a permission of that key, called like it; gives the id.
    pub async fn permission(&self, key: &str) -> String {
        let fields = json!({ "name": key, "key": key });
        self.post("/v1/organization_permissions", fields).await.text_at("/id")
    }

    /// The id of the role or permission of that key; `kind` is `roles` or `permissions`.
    pub async fn id_of_key(&self, kind: &str, key: &str) -> String {
        let path = format!("/v1/organization_{kind}?limit=500&query={key}");
        let body = self.get(&path).await.ok();
        let rows = body["data"].as_array().cloned().unwrap_or_default();
        let found = rows.iter().find(|row| row["key"] == key);
        found.and_then(|row| row["id"].as_str()).expect("the key exists").to_owned()
    }

    /// Adds a user to an organization; gives the membership.
    #[track_caller]
    pub fn join<'a>(
        &'a self,
        organization_id: &'a str,
        user_id: &'a str,
        role: &'a str,
    ) -> impl Future<Output = Value> + 'a {
        let path = format!("/v1/organizations/{organization_id}/memberships");
        async move { self.post(&path, json!({ "user_id": user_id, "role": role })).await.ok() }
    }

    /// An organization as it stands: itself with its counts, and its first 500 memberships.
    pub async fn state_of(&self, organization_id: &str) -> Value {
        let path = format!("/v1/organizations/{organization_id}");
        let counts =
            "include_members_count=true&include_missing_member_with_elevated_permissions=true";
        json!({
            "organization": self.get(&format!("{path}?{counts}")).await.ok(),
            "memberships": self.get(&format!("{path}/memberships?limit=500")).await.ok(),
        })
    }
}
