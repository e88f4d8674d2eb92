//! Searching users: an index of trigrams finds the few who can match.
//!
//! Where few match, a page begins with them; where many do, it looks at the rows in its own order
//! and soon has enough. The index holds folded text, a row a user, of all instances; what it finds
//! is joined to the users of one.

use std::ops::RangeInclusive;

use guildhall_rules::text::fold;
use guildhall_rules::{Change, Rows, User};

use crate::db::{Statements, Value};
use crate::dialect::{ADD_SEARCHED_USER, Dialect, FORGET_SEARCHED_USER, SEARCHED_USERS};
use crate::error::Error;
use crate::filters::Filters;
use crate::reading::Snapshot;

/// Up to how many users a page begins with.
pub(crate) const FEW: i64 = 20_000;
/// Up to how many users are sorted rather than met on a walk through all: PostgreSQL guesses from a
/// sample how many match, and its guess may be a hundred times too high.
pub(crate) const SORTED: i64 = 2_000;
/// Up to how many users are named one by one.
const NAMED: usize = 32;
/// How many characters a part has that the index looks for: fewer are no trigram, and more cost as
/// much again each.
const SEARCHED_CHARACTERS: RangeInclusive<usize> = 3..=256;

/// A text of users that can be searched: in their table, and in the index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Searched {
    /// The folded column of the user `u`.
    pub(crate) column: &'static str,
    /// The column of the index.
    indexed: &'static str,
}

/// Every e-mail address.
pub(crate) const EMAIL_ADDRESS: Searched =
    Searched { column: "u.search_email_address", indexed: "email_address" };
/// Every phone number.
pub(crate) const PHONE_NUMBER: Searched =
    Searched { column: "u.search_phone_number", indexed: "phone_number" };
/// The username.
pub(crate) const USERNAME: Searched = Searched { column: "u.sort_username", indexed: "username" };
/// Every web3 wallet.
pub(crate) const WEB3_WALLET: Searched =
    Searched { column: "u.search_web3_wallet", indexed: "web3_wallet" };
/// The id.
pub(crate) const ID: Searched = Searched { column: "lower(u.id)", indexed: "id" };
/// First and last name.
pub(crate) const NAME: Searched = Searched { column: "u.search_name", indexed: "name" };

/// What the index is asked to find users by who hold `part` in one of several texts; `None` if it
/// cannot help.
pub(crate) fn expression(texts: &[Searched], part: &str) -> Option<String> {
    if !SEARCHED_CHARACTERS.contains(&part.chars().count()) || part.contains('\0') {
        return None;
    }
    let columns: Vec<&str> = texts.iter().map(|text| text.indexed).collect();
    Some(format!("{{{}}} : \"{}\"", columns.join(" "), fold(part).replace('"', "\"\"")))
}

/// As [`expression`], of less where that may be quicker: an address by what stands before its `@`,
/// because many addresses share what follows, and each trigram that many hold is looked through.
pub(crate) fn quick_expression(texts: &[Searched], part: &str) -> Option<String> {
    let before = part.split_once('@').and_then(|(before, _)| expression(texts, before));
    before.or_else(|| expression(texts, part))
}

/// Makes a page begin with the users who can match, if SQLite finds so few that they are named one by
/// one; tells how many they are then.
pub(crate) async fn narrow_to_named(
    snapshot: &mut Snapshot,
    filters: &mut Filters,
) -> Result<Option<i64>, Error> {
    let quickest = filters.search_expressions().into_iter().next();
    match quickest.filter(|_| !snapshot.is_postgres()) {
        // The conditions themselves are looked at too, so that what is found may be too much.
        Some(quickest) => found_at_once(snapshot, filters, quickest).await,
        None => Ok(None),
    }
}

/// As [`narrow_to_named`], and if they are more, but few.
pub(crate) async fn narrow(
    snapshot: &mut Snapshot,
    filters: &mut Filters,
) -> Result<Option<i64>, Error> {
    match narrow_to_named(snapshot, filters).await? {
        Some(found) => Ok(Some(found)),
        None => narrow_to_few(snapshot, filters).await,
    }
}

/// Makes a page begin with the users who can match, if they are few; tells how many they are then.
pub(crate) async fn narrow_to_few(
    snapshot: &mut Snapshot,
    filters: &mut Filters,
) -> Result<Option<i64>, Error> {
    let is_postgres = snapshot.is_postgres();
    let mut expressions = filters.search_expressions().into_iter().peekable();
    if !is_postgres && expressions.peek().is_some() {
        while let Some(expression) = expressions.next() {
            let found = SEARCHED_USERS;
            let few = few(snapshot, format!("{found} $1"), vec![expression.clone().into()]).await?;
            // Where more can follow, all of it finds fewer.
            let most = if expressions.peek().is_some() { SORTED } else { FEW };
            if few.is_some_and(|few| few <= most) {
                let bound = filters.bind(expression);
                filters.add(format!("u.\"user\" IN ({found} {bound})"));
                return Ok(few);
            }
        }
        return Ok(None);
    }
    // On PostgreSQL the conditions themselves are looked up in the index.
    let conditions = match is_postgres {
        true => filters.conditions_on_users(),
        false => filters.created_between(),
    };
    let Some((conditions, parameters)) = conditions else { return Ok(None) };
    let instance = instance_column(snapshot, filters);
    let users = format!("SELECT 1 FROM users u WHERE {instance} = $1{conditions}");
    few(snapshot, users, parameters).await
}

