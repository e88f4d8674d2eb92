//! What an instance has set about organizations.

use guildhall_types::Code;

use crate::batch::Rows;
use crate::catalogue::Catalogue;
use crate::operation::{Context, Operation, Refusal, Wanted, set};
use crate::roles::require_minimum;
use crate::rows::OrganizationSettings;

/// What an instance has set, its roles by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationSettingsView {
    /// What is set.
    pub settings: OrganizationSettings,
    /// The key of the role that creators get.
    pub creator_role: String,
    /// The key of the role that people get who join by their domain.
    pub domains_default_role: String,
}

impl OrganizationSettingsView {
    /// What is set, with the keys that the roles have in `catalogue`.
    pub fn new(settings: OrganizationSettings, catalogue: &Catalogue) -> Self {
        let key = |row| catalogue.role_at(row).map(|role| role.key.clone()).unwrap_or_default();
        Self {
            creator_role: key(settings.creator_role),
            domains_default_role: key(settings.domains_default_role),
            settings,
        }
    }
}

/// Changes what an instance has set; what is `None` stays.
#[derive(Debug, Default)]
pub struct Update {
    /// Whether there are organizations at all.
    pub enabled: Option<bool>,
    /// The limit on members that new organizations get; 0 for none.
    pub max_allowed_memberships: Option<i64>,
    /// Whether admins may delete new organizations.
    pub admin_delete_enabled: Option<bool>,
    /// Whether requests may not name the slugs of organizations.
    pub slug_disabled: Option<bool>,
    /// The id of the role that creators get; it must grant the minimum permissions.
    pub creator_role_id: Option<String>,
    /// The id of the role that people get who join by their domain.
    pub domains_default_role_id: Option<String>,
}

impl Operation for Update {
    type Answer = OrganizationSettingsView;
    const ALONE: bool = true;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.catalogue = true;
    }

    fn decide(
        &self,
        rows: &mut Rows,
        _: &mut Context<'_>,
    ) -> Result<OrganizationSettingsView, Refusal> {
        let mut settings = rows.settings();
        if let Some(id) = &self.creator_role_id {
            settings.creator_role = role(&rows.catalogue, id, "creator_role_id")?;
            require_minimum(&rows.catalogue, settings.creator_role, Some("creator_role_id"))?;
        }
        if let Some(id) = &self.domains_default_role_id {
            settings.domains_default_role = role(&rows.catalogue, id, "domains_default_role_id")?;
        }
        set(&mut settings.enabled, &self.enabled);
        set(&mut settings.max_allowed_memberships, &self.max_allowed_memberships);
        set(&mut settings.admin_delete_enabled, &self.admin_delete_enabled);
        set(&mut settings.slug_disabled, &self.slug_disabled);
        rows.put_settings(settings.clone());
        Ok(OrganizationSettingsView::new(settings, &rows.catalogue))
    }
}

fn role(catalogue: &Catalogue, id: &str, parameter: &str) -> Result<i64, Refusal> {
    let unknown = || Code::OrganizationRoleNotFound.fault().at(parameter);
    Ok(catalogue.role(id).ok_or_else(unknown)?.row)
}
