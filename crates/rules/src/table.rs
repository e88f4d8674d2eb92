//! Rows of one table as a batch sees them: what is stored, and what the batch made of it.

use std::collections::BTreeMap;

/// Rows by key, with what each was when it was loaded.
///
/// Every change since [`Table::mark`] can be taken back by [`Table::rollback`].
#[derive(Debug)]
pub struct Table<K, V> {
    slots: BTreeMap<K, Slot<V>>,
    journal: Vec<(K, Option<V>)>,
}

#[derive(Debug)]
struct Slot<V> {
    stored: Option<V>,
    /// `None` while the row is as it was stored.
    changed: Option<Option<V>>,
}

impl<V> Slot<V> {
    fn current(&self) -> Option<&V> {
        self.changed.as_ref().unwrap_or(&self.stored).as_ref()
    }
}

/// What a batch did to one row.
#[derive(Debug, PartialEq, Eq)]
pub enum Change<'a, V> {
    /// The row is new.
    Insert(&'a V),
    /// The row was the first and is the second.
    Update(&'a V, &'a V),
    /// The row is gone.
    Delete(&'a V),
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { slots: BTreeMap::new(), journal: Vec::new() }
    }
}

impl<K: Ord + Clone, V: Clone + PartialEq> Table<K, V> {
    /// Takes in a row as it is stored.
    pub fn load(&mut self, key: K, value: V) {
        self.slots.entry(key).or_insert(Slot { stored: Some(value), changed: None });
    }

    /// The row of that key as the batch has it now.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.slots.get(key)?.current()
    }

    /// Tells whether the row of that key was there and is gone now.
    pub fn is_removed(&self, key: &K) -> bool {
        self.slots.get(key).is_some_and(|slot| slot.stored.is_some() && slot.current().is_none())
    }

    /// Every row that exists now, in the order of keys from `first` on.
    pub fn from(&self, first: K) -> impl Iterator<Item = (&K, &V)> {
        self.slots.range(first..).filter_map(|(key, slot)| Some((key, slot.current()?)))
    }

    /// Makes or replaces a row.
    pub fn put(&mut self, key: K, value: V) {
        self.set(key, Some(value));
    }

    /// Removes a row, if it is there.
    pub fn remove(&mut self, key: &K) {
        if self.get(key).is_some() {
            self.set(key.clone(), None);
        }
    }

    fn set(&mut self, key: K, value: Option<V>) {
        self.journal.push((key.clone(), self.get(&key).cloned()));
        self.write(key, value);
    }

    fn write(&mut self, key: K, value: Option<V>) {
        let slot = self.slots.entry(key).or_insert(Slot { stored: None, changed: None });
        slot.changed = (slot.stored != value).then_some(value);
    }

    /// Makes what was changed so far final.
    pub fn mark(&mut self) {
        self.journal.clear();
    }

    /// Takes back every change since the mark.
    pub fn rollback(&mut self) {
        while let Some((key, value)) = self.journal.pop() {
            self.write(key, value);
        }
    }

    /// Every row that was there or was made, as it is now; `None` for one that is gone.
    pub fn into_rows(self) -> impl Iterator<Item = (K, Option<V>)> {
        self.slots.into_iter().map(|(key, slot)| (key, slot.changed.unwrap_or(slot.stored)))
    }

    /// What the batch did, in the order of keys.
    pub fn changes(&self) -> impl Iterator<Item = (&K, Change<'_, V>)> {
        self.slots.iter().filter_map(|(key, slot)| {
            let change = match (slot.stored.as_ref(), slot.changed.as_ref()?.as_ref()) {
                (None, Some(now)) => Change::Insert(now),
                (Some(before), Some(now)) => Change::Update(before, now),
                (Some(before), None) => Change::Delete(before),
                (None, None) => return None,
            };
            Some((key, change))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_made_and_removed_in_one_batch_is_no_change() {
        let mut table = Table::default();

        table.put(1, "new");
        table.remove(&1);

        assert_eq!(table.changes().count(), 0);
    }

    #[test]
    fn rollback_takes_back_to_the_mark_only() {
        let mut table = Table::default();
        table.load(1, "stored");
        table.put(1, "first");
        table.mark();

        table.put(1, "second");
        table.put(2, "other");
        table.remove(&1);
        table.rollback();

        let changes: Vec<_> = table.changes().collect();
        assert_eq!(changes, [(&1, Change::Update(&"stored", &"first"))]);
    }

    #[test]
    fn a_row_put_back_to_what_is_stored_is_no_change() {
        let mut table = Table::default();
        table.load(1, "stored");

        table.put(1, "other");
        table.put(1, "stored");

        assert_eq!(table.changes().count(), 0);
    }
}
