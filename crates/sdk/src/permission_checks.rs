//! Whether users may do something in organizations.

use guildhall_types::{Check, CheckQuestion};
use serde::Serialize;

use crate::{Client, Error};

#[derive(Serialize)]
struct Questions<'a> {
    questions: &'a [CheckQuestion],
}

impl Client {
    /// Asks whether users have permissions or roles in organizations, by what is so now.
    ///
    /// HTTP request: `POST /check`; it changes nothing, and is sent again as a `GET` would be.
    ///
    /// A session token tells what was so when it was made; this tells what is committed, so that
    /// the end of a membership counts at once. An addition of Guildhall: api.clerk.com has no such
    /// path, and answers 404.
    ///
    /// # Parameters
    ///
    /// - `questions`: 1 to 1,000 ([`MAX_CHECK_QUESTIONS`](guildhall_types::MAX_CHECK_QUESTIONS)).
    ///
    /// # Returns
    ///
    /// One answer a question, in the order of the questions. Whoever is no member, does not exist
    /// or is banned is allowed nothing; an unknown organization, permission or role allows nothing.
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
    /// | 403 | organizations are off (`organization_not_enabled_in_instance`) |
    /// | 422 | there is no question, or there are too many |
    ///
    /// [`Error::Decode`] too where there is not one answer a question.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example/member.txt")]
    /// use guildhall_sdk::CheckQuestion;
    ///
    /// let (user, organization) = (user.id.as_str(), organization.id.as_str());
    /// let questions = [
    ///     CheckQuestion::permission(user, organization, "org:sys_memberships:read"),
    ///     CheckQuestion::role(user, organization, "org:admin"),
    /// ];
    /// let answers = client.check(&questions).await?;
    ///
    /// assert!(answers.data[0].allowed && !answers.data[1].allowed);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn check(&self, questions: &[CheckQuestion]) -> Result<Check, Error> {
        let check: Check = self.ask(&["check"], &Questions { questions }).await?;
        if check.data.len() != questions.len() {
            let (found, asked) = (check.data.len(), questions.len());
            return Err(Error::Decode {
                status: 200,
                trace_id: None,
                excerpt: String::new(),
                source: format!("it holds {found} answers to {asked} questions").into(),
            });
        }
        Ok(check)
    }
}
