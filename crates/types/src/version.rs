//! Versions of the Backend API, named by date.

use std::fmt;

/// A version of the Backend API, sent as `Clerk-API-Version`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApiVersion {
    /// What a request without a version gets.
    #[default]
    V2021_02_05,
    /// Adds the roles of organizations.
    V2024_10_01,
    /// Present in the published specifications, though not in the guides.
    V2025_03_12,
    /// Adds pending sessions and the second form of session tokens.
    V2025_04_10,
    /// Changes nothing about memberships.
    V2025_11_10,
    /// Refuses metadata in `PATCH` of users and organizations; what `guildhall-sdk` sends.
    V2026_05_12,
}

impl ApiVersion {
    /// Every known version, oldest first.
    pub const ALL: [Self; 6] = [
        Self::V2021_02_05,
        Self::V2024_10_01,
        Self::V2025_03_12,
        Self::V2025_04_10,
        Self::V2025_11_10,
        Self::V2026_05_12,
    ];

    /// The newest version.
    pub const LATEST: Self = Self::V2026_05_12;

    /// The date that names this version.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2021_02_05 => "2021-02-05",
            Self::V2024_10_01 => "2024-10-01",
            Self::V2025_03_12 => "2025-03-12",
            Self::V2025_04_10 => "2025-04-10",
            Self::V2025_11_10 => "2025-11-10",
            Self::V2026_05_12 => "2026-05-12",
        }
    }

    /// Finds the version of that date; `None` if there is none.
    pub fn parse(date: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.as_str() == date)
    }

    /// Tells whether `PATCH` of a user or an organization still takes metadata.
    pub fn patches_take_metadata(self) -> bool {
        self < Self::V2026_05_12
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
