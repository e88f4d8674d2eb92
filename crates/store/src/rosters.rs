//! How many members of an organization match, where many do: counted in memory, in what is searched of
//! their users.
//!
//! An index finds the few who match. To count many, SQLite would look up every user; so what is asked
//! about an organization more than once, while nothing is committed, is read whole and kept.

use std::sync::Arc;

use guildhall_rules::text::fold;
use guildhall_types::ListOrganizationMemberships;
use memchr::memmem::Finder;

use crate::InstanceKey;
use crate::db::Row;
use crate::error::Error;
use crate::filters::LONGEST_SEARCHED;
use crate::reading::Snapshot;

/// How many members an organization has at most whose users are kept.
const MOST_MEMBERS: i64 = 200_000;
/// How many users stand in a block; fewer in tests, which have few.
const BLOCK: usize = if cfg!(test) { 100 } else { 4096 };
/// What a member takes beside the texts, in bytes.
const MEMBER_BYTES: usize = 6 * 4 + 8 + 16;
/// What is kept of an organization whose users are not, in bytes.
const ASKED_BYTES: usize = 64;

/// The texts that are searched, in the order of [`USERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    EmailAddress,
    PhoneNumber,
    Username,
    Web3Wallet,
    Id,
    Name,
}

const TEXTS: [Text; 6] =
    [Text::EmailAddress, Text::PhoneNumber, Text::Username, Text::Web3Wallet, Text::Id, Text::Name];

const USERS: &str = "SELECT u.search_email_address, u.search_phone_number, u.sort_username,
                            u.search_web3_wallet, lower(u.id), u.search_name, u.created_at,
                            u.last_active_at
                     FROM memberships m
                     JOIN users u ON u.instance = m.instance AND u.\"user\" = m.\"user\"
                     WHERE m.instance = $1 AND m.organization = $2";

/// What a list asks of users, all of which must hold.
#[derive(Debug, Default)]
pub(crate) struct Tests {
    /// A part that one of several texts holds.
    holds: Vec<(Vec<Text>, String)>,
    /// After and before which instants they were created.
    created: [Option<i64>; 2],
    /// After and before which instants they were last active.
    last_active: [Option<i64>; 2],
}

impl Tests {
    /// What a list asks for; `None` where it asks for something else too, or for nothing of it.
    pub(crate) fn of(list: &ListOrganizationMemberships) -> Option<Self> {
        let others = [
            &list.user_id,
            &list.email_address,
            &list.phone_number,
            &list.username,
            &list.web3_wallet,
            &list.role,
        ];
        let parts = [
            (TEXTS.to_vec(), &list.query),
            (vec![Text::EmailAddress], &list.email_address_query),
            (vec![Text::PhoneNumber], &list.phone_number_query),
            (vec![Text::Username], &list.username_query),
            (vec![Text::Name], &list.name_query),
        ];
        let parts = parts.into_iter().filter_map(|(texts, part)| Some((texts, part.as_ref()?)));
        let holds: Vec<_> = parts.map(|(texts, part)| (texts, fold(part))).collect();
        let is_searched = |part: &str| {
            let characters = part.chars().count();
            (1..=LONGEST_SEARCHED).contains(&characters) && !part.contains('\0')
        };
        let is_counted = others.iter().all(|values| values.is_empty())
            && holds.iter().all(|(_, part)| is_searched(part));
        let tests = Self {
            holds,
            created: [list.created_at_after, list.created_at_before],
            last_active: [list.last_active_at_after, list.last_active_at_before],
        };
        let instants = [tests.created, tests.last_active].concat();
        let is_any = !tests.holds.is_empty() || instants.iter().any(Option::is_some);
        (is_counted && is_any).then_some(tests)
    }
}

/// Users of an organization, in no order that matters, in blocks that need not be moved to grow.
#[derive(Debug, Default)]
pub(crate) struct Roster(Vec<Block>);

/// Up to [`BLOCK`] users.
#[derive(Debug, Default)]
struct Block {
    texts: [Column; TEXTS.len()],
    created_at: Vec<i64>,
    last_active_at: Vec<Option<i64>>,
}

/// What is kept of an organization that was asked about.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    /// Nothing yet: most questions are not asked again.
    Once,
    /// Nothing yet, and somebody reads its users.
    Reading,
    /// Its users.
    Read(Arc<Roster>),
}

/// A text of each user, a NUL behind each, and where they end.
#[derive(Debug, Default)]
struct Column {
    text: Vec<u8>,
    ends: Vec<u32>,
}

impl Roster {
    fn add(&mut self, row: &Row<'_>) -> Result<(), Error> {
        if self.0.last().is_none_or(|block| block.created_at.len() == BLOCK) {
            self.0.push(Block::default());
        }
        self.0.last_mut().map_or(Ok(()), |block| block.add(row))
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(Block::bytes).sum()
    }

    /// How many pass all tests.
    fn count(&self, tests: &Tests) -> usize {
        self.0.iter().map(|block| block.count(tests)).sum()
    }
}

