//! What was read of one state of the database, kept for as long as that state lasts.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use guildhall_rules::UserCard;
use guildhall_types::Direction;

use crate::InstanceKey;
use crate::instances::Instance;
use crate::keys::KeyHash;
use crate::listed::Listed;
use crate::members::Head;
use crate::own_order::Marks;
use crate::rosters::Asked;

/// Of how many secret keys the instances are kept.
const MOST_INSTANCES: usize = 1024;
/// Of how many organizations is kept what every page of their members needs.
const MOST_HEADS: usize = 4096;
/// How many bytes of users are kept, as pages of memberships show them.
const MOST_CARD_BYTES: usize = 8 << 20;
/// How many bytes of memberships are kept, as lists give them.
const MOST_ROW_BYTES: usize = 16 << 20;
/// How many marks are kept, each of eight bytes.
const MOST_MARKS: usize = 64 << 10;
/// How many bytes of users are kept to be counted.
const MOST_ROSTER_BYTES: usize = 32 << 20;
/// Of how many values of users is kept whether many share them.
const MOST_SHARED_VALUES: usize = 4096;

/// What many reads need.
pub(crate) struct KeptReads {
    /// By the hash of a secret key.
    pub(crate) instances: Kept<KeyHash, Arc<Instance>>,
    /// By instance and organization id.
    pub(crate) heads: Kept<(InstanceKey, String), Arc<Head>>,
    /// By instance and user, weighed in bytes.
    pub(crate) cards: Kept<(InstanceKey, i64), Arc<UserCard>>,
    /// By instance, organization and membership, weighed in bytes.
    pub(crate) rows: Kept<(InstanceKey, i64, i64), Arc<Listed>>,
    /// By instance, organization and direction; weighed in marks.
    pub(crate) marks: Kept<(InstanceKey, i64, Direction), Marks>,
    /// The users of organizations, by instance and organization, weighed in bytes.
    pub(crate) rosters: Kept<(InstanceKey, i64), Asked>,
    /// Whether many users share a value of a column, or miss it; by instance, column and value.
    pub(crate) shared_values: Kept<(InstanceKey, &'static str, Option<String>), bool>,
}

impl Default for KeptReads {
    fn default() -> Self {
        Self {
            instances: Kept::new(MOST_INSTANCES),
            heads: Kept::new(MOST_HEADS),
            cards: Kept::new(MOST_CARD_BYTES),
            rows: Kept::new(MOST_ROW_BYTES),
            marks: Kept::new(MOST_MARKS),
            rosters: Kept::new(MOST_ROSTER_BYTES),
            shared_values: Kept::new(MOST_SHARED_VALUES),
        }
    }
}

#[cfg(test)]
impl KeptReads {
    /// Nothing is kept any more.
    pub(crate) fn forget(&self) {
        self.instances.lock().state = None;
        self.heads.lock().state = None;
        self.cards.lock().state = None;
        self.rows.lock().state = None;
        self.marks.lock().state = None;
        self.rosters.lock().state = None;
        self.shared_values.lock().state = None;
    }
}

/// A state of a SQLite database: while it is the same, nothing was committed, by whichever process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Who has counted.
    pub(crate) watch: i64,
    /// What was counted.
    pub(crate) version: i64,
}

/// Values of one state by their keys, up to a weight.
///
/// It is exact: a value is given only for the state it was kept for, so that whoever looks at the
/// database for its state first never gets what a commit has changed.
#[derive(Debug)]
pub struct Kept<K, V> {
    most: usize,
    values: Mutex<Values<K, V>>,
}

#[derive(Debug)]
struct Values<K, V> {
    state: Option<State>,
    weight: usize,
    by_key: HashMap<K, V>,
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// Nothing yet, and values that weigh `most` together later; one more takes the place of all.
    pub fn new(most: usize) -> Self {
        Self { most, values: Mutex::new(Values { state: None, weight: 0, by_key: HashMap::new() }) }
    }

    /// The value that was kept for this state.
    pub fn get<Q: Eq + Hash + ?Sized>(&self, state: State, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let values = self.lock();
        if values.state != Some(state) {
            return None;
        }
        values.by_key.get(key).cloned()
    }

    /// The values that were kept for this state, if all are.
    pub(crate) fn get_all(&self, state: State, keys: impl Iterator<Item = K>) -> Option<Vec<V>> {
        let values = self.lock();
        if values.state != Some(state) {
            return None;
        }
        keys.map(|key| values.by_key.get(&key).cloned()).collect()
    }

    /// Keeps a value of this weight that was read in this state, and forgets those of any other.
    pub fn keep(&self, state: State, key: K, value: V, weight: usize) {
        let mut values = self.lock();
        if values.state != Some(state) || values.weight + weight > self.most {
            values.by_key.clear();
            values.weight = 0;
            values.state = Some(state);
        }
        values.weight += weight;
        values.by_key.insert(key, value);
    }

    fn lock(&self) -> MutexGuard<'_, Values<K, V>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: State = State { watch: 1, version: 1 };
    const TWO: State = State { watch: 1, version: 2 };

    #[test]
    fn a_value_is_given_only_for_its_own_state() {
        let kept = Kept::new(8);
        kept.keep(ONE, "a", 1, 1);
        assert_eq!(kept.get(ONE, "a"), Some(1));
        assert_eq!(kept.get(TWO, "a"), None);

        kept.keep(TWO, "b", 2, 1);
        assert_eq!(kept.get(ONE, "a"), None);
        assert_eq!(kept.get(TWO, "a"), None);
        assert_eq!(kept.get(TWO, "b"), Some(2));
    }

    #[test]
    fn no_more_is_kept_than_may_be() {
        let kept = Kept::new(2);
        for key in 0..5 {
            kept.keep(ONE, key, key, 1);
        }
        let found = (0..5).filter(|key| kept.get(ONE, key).is_some()).count();
        assert!((1..=2).contains(&found), "{found}");
        assert_eq!(kept.get(ONE, &4), Some(4));
    }
}
