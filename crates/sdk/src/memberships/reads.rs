//! Further ways to read memberships: one, a user's, the instance's, and all.

use guildhall_types::{
    ListInstanceOrganizationMemberships, ListOrganizationMemberships,
    ListUserOrganizationMemberships, OrganizationMembership, Page,
};

use super::OrganizationMemberships;
use crate::items::items;
use crate::{Error, Items};

impl OrganizationMemberships<'_> {
    /// Finds the membership of one user in an organization.
    ///
    /// HTTP request: `GET /organizations/{organization_id}/memberships?user_id=…`.
    ///
    /// One request whatever the size of the organization: the list, filtered by the user.
    ///
    /// # Parameters
    ///
    /// - `organization_id`: the id of the organization the membership belongs to.
    /// - `user_id`: the id of the user that the membership belongs to.
    ///
    /// # Returns
    ///
    /// The membership; `None` when the user is no member or does not exist.
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
    /// | 404 | the organization does not exist |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// # let (organization_id, user_id) = (organization.id, user.id);
    /// let memberships = client.organization_memberships();
    /// let membership = memberships.get(&organization_id, &user_id).await?;
    ///
    /// assert_eq!(membership.map(|found| found.role).as_deref(), Some("org:member"));
    /// assert!(memberships.get(&organization_id, "user_nobody").await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_organization_membership")]
    pub async fn get(
        &self,
        organization_id: impl AsRef<str>,
        user_id: impl AsRef<str>,
    ) -> Result<Option<OrganizationMembership>, Error> {
        let user_id = user_id.as_ref();
        let request = ListOrganizationMemberships {
            limit: Some(1),
            user_id: vec![user_id.to_owned()],
            ..Default::default()
        };
        let page = self.list(organization_id, &request).await?;
        // An id that begins with a sign, or an empty one, is a filter that lets others through.
        Ok(page.data.into_iter().find(|membership| is_of(membership, user_id)))
    }

    /// Tells whether a user is a member of an organization.
    ///
    /// HTTP request: `GET /organizations/{organization_id}/memberships?user_id=…`.
    ///
    /// One request, as [`get`](Self::get).
    ///
    /// # Parameters
    ///
    /// - `organization_id`: the id of the organization.
    /// - `user_id`: the id of the user.
    ///
    /// # Returns
    ///
    /// Whether there is a membership, in whatever role.
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
    /// | 404 | the organization does not exist |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// # let (organization_id, user_id) = (organization.id, user.id);
    /// assert!(client.organization_memberships().is_member(&organization_id, &user_id).await?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn is_member(
        &self,
        organization_id: impl AsRef<str>,
        user_id: impl AsRef<str>,
    ) -> Result<bool, Error> {
        Ok(self.get(organization_id, user_id).await?.is_some())
    }

    /// Lists the memberships of one user.
    ///
    /// HTTP request: `GET /users/{user_id}/organization_memberships`.
    ///
    /// One page; [`stream_for_user`](Self::stream_for_user) reads all.
    ///
    /// # Parameters
    ///
    /// - `user_id`: the id of the user.
    /// - `request`: `limit` (1 to 500, 10 when `None`) and `offset`.
    ///
    /// # Returns
    ///
    /// The rows of the page, and how many memberships the user has.
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
    /// | 403 | not allowed |
    /// | 404 | the user does not exist |
    /// | 422 | a parameter is missing or wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// use guildhall_sdk::ListUserOrganizationMemberships;
    ///
    /// let request = ListUserOrganizationMemberships::default();
    /// let page = client.organization_memberships().list_for_user(&user.id, &request).await?;
    ///
    /// assert_eq!(page.data[0].organization.name, "Analytical Engines");
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "users_get_organization_memberships")]
    pub async fn list_for_user(
        &self,
        user_id: impl AsRef<str>,
        request: &ListUserOrganizationMemberships,
    ) -> Result<Page<OrganizationMembership>, Error> {
        let path = ["users", user_id.as_ref(), "organization_memberships"];
        self.client.get(&path, request).await
    }

    /// Lists the memberships of all organizations of the instance.
    ///
    /// HTTP request: `GET /organization_memberships`.
    ///
    /// One page; [`stream_for_instance`](Self::stream_for_instance) reads all.
    ///
    /// # Parameters
    ///
    /// - `request`: order, `limit` (1 to 500, 10 when `None`) and `offset`.
    ///
    /// # Returns
    ///
    /// The rows of the page, and how many memberships there are.
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
    /// | 422 | a parameter is missing or wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// use guildhall_sdk::ListInstanceOrganizationMemberships;
    ///
    /// let request = ListInstanceOrganizationMemberships::default();
    /// let page = client.organization_memberships().list_for_instance(&request).await?;
    ///
    /// assert_eq!(page.total_count, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "instance_get_organization_memberships")]
    pub async fn list_for_instance(
        &self,
        request: &ListInstanceOrganizationMemberships,
    ) -> Result<Page<OrganizationMembership>, Error> {
        self.client.get(&["organization_memberships"], request).await
    }

    /// Reads all members of an organization.
    ///
    /// The pages of [`list`](Self::list), walked as told at [`Items`].
    ///
    /// # Parameters
    ///
    /// - `organization_id`: the id of the organization.
    /// - `request`: conditions and order; `limit` is the size of a page, `offset` or
    ///   `starting_after` where to begin.
    ///
    /// # Returns
    ///
    /// A stream; each of its errors is one of [`list`](Self::list) or a
    /// [`CursorError`](crate::CursorError).
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// use guildhall_sdk::ListOrganizationMemberships;
    ///
    /// let everybody = ListOrganizationMemberships::default();
    /// let mut members = client.organization_memberships().stream(&organization.id, everybody);
    /// while let Some(member) = members.next().await {
    ///     assert_eq!(member?.role, "org:member");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(
        &self,
        organization_id: impl AsRef<str>,
        request: ListOrganizationMemberships,
    ) -> Items<OrganizationMembership> {
        let (client, organization_id) = (self.client.clone(), organization_id.as_ref().to_owned());
        items(request, move |request| {
            let (client, organization_id) = (client.clone(), organization_id.clone());
            async move {
                client.get_rows(&["organizations", &organization_id, "memberships"], &request).await
            }
        })
    }

    /// Reads all memberships of one user.
    ///
    /// The pages of [`list_for_user`](Self::list_for_user), walked as told at [`Items`].
    ///
    /// # Parameters
    ///
    /// - `user_id`: the id of the user.
    /// - `request`: `limit` is the size of a page, `offset` or `starting_after` where to begin.
    ///
    /// # Returns
    ///
    /// A stream; each of its errors is one of [`list_for_user`](Self::list_for_user) or a
    /// [`CursorError`](crate::CursorError).
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// use guildhall_sdk::ListUserOrganizationMemberships;
    ///
    /// let all = ListUserOrganizationMemberships::default();
    /// let memberships =
    ///     client.organization_memberships().stream_for_user(&user.id, all).collect_all().await?;
    ///
    /// assert_eq!(memberships.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream_for_user(
        &self,
        user_id: impl AsRef<str>,
        request: ListUserOrganizationMemberships,
    ) -> Items<OrganizationMembership> {
        let (client, user_id) = (self.client.clone(), user_id.as_ref().to_owned());
        items(request, move |request| {
            let (client, user_id) = (client.clone(), user_id.clone());
            async move {
                client.get_rows(&["users", &user_id, "organization_memberships"], &request).await
            }
        })
    }

    /// Reads the memberships of all organizations of the instance.
    ///
    /// The pages of [`list_for_instance`](Self::list_for_instance), walked as told at [`Items`].
    ///
    /// # Parameters
    ///
    /// - `request`: the order; `limit` is the size of a page, `offset` or `starting_after` where to
    ///   begin.
    ///
    /// # Returns
    ///
    /// A stream; each of its errors is one of [`list_for_instance`](Self::list_for_instance) or a
    /// [`CursorError`](crate::CursorError).
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// use guildhall_sdk::ListInstanceOrganizationMemberships;
    ///
    /// let all = ListInstanceOrganizationMemberships::default();
    /// let memberships =
    ///     client.organization_memberships().stream_for_instance(all).collect_all().await?;
    ///
    /// assert_eq!(memberships.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream_for_instance(
        &self,
        request: ListInstanceOrganizationMemberships,
    ) -> Items<OrganizationMembership> {
        let client = self.client.clone();
        items(request, move |request| {
            let client = client.clone();
            async move { client.get_rows(&["organization_memberships"], &request).await }
        })
    }
}

fn is_of(membership: &OrganizationMembership, user_id: &str) -> bool {
    membership.public_user_data.as_ref().is_some_and(|user| user.user_id.as_str() == user_id)
}
