//! The error table: each error's status, wire code and messages, once.
//!
//! Codes and messages are those of the published error catalogue, except four codes for what it
//! has no entry for: `method_not_allowed`, `request_timeout`, `uri_too_long` and
//! `request_headers_too_large`. In messages `{0}` and `{1}` stand for what a [`Fault`] fills in.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

macro_rules! codes {
    ($($variant:ident $status:literal $code:literal $message:literal $long_message:literal;)*) => {
        /// What can be wrong with a request, or with the server.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "each variant is told by its row in the table")]
        pub enum Code {
            $($variant,)*
        }

        impl Code {
            /// Every code of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            fn row(self) -> (u16, &'static str, &'static str, &'static str) {
                match self {
                    $(Self::$variant => ($status, $code, $message, $long_message),)*
                }
            }
        }
    };
}

codes! {
    AuthorizationHeaderFormatInvalid 401 "authorization_header_format_invalid" "Invalid Authorization header format" "Invalid Authorization header format. Must be 'Bearer <YOUR_API_KEY>'";
    SecretKeyInvalid 401 "clerk_key_invalid" "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct." "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.";
    ApiVersionInvalid 400 "api_version_invalid" "invalid API version" "Invalid Clerk API version: {0}";
    RouteNotFound 404 "resource_not_found" "not found" "Resource not found";
    MethodNotAllowed 405 "method_not_allowed" "method not allowed" "`{0}` is not a method of this path. Allowed methods: {1}";
    UnsupportedContentType 415 "unsupported_content_type" "Content-Type is unsupported" "Content-Type {0} is unsupported. You should use {1} instead.";
    RequestBodyInvalid 400 "request_body_invalid" "Request body invalid" "The request body is invalid. Please consult the API documentation for more information.";
    RequestBodyTooLarge 413 "request_body_too_large" "Request body too large" "The request body exceeds the maximum allowed size of {0} bytes.";
    RequestTimeout 408 "request_timeout" "Request timeout" "The request body did not arrive within {0} seconds.";
    UriTooLong 414 "uri_too_long" "URI too long" "The path and query exceed the maximum allowed size of {0} bytes.";
    HeadersTooLarge 431 "request_headers_too_large" "Request headers too large" "The request headers exceed the maximum allowed size of {0} bytes or the maximum number of {1}.";
    ParameterMissing 422 "form_param_missing" "is missing" "{0} must be included.";
    ParameterUnknown 422 "form_param_unknown" "is unknown" "{0} is not a valid parameter for this request.";
    ParameterNil 422 "form_param_nil" "is nil" "{0} can't be null.";
    ParameterTypeInvalid 422 "form_param_value_invalid" "is invalid" "{0} is invalid. Received {1}, must be of type {2}.";
    ParameterValueInvalid 422 "form_param_value_invalid" "is invalid" "{1} does not match one of the allowed values for parameter {0}";
    ParameterValueNotAllowed 422 "form_param_value_invalid" "is invalid" "{1} does not match the allowed values for parameter {0}. Allowed values: {2}";
    ParameterEmpty 422 "form_param_value_invalid" "is invalid" "{0} is invalid. Must be not empty";
    ParameterEncodingInvalid 422 "form_param_value_invalid" "invalid character encoding" "{0} contains invalid UTF-8 characters";
    ParameterNul 422 "form_param_value_invalid" "is invalid" "{0} is invalid. It must not contain the character NUL.";
    ParameterDuplicate 422 "form_param_duplicate" "is duplicate" "{0} included multiple times. There should only be one.";
    ParameterDuplicateValues 422 "form_param_duplicate" "duplicate values" "{0} contains duplicate values";
    ParameterArrayTooLong 422 "form_param_array_size_exceeded" "exceeds maximum size" "{0} should not exceed {1} items.";
    ParameterTooLong 422 "form_param_max_length_exceeded" "exceeds maximum length" "{0} should not exceed {1} characters.";
    ParameterFormatInvalid 422 "form_param_format_invalid" "is invalid" "{0} is invalid. It must be {1}.";
    ParameterNotAllowed 422 "form_conditional_param_disallowed" "is not allowed" "`{0}` isn't allowed when `{1}` is present.";
    ParameterTimeInvalid 422 "form_param_invalid_time" "invalid format" "{0} must contain a datetime specified in RFC3339 format (e.g. `2022-10-20T10:00:27.645Z`).";
    EmailAddressInvalid 422 "form_param_format_invalid" "is invalid" "{0} must be a valid email address.";
    PhoneNumberInvalid 422 "form_param_format_invalid" "is invalid" "{0} must be a valid phone number according to E.164 international standard.";
    Web3WalletInvalid 422 "form_param_format_invalid" "is invalid" "{0} must be a valid web3 wallet address.";
    MetadataTooLarge 422 "form_param_exceeds_allowed_size" "The given {0} exceeds the maximum allowed size of 8192 bytes (8 KB)." "The given {0} exceeds the maximum allowed size of 8192 bytes (8 KB).";
    MetadataTypeInvalid 422 "form_param_value_invalid" "is invalid" "{0} is invalid. It must be a JSON object.";
    IdentifierExists 422 "form_identifier_exists" "That {1} is taken. Please try another." "That {1} is taken. Please try another.";
    UsernameLengthInvalid 422 "form_username_invalid_length" "Username length is invalid" "Your username must be between {1} and {2} characters long.";
    UsernameCharacterInvalid 422 "form_username_invalid_character" "Username has an invalid character" "Your username can only contain letters, numbers, `_`, `-` and `.`.";
    PasswordTooShort 422 "form_password_length_too_short" "Password is too short" "Passwords must be {1} characters or more.";
    PasswordTooLong 422 "form_password_size_in_bytes_exceeded" "Your password is too long. Please use a shorter one." "Your password is too long. Please use a shorter one.";
    OrganizationNameInvalid 422 "form_param_value_invalid" "invalid organization name" "The organization name \"{1}\" is invalid: it must not contain URLs or HTML";
    OrganizationNotFound 404 "resource_not_found" "not found" "Given organization not found.";
    OrganizationNotFoundOrUnauthorized 404 "organization_not_found_or_unauthorized" "not found or unauthorized" "Given organization not found, or you don't have permission to access the organization";
    SessionNotFound 404 "resource_not_found" "Session not found" "No session was found with id {0}";
    SessionTokenInvalid 400 "invalid_session_token" "Invalid session token" "The token provided could not be successfully verified";
    AuthenticationInvalid 401 "authentication_invalid" "Invalid authentication" "Unable to authenticate the request, you need to supply an active session";
    RequestInvalidForEnvironment 400 "request_invalid_for_environment" "Invalid request for environment" "Request only valid for {0} instances.";
    OrganizationCreatorNotFound 400 "organization_creator_not_found" "creator not found" "No users found with id {0}.";
    OrganizationsDisabled 403 "organization_not_enabled_in_instance" "access denied" "The organizations feature is not enabled for this instance.";
    OrganizationSlugsDisabled 403 "organization_slugs_disabled" "organization slugs not enabled" "This instance does not have slugs enabled for organizations.";
    OrganizationRoleNotFound 404 "resource_not_found" "not found" "Organization role not found";
    RoleIsCreatorRole 422 "organization_role_default_creator_role" "role is used as the creator role" "The organization role cannot be deleted as it is currently used as the creator role.";
    RoleIsDomainDefaultRole 422 "organization_role_domain_default_role" "role is used as the domain default role" "The organization role cannot be deleted as it is currently used as the default domain role.";
    RoleIsAssigned 422 "organization_role_assigned_members" "role is assigned to organization members" "The organization role is currently assigned to one or more organization members.";
    RoleQuotaExceeded 403 "organization_instance_roles_quota_exceeded" "organization roles for instance quota exceeded" "You have reached your limit of {0} organization roles per instance.";
    CreatorRolePermissionsMissing 422 "organization_missing_creator_role_permissions" "missing permissions for creator role" "The creator role must contain the following permissions: {0}";
    PermissionQuotaExceeded 403 "quota_exceeded" "Quota exceeded" "Quota exceeded, you have reached your limit.";
    PermissionNotFound 404 "resource_not_found" "not found" "Organization permission not found";
    SystemPermissionNotModifiable 403 "organization_system_permission_not_modifiable" "organization system permission cannot be modified" "This organization permission cannot be modified because it is a system permission.";
    PermissionIsAssigned 409 "organization_role_permission_association_exists" "permission already assigned to role" "This organization permission is already associated to this organization role.";
    PermissionNotAssigned 404 "organization_role_permission_association_not_found" "permission not assigned to role" "This organization permission is not associated with the organization role.";
    RoleSetNotFound 404 "resource_not_found" "not found" "Resource not found";
    RoleSetQuotaExceeded 403 "organization_instance_role_sets_quota_exceeded" "organization role sets for instance quota exceeded" "You have reached your limit of {0} organization role sets per instance.";
    RoleSetIsInitial 403 "cannot_delete_initial_role_set" "cannot delete initial role set" "Cannot delete the initial role set.";
    RoleOfSetIsAssigned 422 "organization_role_on_set_assigned_to_user" "role is assigned to users" "The role {0} is assigned to one or more users. Please re-assign the role to the users to proceed.";
    RoleReassignmentMissing 422 "organization_role_set_reassignment_mappings_missing" "reassignment mappings missing" "The following roles are missing from the reassignment mappings: {1}";
    RoleReassignmentInvalid 422 "organization_role_set_reassignment_mappings_invalid" "reassignment mappings invalid" "The role {1} is invalid in the reassignment mappings. It must be present in the new role set.";
    RoleMigrationInProgress 409 "role_migration_in_progress" "migration in progress" "Cannot modify role set while role reassignment is in progress. Please wait for the migration to complete.";
    UserNotFound 404 "resource_not_found" "not found" "No user was found with id {0}";
    UserBanned 403 "user_banned" "User banned" "You have been banned. If you think this was by mistake, please contact support.";
    MembershipNotFound 404 "resource_not_found" "not found" "Resource not found";
    IdentificationNotFound 404 "resource_not_found" "Resource not found" "Resource not found";
    IdentificationUnverified 422 "form_verification_needed" "is unverified" "This identification needs to be verified before you can perform this action.";
    AlreadyAMember 400 "already_a_member_in_organization" "already a member" "User {0} is already a member of the organization.";
    MinimumPermissionsNeeded 400 "organization_minimum_permissions_needed" "minimum organization permissions needed" "There has to be at least one organization member with the minimum required permissions";
    MembershipQuotaExceeded 403 "organization_membership_quota_exceeded" "organization membership quota exceeded" "You have reached your limit of {0} organization memberships, including outstanding invitations.";
    ServiceUnavailable 503 "service_unavailable" "Service unavailable" "Service unavailable";
    Internal 500 "internal_clerk_error" "Oops, an unexpected error occurred" "There was an internal error on our servers.";
}