impl Block {
    fn add(&mut self, row: &Row<'_>) -> Result<(), Error> {
        for (number, column) in self.texts.iter_mut().enumerate() {
            let text = row.optional_text(number)?.unwrap_or_default();
            column.text.extend_from_slice(text.as_bytes());
            column.ends.push(u32::try_from(column.text.len()).map_err(Error::failed)?);
            column.text.push(0);
        }
        self.created_at.push(row.integer(TEXTS.len())?);
        self.last_active_at.push(row.optional_integer(TEXTS.len() + 1)?);
        Ok(())
    }

    fn bytes(&self) -> usize {
        let texts: usize = self.texts.iter().map(|column| column.text.len()).sum();
        texts + self.created_at.len() * MEMBER_BYTES
    }

    /// How many pass all tests.
    fn count(&self, tests: &Tests) -> usize {
        let mut passed = vec![true; self.created_at.len()];
        for (texts, part) in &tests.holds {
            let finder = Finder::new(part);
            let mut holds = vec![false; passed.len()];
            for text in texts {
                self.texts[*text as usize].mark(&finder, &mut holds);
            }
            both(&mut passed, holds);
        }
        if tests.created != [None, None] {
            let created = self.created_at.iter();
            both(&mut passed, created.map(|at| is_between(Some(*at), tests.created)));
        }
        if tests.last_active != [None, None] {
            let last_active = self.last_active_at.iter();
            both(&mut passed, last_active.map(|at| is_between(*at, tests.last_active)));
        }
        passed.into_iter().filter(|passed| *passed).count()
    }
}

impl Column {
    /// Marks every user whose text holds what is looked for.
    fn mark(&self, finder: &Finder<'_>, holds: &mut [bool]) {
        let (mut begin, mut user) = (0, 0);
        while let Some(place) = finder.find(&self.text[begin..]) {
            let place = begin + place;
            user += self.ends[user..].partition_point(|end| (*end as usize) < place);
            holds[user] = true;
            begin = self.ends[user] as usize + 1;
        }
    }
}

fn both(passed: &mut [bool], others: impl IntoIterator<Item = bool>) {
    passed.iter_mut().zip(others).for_each(|(passed, other)| *passed &= other);
}

/// Tells whether an instant lies strictly between two others, as far as they are given; one that is
/// missing lies between none.
fn is_between(at: Option<i64>, [after, before]: [Option<i64>; 2]) -> bool {
    let is_after = after.is_none_or(|after| at.is_some_and(|at| at > after));
    is_after && before.is_none_or(|before| at.is_some_and(|at| at < before))
}

/// Does something when it is dropped, as with a future that nobody waits for any more.
struct Always<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for Always<F> {
    fn drop(&mut self) {
        if let Some(act) = self.0.take() {
            act();
        }
    }
}

