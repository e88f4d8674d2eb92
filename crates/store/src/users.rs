//! Users and their identifiers: loading, applying and reading.

use guildhall_rules::metadata;
use guildhall_rules::text::fold;
use guildhall_rules::{Change, Identifier, IdentifierKind, Rows, User, UserView, Wanted};
use guildhall_types::{DEFAULT_LIMIT, Direction, ListUsers, UserOrder};

use crate::apply::{Calls, expect};
use crate::db::{Db, Row, Value};
use crate::error::Error;
use crate::filters::{Filters, Indexed, Order};
use crate::reading::{Cost, Snapshot};
use crate::{InstanceKey, Store, search};

/// What [`read_view`] reads, in its order.
const VIEW_COLUMNS: &str = "u.id, u.initials, u.document, u.public_metadata, u.private_metadata,
                            u.unsafe_metadata";

fn read_view(row: &Row<'_>) -> Result<UserView, Error> {
    Ok(UserView {
        id: row.text(0)?,
        initials: row.text(1)?,
        document: row.text(2)?,
        public_metadata: row.text(3)?,
        private_metadata: row.text(4)?,
        unsafe_metadata: row.text(5)?,
    })
}

/// Loads the users and identifiers that are wanted.
pub(crate) async fn load(
    db: &mut Db,
    instance: InstanceKey,
    wanted: &Wanted,
    rows: &mut Rows,
) -> Result<(), Error> {
    let mut found = Vec::new();
    db.each(
        "SELECT u.\"user\", u.document, u.public_metadata, u.private_metadata, u.unsafe_metadata,
                u.password_hash
         FROM users u
         WHERE u.instance = $1 AND u.id = $2",
        wanted.users.iter().map(|id| vec![instance.into(), id.into()]),
        |row| {
            found.push(read(row)?);
            Ok(())
        },
    )
    .await?;
    // Whose identifiers a loaded user has is known without asking.
    for user in found {
        if wanted.identifiers_of_users.contains(user.profile.id.as_str()) {
            for identifier in user.identifiers() {
                rows.load_identifier(identifier, user.key);
            }
        }
        rows.load_user(user);
    }
    for identifier in &wanted.identifiers {
        let Identifier { kind, value } = identifier;
        let owner = "SELECT \"user\"
                     FROM identifiers
                     WHERE instance = $1 AND kind = $2 AND value = $3";
        let call = vec![instance.into(), kind.as_str().into(), value.into()];
        db.each(owner, [call], |row| {
            rows.load_identifier(identifier.clone(), row.integer(0)?);
            Ok(())
        })
        .await?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<User, Error> {
    let mut fields: serde_json::Value =
        serde_json::from_str(&row.text(1)?).map_err(Error::failed)?;
    let metadata = [("public_metadata", 2), ("private_metadata", 3), ("unsafe_metadata", 4)];
    for (name, column) in metadata {
        fields[name] = metadata::parse(&row.text(column)?).into();
    }
    Ok(User {
        key: row.integer(0)?,
        profile: serde_json::from_value(fields).map_err(Error::failed)?,
        password_hash: row.optional_text(5)?,
    })
}

/// Writes the users and identifiers that changed.
pub(crate) async fn apply(db: &mut Db, instance: InstanceKey, rows: &Rows) -> Result<(), Error> {
    let freed = rows.identifiers().changes().filter_map(|(identifier, change)| match change {
        Change::Insert(_) => None,
        Change::Update(..) | Change::Delete(_) => Some(identifier_key(instance, identifier)),
    });
    db.execute("DELETE FROM identifiers WHERE instance = $1 AND kind = $2 AND value = $3", freed)
        .await?;
    apply_users(db, instance, rows).await?;
    search::apply(db, rows).await?;
    let taken = rows.identifiers().changes().filter_map(|(identifier, change)| match change {
        Change::Insert(user) | Change::Update(_, user) => {
            let mut call = identifier_key(instance, identifier);
            call.push((*user).into());
            Some(call)
        }
        Change::Delete(_) => None,
    });
    db.execute(
        "INSERT INTO identifiers (instance, kind, value, \"user\")
         VALUES ($1, $2, $3, $4)",
        taken,
    )
    .await
    .map(drop)
}

fn identifier_key(instance: InstanceKey, identifier: &Identifier) -> Vec<Value<'_>> {
    vec![instance.into(), identifier.kind.as_str().into(), (&identifier.value).into()]
}

async fn apply_users(db: &mut Db, instance: InstanceKey, rows: &Rows) -> Result<(), Error> {
    let (mut gone, mut changed, mut new): (Calls<'_>, Calls<'_>, Calls<'_>) = Default::default();
    for (key, change) in rows.users().changes() {
        match change {
            Change::Delete(_) => gone.push(vec![instance.into(), (*key).into()]),
            Change::Update(_, user) => changed.push(columns(instance, user)),
            Change::Insert(user) => new.push(columns(instance, user)),
        }
    }
    let expected = gone.len() + changed.len() + new.len();
    let mut done =
        db.execute("DELETE FROM users WHERE instance = $1 AND \"user\" = $2", gone).await?;
    done += db
        .execute(
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
        )
        .await?;
    done += db
        .execute(
            "INSERT INTO users
               (instance, \"user\", id, created_at, updated_at, last_active_at, last_sign_in_at,
                banned, initials, card, sort_email_address, sort_phone_number, sort_web3_wallet,
                sort_username, sort_first_name, sort_last_name, search_email_address,
                search_phone_number, search_web3_wallet, search_name, document, public_metadata,
                private_metadata, unsafe_metadata, password_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                     $18, $19, $20, $21, $22, $23, $24, $25)",
            new,
        )
        .await?;
    expect(done, expected)
}

fn columns(instance: InstanceKey, user: &User) -> Vec<Value<'_>> {
    let profile = &user.profile;
    let card = user.card();
    let view = user.view();
    let addresses = profile.email_addresses.iter().map(|address| &address.email_address);
    let numbers = profile.phone_numbers.iter().map(|number| &number.phone_number);
    let wallets = profile.web3_wallets.iter().map(|wallet| &wallet.web3_wallet);
    let names = [profile.first_name.as_ref(), profile.last_name.as_ref()];
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
        search::joined(addresses, "\n").into(),
        search::joined(numbers, "\n").into(),
        search::joined(wallets, "\n").into(),
        search::joined(names.into_iter().flatten(), " ").into(),
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

impl Store {
    /// The user of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user(&self, instance: InstanceKey, id: &str) -> Result<Option<UserView>, Error> {
        let mut snapshot = self.pool.snapshot(Cost::Page).await?;
        let sql = format!("SELECT {VIEW_COLUMNS} FROM users u WHERE u.instance = $1 AND u.id = $2");
        snapshot.row(sql, vec![instance.into(), id.to_owned().into()], read_view).await
    }

    /// A page of the users of an instance.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub async fn users(
        &self,
        instance: InstanceKey,
        list: &ListUsers,
    ) -> Result<Vec<UserView>, Error> {
        let order = order(list);
        let mut filters = filters(instance, list);
        let plain = is_cheap(&filters, list)
            || filters.is_empty() && order.is_indexed() && list.offset.unwrap_or(0) < 1000;
        let cost = if plain { Cost::Page } else { Cost::Scan };
        let mut snapshot = self.pool.snapshot(cost).await?;
        if let Some(id) = &list.starting_after {
            add_place(&mut snapshot, &mut filters, order, id).await?;
        }
        if !plain {
            search::narrow(&mut snapshot, &mut filters).await?;
        }
        let limit = filters.page(list.limit.unwrap_or(DEFAULT_LIMIT), list.offset.unwrap_or(0));
        // The rows are chosen first, so that only those of the page are read whole; the cross join
        // keeps SQLite from turning that round.
        let sql = format!(
            "SELECT {VIEW_COLUMNS}
             FROM (SELECT u.\"user\"
                   FROM users u
                   WHERE u.instance = $1{filters}
                   {order}
                   {limit}) page
             CROSS JOIN users u
             WHERE u.instance = $1 AND u.\"user\" = page.\"user\"
             {order}"
        );
        snapshot.rows(sql, filters.into_parameters(), read_view).await
    }

    /// How many users of an instance match; page and order do not count.
    ///
    /// # Errors
    /// When the database fails or the read takes too long.
    pub async fn users_count(&self, instance: InstanceKey, list: &ListUsers) -> Result<u64, Error> {
        let mut filters = filters(instance, list);
        let cheap = filters.is_empty() || is_cheap(&filters, list);
        let cost = if cheap { Cost::Page } else { Cost::Scan };
        let mut snapshot = self.pool.snapshot(cost).await?;
        if filters.is_empty() {
            let sql = "SELECT total
                       FROM instance_counts
                       WHERE instance = $1 AND kind = 'users'";
            return filters.count(&mut snapshot, sql.to_owned()).await;
        }
        if !cheap {
            search::narrow(&mut snapshot, &mut filters).await?;
        }
        let sql = format!("SELECT count(*) FROM users u WHERE u.instance = $1{filters}");
        filters.count(&mut snapshot, sql).await
    }
}