impl Code {
    /// The HTTP status of an answer with this error.
    pub fn status(self) -> u16 {
        self.row().0
    }

    /// The code on the wire; several rows may share one.
    pub fn code(self) -> &'static str {
        self.row().1
    }

    /// This error about the whole request, its messages taken as they are.
    pub fn fault(self) -> Fault {
        self.about::<&str>(&[])
    }

    /// This error with values for `{0}`, `{1}`, … of its messages.
    pub fn about<S: AsRef<str>>(self, values: &[S]) -> Fault {
        let values = values.iter().map(|value| value.as_ref().to_owned()).collect();
        Fault { code: self, parameter: None, values }
    }

    /// This error about the parameter `name`, which is also `{0}` of its messages.
    pub fn parameter(self, name: &str) -> Fault {
        Fault { code: self, parameter: Some(name.to_owned()), values: vec![name.to_owned()] }
    }
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    code: Code,
    parameter: Option<String>,
    values: Vec<String>,
}

impl Fault {
    /// Which row of the table this is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Adds the next value for the messages.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Names the parameter in `meta.param_name`, without a place in the messages.
    pub fn at(mut self, parameter: &str) -> Self {
        self.parameter = Some(parameter.to_owned());
        self
    }

    /// The error as it stands on the wire.
    pub fn body(&self) -> ErrorBody {
        let (_, code, message, long_message) = self.code.row();
        let meta = self
            .parameter
            .as_ref()
            .map(|name| Map::from_iter([("param_name".to_owned(), Value::String(name.clone()))]));
        ErrorBody {
            message: self.fill(message),
            long_message: self.fill(long_message),
            code: code.to_owned(),
            meta,
        }
    }

