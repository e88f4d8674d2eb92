CREATE TABLE instances (
    instance BIGINT PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL CHECK (environment IN ('development', 'production')),
    -- What is set about organizations.
    organizations_enabled BIGINT NOT NULL,
    max_allowed_memberships BIGINT NOT NULL,
    max_allowed_roles BIGINT NOT NULL,
    max_role_sets_allowed BIGINT NOT NULL,
    admin_delete_enabled BIGINT NOT NULL,
    slug_disabled BIGINT NOT NULL,
    -- The version of the claims that session tokens have.
    session_token_version BIGINT NOT NULL CHECK (session_token_version IN (1, 2)),
    -- Another number after each change of its roles and permissions, so that they can be kept.
    catalogue BIGINT NOT NULL DEFAULT 0,
    -- What is set about the instance itself, as JSON.
    settings TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

-- Secret keys, by the SHA-256 of their text in hexadecimal; the text itself is nowhere.
CREATE TABLE keys (
    hash TEXT COLLATE "C" PRIMARY KEY,
    instance BIGINT NOT NULL REFERENCES instances (instance),
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    origin TEXT COLLATE "C" NOT NULL CHECK (origin IN ('development', 'pinned', 'created')),
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- Keys that session tokens are signed with; the private part is encrypted by the server.
CREATE TABLE signing_keys (
    instance BIGINT NOT NULL,
    signing_key BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    private_key TEXT COLLATE "C" NOT NULL,
    modulus TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    listed_until BIGINT,
    PRIMARY KEY (instance, signing_key),
    UNIQUE (instance, id)
);

CREATE TABLE permissions (
    instance BIGINT NOT NULL,
    permission BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL CHECK (type IN ('system', 'user')),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (instance, permission),
    UNIQUE (instance, id),
    UNIQUE (instance, key)
);

CREATE TABLE roles (
    instance BIGINT NOT NULL,
    role BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (instance, role),
    UNIQUE (instance, id),
    UNIQUE (instance, key)
);

CREATE TABLE role_permissions (
    instance BIGINT NOT NULL,
    role BIGINT NOT NULL,
    permission BIGINT NOT NULL,
    PRIMARY KEY (instance, role, permission),
    FOREIGN KEY (instance, role) REFERENCES roles (instance, role),
    FOREIGN KEY (instance, permission) REFERENCES permissions (instance, permission)
);

-- Which roles the members of an organization may get. The initial set is that of new organizations;
-- each instance has one.
CREATE TABLE role_sets (
    instance BIGINT NOT NULL,
    role_set BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    default_role BIGINT NOT NULL,
    creator_role BIGINT NOT NULL,
    is_initial BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (instance, role_set),
    UNIQUE (instance, id),
    UNIQUE (instance, key),
    FOREIGN KEY (instance, default_role) REFERENCES roles (instance, role),
    FOREIGN KEY (instance, creator_role) REFERENCES roles (instance, role)
);

CREATE TABLE role_set_roles (
    instance BIGINT NOT NULL,
    role_set BIGINT NOT NULL,
    role BIGINT NOT NULL,
    PRIMARY KEY (instance, role_set, role),
    FOREIGN KEY (instance, role_set) REFERENCES role_sets (instance, role_set),
    FOREIGN KEY (instance, role) REFERENCES roles (instance, role)
);

-- Role sets whose members are being given other roles. Where another set takes the place of one,
-- its organizations get that one behind their members.
CREATE TABLE role_set_migrations (
    instance BIGINT NOT NULL,
    migration BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    source BIGINT NOT NULL,
    destination BIGINT,
    migrated_members BIGINT NOT NULL,
    started_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (instance, migration),
    UNIQUE (instance, source),
    FOREIGN KEY (instance, source) REFERENCES role_sets (instance, role_set),
    FOREIGN KEY (instance, destination) REFERENCES role_sets (instance, role_set)
);

-- Which role becomes which, and before which organization every member has been looked at.
CREATE TABLE role_reassignments (
    instance BIGINT NOT NULL,
    migration BIGINT NOT NULL,
    from_role BIGINT NOT NULL,
    to_role BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    is_done BIGINT NOT NULL,
    PRIMARY KEY (instance, migration, from_role),
    FOREIGN KEY (instance, migration) REFERENCES role_set_migrations (instance, migration),
    FOREIGN KEY (instance, from_role) REFERENCES roles (instance, role),
    FOREIGN KEY (instance, to_role) REFERENCES roles (instance, role)
);

-- What is read with each page stands first; what is large and rare stands last.
CREATE TABLE users (
    instance BIGINT NOT NULL,
    "user" BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_active_at BIGINT,
    last_sign_in_at BIGINT,
    banned BIGINT NOT NULL,
    initials TEXT COLLATE "C" NOT NULL,
    card TEXT COLLATE "C" NOT NULL,
    -- Folded for sorting: the primary addresses and the names.
    sort_email_address TEXT COLLATE "C",
    sort_phone_number TEXT COLLATE "C",
    sort_web3_wallet TEXT COLLATE "C",
    sort_username TEXT COLLATE "C",
    sort_first_name TEXT COLLATE "C",
    sort_last_name TEXT COLLATE "C",
    -- Folded for searching: every address of a kind, one a line, and both names.
    search_email_address TEXT COLLATE "C" NOT NULL,
    search_phone_number TEXT COLLATE "C" NOT NULL,
    search_web3_wallet TEXT COLLATE "C" NOT NULL,
    search_name TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    public_metadata TEXT COLLATE "C" NOT NULL,
    private_metadata TEXT COLLATE "C" NOT NULL,
    unsafe_metadata TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C",
    PRIMARY KEY (instance, "user"),
    UNIQUE (instance, id)
);

CREATE INDEX users_by_created_at ON users (instance, created_at, "user");
CREATE INDEX users_by_updated_at ON users (instance, updated_at, "user");
CREATE INDEX users_by_email_address ON users (instance, sort_email_address, "user");
CREATE INDEX users_by_phone_number ON users (instance, sort_phone_number, "user");
CREATE INDEX users_by_username ON users (instance, sort_username, "user");
CREATE INDEX users_by_first_name ON users (instance, sort_first_name, "user");
CREATE INDEX users_by_last_name ON users (instance, sort_last_name, "user");

-- The trigrams of what is searched, of all instances.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX users_by_trigrams ON users USING gin (
    search_email_address gin_trgm_ops, search_phone_number gin_trgm_ops,
    sort_username gin_trgm_ops, search_web3_wallet gin_trgm_ops, lower(id) gin_trgm_ops,
    search_name gin_trgm_ops
);

CREATE TABLE identifiers (
    instance BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    "user" BIGINT NOT NULL,
    PRIMARY KEY (instance, kind, value),
    FOREIGN KEY (instance, "user") REFERENCES users (instance, "user")
);

CREATE INDEX identifiers_by_user ON identifiers (instance, "user");

CREATE TABLE organizations (
    instance BIGINT NOT NULL,
    organization BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    role_set BIGINT NOT NULL,
    max_allowed_memberships BIGINT NOT NULL,
    admin_delete_enabled BIGINT NOT NULL,
    created_by TEXT COLLATE "C",
    -- Folded for sorting and searching.
    sort_name TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    public_metadata TEXT COLLATE "C" NOT NULL,
    private_metadata TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (instance, organization),
    UNIQUE (instance, id),
    UNIQUE (instance, slug),
    FOREIGN KEY (instance, role_set) REFERENCES role_sets (instance, role_set)
);

CREATE INDEX organizations_by_created_at ON organizations (instance, created_at, organization);
CREATE INDEX organizations_by_name ON organizations (instance, sort_name, organization);
CREATE INDEX organizations_by_role_set ON organizations (instance, role_set, organization);

-- The key of a membership rises with time and tells when it began. Organization and user are no
-- foreign keys: after a removal they are gone at once, and their memberships little by little.
CREATE TABLE memberships (
    instance BIGINT NOT NULL,
    organization BIGINT NOT NULL,
    membership BIGINT NOT NULL,
    "user" BIGINT NOT NULL,
    role BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL,
    public_metadata TEXT COLLATE "C" NOT NULL,
    private_metadata TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (instance, organization, membership),
    -- The memberships of a user are sorted without looking at them, as SQLite does anyway.
    UNIQUE (instance, "user", organization) INCLUDE (membership),
    UNIQUE (instance, membership),
    UNIQUE (instance, id),
    FOREIGN KEY (instance, role) REFERENCES roles (instance, role)
);

CREATE INDEX memberships_by_role ON memberships (instance, organization, role, membership);

-- Tells whether anybody has a role. Its rows come in the order of its keys.
CREATE INDEX memberships_of_role ON memberships (instance, role, membership);

CREATE TABLE member_counts (
    instance BIGINT NOT NULL,
    organization BIGINT NOT NULL,
    role BIGINT NOT NULL,
    members BIGINT NOT NULL CHECK (members >= 0),
    PRIMARY KEY (instance, organization, role),
    FOREIGN KEY (instance, organization) REFERENCES organizations (instance, organization)
);

-- The active organization counts only while its user is a member there.
CREATE TABLE sessions (
    instance BIGINT NOT NULL,
    session BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    "user" BIGINT NOT NULL,
    organization BIGINT,
    is_revoked BIGINT NOT NULL,
    last_active_at BIGINT NOT NULL,
    expire_at BIGINT NOT NULL,
    abandon_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (instance, session),
    UNIQUE (instance, id)
);

CREATE INDEX sessions_by_user ON sessions (instance, "user", session);
CREATE INDEX sessions_by_client ON sessions (instance, client_id, session);

-- The organization that a user was last set to, or none, and a key that tells when.
CREATE TABLE active_organizations (
    instance BIGINT NOT NULL,
    "user" BIGINT NOT NULL,
    organization BIGINT,
    chosen BIGINT NOT NULL,
    PRIMARY KEY (instance, "user")
);

-- Organizations and users that are gone and whose memberships are still being removed. Until they
-- are, nobody may see them: every read of memberships leaves out those that are named here.
CREATE TABLE removals (
    instance BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('organization', 'user')),
    removed BIGINT NOT NULL,
    PRIMARY KEY (instance, kind, removed)
);

-- The members of an organization in a role, without those of users that are gone.
CREATE VIEW member_totals AS
SELECT c.instance, c.organization, c.role,
       c.members - (SELECT count(*)
                    FROM removals r
                    JOIN memberships m
                      ON m.instance = r.instance AND m."user" = r.removed
                         AND m.organization = c.organization AND m.role = c.role
                    WHERE r.instance = c.instance AND r.kind = 'user') AS members
FROM member_counts c;

-- How many rows an instance has of each kind, so that nobody has to count them.
CREATE TABLE instance_counts (
    instance BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('memberships', 'organizations', 'users')),
    total BIGINT NOT NULL CHECK (total >= 0),
    PRIMARY KEY (instance, kind)
);
