//! Loading: the rows that a batch wants, one statement a table.

use std::sync::Arc;

use guildhall_rules::{Rows, Wanted};
use guildhall_types::UpdateInstance;

use crate::db::{Db, Statements};
use crate::dialect::LOCK_TO_CHANGE;
use crate::error::Error;
use crate::recent::RecentAt;
use crate::standing::{self, Standing};
use crate::{
    InstanceKey, catalogue, instance_settings, memberships, organizations, role_sets, sessions,
    users,
};

/// Loads what is wanted at `now` (Unix milliseconds); role sets before organizations before users
/// before what depends on them. What is `kept`, or is among the `recent` rows, is not asked for; what
/// is kept is told as it is now.
///
/// Where others write to the database too, the locks are taken here, in this order, and each kind
/// in the order of the ids: what depends on a row is read only once the row is locked, so that it
/// holds still until the commit. Memberships and counts are guarded by their organization.
/// Statements that are sent together keep their order.
pub(crate) async fn load(
    db: &mut Db,
    instance: InstanceKey,
    mut wanted: Wanted,
    (kept, recent): (Option<Arc<Standing>>, Option<RecentAt<'_>>),
    now: i64,
) -> Result<(Box<Rows>, Arc<Standing>), Error> {
    let mut rows = Box::<Rows>::default();
    if let Some(recent) = recent {
        recent.load(&mut wanted, &mut rows);
    }
    let mut standing = standing::Asked::default();
    let mut found = [Vec::new(), Vec::new()];
    let mut asked = users::Asked::default();
    let mut catalogued = catalogue::Asked::default();
    let mut sessions = Vec::new();
    let mut instance_settings = UpdateInstance::default();
    let mut statements = Statements::default();
    if wanted.removals || wanted.catalogue || wanted.instance {
        lock_instance(&mut statements, instance);
    }
    if kept.is_none() {
        standing.ask(&mut statements, instance, &wanted, db.data_version()?.is_some());
    }
    instance_settings::ask(&mut statements, instance, &wanted, &mut instance_settings);
    catalogue::ask(&mut statements, instance, &wanted, &mut catalogued);
    organizations::ask(&mut statements, instance, &wanted, &mut found);
    users::ask(&mut statements, instance, &wanted, &mut asked);
    sessions::ask(&mut statements, instance, &wanted, &mut sessions);
    db.together(statements).await?;
    let standing = kept.unwrap_or_else(|| Arc::new(standing.into()));
    standing.load(&mut rows);
    rows.load_instance(instance_settings);
    catalogued.load(&mut rows.catalogue);
    let found: Vec<_> = found.into_iter().flatten().collect();
    let organizations: Vec<i64> = found.iter().map(|organization| organization.key).collect();
    found.into_iter().for_each(|organization| rows.load_organization(organization));
    asked.load(&wanted, &mut rows);
    sessions.into_iter().for_each(|session| rows.sessions.load(session));

    if let Some(recent) = recent {
        recent.load_memberships(&mut wanted, &mut rows);
    }
    let (mut counts, mut found, mut totals) = (Vec::new(), Vec::new(), Vec::new());
    let mut of_users = sessions::OfUsers::default();
    let mut statements = Statements::default();
    organizations::ask_counts(&mut statements, instance, &organizations, &mut counts);
    memberships::ask(&mut statements, instance, &wanted, &rows, &mut found, &mut totals);
    sessions::ask_of_users(&mut statements, instance, &wanted, &rows, &mut of_users, now);
    db.together(statements).await?;
    for (organization, role, members) in counts {
        rows.load_member_count(organization, role, members);
    }
    found.into_iter().for_each(|membership| rows.load_membership(membership));
    let mut statements = Statements::default();
    of_users.ask_of_members(&mut statements, instance, &wanted);
    db.together(statements).await?;
    of_users.load(&mut rows);
    memberships::load_of_users(db, instance, totals, &mut rows).await?;
    role_sets::load_held(db, instance, &wanted, &mut rows).await?;
    Ok((rows, standing))
}

/// Lets one transaction at a time remove organizations and users of an instance: what goes with an
/// organization must not be counted a second time with a user. Neither do two change its roles,
/// permissions and settings, of which each is decided by looking at all.
fn lock_instance(statements: &mut Statements<'_>, instance: InstanceKey) {
    let sql = format!("SELECT 1 FROM instances WHERE instance = $1{LOCK_TO_CHANGE}");
    statements.ask(sql, vec![vec![instance.into()]], |_| Ok(()));
}
