//! Calls about users.

mod reads;

use guildhall_types::{CreateUser, DeletedObject, UpdateUser, UpdateUserMetadata, User};
use reqwest::Method;

use crate::{Client, Error};

/// Calls about users.
///
/// From [`Client::users`].
#[derive(Clone, Copy, Debug)]
#[doc(alias = "UsersApi")]
pub struct Users<'a> {
    pub(crate) client: &'a Client,
}

impl Users<'_> {
    /// Makes a user.
    ///
    /// HTTP request: `POST /users`.
    ///
    /// Which fields are needed is a setting of the instance.
    ///
    /// # Parameters
    ///
    /// - `new`: names, addresses and more; all optional.
    ///
    /// # Returns
    ///
    /// The new user.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 400 | the request was not successful |
    /// | 401 | the secret key is missing or unknown |
    /// | 403 | not allowed, a reached limit for example |
    /// | 422 | a parameter is wrong, or an address, username or external id is taken |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/client.txt")]
    /// use guildhall_sdk::CreateUser;
    ///
    /// let user = client
    ///     .users()
    ///     .create(&CreateUser {
    ///         first_name: Some("Grace".to_owned()),
    ///         email_address: vec!["grace@example.com".to_owned()],
    ///         skip_password_requirement: Some(true),
    ///         ..Default::default()
    ///     })
    ///     .await?;
    ///
    /// assert_eq!(user.email_addresses[0].email_address, "grace@example.com");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "create_user")]
    pub async fn create(&self, new: &CreateUser) -> Result<User, Error> {
        self.client.send(Method::POST, &["users"], new).await
    }

    /// Reads a user.
    ///
    /// HTTP request: `GET /users/{user_id}`.
    ///
    /// # Parameters
    ///
    /// - `user_id`: the id of the user.
    ///
    /// # Returns
    ///
    /// The user.
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
    /// | 404 | the user does not exist |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// let found = client.users().get(&user.id).await?;
    /// assert_eq!(found.id, user.id);
    ///
    /// assert!(client.users().get("user_nobody").await.unwrap_err().is_not_found());
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_user")]
    pub async fn get(&self, user_id: impl AsRef<str>) -> Result<User, Error> {
        self.client.get(&["users", user_id.as_ref()], &()).await
    }

    /// Changes a user.
    ///
    /// HTTP request: `PATCH /users/{user_id}`.
    ///
    /// What is not set stays. From API version 2026-05-12 on metadata is refused here: see
    /// [`update_metadata`](Self::update_metadata) and [`replace_metadata`](Self::replace_metadata).
    ///
    /// # Parameters
    ///
    /// - `user_id`: the id of the user.
    /// - `changes`: the new values; [`Patch::Clear`](crate::Patch::Clear) removes one.
    ///
    /// # Returns
    ///
    /// The user as it is now.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 400 | the request was not successful |
    /// | 401 | the secret key is missing or unknown |
    /// | 404 | the user does not exist |
    /// | 422 | a parameter is wrong, or an address, username or external id is taken |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// use guildhall_sdk::UpdateUser;
    ///
    /// let changes =
    ///     UpdateUser { last_name: "Lovelace".to_owned().into(), ..Default::default() };
    /// let user = client.users().update(&user.id, &changes).await?;
    ///
    /// assert_eq!(user.last_name.as_deref(), Some("Lovelace"));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "update_user")]
    pub async fn update(
        &self,
        user_id: impl AsRef<str>,
        changes: &UpdateUser,
    ) -> Result<User, Error> {
        self.client.send(Method::PATCH, &["users", user_id.as_ref()], changes).await
    }

    /// Merges metadata into that of a user.
    ///
    /// HTTP request: `PATCH /users/{user_id}/metadata`.
    ///
    /// The merge is deep; `null` removes a key at any level. A field that is `None` is not touched.
    ///
    /// # Parameters
    ///
    /// - `user_id`: the id of the user.
    /// - `changes`: the metadata to merge in.
    ///
    /// # Returns
    ///
    /// The user as it is now.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 400 | the request was not successful |
    /// | 401 | the secret key is missing or unknown |
    /// | 404 | the user does not exist |
    /// | 422 | a parameter is wrong, or the merged metadata larger than 8,192 bytes |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// use guildhall_sdk::{Metadata, UpdateUserMetadata};
    ///
    /// let theme = Metadata::from_iter([("theme".to_owned(), "dark".into())]);
    /// let changes =
    ///     UpdateUserMetadata { unsafe_metadata: Some(theme), ..Default::default() };
    /// let user = client.users().update_metadata(&user.id, &changes).await?;
    ///
    /// assert_eq!(user.unsafe_metadata["theme"], "dark");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "update_user_metadata")]
    pub async fn update_metadata(
        &self,
        user_id: impl AsRef<str>,
        changes: &UpdateUserMetadata,
    ) -> Result<User, Error> {
        let path = ["users", user_id.as_ref(), "metadata"];
        self.client.send(Method::PATCH, &path, changes).await
    }

    /// Replaces the metadata of a user.
    ///
    /// HTTP request: `PUT /users/{user_id}/metadata`.
    ///
    /// Each field given takes the place of the stored one; an empty object clears it. A field that
    /// is `None` is not touched.
    ///
    /// # Parameters
    ///
    /// - `user_id`: the id of the user.
    /// - `metadata`: the whole metadata of each field.
    ///
    /// # Returns
    ///
    /// The user as it is now.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 400 | the request was not successful |
    /// | 401 | the secret key is missing or unknown |
    /// | 404 | the user does not exist |
    /// | 422 | a parameter is wrong, or larger than 8,192 bytes |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// use guildhall_sdk::{Metadata, UpdateUserMetadata};
    ///
    /// let nothing =
    ///     UpdateUserMetadata { public_metadata: Some(Metadata::new()), ..Default::default() };
    /// let user = client.users().replace_metadata(&user.id, &nothing).await?;
    ///
    /// assert!(user.public_metadata.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "replace_user_metadata")]
    pub async fn replace_metadata(
        &self,
        user_id: impl AsRef<str>,
        metadata: &UpdateUserMetadata,
    ) -> Result<User, Error> {
        let path = ["users", user_id.as_ref(), "metadata"];
        self.client.send(Method::PUT, &path, metadata).await
    }

    /// Deletes a user with all their memberships.
    ///
    /// HTTP request: `DELETE /users/{user_id}`.
    ///
    /// # Parameters
    ///
    /// - `user_id`: the id of the user.
    ///
    /// # Returns
    ///
    /// What was deleted: kind and id.
    ///
    /// # Authorization
    ///
    /// Bearer: the secret key of the instance.
    ///
    /// # Errors
    ///
    /// | Status | When |
    /// |---|---|
    /// | 400 | the request was not successful |
    /// | 401 | the secret key is missing or unknown |
    /// | 404 | the user does not exist |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// let deleted = client.users().delete(&user.id).await?;
    ///
    /// assert!(deleted.deleted);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "delete_user")]
    pub async fn delete(&self, user_id: impl AsRef<str>) -> Result<DeletedObject, Error> {
        self.client.remove(&["users", user_id.as_ref()]).await
    }
}
