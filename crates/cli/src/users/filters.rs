//! Which users to list or to count.

use clap::Args;
use guildhall_sdk::ListUsers;

#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(super) struct FilterArguments {
    /// Users to include, or with `-` in front to exclude
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    user_id: Vec<String>,
    /// Organizations the user must be in, or with `-` in front must not
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    organization_id: Vec<String>,
    /// External ids to include, or with `-` in front to exclude
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    external_id: Vec<String>,
    /// Whole e-mail addresses
    #[arg(long, value_name = "ADDRESS", allow_hyphen_values = true)]
    email_address: Vec<String>,
    /// Whole phone numbers
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    phone_number: Vec<String>,
    /// Whole usernames
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    username: Vec<String>,
    /// Whole web3 wallet addresses
    #[arg(long, value_name = "ADDRESS", allow_hyphen_values = true)]
    web3_wallet: Vec<String>,
    /// Part of an address, phone number, username, wallet, user id or name
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    query: Option<String>,
    /// Part of an e-mail address
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    email_address_query: Option<String>,
    /// Part of a phone number
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    phone_number_query: Option<String>,
    /// Part of a username
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    username_query: Option<String>,
    /// Part of the first or last name
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    name_query: Option<String>,
    /// Only users who may not sign in, or only others
    #[arg(long, value_name = "BOOLEAN")]
    banned: Option<bool>,
    /// Users created before this instant, in Unix milliseconds
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    created_at_before: Option<i64>,
    /// Users created after this instant, in Unix milliseconds
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    created_at_after: Option<i64>,
    /// Users last active before this instant, in Unix milliseconds
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    last_active_at_before: Option<i64>,
    /// Users last active after this instant, in Unix milliseconds
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    last_active_at_after: Option<i64>,
    /// Users last active at this instant or after it, in Unix milliseconds
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    last_active_at_since: Option<i64>,
    /// Users with an account at this provider
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Users with one of these ids at the provider
    #[arg(long, value_name = "ID", requires = "provider")]
    provider_user_id: Vec<String>,
    /// Users last signed in before this instant, in Unix milliseconds
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    last_sign_in_at_before: Option<i64>,
    /// Users last signed in after this instant, in Unix milliseconds
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    last_sign_in_at_after: Option<i64>,
}

impl From<FilterArguments> for ListUsers {
    fn from(filters: FilterArguments) -> Self {
        Self {
            limit: None,
            offset: None,
            order_by: None,
            starting_after: None,
            email_address: filters.email_address,
            phone_number: filters.phone_number,
            external_id: filters.external_id,
            username: filters.username,
            web3_wallet: filters.web3_wallet,
            user_id: filters.user_id,
            organization_id: filters.organization_id,
            query: filters.query,
            email_address_query: filters.email_address_query,
            phone_number_query: filters.phone_number_query,
            username_query: filters.username_query,
            name_query: filters.name_query,
            banned: filters.banned,
            created_at_before: filters.created_at_before,
            created_at_after: filters.created_at_after,
            last_active_at_before: filters.last_active_at_before,
            last_active_at_after: filters.last_active_at_after,
            last_active_at_since: filters.last_active_at_since,
            provider: filters.provider,
            provider_user_id: filters.provider_user_id,
            last_sign_in_at_before: filters.last_sign_in_at_before,
            last_sign_in_at_after: filters.last_sign_in_at_after,
        }
    }
}
