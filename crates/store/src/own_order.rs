//! Pages of an organization in the order of its memberships, where the state that is read is known.
//!
//! Which rows there are is read by statements that are always the same, and the rows themselves
//! where one of them is not kept. A page far inside of the list begins at a mark: a place of which is
//! kept how many rows are before it.

use std::sync::{Arc, LazyLock};

use guildhall_rules::{Organization, Role};
use guildhall_types::Direction;

use crate::InstanceKey;
use crate::cursors::Position;
use crate::db::Row;
use crate::error::Error;
use crate::kept::State;
use crate::kept_reads::KeptReads;
use crate::listed::Listed;
use crate::membership_lists::views;
use crate::membership_pages::{Found, LARGE_OFFSET, PageOf, PageRead};
use crate::memberships;
use crate::reading::Snapshot;

/// How many rows there are from one mark to the next.
const STEP: u64 = 512;

/// The keys of memberships behind which a multiple of [`STEP`] rows have been skipped, without gaps
/// from the beginning on.
pub(crate) type Marks = Arc<[i64]>;

static ASCENDING: LazyLock<Statements> = LazyLock::new(|| Statements::new('>', "ASC"));
static DESCENDING: LazyLock<Statements> = LazyLock::new(|| Statements::new('<', "DESC"));

/// The statements of a direction.
struct Statements {
    /// The keys of rows, and the rows.
    keys: String,
    rows: String,
    /// The key that is given, and up to so many marks behind it.
    marks: String,
}

impl Statements {
    fn new(later: char, direction: &str) -> Self {
        let of_organization = "m.instance = $1 AND m.organization = $2";
        let window = |columns| {
            format!(
                "SELECT {columns}
                 FROM memberships m
                 WHERE {of_organization} AND m.membership {later} $3
                 ORDER BY m.membership {direction}
                 LIMIT $4 OFFSET $5"
            )
        };
        let marks = format!(
            "WITH RECURSIVE marks (membership) AS (
                 SELECT $3
                 UNION ALL
                 SELECT (SELECT m.membership
                         FROM memberships m
                         WHERE {of_organization} AND m.membership {later} marks.membership
                         ORDER BY m.membership {direction}
                         LIMIT 1 OFFSET $5)
                 FROM marks
                 WHERE marks.membership IS NOT NULL
                 LIMIT $4)
             SELECT membership FROM marks WHERE membership IS NOT NULL"
        );
        Self { keys: window("m.membership"), rows: window(memberships::COLUMNS), marks }
    }
}

impl PageOf {
    /// Reads the page of an organization out of all its memberships, none of which may be hidden;
    /// `None` where nothing is known of the state, or a walk is needed that this snapshot is not for.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn read_in_own_order(
        &self,
        snapshot: &mut Snapshot,
        instance: InstanceKey,
        organization: &Arc<Organization>,
        roles: &[Arc<Role>],
    ) -> Result<Option<PageRead<Arc<Listed>>>, Error> {
        let (Some(window), Some((kept, state))) = (self.in_own_order(), snapshot.kept()) else {
            return Ok(None);
        };
        let walk = Walk { instance, organization: organization.key, direction: window.direction };
        let (mut after, mut offset) = (window.after, window.offset);
        if after.is_none() && offset >= LARGE_OFFSET {
            let wanted = offset / STEP;
            let Some(marks) = walk.marks(snapshot, wanted, (&kept, state)).await? else {
                return Ok(None);
            };
            let number = usize::try_from(wanted).unwrap_or(usize::MAX);
            let Some(mark) = marks.get(number - 1) else {
                return Ok(Some(self.of_rows(Vec::new(), position)));
            };
            (after, offset) = (Some(*mark), offset % STEP);
        }
        let parameters = vec![
            instance.into(),
            organization.key.into(),
            after.unwrap_or(walk.beginning()).into(),
            window.rows.into(),
            i64::try_from(offset).unwrap_or(i64::MAX).into(),
        ];
        let Statements { keys, rows, .. } = walk.statements();
        let keys = snapshot.rows(keys.as_str(), parameters.clone(), |row| row.integer(0)).await?;
        let keys = keys.into_iter().map(|key| (instance, organization.key, key));
        if let Some(rows) = kept.rows.get_all(state, keys) {
            return Ok(Some(self.of_rows(rows, position)));
        }
        let rows = snapshot.rows(rows.as_str(), parameters, memberships::read).await?;
        let rows = Found::with_cards(rows, snapshot, instance, (&kept, state)).await?;
        let rows = views(rows, roles, std::slice::from_ref(organization));
        let rows = rows.map(|view| kept.keep_row(instance, state, view)).collect();
        Ok(Some(self.of_rows(rows, position)))
    }
}

/// The place of a row in the order of the memberships.
fn position(row: &Arc<Listed>) -> Position {
    Position::new(row.membership.key, None)
}

/// The memberships of an organization in one direction.
struct Walk {
    instance: InstanceKey,
    organization: i64,
    direction: Direction,
}

