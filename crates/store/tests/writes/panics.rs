//! Operations that panic.

use guildhall_store::Failure;

use crate::operations::{Count, End, PanicEarly, Spoil};
use crate::world::{Queued, World};

#[tokio::test]
async fn a_panic_hurts_no_neighbour_in_its_batch() {
    let world = World::new().await;
    let held = world.hold().await;
    let count = || Count { organization_id: world.organization_id.clone() };
    let spoil = Spoil { organization_id: world.organization_id.clone(), end: End::Panic };
    let before = Queued::new(world.store.write(world.key(), count()));
    let panicking = Queued::new(world.store.write(world.key(), spoil));
    let after = Queued::new(world.store.write(world.key(), count()));

    held.release().await;

    assert_eq!(before.outcome().await.unwrap(), 0);
    assert!(matches!(panicking.outcome().await, Err(Failure::Panicked)));
    assert_eq!(after.outcome().await.unwrap(), 1);
    assert_eq!((world.name().await.as_str(), world.counter().await), ("Acme", 2));
}

#[tokio::test]
async fn the_writer_goes_on_after_a_panic() {
    let mut world = World::new().await;
    let spoil = Spoil { organization_id: world.organization_id.clone(), end: End::Panic };

    let panicked = world.store.write(world.key(), spoil).await;

    assert!(matches!(panicked, Err(Failure::Panicked)));
    assert!(world.store.is_healthy());
    let count = Count { organization_id: world.organization_id.clone() };
    world.store.write(world.key(), count).await.unwrap();
    world.reopen().await;
    assert_eq!((world.name().await.as_str(), world.counter().await), ("Acme", 1));
}

#[tokio::test]
async fn a_panic_while_naming_rows_hurts_no_neighbour_in_its_batch() {
    let world = World::new().await;
    let held = world.hold().await;
    let count = || Count { organization_id: world.organization_id.clone() };
    let before = Queued::new(world.store.write(world.key(), count()));
    let panicking = Queued::new(world.store.write(world.key(), PanicEarly));
    let after = Queued::new(world.store.write(world.key(), count()));

    held.release().await;

    assert_eq!(before.outcome().await.unwrap(), 0);
    assert!(matches!(panicking.outcome().await, Err(Failure::Panicked)));
    assert_eq!(after.outcome().await.unwrap(), 1);
}

#[tokio::test]
async fn the_writer_goes_on_after_a_panic_while_naming_rows() {
    let world = World::new().await;

    let panicked = world.store.write(world.key(), PanicEarly).await;

    assert!(panicked.is_err());
    let count = Count { organization_id: world.organization_id.clone() };
    assert_eq!(world.store.write(world.key(), count).await.unwrap(), 0);
}