/// Tells whether the conditions name the few users who can match; those about organizations look at
/// every member.
fn is_cheap(filters: &Filters, list: &ListUsers) -> bool {
    filters.are_selective() && list.organization_id.is_empty()
}

/// Requires users to come after the one of that id, in an order by `created_at`.
async fn add_place(
    snapshot: &mut Snapshot,
    filters: &mut Filters,
    order: Order,
    id: &str,
) -> Result<(), Error> {
    let sql = "SELECT created_at, \"user\" FROM users WHERE instance = $1 AND id = $2";
    let parameters = vec![filters.instance().into(), id.to_owned().into()];
    let read = |row: &Row<'_>| Ok((row.integer(0)?, row.integer(1)?));
    let Some((created_at, user)) = snapshot.row(sql, parameters, read).await? else {
        return Err(Error::NoSuchPosition { parameter: "starting_after" });
    };
    let (created_at, user) = (filters.bind(created_at), filters.bind(user));
    let later = order.later();
    filters.add(format!("(u.created_at, u.\"user\") {later} ({created_at}, {user})"));
    Ok(())
}

fn order(list: &ListUsers) -> Order {
    let tie = "u.\"user\"";
    let Some(order) = list.order_by else {
        return Order::new("u.created_at", tie, Direction::Descending, Indexed::Yes);
    };
    let (column, indexed) = match order.field {
        UserOrder::CreatedAt => ("u.created_at", Indexed::Yes),
        UserOrder::UpdatedAt => ("u.updated_at", Indexed::Yes),
        UserOrder::EmailAddress => ("u.sort_email_address", Indexed::Yes),
        UserOrder::Web3Wallet => ("u.sort_web3_wallet", Indexed::No),
        UserOrder::FirstName => ("u.sort_first_name", Indexed::Yes),
        UserOrder::LastName => ("u.sort_last_name", Indexed::Yes),
        UserOrder::PhoneNumber => ("u.sort_phone_number", Indexed::Yes),
        UserOrder::Username => ("u.sort_username", Indexed::Yes),
        UserOrder::LastActiveAt => ("u.last_active_at", Indexed::No),
        UserOrder::LastSignInAt => ("u.last_sign_in_at", Indexed::No),
    };
    Order::new(column, tie, order.direction, indexed)
}

