// The installed releases of the package, each with what it needs to speak to the server.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const UNKNOWN_ORGANIZATION = 'org_3E1yAbCdEfGhIjKlMnOpQrStUvW';
export const UNKNOWN_USER = 'user_29w83sxmDNGwOuEthce5gg56FcC';

const STRANGE_KEY = 'sk_test_neverIssuedNeverIssuedNeverIssuedNeverIs';
const FOLDER = setting('GUILDHALL_NODE_CLIENTS');

/** One release of the package, with the secret key of the instance. */
class Client {
  constructor(release) {
    const require = createRequire(join(FOLDER, release, 'package.json'));
    const { createClerkClient, verifyToken } = require('@clerk/backend');
    this.verifyToken = verifyToken;
    /** What the package needs to fetch the keys of the server. */
    this.options = {
      apiUrl: setting('CLERK_API_URL'),
      secretKey: setting('CLERK_SECRET_KEY'),
    };
    const clerk = (secretKey) => createClerkClient({ apiUrl: setting('CLERK_API_URL'), secretKey });
    assert.equal(require('@clerk/backend/package.json').version, release);
    this.release = release;
    this.major = Number.parseInt(this.release, 10);
    this.isErrorOfThePackage = require('@clerk/shared/error').isClerkAPIResponseError;
    Object.assign(this, clerk(setting('CLERK_SECRET_KEY')));
    /** The same package with a key that was never issued. */
    this.stranger = clerk(STRANGE_KEY);
  }

  /** Makes a user, with an e-mail address of its own unless `fields` say otherwise. */
  async user(fields = {}) {
    return this.users.createUser({ emailAddress: [`${randomUUID()}@example.com`], ...fields });
  }

  /** Makes an organization whose one member is its creator, in the role `org:admin`. */
  async organization(fields = {}) {
    const createdBy = fields.createdBy ?? (await this.user()).id;
    const name = 'Analytical Engines';
    return this.organizations.createOrganization({ name, ...fields, createdBy });
  }

  /** Makes a user a member of an organization. */
  async join(organization, user, role = 'org:member') {
    const path = { organizationId: organization.id, userId: user.id };
    return this.organizations.createOrganizationMembership({ ...path, role });
  }

  /** Makes a call that the server has to refuse with one error, which the package reads as its own. */
  async refused(call, status, code, paramName) {
    const error = await call().then(
      (answer) => assert.fail(`not refused: ${JSON.stringify(answer)}`),
      (error) => error,
    );
    assert.ok(this.isErrorOfThePackage(error), String(error));
    const told = error.errors.map((fault) => [fault.code, fault.meta?.paramName]);
    assert.deepEqual([error.status, told], [status, [[code, paramName]]]);
    assert.ok(error.errors[0].message && error.errors[0].longMessage);
    assert.match(error.clerkTraceId, /^[0-9a-f]{32}$/);
  }
}

/** Makes a call by itself, for what some release does not offer; it has to succeed. */
export async function call(method, path, body) {
  const headers = { authorization: `Bearer ${setting('CLERK_SECRET_KEY')}` };
  if (body) headers['content-type'] = 'application/json';
  const url = `${setting('CLERK_API_URL')}/v1${path}`;
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const read = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(read));
  return read;
}

/** Sets the version of the claims of session tokens, as an operator does beside the server. */
export function setTokenVersion(version) {
  const [command, ...start] = JSON.parse(setting('TEST_OPERATOR'));
  execFileSync(command, [...start, 'update', 'default', `--session-token-version=${version}`]);
}

/** A word that nothing else in the instance holds. */
export function unique(word) {
  return `${word}-${randomUUID()}`;
}

function setting(name) {
  return process.env[name] ?? assert.fail(`${name} must be set; run.sh does`);
}

/** Every release, the newest first. */
export const clients = readdirSync(new URL('packages', import.meta.url))
  .map((release) => new Client(release))
  .sort((one, other) => other.major - one.major);
