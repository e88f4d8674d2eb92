//! Users and their identifiers: loading and applying.

use std::collections::HashMap;

use guildhall_rules::text::fold;
use guildhall_rules::{Change, Identifier, Rows, User, UserCard, Wanted};

use crate::InstanceKey;
use crate::cards;
use crate::db::{Calls, Row, Statements, Value};
use crate::dialect::{Dialect, LOCK_TO_CHANGE, LOCK_TO_REFER, LOCK_TO_REMOVE};
use crate::error::Error;
use crate::search::{self, Texts};

/// The users and identifiers that were asked for.
#[derive(Default)]
pub(crate) struct Asked {
    users: Vec<User>,
    /// The row of each user of whom only the card is wanted.
    cards: Vec<(i64, UserCard)>,
    /// The kind and value of each identifier, and who has it.
    identifiers: Vec<(String, String, i64)>,
}

/// Asks for the users and identifiers that are wanted.
pub(crate) fn ask<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    wanted: &'a Wanted,
    Asked { users, cards, identifiers }: &'a mut Asked,
) {
    // One statement locks all of them, in the order of their ids.
    let (all, lock) = (wanted.users.union(&wanted.cards), lock(wanted));
    let calls = all.map(|id| vec![instance.into(), id.into()]).collect();
    if wanted.users.is_empty() {
        let sql = format!(
            "SELECT u.\"user\", u.id, u.initials, u.card
             FROM users u
             WHERE u.instance = $1 AND u.id = $2{lock}"
        );
        statements.ask(sql, calls, |row| {
            cards.push((row.integer(0)?, cards::read(row, 1)?));
            Ok(())
        });
    } else {
        let sql = format!(
            "SELECT u.\"user\", u.document, u.public_metadata, u.private_metadata,
                    u.unsafe_metadata, u.password_hash
             FROM users u
             WHERE u.instance = $1 AND u.id = $2{lock}"
        );
        statements.ask(sql, calls, |row| {
            users.push(read(row)?);
            Ok(())
        });
    }
    statements.ask(
        "SELECT kind, value, \"user\"
         FROM identifiers
         WHERE instance = $1 AND kind = $2 AND value = $3",
        wanted.identifiers.iter().map(|it| identifier_key(instance, it)).collect(),
        |row| {
            identifiers.push((row.text(0)?, row.text(1)?, row.integer(2)?));
            Ok(())
        },
    );
}

impl Asked {
    /// Puts what was found with the other rows.
    pub(crate) fn load(self, wanted: &Wanted, rows: &mut Rows) {
        for (user, card) in self.cards {
            rows.load_card(user, card);
        }
        // Whose identifiers a loaded user has is known without asking.
        for user in self.users {
            if wanted.identifiers_of_users.contains(user.profile.id.as_str()) {
                for identifier in user.identifiers() {
                    rows.load_identifier(identifier, user.key);
                }
            }
            rows.load_user(user);
        }
        let wanted = wanted.identifiers.iter();
        let wanted: HashMap<(&str, &str), &Identifier> =
            wanted.map(|it| ((it.kind.as_str(), it.value.as_str()), it)).collect();
        for (kind, value, user) in self.identifiers {
            if let Some(identifier) = wanted.get(&(kind.as_str(), value.as_str())) {
                rows.load_identifier((*identifier).clone(), user);
            }
        }
    }
}

/// What keeps the users of a batch as they are: the strongest that one of its operations needs.
fn lock(wanted: &Wanted) -> &'static str {
    if !wanted.memberships_of_users.is_empty() {
        LOCK_TO_REMOVE
    } else if !wanted.identifiers_of_users.is_empty()
        || !wanted.next_organizations_of.is_empty()
        || !wanted.sessions_of_members.is_empty()
    {
        // Sessions begin and move one after another.
        LOCK_TO_CHANGE
    } else {
        LOCK_TO_REFER
    }
}

