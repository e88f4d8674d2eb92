//! What an instance has set about organizations.

use guildhall_types::Code;

use crate::batch::Rows;
use crate::catalogue::Catalogue;
use crate::operation::{Context, Operation, Refusal, Wanted, set};
use crate::role_sets::{self, RoleSetRecord, RoleSets};
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
    /// The key of the role set that new organizations get.
    pub initial_role_set: String,
}

impl OrganizationSettingsView {
    /// What is set, with the roles of the initial role set by the keys that they have in
    /// `catalogue`.
    pub fn new(
        settings: OrganizationSettings,
        role_sets: &RoleSets,
        catalogue: &Catalogue,
    ) -> Self {
        let initial = role_sets.initial();
        let key = |row: fn(&RoleSetRecord) -> i64| {
            let role = initial.and_then(|set| catalogue.role_at(row(set)));
            role.map(|role| role.key.clone()).unwrap_or_default()
        };
        Self {
            creator_role: key(|set| set.creator_role),
            domains_default_role: key(|set| set.default_role),
            initial_role_set: initial.map(|set| set.key.clone()).unwrap_or_default(),
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
    /// The id of the role that creators get; it must grant the minimum permissions. The initial role
    /// set gets it, if it has it not.
    pub creator_role_id: Option<String>,
    /// The id of the role that people get who join by their domain. The initial role set gets it, if
    /// it has it not.
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
        context: &mut Context<'_>,
    ) -> Result<OrganizationSettingsView, Refusal> {
        if let Some(id) = &self.creator_role_id {
            let role = role(&rows.catalogue, id, "creator_role_id")?;
            require_minimum(&rows.catalogue, role, Some("creator_role_id"))?;
            change_initial(rows, role, |set| &mut set.creator_role, context)?;
        }
        if let Some(id) = &self.domains_default_role_id {
            let role = role(&rows.catalogue, id, "domains_default_role_id")?;
            change_initial(rows, role, |set| &mut set.default_role, context)?;
        }
        let mut settings = rows.settings();
        set(&mut settings.enabled, &self.enabled);
        set(&mut settings.max_allowed_memberships, &self.max_allowed_memberships);
        set(&mut settings.admin_delete_enabled, &self.admin_delete_enabled);
        set(&mut settings.slug_disabled, &self.slug_disabled);
        rows.put_settings(settings.clone());
        Ok(OrganizationSettingsView::new(settings, &rows.role_sets, &rows.catalogue))
    }
}

/// Gives the initial role set a role in one of its places.
fn change_initial(
    rows: &mut Rows,
    role: i64,
    place: fn(&mut RoleSetRecord) -> &mut i64,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    role_sets::add_to_initial(rows, role, context)?;
    let mut initial = role_sets::modifiable_initial(rows)?;
    *place(&mut initial) = role;
    role_sets::save(rows, initial, context);
    Ok(())
}

fn role(catalogue: &Catalogue, id: &str, parameter: &str) -> Result<i64, Refusal> {
    let unknown = || Code::OrganizationRoleNotFound.fault().at(parameter);
    Ok(catalogue.role(id).ok_or_else(unknown)?.row)
}
