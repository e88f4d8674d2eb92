//! Lists of the members of an organization.

use std::sync::Arc;

use guildhall_rules::{Organization, Role};
use guildhall_types::ListOrganizationMemberships;

use crate::error::Error;
use crate::filters::Filters;
use crate::kept::State;
use crate::listed::Listed;
use crate::membership_lists::{MembershipPage, membership_page, order, shared};
use crate::membership_pages::{FEW_TO_SORT, PageOf};
use crate::population::{Population, population};
use crate::reading::{Cost, Snapshot};
use crate::removals::OF_LIVE_USER;
use crate::rosters::Tests;
use crate::sources::Source;
use crate::user_lists::UserConditions;
use crate::whole_lists::Composition;
use crate::{InstanceKey, Store, organizations, roles, rosters, search};

/// Up to how many members of an organization are sorted and searched where they are asked for.
pub(crate) const SMALL_ORGANIZATION: i64 = 500;
/// Several roles that fewer than one in so many members hold are looked up in their own index.
const RARE: i64 = 100;

/// What every page of the members of an organization needs beside its rows.
pub(crate) struct Head {
    pub(crate) organization: Arc<Organization>,
    /// How many members it has.
    pub(crate) members: i64,
    pub(crate) composition: Composition,
    /// Every role of the instance.
    pub(crate) roles: Vec<Arc<Role>>,
    population: Population,
}

impl Store {
    /// A page of the members of an organization; `None` if there is no such organization. Where a
    /// state is given, that is the present one.
    ///
    /// # Errors
    /// [`Error::NoSuchPosition`] about a cursor; otherwise when the database fails or the read
    /// takes too long.
    pub async fn organization_memberships(
        &self,
        instance: InstanceKey,
        organization_id: &str,
        list: &ListOrganizationMemberships,
        at: Option<State>,
    ) -> Result<Option<MembershipPage>, Error> {
        let page = PageOf::new(order(list.order_by), list.limit, list.offset);
        let mut filters = filters(instance, list);
        let is_unfiltered = filters.is_empty();
        let has_no_condition = is_unfiltered && list.role.is_empty();
        let is_cheap =
            filters.are_selective() || page.is_cheap() && is_unfiltered && list.role.len() <= 1;
        if is_plain(list, &filters)
            && let Some(found) = self.plain_memberships(instance, organization_id, &page).await?
        {
            return Ok(found);
        }
        let mut snapshot = self.pool.snapshot_at(Cost::Page, at).await?;
        let mut head = Self::head(&mut snapshot, instance, organization_id).await?;
        let is_large = head.as_ref().is_some_and(|head| head.members > SMALL_ORGANIZATION);
        if !is_cheap && is_large {
            // What is kept may do, or a page in the order of the memberships.
            let may_do = has_no_condition && snapshot.kept().is_some();
            if let Some(head) = head.filter(|head| may_do && head.is_tidy()) {
                let organization = &head.organization;
                let page =
                    beside(page.clone(), &mut snapshot, instance, organization, list).await?;
                let found = head.page_of_all(&mut snapshot, instance, &page).await?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            drop(snapshot);
            snapshot = self.pool.snapshot(Cost::Scan).await?;
            head = Self::head(&mut snapshot, instance, organization_id).await?;
        }
        let Some(head) = head else { return Ok(None) };
        let Head { organization, members, roles, population, .. } = &*head;
        let members = *members;
        let page = beside(page, &mut snapshot, instance, organization, list).await?;
        let is_whole = has_no_condition && head.is_tidy();
        if is_whole && let Some(found) = head.page_of_all(&mut snapshot, instance, &page).await? {
            return Ok(Some(found));
        }
        filters.add_organization(organization.key);
        if population.has_leftovers {
            filters.add(OF_LIVE_USER.to_owned());
        }
        let mut matching = members;
        if !list.role.is_empty() {
            matching = add_roles(&mut snapshot, &mut filters, roles, list, members).await?;
        }
        let (mut are_found, mut counted) = (false, None);
        if members > SMALL_ORGANIZATION && !filters.are_selective() {
            (are_found, counted) = head.search(&mut snapshot, instance, list, &mut filters).await?;
        }
        let source = match are_found {
            true => Source::FoundUsers,
            false => Source::cheapest(&page, &filters, matching, population.users),
        };
        let total_count = match counted {
            Some(total) => total,
            None if is_unfiltered => u64::try_from(matching).unwrap_or(0),
            None => {
                let clauses = source.to_count().clauses(&snapshot, &filters);
                filters.count(&mut snapshot, format!("SELECT count(*) {clauses}{filters}")).await?
            }
        };
        let read = match total_count {
            0 => page.empty(),
            _ => page.read(&mut snapshot, &filters, source.for_total(total_count, members)).await?,
        };
        if is_whole {
            return Ok(Some(head.page_as_read(&snapshot, instance, &page, read)));
        }
        let organizations = std::slice::from_ref(organization);
        Ok(Some(membership_page(read, roles, organizations, total_count)))
    }

    /// What every page of an organization needs; `None` if there is no such organization.
    async fn head(
        snapshot: &mut Snapshot,
        instance: InstanceKey,
        organization_id: &str,
    ) -> Result<Option<Arc<Head>>, Error> {
        let key = (instance, organization_id.to_owned());
        let kept = snapshot.kept();
        if let Some((kept, state)) = &kept
            && let Some(head) = kept.heads.get(*state, &key)
        {
            return Ok(Some(head));
        }
        let organization = organizations::question(instance, organization_id);
        let asked = (organization, roles::question(instance), population(instance));
        let (organizations, roles, population) = snapshot.all_three(asked).await?;
        let Some((organization, members)) = organizations.into_iter().next() else {
            return Ok(None);
        };
        let head = Arc::new(Head {
            organization: Arc::new(organization),
            members,
            composition: Composition::new(),
            roles: shared(roles::group(roles)),
            population: population.first().copied().unwrap_or_default(),
        });
        if let Some((kept, state)) = kept {
            kept.heads.keep(state, key, Arc::clone(&head), 1);
        }
        Ok(Some(head))
    }

    /// The membership of a user in an organization; `Ok(None)` inside when there is none, and
    /// `None` outside when there is no such organization.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn organization_membership(
        &self,
        instance: InstanceKey,
        organization_id: &str,
        user_id: &str,
    ) -> Result<Option<Option<Arc<Listed>>>, Error> {
        let list = ListOrganizationMemberships {
            limit: Some(1),
            user_id: vec![format!("+{user_id}")],
            ..Default::default()
        };
        let page = self.organization_memberships(instance, organization_id, &list, None).await?;
        Ok(page.map(|page| page.data.into_iter().next()))
    }
}

