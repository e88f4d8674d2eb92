//! What memberships show of their users.

use std::sync::Arc;

use guildhall_rules::UserCard;

use crate::InstanceKey;
use crate::db::Row;
use crate::error::Error;
use crate::kept::State;
use crate::kept_reads::KeptReads;
use crate::reading::Snapshot;

/// What a card that is kept takes beside its JSON, about, in bytes.
const CARD_BYTES: usize = 256;

/// A card, from the columns `id`, `initials` and `card` of users, of which the first is at `first`.
pub(crate) fn read(row: &Row<'_>, first: usize) -> Result<UserCard, Error> {
    let (id, initials) = (row.text(first)?, row.text(first + 1)?);
    Ok(UserCard { id, initials, json: row.text(first + 2)? })
}

/// The cards of users, in their order: those that are kept of the state that is read, and the others
/// as they are stored.
///
/// # Errors
/// When the database fails, or one of the users is none.
pub(crate) async fn of(
    snapshot: &mut Snapshot,
    instance: InstanceKey,
    users: &[i64],
    (kept, state): (&KeptReads, State),
) -> Result<Vec<Arc<UserCard>>, Error> {
    let mut cards: Vec<Option<Arc<UserCard>>> =
        users.iter().map(|user| kept.cards.get(state, &(instance, *user))).collect();
    let places: Vec<usize> = (0..cards.len()).filter(|place| cards[*place].is_none()).collect();
    let calls = places.iter().map(|place| vec![instance.into(), users[*place].into()]);
    let sql =
        "SELECT u.id, u.initials, u.card FROM users u WHERE u.instance = $1 AND u.\"user\" = $2";
    // There is a row for each call, in their order, or one of them is no user.
    let rows = snapshot.each([(sql, calls.collect())], |row| read(row, 0)).await?;
    if rows.len() != places.len() {
        return Err(Error::failed("a membership has no user"));
    }
    for (place, card) in places.into_iter().zip(rows) {
        let card = Arc::new(card);
        let weight = card.json.len() + CARD_BYTES;
        kept.cards.keep(state, (instance, users[place]), Arc::clone(&card), weight);
        cards[place] = Some(card);
    }
    Ok(cards.into_iter().flatten().collect())
}