/// Requires the user `u` to be one of those whom the index finds, if they are so few that they are
/// named one by one; tells how many they are then. So the index is not asked again for the total and
/// for the page.
async fn found_at_once(
    snapshot: &mut Snapshot,
    filters: &mut Filters,
    expression: String,
) -> Result<Option<i64>, Error> {
    let sql = format!("{SEARCHED_USERS} $1 LIMIT $2");
    let most = i64::try_from(NAMED + 1).unwrap_or(i64::MAX);
    let parameters = vec![expression.into(), most.into()];
    let found = snapshot.rows(sql, parameters, |row| row.integer(0)).await?;
    if found.len() > NAMED {
        return Ok(None);
    }
    // As many as may be, so that the statement is always the same; nobody has the row 0.
    let named = found.iter().copied().chain(std::iter::repeat(0)).take(NAMED);
    let bound = filters.bind_all(named);
    filters.add(format!("u.\"user\" IN ({bound})"));
    Ok(i64::try_from(found.len()).ok())
}

/// The instance of the users `u` that are searched, to compare.
///
/// Where PostgreSQL finds them by trigrams, a plus keeps it from also collecting every user of the
/// instance from another index.
pub(crate) fn instance_column(snapshot: &Snapshot, filters: &Filters) -> &'static str {
    match snapshot.is_postgres() && !filters.search_expressions().is_empty() {
        true => "+u.instance",
        false => "u.instance",
    }
}

async fn few(
    snapshot: &mut Snapshot,
    users: String,
    parameters: Vec<Value<'static>>,
) -> Result<Option<i64>, Error> {
    let most = FEW + 1;
    let sql = format!("SELECT count(*) FROM ({users} LIMIT {most}) found");
    let found = snapshot.row(sql, parameters, |row| row.integer(0)).await?;
    Ok(found.filter(|found| *found <= FEW))
}

/// Brings the index in line with the users that changed, where it is a table of its own.
pub(crate) fn apply(
    statements: &mut Statements<'_>,
    rows: &Rows,
    dialect: fn(Dialect) -> Option<&'static str>,
) {
    let (Some(forget), Some(add)) = (dialect(FORGET_SEARCHED_USER), dialect(ADD_SEARCHED_USER))
    else {
        return;
    };
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    for (key, change) in rows.users().changes() {
        let (before, now) = match change {
            Change::Insert(now) => (None, Some(Texts::of(now))),
            Change::Update(before, now) => (Some(Texts::of(before)), Some(Texts::of(now))),
            Change::Delete(before) => (Some(Texts::of(before)), None),
        };
        if before == now {
            continue;
        }
        if before.is_some() {
            gone.push(vec![Value::from(*key)]);
        }
        new.extend(now.map(|texts| texts.into_row(*key)));
    }
    statements.change_any(forget, gone);
    statements.change_any(add, new);
}

/// What of a user is searched, folded: every address of a kind, one a line, and both names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Texts {
    pub(crate) email_address: String,
    pub(crate) phone_number: String,
    username: String,
    pub(crate) web3_wallet: String,
    id: String,
    pub(crate) name: String,
}

impl Texts {
    pub(crate) fn of(user: &User) -> Self {
        let profile = &user.profile;
        let addresses = profile.email_addresses.iter().map(|address| &address.email_address);
        let numbers = profile.phone_numbers.iter().map(|number| &number.phone_number);
        let wallets = profile.web3_wallets.iter().map(|wallet| &wallet.web3_wallet);
        let names = [profile.first_name.as_ref(), profile.last_name.as_ref()];
        Self {
            email_address: joined(addresses, "\n"),
            phone_number: joined(numbers, "\n"),
            username: profile.username.as_deref().map(fold).unwrap_or_default(),
            web3_wallet: joined(wallets, "\n"),
            id: fold(profile.id.as_str()),
            name: joined(names.into_iter().flatten(), " "),
        }
    }

    /// The row of the index, in the order of its columns.
    fn into_row(self, user: i64) -> Vec<Value<'static>> {
        vec![
            user.into(),
            self.email_address.into(),
            self.phone_number.into(),
            self.username.into(),
            self.web3_wallet.into(),
            self.id.into(),
            self.name.into(),
        ]
    }
}

/// Folded texts one after the other.
fn joined<'a>(texts: impl Iterator<Item = &'a String>, separator: &str) -> String {
    texts.map(|text| fold(text)).collect::<Vec<_>>().join(separator)
}