    fn fill(&self, template: &str) -> String {
        let mut text = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            text.push_str(&rest[..open]);
            let index = rest[open + 1..].bytes().next().map(|digit| usize::from(digit - b'0'));
            if let Some(value) = index.and_then(|index| self.values.get(index)) {
                text.push_str(value);
            }
            rest = &rest[open + 3..];
        }
        text.push_str(rest);
        text
    }
}

/// One error of an answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErrorBody {
    /// What is wrong, in a few words.
    #[serde(default)]
    pub message: String,
    /// What is wrong, in a sentence.
    #[serde(default)]
    pub long_message: String,
    /// What is wrong, for programs.
    #[serde(default)]
    pub code: String,
    /// More about it; `param_name` names the parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Map<String, Value>>,
}

impl ErrorBody {
    /// The parameter that the error is about, if it is about one.
    pub fn param_name(&self) -> Option<&str> {
        self.meta.as_ref()?.get("param_name")?.as_str()
    }
}

/// The body of every answer that is not a success.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Errors {
    /// Everything that is wrong, at least one.
    pub errors: Vec<ErrorBody>,
    /// Names this request in the server's log: 32 lower-case hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clerk_trace_id: Option<String>,
}

impl Errors {
    /// An answer that lists `faults`.
    pub fn new(faults: &[Fault], trace_id: String) -> Self {
        Self { errors: faults.iter().map(Fault::body).collect(), clerk_trace_id: Some(trace_id) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_filled_by_its_values() {
        for code in Code::ALL {
            let body = code.about(&["first", "second", "third"]).body();

            assert!(!body.message.contains(['{', '}']), "{code:?}: {}", body.message);
            assert!(!body.long_message.contains(['{', '}']), "{code:?}: {}", body.long_message);
            assert!(!body.message.is_empty() && !body.long_message.is_empty(), "{code:?}");
        }
    }

    #[test]
    fn a_value_with_braces_is_not_filled_again() {
        let body = Code::UserNotFound.about(&["{0}"]).body();

        assert_eq!(body.long_message, "No user was found with id {0}");
    }
}
