//! Lists and counts of users.

use guildhall_types::{ListUsers, TotalCount, User};

use super::Users;
use crate::items::items;
use crate::walk::Rows;
use crate::{Error, Items};

impl Users<'_> {
    /// Lists users.
    ///
    /// HTTP request: `GET /users`.
    ///
    /// One page; [`stream`](Self::stream) reads all, [`count`](Self::count) counts.
    ///
    /// # Parameters
    ///
    /// - `request`: conditions, order, `limit` (1 to 500, 10 when `None`) and `offset`.
    ///
    /// # Returns
    ///
    /// The rows of the page.
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
    /// | 422 | a parameter is missing or wrong |
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../example/member.txt")]
    /// use guildhall_sdk::ListUsers;
    ///
    /// let request =
    ///     ListUsers { email_address: vec!["ada@example.com".to_owned()], ..Default::default() };
    /// let users = client.users().list(&request).await?;
    ///
    /// assert_eq!(users[0].id, user.id);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_user_list")]
    pub async fn list(&self, request: &ListUsers) -> Result<Vec<User>, Error> {
        self.client.get(&["users"], request).await
    }

    /// Counts users.
    ///
    /// HTTP request: `GET /users/count`.
    ///
    /// # Parameters
    ///
    /// - `request`: the conditions; its order, `limit`, `offset` and `starting_after` do not count
    ///   and are not sent.
    ///
    /// # Returns
    ///
    /// How many users match.
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
    /// use guildhall_sdk::ListUsers;
    ///
    /// assert_eq!(client.users().count(&ListUsers::default()).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "get_users_count")]
    pub async fn count(&self, request: &ListUsers) -> Result<u64, Error> {
        let conditions = ListUsers {
            limit: None,
            offset: None,
            order_by: None,
            starting_after: None,
            ..request.clone()
        };
        let count: TotalCount = self.client.get(&["users", "count"], &conditions).await?;
        Ok(count.total_count)
    }

    /// Reads all users.
    ///
    /// The pages of [`list`](Self::list), walked as told at [`Items`].
    ///
    /// # Parameters
    ///
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
    /// use guildhall_sdk::ListUsers;
    ///
    /// let users = client.users().stream(ListUsers::default()).collect_all().await?;
    ///
    /// assert_eq!(users.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(&self, request: ListUsers) -> Items<User> {
        let client = self.client.clone();
        items(request, move |request| {
            let client = client.clone();
            async move {
                let users = client.users().list(&request).await?;
                let by_cursor = request.starting_after.is_some();
                Ok(if by_cursor { Rows::after_ids(users) } else { Rows::from(users) })
            }
        })
    }
}