impl Walk {
    /// The marks up to the one that is `wanted`, which is missing where there are fewer rows; `None`
    /// where others would have to be looked for on a worker.
    async fn marks(
        &self,
        snapshot: &mut Snapshot,
        wanted: u64,
        (kept, state): (&KeptReads, State),
    ) -> Result<Option<Marks>, Error> {
        let key = (self.instance, self.organization, self.direction);
        let known = kept.marks.get(state, &key).unwrap_or_default();
        let missing = wanted.saturating_sub(known.len() as u64);
        if missing == 0 {
            return Ok(Some(known));
        }
        if !snapshot.may_scan() {
            return Ok(None);
        }
        let parameters = vec![
            self.instance.into(),
            self.organization.into(),
            known.last().copied().unwrap_or(self.beginning()).into(),
            i64::try_from(missing).unwrap_or(i64::MAX).saturating_add(1).into(),
            i64::try_from(STEP - 1).unwrap_or(i64::MAX).into(),
        ];
        let sql = self.statements().marks.as_str();
        let found = snapshot.rows(sql, parameters, |row: &Row<'_>| row.integer(0)).await?;
        let marks: Marks = known.iter().chain(found.iter().skip(1)).copied().collect();
        kept.marks.keep(state, key, Arc::clone(&marks), marks.len());
        Ok(Some(marks))
    }

    /// What is before every key.
    fn beginning(&self) -> i64 {
        match self.direction {
            Direction::Ascending => i64::MIN,
            Direction::Descending => i64::MAX,
        }
    }

    fn statements(&self) -> &'static Statements {
        match self.direction {
            Direction::Ascending => &ASCENDING,
            Direction::Descending => &DESCENDING,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use guildhall_rules::Organization;
    use guildhall_rules::users::Create as CreateUser;
    use guildhall_types::{ListOrganizationMemberships, OrderBy, OrganizationMembershipOrder};

    use super::*;
    use crate::fresh::Fresh;

    /// Enough for three marks in either direction.
    const MEMBERS: usize = 1700;

    struct World {
        fresh: Fresh,
        organization: Organization,
    }

    impl World {
        async fn new() -> Self {
            let fresh = Fresh::open().await;
            let organization = fresh.organization(Some(0)).await;
            let join = async || {
                let user = fresh.store.write(fresh.instance, CreateUser::default()).await.unwrap();
                fresh.join(&organization, user.id).await;
            };
            join_all((0..MEMBERS).map(|_| join())).await;
            Self { fresh, organization }
        }

        async fn page(&self, direction: Direction, offset: usize, limit: u32) -> Vec<i64> {
            let field = OrganizationMembershipOrder::CreatedAt;
            let list = ListOrganizationMemberships {
                limit: Some(limit),
                offset: Some(offset as u64),
                order_by: Some(OrderBy { field, direction }),
                ..Default::default()
            };
            let (Fresh { store, instance, .. }, id) = (&self.fresh, &self.organization.id);
            let page = store.organization_memberships(*instance, id, &list, None).await;
            let page = page.unwrap().unwrap();
            page.data.iter().map(|view| view.membership.key).collect()
        }

        /// Every membership in this direction, read without marks.
        async fn all(&self, direction: Direction) -> Vec<i64> {
            let mut all = Vec::new();
            for offset in [0, 500] {
                all.extend(self.page(direction, offset, 500).await);
            }
            let rest = match direction {
                Direction::Ascending => Direction::Descending,
                Direction::Descending => Direction::Ascending,
            };
            let mut others = Vec::new();
            for offset in [0, 500] {
                others.extend(self.page(rest, offset, 500).await);
            }
            others.reverse();
            others.retain(|key| !all.contains(key));
            all.extend(others);
            all
        }
    }

    #[tokio::test]
    async fn a_page_is_the_same_whatever_was_marked_before() {
        let world = World::new().await;
        for direction in [Direction::Ascending, Direction::Descending] {
            let all = world.all(direction).await;
            assert_eq!(all.len(), MEMBERS);
            let places = [1200, 1699, 1023, 1024, 1025, 1535, 1536, 1695, 1000, 1699, 1700, 9999];
            for offset in places {
                let page = world.page(direction, offset, 10).await;
                let expected: Vec<i64> = all.iter().skip(offset).take(10).copied().collect();
                assert_eq!(page, expected, "{direction:?} at {offset}");
            }
        }
    }

    #[tokio::test]
    async fn marks_move_with_the_members() {
        let world = World::new().await;
        for direction in [Direction::Ascending, Direction::Descending] {
            let before = world.page(direction, 1600, 2).await;

            let first = world.page(direction, 0, 1).await[0];
            let sql = "DELETE FROM memberships WHERE membership = ?1";
            world.fresh.connect().execute(sql, [first]).unwrap();

            let after = world.page(direction, 1600, 2).await;
            assert_eq!(after[0], before[1], "{direction:?}");
        }
    }
}
