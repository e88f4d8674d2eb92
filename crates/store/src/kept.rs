//! Values that are kept for one state of the database, and beyond commits that left them as they were.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::HashMap;

/// A state of a SQLite database: while it is the same, nothing was committed, by whichever process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Who has counted.
    pub(crate) watch: i64,
    /// What was counted.
    pub(crate) version: i64,
}

/// For what is kept whatever the state of the database is.
pub(crate) const ANY_STATE: State = State { watch: 0, version: 0 };

impl State {
    /// Whether both were counted by the same, and this one later.
    fn is_after(self, other: Self) -> bool {
        self.watch == other.watch && self.version > other.version
    }
}

/// Values of one state by their keys, up to a weight.
///
/// It is exact: a value is given only for a state it was kept for, so that whoever looks at the
/// database for its state first never gets what a commit has changed.
#[derive(Debug)]
pub struct Kept<K, V> {
    most: usize,
    values: Mutex<Values<K, V>>,
}

/// Those of the present state; and those of the one before, which the commit in between may have left
/// as they are: whoever reads often sees a commit sooner than its writer can say so.
#[derive(Debug)]
struct Values<K, V> {
    now: OfState<K, V>,
    before: OfState<K, V>,
}

#[derive(Debug)]
struct OfState<K, V> {
    state: Option<State>,
    weight: usize,
    /// Each with its own weight.
    by_key: HashMap<K, (V, usize)>,
}

impl<K, V> Default for OfState<K, V> {
    fn default() -> Self {
        Self { state: None, weight: 0, by_key: HashMap::default() }
    }
}

impl<K: Eq + Hash, V> OfState<K, V> {
    fn insert(&mut self, key: K, value: V, weight: usize) {
        self.weight += weight;
        if let Some((_, weight)) = self.by_key.insert(key, (value, weight)) {
            self.weight -= weight;
        }
    }

    fn remove(&mut self, key: &K) {
        if let Some((_, weight)) = self.by_key.remove(key) {
            self.weight -= weight;
        }
    }
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// Nothing yet, and values that weigh `most` together later; one more takes the place of all.
    pub fn new(most: usize) -> Self {
        let values = Values { now: OfState::default(), before: OfState::default() };
        Self { most, values: Mutex::new(values) }
    }

    /// The value that was kept for this state.
    pub fn get<Q: Eq + Hash + ?Sized>(&self, state: State, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let values = self.lock();
        if values.now.state != Some(state) {
            return None;
        }
        values.now.by_key.get(key).map(|(value, _)| value.clone())
    }

    /// The values that were kept for this state, if all are.
    pub(crate) fn get_all(&self, state: State, keys: impl Iterator<Item = K>) -> Option<Vec<V>> {
        let values = self.lock();
        if values.now.state != Some(state) {
            return None;
        }
        let value = |key| values.now.by_key.get(&key).map(|(value, _)| value.clone());
        keys.map(value).collect()
    }

    /// Keeps a value of this weight that was read in this state, unless a later one was seen.
    pub fn keep(&self, state: State, key: K, value: V, weight: usize) {
        let mut values = self.lock();
        let Values { now, before } = &mut *values;
        if now.state != Some(state) {
            if now.state.is_some_and(|now| now.is_after(state)) {
                return;
            }
            *before = std::mem::take(now);
            now.state = Some(state);
        }
        if now.weight + before.weight + weight > self.most {
            *before = OfState::default();
        }
        if now.weight + weight > self.most {
            *now = OfState { state: Some(state), ..Default::default() };
        }
        now.insert(key, value, weight);
    }

    /// Forgets the value of a key in whichever state, if it is such a one.
    pub(crate) fn remove(&self, key: &K, is_such: impl Fn(&V) -> bool) {
        let mut values = self.lock();
        let Values { now, before } = &mut *values;
        for values in [now, before] {
            if values.by_key.get(key).is_some_and(|(value, _)| is_such(value)) {
                values.remove(key);
            }
        }
    }

    /// Keeps the values of one state for another, which differs by one commit that changed no others
    /// than those of the keys that are `gone`.
    pub(crate) fn outlive(&self, from: State, to: State, gone: impl IntoIterator<Item = K>) {
        let mut values = self.lock();
        let Values { now, before } = &mut *values;
        if now.state == Some(from) {
            gone.into_iter().for_each(|key| now.remove(&key));
            now.state = Some(to);
        } else if now.state == Some(to) && before.state == Some(from) {
            gone.into_iter().for_each(|key| before.remove(&key));
            let (mut all, newer) = (std::mem::take(before), std::mem::take(now));
            for (key, (value, weight)) in newer.by_key {
                all.insert(key, value, weight);
            }
            all.state = Some(to);
            *now = all;
        }
    }

    /// Nothing of the present state is kept any more.
    #[cfg(test)]
    pub(crate) fn forget(&self) {
        self.lock().now.state = None;
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
    fn what_a_commit_left_as_it_was_is_kept() {
        let kept = Kept::new(8);
        kept.keep(ONE, "a", 1, 1);
        kept.keep(ONE, "b", 1, 1);

        kept.outlive(ONE, TWO, ["b"]);
        assert_eq!(
            (kept.get(ONE, "a"), kept.get(TWO, "a"), kept.get(TWO, "b")),
            (None, Some(1), None)
        );

        // Who began before the commit ends after it.
        kept.keep(ONE, "b", 1, 1);
        assert_eq!((kept.get(TWO, "a"), kept.get(TWO, "b")), (Some(1), None));
    }

    #[test]
    fn who_sees_a_commit_before_it_is_told_of_changes_nothing() {
        let kept = Kept::new(8);
        for key in ["a", "b", "c"] {
            kept.keep(ONE, key, 1, 1);
        }
        kept.keep(TWO, "c", 2, 1);
        assert_eq!((kept.get(TWO, "a"), kept.get(TWO, "c")), (None, Some(2)));

        kept.outlive(ONE, TWO, ["b"]);

        let found = ["a", "b", "c"].map(|key| kept.get(TWO, key));
        assert_eq!(found, [Some(1), None, Some(2)]);
    }

    #[test]
    fn a_value_that_outlived_its_state_can_be_removed() {
        let kept = Kept::new(8);
        kept.keep(ONE, "a", 1, 1);
        kept.outlive(ONE, TWO, []);

        kept.remove(&"a", |value| *value == 2);
        assert_eq!(kept.get(TWO, "a"), Some(1));
        kept.remove(&"a", |value| *value == 1);
        assert_eq!(kept.get(TWO, "a"), None);
    }

    #[test]
    fn nothing_outlives_more_than_one_commit() {
        let kept = Kept::new(8);
        let three = State { version: 3, ..TWO };
        kept.keep(ONE, "a", 1, 1);
        kept.keep(three, "b", 3, 1);

        kept.outlive(ONE, TWO, []);
        kept.outlive(TWO, three, []);

        assert_eq!((kept.get(three, "a"), kept.get(three, "b")), (None, Some(3)));
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

        kept.keep(TWO, 5, 5, 2);
        assert_eq!(kept.lock().before.by_key.len(), 0);
    }
}