/// How many members of an organization pass all tests; `None` where that is not counted in memory, as
/// in a state that is not known, or asked about for the first time.
///
/// # Errors
/// When the database fails.
pub(crate) async fn count(
    snapshot: &mut Snapshot,
    instance: InstanceKey,
    organization: i64,
    members: i64,
    tests: Tests,
) -> Result<Option<u64>, Error> {
    let Some((kept, state)) = snapshot.kept().filter(|_| snapshot.may_scan()) else {
        return Ok(None);
    };
    if members > MOST_MEMBERS {
        return Ok(None);
    }
    let key = (instance, organization);
    let roster = match kept.rosters.get(state, &key) {
        Some(Asked::Read(roster)) => roster,
        // One reads them; the others count as before.
        Some(Asked::Reading) => return Ok(None),
        Some(Asked::Once) => {
            let keep = |asked, bytes| kept.rosters.keep(state, key, asked, bytes);
            keep(Asked::Reading, ASKED_BYTES);
            // Should this end without, or a commit come first, it is somebody else's turn.
            let is_reading = |asked: &Asked| matches!(asked, Asked::Reading);
            let again = Always(Some(|| kept.rosters.remove(&key, is_reading)));
            let parameters = vec![instance.into(), organization.into()];
            let roster = snapshot.fold(USERS, parameters, Roster::default(), Roster::add).await?;
            let roster = Arc::new(roster);
            drop(again);
            keep(Asked::Read(Arc::clone(&roster)), roster.bytes());
            roster
        }
        None => {
            kept.rosters.keep(state, key, Asked::Once, ASKED_BYTES);
            return Ok(None);
        }
    };
    // Megabytes are looked through, for which no worker has the time.
    let counted = tokio::task::spawn_blocking(move || roster.count(&tests)).await;
    Ok(u64::try_from(counted.map_err(Error::failed)?).ok())
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use guildhall_rules::Organization;
    use guildhall_rules::contacts;
    use guildhall_rules::users::{Contact, Create as CreateUser, Update};
    use guildhall_types::{Patch, User as Profile};

    use super::*;
    use crate::fresh::Fresh;
    use crate::reading::Cost;

    /// So many that not all are looked at where they are asked for.
    const MEMBERS: usize = 620;

    struct World {
        fresh: Fresh,
        organization: Organization,
        users: Vec<String>,
    }

    impl World {
        async fn new() -> Self {
            let fresh = Fresh::open().await;
            let organization = fresh.organization(Some(0)).await;
            let mut world = Self { fresh, organization, users: Vec::new() };
            world.users = join_all((0..MEMBERS).map(|number| world.join(number))).await;
            world
        }

        async fn join(&self, number: usize) -> String {
            let value = format!("User{number}@Example.com");
            let identifier = contacts::email_address(&value).unwrap();
            let mut profile = Profile::default();
            profile.first_name = Some(["Ada", "ÉMILE", "Zoë"][number % 3].to_owned());
            profile.last_name = number.is_multiple_of(2).then(|| format!("Li 100%_{number}"));
            let create = CreateUser {
                profile,
                email_addresses: vec![Contact { value, identifier, reserved: false }],
                created_at: Some(1_000_000 + i64::try_from(number).unwrap()),
                ..CreateUser::default()
            };
            let Fresh { store, instance, .. } = &self.fresh;
            let user_id = store.write(*instance, create).await.unwrap().id;
            self.fresh.join(&self.organization, user_id.clone()).await;
            user_id
        }

        /// The total of a list, and how many rows all of its pages have.
        async fn totals(&self, list: &ListOrganizationMemberships) -> (u64, usize) {
            let (Fresh { store, instance, .. }, id) = (&self.fresh, &self.organization.id);
            let page = store.organization_memberships(*instance, id, list, None).await;
            let page = page.unwrap().unwrap();
            let (total, mut rows) = (page.total_count, page.data.len());
            let mut next = page.next;
            while let Some(token) = next {
                let further =
                    ListOrganizationMemberships { starting_after: Some(token), ..list.clone() };
                let page = store.organization_memberships(*instance, id, &further, None);
                let page = page.await.unwrap().unwrap();
                rows += page.data.len();
                next = page.next;
            }
            (total, rows)
        }

        /// Asks until the total is counted in memory, which must be as it was counted before.
        async fn check(&self, list: &ListOrganizationMemberships) -> u64 {
            let before = self.totals(list).await;
            assert_eq!(usize::try_from(before.0).unwrap(), before.1, "{list:?}");
            for _ in 0..2 {
                assert_eq!(self.totals(list).await, before, "{list:?}");
            }
            before.0
        }
    }

    fn all() -> ListOrganizationMemberships {
        ListOrganizationMemberships { limit: Some(500), ..Default::default() }
    }

    #[tokio::test]
    async fn a_total_is_the_same_wherever_it_is_counted() {
        let world = World::new().await;
        let query =
            |part: &str| ListOrganizationMemberships { query: Some(part.to_owned()), ..all() };
        let parts = [
            "ada",
            "ADA",
            "émile",
            "É",
            "@example",
            "user1",
            "user_",
            "100%_",
            "%",
            "_",
            "li ",
            "zoë li",
            "nobody at all",
            "\n",
            "\u{0}",
            "",
        ];
        for part in parts {
            world.check(&query(part)).await;
        }
        let name =
            |part: &str| ListOrganizationMemberships { name_query: Some(part.to_owned()), ..all() };
        for part in ["ada", "li", "example"] {
            world.check(&name(part)).await;
            let both =
                ListOrganizationMemberships { name_query: name(part).name_query, ..query("5") };
            world.check(&both).await;
        }
        for at in [0, 1_000_300, 9_000_000] {
            let created = ListOrganizationMemberships { created_at_after: Some(at), ..query("a") };
            world.check(&created).await;
            let created = ListOrganizationMemberships { created_at_before: Some(at), ..all() };
            world.check(&created).await;
            let active = ListOrganizationMemberships { last_active_at_before: Some(at), ..all() };
            world.check(&active).await;
        }
    }

    #[tokio::test]
    async fn a_total_follows_every_change() {
        let world = World::new().await;
        let other = world.fresh.organization(None).await;
        let list = ListOrganizationMemberships { query: Some("ada".to_owned()), ..all() };
        let before = world.check(&list).await;
        let is_kept = async || {
            let snapshot = world.fresh.store.pool.snapshot(Cost::Page).await.unwrap();
            let (kept, state) = snapshot.kept().unwrap();
            let roster = kept.rosters.get(state, &(world.fresh.instance, world.organization.key));
            matches!(roster, Some(Asked::Read(_)))
        };
        assert!(is_kept().await, "it was counted by the database");

        world.fresh.join(&other, world.users[0].clone()).await;
        assert!(is_kept().await, "nobody joined or left the organization");

        let update = Update {
            user_id: world.users[1].clone(),
            first_name: Patch::Set("Ada".to_owned()),
            ..Update::default()
        };
        world.fresh.store.write(world.fresh.instance, update).await.unwrap();
        assert!(!is_kept().await);

        assert_eq!(world.check(&list).await, before + 1);
    }
}
