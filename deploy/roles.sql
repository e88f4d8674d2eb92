-- Two roles and a database, by a superuser: psql --file deploy/roles.sql
--
-- `guildhall_owner` is for `guildhall migrate` and owns what that makes. `guildhall` is for the
-- servers: it reads and writes rows, and cannot change the schema. Give both a password (\password)
-- or a client certificate afterwards.
CREATE ROLE guildhall_owner LOGIN;
CREATE ROLE guildhall LOGIN;
CREATE DATABASE guildhall OWNER guildhall_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE guildhall FROM PUBLIC;
GRANT CONNECT ON DATABASE guildhall TO guildhall;

\connect guildhall
-- From the first step of the schema to those of later versions.
ALTER DEFAULT PRIVILEGES FOR ROLE guildhall_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO guildhall;