impl Head {
    /// Looks for the users who can match: whether they are so few that a page begins with them, which
    /// the filters require then, and how many match, if that is known already.
    async fn search(
        &self,
        snapshot: &mut Snapshot,
        instance: InstanceKey,
        list: &ListOrganizationMemberships,
        filters: &mut Filters,
    ) -> Result<(bool, Option<u64>), Error> {
        if search::narrow_to_named(snapshot, filters).await?.is_some() {
            return Ok((true, None));
        }
        let (organization, members) = (self.organization.key, self.members);
        let counted = match Tests::of(list).filter(|_| !self.population.has_leftovers) {
            Some(tests) => rosters::count(snapshot, instance, organization, members, tests).await?,
            None => None,
        };
        // Where many match, those of a page are met soon enough.
        if counted.is_some_and(|total| total > FEW_TO_SORT.unsigned_abs()) {
            return Ok((false, counted));
        }
        let found = search::narrow_to_few(snapshot, filters).await?;
        Ok((found.is_some(), counted))
    }

    /// Whether no membership is left behind by a user or an organization that is gone.
    fn is_tidy(&self) -> bool {
        !self.population.has_leftovers
    }
}

/// The page beside the place in an organization that a list names, if it names one.
async fn beside(
    page: PageOf,
    snapshot: &mut Snapshot,
    instance: InstanceKey,
    organization: &Organization,
    list: &ListOrganizationMemberships,
) -> Result<PageOf, Error> {
    let (after, before) = (list.starting_after.as_ref(), list.ending_before.as_ref());
    if after.or(before).is_none() {
        return Ok(page);
    }
    let mut scope = Filters::new(instance);
    scope.add_organization(organization.key);
    page.beside(snapshot, &scope, after, before).await
}

/// Tells whether a list has no condition, and begins at its beginning.
fn is_plain(list: &ListOrganizationMemberships, filters: &Filters) -> bool {
    let is_beside = list.starting_after.is_some() || list.ending_before.is_some();
    filters.is_empty() && list.role.is_empty() && !is_beside
}

/// Requires one of the roles asked for; tells how many members hold one.
async fn add_roles(
    snapshot: &mut Snapshot,
    filters: &mut Filters,
    roles: &[Arc<Role>],
    list: &ListOrganizationMemberships,
    members: i64,
) -> Result<i64, Error> {
    let is_asked = |role: &&Role| list.role.contains(&role.key);
    let (asked, others): (Vec<&Role>, Vec<&Role>) =
        roles.iter().map(Arc::as_ref).partition(is_asked);
    let rows = |roles: Vec<&Role>| roles.into_iter().map(|role| role.row).collect::<Vec<i64>>();
    let (asked, others) = (rows(asked), rows(others));
    let mut counted = filters.clone();
    let organization = counted.organization().to_owned();
    let bound = counted.bind_all(asked.iter().copied());
    let sql = format!(
        "SELECT CAST(coalesce(sum(c.members), 0) AS BIGINT)
         FROM member_totals c
         WHERE c.instance = $1 AND c.organization = {organization} AND c.role IN ({bound})"
    );
    let matching = i64::try_from(counted.count(snapshot, sql).await?).unwrap_or(i64::MAX);
    if asked.len() == 1 || matching < members / RARE {
        let asked = filters.bind_all(asked);
        filters.add(format!("m.role IN ({asked})"));
    } else if !others.is_empty() {
        // So that the planner does not read members by role, and sort them: where many match, the
        // first ones in the order of the list come sooner.
        let others = filters.bind_all(others);
        filters.add(format!("m.role NOT IN ({others})"));
    }
    Ok(matching)
}

/// The conditions on users; roles are added by [`add_roles`].
fn filters(instance: InstanceKey, list: &ListOrganizationMemberships) -> Filters {
    let mut filters = Filters::new(instance);
    filters.users("u.id", &list.user_id);
    let conditions = UserConditions {
        email_address: &list.email_address,
        phone_number: &list.phone_number,
        username: &list.username,
        web3_wallet: &list.web3_wallet,
        query: list.query.as_ref(),
        email_address_query: list.email_address_query.as_ref(),
        phone_number_query: list.phone_number_query.as_ref(),
        username_query: list.username_query.as_ref(),
        name_query: list.name_query.as_ref(),
    };
    conditions.add_to(&mut filters);
    // The specification speaks of the user's dates.
    filters.created(list.created_at_after, list.created_at_before);
    filters.between("u.last_active_at", list.last_active_at_after, list.last_active_at_before);
    filters
}
