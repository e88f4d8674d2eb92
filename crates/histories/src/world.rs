//! What clients call: small organizations, a pair of which shares its users, and always some that
//! are in use.
//!
//! An organization is left for a new one after so many calls, so that its history stays short, and
//! that what was never answered weighs on few calls only.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fastrand::Rng;

/// How many users a pair of organizations has.
pub(crate) const USERS: usize = 5;
/// After how many calls a pair is left.
const CALLS: u32 = 320;
/// How many calls a pair has left after an organization of it was deleted.
const CALLS_AFTER_DELETION: u32 = 30;

/// Two organizations and the users that are asked about in both.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) organizations: [String; 2],
    pub(crate) users: Vec<String>,
    left: AtomicU32,
}

impl Pair {
    pub(crate) fn new(organizations: [String; 2], users: Vec<String>) -> Self {
        Self { organizations, users, left: AtomicU32::new(CALLS) }
    }

    /// Takes one of the calls that are left; false where none is.
    fn take(&self) -> bool {
        let one_less = |left: u32| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    }

    /// Leaves the pair soon, because an organization of it is gone.
    pub(crate) fn is_ending(&self) {
        self.left.fetch_min(CALLS_AFTER_DELETION, Ordering::Relaxed);
    }
}

/// The pairs that are in use, and all that ever were.
#[derive(Debug)]
pub(crate) struct World {
    places: Vec<Mutex<Place>>,
    all: Mutex<Vec<Arc<Pair>>>,
}

/// A place for a pair in use.
#[derive(Debug)]
enum Place {
    Empty,
    /// A client makes a pair for it.
    Taken,
    Full(Arc<Pair>),
}

/// What a client does next.
#[derive(Debug)]
pub(crate) enum Choice<'world> {
    /// Calls this pair.
    Call(Arc<Pair>),
    /// Makes a pair for this vacancy.
    Make(Vacancy<'world>),
    /// Chooses again a little later.
    Wait,
}

impl World {
    /// A world in which so many pairs are in use at a time.
    pub(crate) fn new(pairs: usize) -> Self {
        let places = (0..pairs).map(|_| Mutex::new(Place::Empty)).collect();
        Self { places, all: Mutex::default() }
    }

    /// Something for a client to do.
    pub(crate) fn choose(&self, random: &mut Rng) -> Choice<'_> {
        let at = random.usize(0..self.places.len());
        let mut place = lock(&self.places[at]);
        match &*place {
            Place::Taken => return Choice::Wait,
            Place::Full(pair) if pair.take() => return Choice::Call(Arc::clone(pair)),
            Place::Full(_) | Place::Empty => {}
        }
        *place = Place::Taken;
        Choice::Make(Vacancy { world: self, at, pair: None })
    }

    /// Every pair there ever was.
    pub(crate) fn all(&self) -> Vec<Arc<Pair>> {
        lock(&self.all).clone()
    }
}

/// A place that waits for a pair; empty again when dropped without one.
#[derive(Debug)]
pub(crate) struct Vacancy<'world> {
    world: &'world World,
    at: usize,
    pair: Option<Arc<Pair>>,
}

impl Vacancy<'_> {
    /// Puts a pair into use.
    pub(crate) fn fill(mut self, pair: Pair) {
        let pair = Arc::new(pair);
        lock(&self.world.all).push(Arc::clone(&pair));
        self.pair = Some(pair);
    }
}

impl Drop for Vacancy<'_> {
    fn drop(&mut self) {
        let place = self.pair.take().map_or(Place::Empty, Place::Full);
        *lock(&self.world.places[self.at]) = place;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