fn filters(instance: InstanceKey, list: &ListUsers) -> Filters {
    let mut filters = Filters::new(instance);
    filters.users("u.id", &list.user_id);
    filters.signed_through(
        "u.\"user\"",
        "SELECT i.\"user\"
         FROM identifiers i
         WHERE i.instance = $1 AND i.kind = 'external_id' AND i.value",
        &list.external_id,
    );
    filters.signed_through(
        "u.\"user\"",
        "SELECT m.\"user\"
         FROM memberships m
         JOIN organizations o ON o.instance = m.instance AND o.organization = m.organization
         WHERE m.instance = $1 AND o.id",
        &list.organization_id,
    );
    let wanted = UserConditions {
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
    wanted.add_to(&mut filters);
    if list.provider.is_some() {
        // Users have no accounts at other providers.
        filters.add("1 = 0".to_owned());
    }
    if let Some(since) = list.last_active_at_since {
        let since = filters.bind(since);
        filters.add(format!("u.last_active_at >= {since}"));
    }
    if let Some(banned) = list.banned {
        let banned = filters.bind(banned);
        filters.add(format!("u.banned = {banned}"));
    }
    filters.created(list.created_at_after, list.created_at_before);
    filters.between("u.last_active_at", list.last_active_at_after, list.last_active_at_before);
    filters.between("u.last_sign_in_at", list.last_sign_in_at_after, list.last_sign_in_at_before);
    filters
}

/// Conditions on users that lists of users and of memberships share.
pub(crate) struct UserConditions<'a> {
    pub(crate) email_address: &'a [String],
    pub(crate) phone_number: &'a [String],
    pub(crate) username: &'a [String],
    pub(crate) web3_wallet: &'a [String],
    pub(crate) query: Option<&'a String>,
    pub(crate) email_address_query: Option<&'a String>,
    pub(crate) phone_number_query: Option<&'a String>,
    pub(crate) username_query: Option<&'a String>,
    pub(crate) name_query: Option<&'a String>,
}

impl UserConditions<'_> {
    /// Adds the conditions about the users called `u`.
    pub(crate) fn add_to(&self, filters: &mut Filters) {
        let user = "u.\"user\"";
        filters.identifiers(user, IdentifierKind::EmailAddress, self.email_address);
        filters.identifiers(user, IdentifierKind::PhoneNumber, self.phone_number);
        filters.identifiers(user, IdentifierKind::Username, self.username);
        filters.identifiers(user, IdentifierKind::Web3Wallet, self.web3_wallet);
        let anything = [
            search::EMAIL_ADDRESS,
            search::PHONE_NUMBER,
            search::USERNAME,
            search::WEB3_WALLET,
            search::ID,
            search::NAME,
        ];
        filters.holds(&anything, self.query);
        filters.holds(&[search::EMAIL_ADDRESS], self.email_address_query);
        filters.holds(&[search::PHONE_NUMBER], self.phone_number_query);
        filters.holds(&[search::USERNAME], self.username_query);
        filters.holds(&[search::NAME], self.name_query);
    }
}
