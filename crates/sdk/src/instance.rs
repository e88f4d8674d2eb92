//! Calls about the instance of the secret key.

use guildhall_types::{Instance, OrganizationSettings, UpdateInstance, UpdateOrganizationSettings};
use reqwest::Method;

use crate::{Client, Error};

/// Calls about the instance of the secret key, and what it has set.
///
/// From [`Client::instance`].
#[derive(Clone, Copy, Debug)]
pub struct InstanceSettings<'a> {
    pub(crate) client: &'a Client,
}

impl InstanceSettings<'_> {
    /// Reads the instance.
    ///
    /// HTTP request: `GET /instance`.
    ///
    /// # Returns
    ///
    /// The instance.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 401 | the secret key is missing or unknown |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// let instance = client.instance().get().await?;
    ///
    /// assert_eq!(instance.environment_type, "development");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_instance")]
    pub async fn get(&self) -> Result<Instance, Error> {
        self.client.get(&["instance"], &()).await
    }

    /// Changes what is set about the instance.
    ///
    /// HTTP request: `PATCH /instance`.
    ///
    /// What is `None` stays. Guildhall keeps it, and tells `allowed_origins`; nothing else there
    /// goes by it.
    ///
    /// # Parameters
    ///
    /// - `changes`: the new values.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 401 | the secret key is missing or unknown |
    /// | 422 | a parameter is wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::UpdateInstance;
    ///
    /// let origins = vec!["capacitor://localhost".to_owned()];
    /// let changes =
    ///     UpdateInstance { allowed_origins: Some(origins.clone()), ..Default::default() };
    /// client.instance().update(&changes).await?;
    ///
    /// assert_eq!(client.instance().get().await?.allowed_origins, Some(origins));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "update_instance")]
    pub async fn update(&self, changes: &UpdateInstance) -> Result<(), Error> {
        self.client.send_for_nothing(Method::PATCH, &["instance"], changes).await
    }

    /// Reads what is set about organizations.
    ///
    /// HTTP request: `GET /instance/organization_settings`.
    ///
    /// # Returns
    ///
    /// The settings.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 401 | the secret key is missing or unknown |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// let settings = client.instance().organization_settings().await?;
    ///
    /// assert_eq!(settings.creator_role, "org:admin");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_instance_organization_settings")]
    pub async fn organization_settings(&self) -> Result<OrganizationSettings, Error> {
        self.client.get(&["instance", "organization_settings"], &()).await
    }

    /// Changes what is set about organizations.
    ///
    /// HTTP request: `PATCH /instance/organization_settings`.
    ///
    /// What is `None` stays.
    ///
    /// # Parameters
    ///
    /// - `changes`: the new values.
    ///
    /// # Returns
    ///
    /// The settings as they are now.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 401 | the secret key is missing or unknown |
    /// | 404 | a role does not exist |
    /// | 422 | a parameter is wrong, or the creator role lacks a permission that it needs (`organization_missing_creator_role_permissions`) |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/client.txt")]
    /// use guildhall_sdk::UpdateOrganizationSettings;
    ///
    /// let changes =
    ///     UpdateOrganizationSettings { max_allowed_memberships: Some(5), ..Default::default() };
    /// let settings = client.instance().update_organization_settings(&changes).await?;
    ///
    /// assert_eq!(settings.max_allowed_memberships, 5);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "update_instance_organization_settings")]
    pub async fn update_organization_settings(
        &self,
        changes: &UpdateOrganizationSettings,
    ) -> Result<OrganizationSettings, Error> {
        let path = ["instance", "organization_settings"];
        self.client.send(Method::PATCH, &path, changes).await
    }
}
