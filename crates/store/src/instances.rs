//! Instances: isolated tenants in one server.

use guildhall_rules::tokens::TokenVersion;

use crate::db::{Db, Row};
use crate::error::Error;
use crate::random::random_id;
use crate::reading::Cost;
use crate::{InstanceKey, Store, instance_settings, roles};

/// How many roles a new instance may have beside those that it begins with.
const MAX_ALLOWED_ROLES: i64 = 10;
/// How many role sets a new instance may have.
const MAX_ROLE_SETS_ALLOWED: i64 = 10;

/// What an instance is for; it shows in the prefix of its secret keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Development and tests: keys begin with `sk_test_`.
    Development,
    /// Production: keys begin with `sk_live_`.
    Production,
}

impl Environment {
    /// The environment as the wire calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
        }
    }

    /// What secret keys of such an instance begin with.
    pub fn key_prefix(self) -> &'static str {
        match self {
            Self::Development => "sk_test_",
            Self::Production => "sk_live_",
        }
    }
}

/// An isolated tenant: what belongs to another does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its row, which every read and write names.
    pub key: InstanceKey,
    /// Its id on the wire (`ins_…`).
    pub id: String,
    /// Its name, for the operator.
    pub name: String,
    /// What it is for.
    pub environment: Environment,
    /// When it was made, in Unix milliseconds.
    pub created_at: i64,
    /// Whether it has organizations at all.
    pub organizations_enabled: bool,
    /// The version of the claims of its session tokens.
    pub session_token_version: TokenVersion,
    /// How many roles there may be beside those that every instance begins with.
    pub max_allowed_roles: i64,
    /// How many role sets there may be.
    pub max_role_sets_allowed: i64,
}

/// What an operator changes about an instance; what is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InstanceChanges {
    /// The version of the claims of its session tokens.
    pub session_token_version: Option<TokenVersion>,
    /// How many roles there may be beside those that every instance begins with.
    pub max_allowed_roles: Option<i64>,
    /// How many role sets there may be, the one included that every instance begins with.
    pub max_role_sets_allowed: Option<i64>,
}

/// What [`read`] reads, in its order.
pub(crate) const COLUMNS: &str = "i.instance, i.id, i.name, i.environment, i.created_at,
                                  i.organizations_enabled, i.session_token_version,
                                  i.max_allowed_roles, i.max_role_sets_allowed";
/// How many columns that is.
pub(crate) const COLUMN_COUNT: usize = 9;

pub(crate) fn read(row: &Row<'_>) -> Result<Instance, Error> {
    Ok(Instance {
        key: InstanceKey(row.integer(0)?),
        id: row.text(1)?,
        name: row.text(2)?,
        environment: match row.text(3)?.as_str() {
            "production" => Environment::Production,
            _ => Environment::Development,
        },
        created_at: row.integer(4)?,
        organizations_enabled: row.boolean(5)?,
        session_token_version: TokenVersion::from_number(row.integer(6)?).unwrap_or_default(),
        max_allowed_roles: row.integer(7)?,
        max_role_sets_allowed: row.integer(8)?,
    })
}

impl Store {
    /// Makes an instance with the roles and permissions of the system.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_instance(
        &self,
        name: &str,
        environment: Environment,
    ) -> Result<Instance, Error> {
        let mut db = self.administer().await?;
        let instance = self.insert_instance(&mut db, name, environment).await?;
        db.commit().await?;
        Ok(instance)
    }

    /// The oldest instance, which is made if there is none, by one server of several that start.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_instance(
        &self,
        name: &str,
        environment: Environment,
    ) -> Result<Instance, Error> {
        let mut db = self.administer().await?;
        let sql = format!("SELECT {COLUMNS} FROM instances i ORDER BY i.instance LIMIT 1");
        let first = db.rows(&sql, vec![], read).await?.into_iter().next();
        let instance = match first {
            Some(instance) => instance,
            None => self.insert_instance(&mut db, name, environment).await?,
        };
        db.commit().await?;
        Ok(instance)
    }

    async fn insert_instance(
        &self,
        db: &mut Db,
        name: &str,
        environment: Environment,
    ) -> Result<Instance, Error> {
        let now = self.clock.now();
        let instance = Instance {
            key: InstanceKey(self.next_key(now)),
            id: random_id("ins_", now),
            name: name.to_owned(),
            environment,
            created_at: now,
            organizations_enabled: true,
            session_token_version: TokenVersion::default(),
            max_allowed_roles: MAX_ALLOWED_ROLES,
            max_role_sets_allowed: MAX_ROLE_SETS_ALLOWED,
        };
        roles::seed(db, instance.key, || self.next_key(now), now).await?;
        let call = vec![
            instance.key.into(),
            (&instance.id).into(),
            name.into(),
            environment.as_str().into(),
            instance.max_allowed_roles.into(),
            instance.max_role_sets_allowed.into(),
            instance.session_token_version.number().into(),
            instance_settings::EMPTY.into(),
            now.into(),
        ];
        db.execute(
            "INSERT INTO instances
               (instance, id, name, environment, organizations_enabled,
                max_allowed_memberships, max_allowed_roles, max_role_sets_allowed,
                admin_delete_enabled, slug_disabled, session_token_version, settings, created_at)
             VALUES ($1, $2, $3, $4, 1, 0, $5, $6, 1, 0, $7, $8, $9)",
            [call],
        )
        .await?;
        let kinds = ["memberships", "organizations", "users"];
        db.execute(
            "INSERT INTO instance_counts (instance, kind, total) VALUES ($1, $2, 0)",
            kinds.map(|kind| vec![instance.key.into(), kind.into()]),
        )
        .await?;
        Ok(instance)
    }

    /// Changes what an operator sets about an instance; servers go by it from the next request on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn update_instance(
        &self,
        instance: InstanceKey,
        changes: &InstanceChanges,
    ) -> Result<(), Error> {
        let mut db = self.administer().await?;
        let call = vec![
            instance.into(),
            changes.session_token_version.map(TokenVersion::number).into(),
            changes.max_allowed_roles.into(),
            changes.max_role_sets_allowed.into(),
        ];
        db.execute(
            "UPDATE instances
             SET session_token_version
                   = coalesce(CAST($2 AS BIGINT), session_token_version),
                 max_allowed_roles = coalesce(CAST($3 AS BIGINT), max_allowed_roles),
                 max_role_sets_allowed = coalesce(CAST($4 AS BIGINT), max_role_sets_allowed)
             WHERE instance = $1",
            [call],
        )
        .await?;
        db.commit().await
    }

    /// Every instance, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn instances(&self) -> Result<Vec<Instance>, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let sql = format!("SELECT {COLUMNS} FROM instances i ORDER BY i.instance");
        snapshot.rows(sql, vec![], read).await
    }

    /// The oldest instance, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn oldest_instance(&self) -> Result<Option<Instance>, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let sql = format!("SELECT {COLUMNS} FROM instances i ORDER BY i.instance LIMIT 1");
        snapshot.row(sql, vec![], read).await
    }

    /// The instance of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn instance(&self, id: &str) -> Result<Option<Instance>, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let sql = format!("SELECT {COLUMNS} FROM instances i WHERE i.id = $1");
        snapshot.row(sql, vec![id.to_owned().into()], read).await
    }
}
