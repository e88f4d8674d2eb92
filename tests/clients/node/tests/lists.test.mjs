// The lists of memberships: of an organization, of a user, of the whole instance.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, describe, test } from 'node:test';

import { UNKNOWN_ORGANIZATION, UNKNOWN_USER, clients, unique } from '../client.mjs';

/**
 * Makes an organization whose members differ in all that can be asked for.
 *
 * Ada's keys sort first, then Bob's, then Carol's; Dan, who made the organization, lacks what a
 * user may lack. They join in the order Dan, Carol, Ada, Bob.
 */
async function makeCast(client) {
  const word = unique('cast');
  const wallet = `0x${randomBytes(20).toString('hex')}`;
  const phone = `+120255501${client.major}`;
  const dan = await client.user({
    emailAddress: [`zz-dan-${word}@example.com`],
    createdAt: day(4),
  });
  const { id } = await client.organization({ createdBy: dan.id });
  const people = { dan: dan.id };
  for (const [name, number, role] of [
    ['Carol', 3, 'org:member'],
    ['ada', 1, 'org:admin'],
    ['Bob', 2, 'org:member'],
  ]) {
    const user = await client.user({
      firstName: name,
      lastName: `${name} Smith`,
      username: `${name}_${word}`,
      emailAddress: [`${name}-${word}@example.com`],
      phoneNumber: [`${phone}${number}`],
      createdAt: day(number),
      ...(name === 'ada' ? { web3Wallet: [wallet] } : {}),
    });
    await client.join({ id }, user, role);
    people[name.toLowerCase()] = user.id;
  }
  return { organizationId: id, people, word, wallet, phone };
}

/** A day of January 2020. */
function day(number) {
  return new Date(Date.UTC(2020, 0, number));
}

