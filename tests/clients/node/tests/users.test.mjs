// Users and their metadata through `users`.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, describe, test } from 'node:test';

import { UNKNOWN_USER, clients, unique } from '../client.mjs';

const NEVER = [1, Date.UTC(2100, 0)];

/** Makes three users: Eve's keys sort first, then Finn's, then Gil's; made Gil, Eve, Finn. */
async function makeTrio(client) {
  const word = unique('trio');
  const wallet = `0x${randomBytes(20).toString('hex')}`;
  const phone = `+120255501${client.major}`;
  const people = {};
  for (const [name, number] of [
    ['Gil', 6],
    ['Eve', 4],
    ['Finn', 5],
  ]) {
    const user = await client.user({
      externalId: `${name}-${word}`,
      firstName: name,
      lastName: `${name} Trio`,
      username: `${name}_${word}`,
      emailAddress: [`${name}-${word}@example.com`],
      phoneNumber: [`${phone}${number}`],
      createdAt: day(number),
      ...(name === 'Eve' ? { web3Wallet: [wallet] } : {}),
    });
    people[name.toLowerCase()] = user.id;
  }
  return { word, wallet, phone, people };
}

/** A day of January 2021. */
function day(number) {
  return new Date(Date.UTC(2021, 0, number));
}

for (const client of clients) {
  describe(`users of ${client.release}`, () => {
    const { organizations, users } = client;
    let trio;

    before(async () => {
      trio = await makeTrio(client);
    });

    /** Who is listed, in the order of the answer, and how many there are in all. */
    async function list(query) {
      const page = await users.getUserList(query);
      const names = Object.fromEntries(Object.entries(trio.people).map(([name, id]) => [id, name]));
      return [page.data.map(({ id }) => names[id]), page.totalCount];
    }

    const filters = {
      emailAddress: ({ word }) => [
        [`EVE-${word}@example.com`, `gil-${word}@example.com`],
        'gil eve',
      ],
      phoneNumber: ({ phone }) => [[`${phone}5`], 'finn'],
      externalId: ({ word }) => [[`Finn-${word}`, `Gil-${word}`, 'nobody'], 'gil finn'],
      username: ({ word }) => [[`Gil_${word}`], 'gil'],
      web3Wallet: ({ wallet }) => [[wallet], 'eve'],
      userId: ({ people }) => [[people.eve, UNKNOWN_USER], 'eve'],
      query: ({ word }) => [word.toUpperCase(), 'gil finn eve'],
    };
    for (const [filter, example] of Object.entries(filters)) {
      test(`${filter} filters the list and the count alike`, async () => {
        const [value, names] = example(trio);
        const expected = names.split(' ');

        const [listed, total] = await list({ [filter]: value });

        assert.deepEqual([listed, total], [expected, expected.length]);
        assert.equal(await users.getCount({ [filter]: value }), expected.length);
      });
    }

    for (const [filter, value, expected] of [
      ['createdAtAfter', day(5).getTime() + 1, ['gil']],
      ['createdAtBefore', day(5).getTime() - 1, ['eve']],
      // Nobody has had a session.
      ['lastActiveAtAfter', NEVER[0], []],
      ['lastActiveAtBefore', NEVER[1], []],
      ['lastSignInAtAfter', NEVER[0], []],
      ['lastSignInAtBefore', NEVER[1], []],
    ]) {
      test(`${filter} filters`, async () => {
        const found = await list({ query: trio.word, [filter]: value });

        assert.deepEqual(found, [expected, expected.length]);
      });
    }

    test('organizationId filters', async () => {
      const organization = await client.organization({ createdBy: trio.people.finn });

      assert.deepEqual(await list({ organizationId: [organization.id] }), [['finn'], 1]);
    });

    for (const field of [
      'created_at',
      'email_address',
      'first_name',
      'last_name',
      'phone_number',
      'username',
    ]) {
      test(`it sorts by ${field}`, async () => {
        const query = trio.word;
        const ascending = ['eve', 'finn', 'gil'];

        assert.deepEqual(await list({ query, orderBy: field }), [ascending, 3]);
        assert.deepEqual(await list({ query, orderBy: `+${field}` }), [ascending, 3]);
        assert.deepEqual(await list({ query, orderBy: `-${field}` }), [ascending.toReversed(), 3]);
      });
    }

    for (const field of ['updated_at', 'web3wallet', 'last_active_at', 'last_sign_in_at']) {
      test(`it takes the order ${field}`, async () => {
        const [listed] = await list({ query: trio.word, orderBy: `-${field}` });

        assert.deepEqual(listed.toSorted(), ['eve', 'finn', 'gil']);
      });
    }

    test('limit and offset cut the list and leave the count', async () => {
      const query = { query: trio.word, orderBy: 'username' };

      assert.deepEqual(await list({ ...query, limit: 2 }), [['eve', 'finn'], 3]);
      assert.deepEqual(await list({ ...query, limit: 2, offset: 2 }), [['gil'], 3]);
    });

    test('a wrong parameter is named', async () => {
      const listing = () => list({ limit: 501 });
      const count = () => users.getCount({ username: Array(101).fill('ada') });

      await client.refused(listing, 422, 'form_param_value_invalid', 'limit');
      await client.refused(count, 422, 'form_param_array_size_exceeded', 'username');
    });

    test('create answers everything that was given', async () => {
      const word = unique('countess');
      const made = await client.user({
        externalId: word,
        firstName: 'Ada',
        lastName: 'Lovelace',
        username: word,
        emailAddress: [`ada-${word}@example.com`, `lovelace-${word}@example.com`],
        password: 'difference engine no. 2',
        createdAt: new Date('2020-02-29T12:00:00.250Z'),
        legalAcceptedAt: new Date('2024-02-29T12:00:00Z'),
        publicMetadata: { favouriteNumber: 7 },
        privateMetadata: { cost: 1 },
        unsafeMetadata: { theme: 'dark' },
      });

      const user = await users.getUser(made.id);

      assert.deepEqual(user, made);
      assert.deepEqual(
        [user.firstName, user.lastName, user.fullName],
        ['Ada', 'Lovelace', 'Ada Lovelace'],
      );
      assert.deepEqual([user.username, user.externalId], [word, word]);
      assert.equal(user.primaryEmailAddress.emailAddress, `ada-${word}@example.com`);
      assert.equal(user.primaryEmailAddress.verification.status, 'verified');
      assert.equal(user.emailAddresses[1].emailAddress, `lovelace-${word}@example.com`);
      assert.equal(user.passwordEnabled, true);
      assert.equal(user.createdAt, Date.UTC(2020, 1, 29, 12, 0, 0, 250));
      assert.equal(user.legalAcceptedAt, Date.UTC(2024, 1, 29, 12));
      assert.deepEqual(user.publicMetadata, { favouriteNumber: 7 });
      assert.deepEqual(user.privateMetadata, { cost: 1 });
      assert.deepEqual(user.unsafeMetadata, { theme: 'dark' });
    });

    if (client.major >= 3) {
      test('create takes addresses that are only reserved', async () => {
        const word = unique('reserved');

        const user = await client.user({
          emailAddress: [`ada-${word}@example.com`, `lovelace-${word}@example.com`],
          emailAddressIdentificationStatus: ['verified', 'reserved'],
        });

        const [first, second] = user.raw.email_addresses;
        assert.deepEqual([first.reserved, second.reserved], [false, true]);
        assert.equal(user.primaryEmailAddressId, first.id);
        assert.equal(user.emailAddresses[0].verification.status, 'verified');
        assert.equal(user.emailAddresses[1].emailAddress, `lovelace-${word}@example.com`);
      });
    }

    test('create answers null for what was not given', async () => {
      const user = await client.user();

      const { firstName, lastName, username, externalId, primaryPhoneNumberId } = user;
      const { lastSignInAt, lastActiveAt, legalAcceptedAt } = user;
      for (const value of [firstName, lastName, username, externalId, primaryPhoneNumberId]) {
        assert.equal(value, null);
      }
      assert.deepEqual([lastSignInAt, lastActiveAt, legalAcceptedAt], [null, null, null]);
      assert.deepEqual([user.phoneNumbers, user.web3Wallets, user.externalAccounts], [[], [], []]);
      assert.deepEqual([user.banned, user.locked, user.passwordEnabled], [false, false, false]);
    });

    for (const [fields, code, paramName] of [
      [{ emailAddress: ['not an address'] }, 'form_param_format_invalid', 'email_address'],
      [{ phoneNumber: ['12'] }, 'form_param_format_invalid', 'phone_number'],
      [{ password: 'short' }, 'form_password_length_too_short', 'password'],
      [{ shoeSize: 42 }, 'form_param_unknown', 'shoe_size'],
    ]) {
      test(`create names a wrong ${paramName}`, async () => {
        await client.refused(() => client.user(fields), 422, code, paramName);
      });
    }

    test('an address or username that is taken is refused', async () => {
      const [username, other] = [unique('ada'), await client.user()];
      const { emailAddresses } = await client.user({ username });
      const emailAddress = [emailAddresses[0].emailAddress.toUpperCase()];

      const creation = () => client.user({ emailAddress });
      const update = () => users.updateUser(other.id, { username });

      await client.refused(creation, 422, 'form_identifier_exists', 'email_address');
      await client.refused(update, 422, 'form_identifier_exists', 'username');
    });

    test('update changes what is given, in memberships too', async () => {
      const [made, username] = [await client.user({ lastName: 'King' }), unique('ada')];
      const { id: organizationId } = await client.organization({ createdBy: made.id });

      const user = await users.updateUser(made.id, {
        firstName: 'Ada',
        username,
        externalId: username,
        deleteSelfEnabled: false,
        createOrganizationEnabled: false,
        createOrganizationsLimit: 2,
      });

      assert.deepEqual([user.firstName, user.lastName], ['Ada', 'King']);
      assert.deepEqual([user.username, user.externalId], [username, username]);
      assert.deepEqual([user.deleteSelfEnabled, user.createOrganizationEnabled], [false, false]);
      assert.equal(user.createOrganizationsLimit, 2);
      const { data } = await organizations.getOrganizationMembershipList({ organizationId });
      assert.equal(data[0].publicUserData.firstName, 'Ada');
    });

    // The newest release sends the metadata to where they are replaced, the others with the rest.
    test('update replaces metadata', async () => {
      const made = await client.user({ publicMetadata: { a: 1 }, privateMetadata: { cost: 1 } });

      const user = await users.updateUser(made.id, {
        firstName: 'Ada',
        publicMetadata: { country: 'UK' },
      });

      assert.equal(user.firstName, 'Ada');
      assert.deepEqual(
        [user.publicMetadata, user.privateMetadata],
        [{ country: 'UK' }, { cost: 1 }],
      );
    });

    test('metadata merges deeply and null removes', async () => {
      const made = await client.user({
        publicMetadata: { seat: { row: 1, place: 'window' }, language: 'en' },
        privateMetadata: { cost: 1 },
        unsafeMetadata: { theme: 'dark' },
      });

      const user = await users.updateUserMetadata(made.id, {
        publicMetadata: { seat: { row: 2, place: null }, language: null },
        unsafeMetadata: { size: 12 },
      });

      assert.deepEqual(user.publicMetadata, { seat: { row: 2 } });
      assert.deepEqual(user.privateMetadata, { cost: 1 });
      assert.deepEqual(user.unsafeMetadata, { theme: 'dark', size: 12 });
    });

    if (client.major >= 3) {
      test('metadata is replaced as given', async () => {
        const made = await client.user({ publicMetadata: { a: 1 }, privateMetadata: { cost: 1 } });

        const user = await users.replaceUserMetadata(made.id, {
          publicMetadata: { country: 'UK' },
        });

        const { publicMetadata, privateMetadata } = user;
        assert.deepEqual([publicMetadata, privateMetadata], [{ country: 'UK' }, { cost: 1 }]);
      });
    }

    test('delete answers what was deleted', async () => {
      const [user, organization] = [await client.user(), await client.organization()];
      await client.join(organization, user);

      const { object, id, deleted } = await users.deleteUser(user.id);

      assert.deepEqual({ object, id, deleted }, { object: 'user', id: user.id, deleted: true });
      const members = await organizations.getOrganizationMembershipList({
        organizationId: organization.id,
      });
      assert.equal(members.totalCount, 1);
    });

    test('no operation finds an unknown user', async () => {
      for (const call of [
        () => users.getUser(UNKNOWN_USER),
        () => users.updateUser(UNKNOWN_USER, { firstName: 'Ada' }),
        () => users.updateUserMetadata(UNKNOWN_USER, { publicMetadata: { a: 1 } }),
        () => users.deleteUser(UNKNOWN_USER),
      ]) {
        await client.refused(call, 404, 'resource_not_found');
      }
    });

    test('the key has to be known', async () => {
      const { users: closed } = client.stranger;

      await client.refused(() => closed.getUser(UNKNOWN_USER), 401, 'clerk_key_invalid');
      await client.refused(() => closed.getCount(), 401, 'clerk_key_invalid');
    });
  });
}
