//! Questions whether users may do something in organizations, and the answers.

use serde::{Deserialize, Serialize};

use crate::{OrganizationId, UserId};

/// The most questions of one check.
pub const MAX_CHECK_QUESTIONS: usize = 1000;

/// Whether a user has a permission, or a role, in an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckQuestion {
    /// The user.
    pub user_id: UserId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// What the user has to have there.
    #[serde(flatten)]
    pub needs: Needed,
}

/// What a user has to have in an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Needed {
    /// A permission, by its key; those of the system too.
    Permission(String),
    /// A role, by its key.
    Role(String),
}

impl CheckQuestion {
    /// Whether the user has a permission there, such as `org:posts:delete`.
    pub fn permission(
        user_id: impl Into<UserId>,
        organization_id: impl Into<OrganizationId>,
        key: impl Into<String>,
    ) -> Self {
        let (user_id, organization_id) = (user_id.into(), organization_id.into());
        Self { user_id, organization_id, needs: Needed::Permission(key.into()) }
    }

    /// Whether the user has a role there, such as `org:admin`.
    pub fn role(
        user_id: impl Into<UserId>,
        organization_id: impl Into<OrganizationId>,
        key: impl Into<String>,
    ) -> Self {
        let (user_id, organization_id) = (user_id.into(), organization_id.into());
        Self { user_id, organization_id, needs: Needed::Role(key.into()) }
    }
}

/// The answers to the questions of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Check {
    /// Always `check`.
    pub object: String,
    /// One answer a question, in the order of the questions.
    pub data: Vec<CheckResult>,
}

impl Check {
    /// What is so, in the order of the questions.
    pub fn new(allowed: impl IntoIterator<Item = bool>) -> Self {
        let data = allowed
            .into_iter()
            .map(|allowed| CheckResult { object: "check_result".to_owned(), allowed });
        Self { object: "check".to_owned(), data: data.collect() }
    }
}

/// The answer to a question of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckResult {
    /// Always `check_result`.
    pub object: String,
    /// Whether the user is a member of the organization, has what is needed, and is not banned.
    pub allowed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_either_a_permission_or_a_role() {
        let permission = CheckQuestion::permission("user_1", "org_1", "org:posts:delete");
        let role = CheckQuestion::role("user_1", "org_1", "org:admin");

        let ids = r#"{"user_id":"user_1","organization_id":"org_1","#;
        let json = |question: &CheckQuestion| serde_json::to_string(question).unwrap();
        assert_eq!(json(&permission), format!(r#"{ids}"permission":"org:posts:delete"}}"#));
        assert_eq!(json(&role), format!(r#"{ids}"role":"org:admin"}}"#));
    }
}
