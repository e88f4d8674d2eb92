//! Where things are in the data: asked of the server, so that the same works on either database.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::data::{Amount, address_of, name_of};
use crate::wire::Target;

/// The most rows of a page.
const PAGE: usize = 500;
/// Over how many organizations writes are spread.
const SPREAD: usize = 1000;
/// A role without permissions: an organization may lose the last member who holds it.
pub(crate) const ROLE: &str = "org:measured";
/// How many users writes are done with at most.
const STRANGERS: usize = 10_000;

/// The ids that requests name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// The large organizations by size, smallest first.
    pub(crate) organizations: Vec<(usize, String)>,
    /// Small organizations to spread writes over.
    pub(crate) small: Vec<String>,
    /// The user who is in many organizations.
    pub(crate) busy: String,
    /// Users who are in no organization.
    pub(crate) strangers: Vec<String>,
    /// Members of the organization that most is measured at.
    pub(crate) members: Vec<String>,
    /// A membership in the middle of that organization.
    pub(crate) middle: String,
}

impl Places {
    /// Looks everything up.
    ///
    /// # Errors
    /// Where the data is not what it should be.
    pub(crate) async fn find(target: &Target, amount: Amount) -> Result<Self> {
        let mut places = Self::default();
        // It is there from the second time on, which is an error that does not matter.
        let role =
            format!(r#"{{"name":"Measured","key":"{ROLE}","include_in_initial_role_set":true}}"#);
        target.ask(&target.with_body("POST", "/v1/organization_roles", &role)).await?;
        let found = target.get("/v1/organizations?query=Members&limit=500");
        let found = rows(target.json(&found).await?)?;
        for size in amount.sizes() {
            let name = name_of(size);
            let row = found.iter().find(|row| row.get("name") == Some(&Value::from(&*name)));
            places.organizations.push((size, id(row.context(name)?)?));
        }
        let small = SPREAD.min(amount.organizations);
        let path = "/v1/organizations?query=Small";
        places.small = ids(target, path, small, "/id").await?;
        let busy = target.get(&format!("/v1/users?email_address={}", address_of(0)));
        places.busy = id(rows(target.json(&busy).await?)?.first().context("no first user")?)?;
        let path = "/v1/users?order_by=-created_at";
        places.strangers = ids(target, path, STRANGERS.min(amount.strangers()), "/id").await?;
        let (size, organization) = places.medium().clone();
        let path = format!("/v1/organizations/{organization}/memberships");
        places.members = ids(
            target,
            &format!("{path}?order_by=created_at"),
            2000.min(size),
            "/public_user_data/user_id",
        )
        .await?;
        let middle = target.get(&format!("{path}?limit=1&offset={}", size / 2));
        let middle = rows(target.json(&middle).await?)?;
        places.middle = id(middle.first().context("nobody stands in the middle")?)?;
        Ok(places)
    }

    /// The organization that most is measured at: the largest of at most 100,000 members.
    pub(crate) fn medium(&self) -> &(usize, String) {
        let most = |(size, _): &&(usize, String)| *size <= 100_000;
        self.organizations.iter().rev().find(most).unwrap_or(&self.organizations[0])
    }
}

/// The rows of a list, in whichever of the two shapes it comes.
///
/// # Errors
/// Where it is no list.
pub(crate) fn rows(list: Value) -> Result<Vec<Value>> {
    match list {
        Value::Array(rows) => Ok(rows),
        Value::Object(mut page) => match page.remove("data") {
            Some(Value::Array(rows)) => Ok(rows),
            _ => anyhow::bail!("a list without `data`"),
        },
        _ => anyhow::bail!("no list"),
    }
}

/// The id of a row.
///
/// # Errors
/// Where it has none.
pub(crate) fn id(row: &Value) -> Result<String> {
    text(row, "/id")
}

fn text(row: &Value, pointer: &str) -> Result<String> {
    let text = row.pointer(pointer).and_then(Value::as_str);
    Ok(text.with_context(|| format!("a row without {pointer}"))?.to_owned())
}

/// The first `count` texts at `pointer` of a list.
///
/// # Errors
/// As [`ids_from`].
pub(crate) async fn ids(
    target: &Target,
    path: &str,
    count: usize,
    pointer: &str,
) -> Result<Vec<String>> {
    ids_from(target, path, 0, count, pointer).await
}

/// `count` texts at `pointer` of a list, after the first `from`.
///
/// # Errors
/// Where the list ends before, or a row has no such text.
pub(crate) async fn ids_from(
    target: &Target,
    path: &str,
    from: usize,
    count: usize,
    pointer: &str,
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    while found.len() < count {
        let limit = PAGE.min(count - found.len());
        let offset = from + found.len();
        let page = target.get(&format!("{path}&limit={limit}&offset={offset}"));
        let page = rows(target.json(&page).await?)?;
        anyhow::ensure!(!page.is_empty(), "{path} ends after {offset}");
        for row in &page {
            found.push(text(row, pointer)?);
        }
    }
    Ok(found)
}