for (const client of clients) {
  describe(`lists of ${client.release}`, () => {
    const { organizations, users } = client;
    let cast;

    before(async () => {
      cast = await makeCast(client);
    });

    /** Who is listed, in the order of the answer, and how many there are in all. */
    async function list(query) {
      const { organizationId, people } = cast;
      const page = await organizations.getOrganizationMembershipList({ organizationId, ...query });
      const names = Object.fromEntries(Object.entries(people).map(([name, id]) => [id, name]));
      return [page.data.map(({ publicUserData }) => names[publicUserData.userId]), page.totalCount];
    }

    for (const [query, expected] of [
      [{}, ['bob', 'ada', 'carol', 'dan']],
      [{ limit: 1 }, ['bob']],
      [{ limit: 2, offset: 1 }, ['ada', 'carol']],
      [{ limit: 500, offset: 0 }, ['bob', 'ada', 'carol', 'dan']],
      [{ offset: 4 }, []],
      [{ orderBy: '+created_at' }, ['dan', 'carol', 'ada', 'bob']],
      [{ orderBy: '-created_at' }, ['bob', 'ada', 'carol', 'dan']],
    ]) {
      test(`${JSON.stringify(query)} cuts or sorts and leaves the count`, async () => {
        assert.deepEqual(await list(query), [expected, 4]);
      });
    }

    for (const field of ['email_address', 'phone_number', 'first_name', 'last_name', 'username']) {
      test(`it sorts by ${field}`, async () => {
        const ascending = ['ada', 'bob', 'carol', 'dan'];

        assert.deepEqual(await list({ orderBy: field }), [ascending, 4]);
        assert.deepEqual(await list({ orderBy: `+${field}` }), [ascending, 4]);
        assert.deepEqual(await list({ orderBy: `-${field}` }), [ascending.toReversed(), 4]);
      });
    }

    const filters = {
      emailAddress: ({ word }) => [
        [`ADA-${word}@example.com`, `zz-dan-${word}@example.com`],
        ['ada', 'dan'],
      ],
      phoneNumber: ({ phone }) => [
        [`${phone}2`, `${phone}3`],
        ['bob', 'carol'],
      ],
      username: ({ word }) => [[`Bob_${word}`, 'nobody'], ['bob']],
      web3Wallet: ({ wallet }) => [[wallet], ['ada']],
      role: () => [['org:admin'], ['ada', 'dan']],
      userId: ({ people }) => [[people.ada, UNKNOWN_USER], ['ada']],
      query: () => ['smith', ['bob', 'ada', 'carol']],
      emailAddressQuery: () => ['ZZ-DAN-', ['dan']],
      phoneNumberQuery: ({ phone }) => [`${phone.slice(2)}3`, ['carol']],
      usernameQuery: () => ['ADA_', ['ada']],
      nameQuery: () => ['carol sm', ['carol']],
      createdAtAfter: () => [day(2).getTime() + 1, ['carol', 'dan']],
      createdAtBefore: () => [day(2).getTime() - 1, ['ada']],
      // Nobody has had a session.
      lastActiveAtAfter: () => [1, []],
      lastActiveAtBefore: () => [Date.UTC(2100, 0), []],
    };
    for (const [filter, example] of Object.entries(filters)) {
      test(`${filter} filters`, async () => {
        const [value, expected] = example(cast);

        assert.deepEqual(await list({ [filter]: value }), [expected, expected.length]);
      });
    }

    test('signs include and exclude users', async () => {
      const { ada, bob } = cast.people;

      assert.deepEqual(await list({ userId: [`+${ada}`, `+${bob}`] }), [['bob', 'ada'], 2]);
      assert.deepEqual(await list({ userId: [`-${ada}`] }), [['bob', 'carol', 'dan'], 3]);
    });

    for (const [query, code, paramName] of [
      [{ limit: 501 }, 'form_param_value_invalid', 'limit'],
      [{ offset: -1 }, 'form_param_value_invalid', 'offset'],
      [{ orderBy: 'shoe_size' }, 'form_param_value_invalid', 'order_by'],
      [{ role: Array(101).fill('org:member') }, 'form_param_array_size_exceeded', 'role'],
    ]) {
      test(`a wrong ${paramName} is named`, async () => {
        await client.refused(() => list(query), 422, code, paramName);
      });
    }

    test('an unknown organization is not found', async () => {
      const call = () =>
        organizations.getOrganizationMembershipList({
          organizationId: UNKNOWN_ORGANIZATION,
        });

      await client.refused(call, 404, 'resource_not_found');
    });

    test('a user has the memberships of every organization', async () => {
      const user = await client.user();
      const first = await client.join(await client.organization(), user);
      const second = await client.join(await client.organization(), user);

      const all = await users.getOrganizationMembershipList({ userId: user.id });
      const rest = await users.getOrganizationMembershipList({
        userId: user.id,
        limit: 1,
        offset: 1,
      });

      assert.deepEqual(
        all.data.map(({ id }) => id),
        [second.id, first.id],
      );
      assert.deepEqual(
        rest.data.map(({ id }) => id),
        [first.id],
      );
      assert.deepEqual([all.totalCount, rest.totalCount], [2, 2]);
    });

    test('memberships of an unknown user are not found', async () => {
      const call = () => users.getOrganizationMembershipList({ userId: UNKNOWN_USER });

      await client.refused(call, 404, 'resource_not_found');
    });

    test('the instance has the memberships of every organization', async () => {
      const joined = await client.join(await client.organization(), await client.user());

      const page = await organizations.getInstanceOrganizationMembershipList({
        orderBy: '-created_at',
        limit: 500,
      });

      assert.ok(page.data.some(({ id }) => id === joined.id));
      assert.ok(page.totalCount >= page.data.length);
      const times = page.data.map(({ createdAt }) => createdAt);
      assert.deepEqual(
        times,
        times.toSorted((one, other) => other - one),
      );
    });

    test('the instance names a wrong order', async () => {
      const call = () =>
        organizations.getInstanceOrganizationMembershipList({ orderBy: 'shoe_size' });

      await client.refused(call, 422, 'form_param_value_invalid', 'order_by');
    });
  });
}