fn read(row: &Row<'_>) -> Result<User, Error> {
    // The metadata stands in columns of its own, which the document does not repeat.
    let mut profile = row.text(1)?;
    profile.pop();
    let metadata = [("public_metadata", 2), ("private_metadata", 3), ("unsafe_metadata", 4)];
    for (name, column) in metadata {
        profile.extend([",\"", name, "\":", &row.text(column)?]);
    }
    profile.push('}');
    Ok(User {
        key: row.integer(0)?,
        profile: serde_json::from_str(&profile).map_err(Error::failed)?,
        password_hash: row.optional_text(5)?,
    })
}

/// Writes the users and identifiers that changed.
pub(crate) fn apply<'a>(
    statements: &mut Statements<'a>,
    instance: InstanceKey,
    rows: &'a Rows,
    dialect: fn(Dialect) -> Option<&'static str>,
) {
    let (mut freed, mut taken): (Calls<'_>, Calls<'_>) = Default::default();
    for (identifier, change) in rows.identifiers().changes() {
        let call = identifier_key(instance, identifier);
        if !matches!(change, Change::Insert(_)) {
            freed.push(call.clone());
        }
        if let Change::Insert(user) | Change::Update(_, user) = change {
            taken.push([call, vec![(*user).into()]].concat());
        }
    }
    statements.change_any(
        "DELETE FROM identifiers WHERE instance = $1 AND kind = $2 AND value = $3",
        freed,
    );
    apply_users(statements, instance, rows);
    search::apply(statements, rows, dialect);
    statements.change_any(
        "INSERT INTO identifiers (instance, kind, value, \"user\")
         VALUES ($1, $2, $3, $4)",
        taken,
    );
}

fn identifier_key(instance: InstanceKey, identifier: &Identifier) -> Vec<Value<'_>> {
    vec![instance.into(), identifier.kind.as_str().into(), (&identifier.value).into()]
}

fn apply_users<'a>(statements: &mut Statements<'a>, instance: InstanceKey, rows: &'a Rows) {
    let (mut gone, mut changed, mut new): (Calls<'_>, Calls<'_>, Calls<'_>) = Default::default();
    let mut seen = Calls::new();
    for (key, change) in rows.users().changes() {
        match change {
            Change::Delete(_) => gone.push(vec![instance.into(), (*key).into()]),
            Change::Update(before, user) if was_only_seen(before, user) => {
                seen.push(vec![
                    instance.into(),
                    (*key).into(),
                    user.profile.last_active_at.into(),
                    user.profile.last_sign_in_at.into(),
                    user.document().into(),
                ]);
            }
            Change::Update(_, user) => changed.push(columns(instance, user)),
            Change::Insert(user) => new.push(columns(instance, user)),
        }
    }
    statements.change("DELETE FROM users WHERE instance = $1 AND \"user\" = $2", gone);
    // Naming a column makes SQLite write its indexes anew, whether or not it changes.
    statements.change(
        "UPDATE users
             SET last_active_at = $3, last_sign_in_at = $4, document = $5
             WHERE instance = $1 AND \"user\" = $2",
        seen,
    );
    statements.change(
        "UPDATE users
             SET id = $3, created_at = $4, updated_at = $5, last_active_at = $6,
                 last_sign_in_at = $7, banned = $8, initials = $9, card = $10,
                 sort_email_address = $11, sort_phone_number = $12, sort_web3_wallet = $13,
                 sort_username = $14, sort_first_name = $15, sort_last_name = $16,
                 search_email_address = $17, search_phone_number = $18,
                 search_web3_wallet = $19, search_name = $20, document = $21,
                 public_metadata = $22, private_metadata = $23, unsafe_metadata = $24,
                 password_hash = $25
             WHERE instance = $1 AND \"user\" = $2",
        changed,
    );
    statements.change(
        "INSERT INTO users
               (instance, \"user\", id, created_at, updated_at, last_active_at, last_sign_in_at,
                banned, initials, card, sort_email_address, sort_phone_number, sort_web3_wallet,
                sort_username, sort_first_name, sort_last_name, search_email_address,
                search_phone_number, search_web3_wallet, search_name, document, public_metadata,
                private_metadata, unsafe_metadata, password_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                     $18, $19, $20, $21, $22, $23, $24, $25)",
        new,
    );
}

