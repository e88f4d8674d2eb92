//! Whether users may do something in organizations, as what is committed says.

use guildhall_types::{CheckQuestion, Needed};

use crate::db::{Calls, Row};
use crate::error::Error;
use crate::reading::Cost;
use crate::{InstanceKey, Store};

/// Up to how many questions are answered where they are asked; a question costs some five lookups.
const SHORT: usize = 50;

/// The role of the user `$3` in the organization `$4`.
///
/// Organizations and users are gone as soon as they are removed, their memberships may be left: so
/// both rows are looked up, each by itself, or PostgreSQL would walk through every membership of a
/// user who has many.
macro_rules! role {
    () => {
        "(SELECT m.role
          FROM memberships m
          WHERE m.instance = $1
                AND m.\"user\" = (SELECT u.\"user\"
                                FROM users u
                                WHERE u.instance = $1 AND u.id = $3 AND u.banned = 0)
                AND m.organization = (SELECT o.organization
                                      FROM organizations o
                                      WHERE o.instance = $1 AND o.id = $4))"
    };
}

/// Gives `$2` back where that role grants the permission `$5`.
///
/// `LIMIT` keeps PostgreSQL from taking the lookups of many questions for one join.
const HAS_PERMISSION: &str = concat!(
    "SELECT CAST($2 AS BIGINT)
     FROM permissions p
     JOIN role_permissions g ON g.instance = p.instance AND g.permission = p.permission
     WHERE p.instance = $1 AND p.key = $5 AND g.role = ",
    role!(),
    "\nLIMIT 1"
);
/// Gives `$2` back where that role is `$5`.
const HAS_ROLE: &str = concat!(
    "SELECT CAST($2 AS BIGINT)
     FROM roles r
     WHERE r.instance = $1 AND r.key = $5 AND r.role = ",
    role!(),
    "\nLIMIT 1"
);

impl Store {
    /// Answers each question by what is committed, all by one state of it.
    ///
    /// Whoever is no member, does not exist or is banned is allowed nothing.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub async fn check_permissions(
        &self,
        instance: InstanceKey,
        questions: &[CheckQuestion],
    ) -> Result<Vec<bool>, Error> {
        let (mut permissions, mut roles) = (Calls::new(), Calls::new());
        for (place, question) in (0_i64..).zip(questions) {
            let (calls, key) = match &question.needs {
                Needed::Permission(key) => (&mut permissions, key),
                Needed::Role(key) => (&mut roles, key),
            };
            calls.push(vec![
                instance.into(),
                place.into(),
                question.user_id.as_str().to_owned().into(),
                question.organization_id.as_str().to_owned().into(),
                key.clone().into(),
            ]);
        }
        let cost = if questions.len() <= SHORT { Cost::Page } else { Cost::Scan };
        let mut snapshot = self.pool.snapshot(cost).await?;
        let asked = [(HAS_PERMISSION, permissions), (HAS_ROLE, roles)];
        let found = snapshot.each(asked, |row: &Row<'_>| row.integer(0)).await?;
        let mut allowed = vec![false; questions.len()];
        for place in found {
            let place = usize::try_from(place).ok().and_then(|place| allowed.get_mut(place));
            *place.ok_or_else(|| Error::failed("an answer belongs to no question"))? = true;
        }
        Ok(allowed)
    }
}