/// Tells whether nothing about a user changed but when they were here, as nothing else does where
/// they sign in.
fn was_only_seen(before: &User, now: &User) -> bool {
    let mut like = before.clone();
    like.profile.last_active_at = now.profile.last_active_at;
    like.profile.last_sign_in_at = now.profile.last_sign_in_at;
    like == *now
}

fn columns(instance: InstanceKey, user: &User) -> Vec<Value<'_>> {
    let profile = &user.profile;
    let card = user.card();
    let view = user.view();
    let texts = Texts::of(user);
    vec![
        instance.into(),
        user.key.into(),
        view.id.into(),
        profile.created_at.into(),
        profile.updated_at.into(),
        profile.last_active_at.into(),
        profile.last_sign_in_at.into(),
        profile.banned.into(),
        card.initials.into(),
        card.json.into(),
        folded(user.primary_email_address()),
        folded(user.primary_phone_number()),
        folded(user.primary_web3_wallet()),
        folded(profile.username.as_deref()),
        folded(profile.first_name.as_deref()),
        folded(profile.last_name.as_deref()),
        texts.email_address.into(),
        texts.phone_number.into(),
        texts.web3_wallet.into(),
        texts.name.into(),
        view.document.into(),
        view.public_metadata.into(),
        view.private_metadata.into(),
        view.unsafe_metadata.into(),
        user.password_hash.as_ref().into(),
    ]
}

fn folded(text: Option<&str>) -> Value<'static> {
    text.map(fold).into()
}

#[cfg(test)]
mod tests {
    use guildhall_rules::sessions;
    use guildhall_rules::users::Create;
    use guildhall_types::User as Profile;

    use super::*;
    use crate::{DataFolder, Environment, Options, Store};

    #[test]
    fn only_a_user_whose_times_alone_changed_was_only_seen() {
        let before = User { key: 1, profile: Profile::default(), password_hash: None };
        let mut seen = before.clone();
        seen.profile.last_sign_in_at = Some(1);
        seen.profile.last_active_at = Some(1);
        let mut renamed = seen.clone();
        renamed.profile.first_name = Some("Ada".to_owned());
        let locked = User { password_hash: Some("hash".to_owned()), ..seen.clone() };

        assert!(was_only_seen(&before, &seen));
        assert!(!was_only_seen(&before, &renamed) && !was_only_seen(&before, &locked));
    }

    #[tokio::test]
    async fn signing_in_writes_no_index_of_users() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let store = Store::open(&data.into(), Options::default()).await.unwrap();
        let instance = store.create_instance("one", Environment::Development).await.unwrap();
        let user_id = store.write(instance.key, Create::default()).await.unwrap().id;
        let file = folder.path().join("guildhall.db");
        let database = rusqlite::Connection::open(file).unwrap();
        // Fails any statement that names an indexed column.
        let indexed = "id, created_at, updated_at, sort_email_address, sort_phone_number, \
                       sort_username, sort_first_name, sort_last_name";
        let trigger = format!(
            "CREATE TRIGGER no_index BEFORE UPDATE OF {indexed} ON users
             BEGIN SELECT RAISE(ABORT, 'an index'); END"
        );
        database.execute_batch(&trigger).unwrap();

        let create = sessions::Create { user_id, active_organization_id: None };
        store.write(instance.key, create).await.unwrap();

        let sql = "SELECT last_sign_in_at, last_active_at, document FROM users";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let row: (i64, i64, String) = database.query_row(sql, [], read).unwrap();
        assert_eq!(row.0, row.1);
        assert!(row.2.contains(&format!("\"last_sign_in_at\":{}", row.0)), "{}", row.2);
        store.close().await.unwrap();
    }
}
