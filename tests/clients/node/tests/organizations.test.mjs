// Organizations and their metadata through `organizations`.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { UNKNOWN_ORGANIZATION, UNKNOWN_USER, clients, unique } from '../client.mjs';

for (const client of clients) {
  describe(`organizations of ${client.release}`, () => {
    const { organizations, users } = client;

    test('create answers the whole organization', async () => {
      const [creator, slug] = [await client.user(), unique('engines')];

      const organization = await organizations.createOrganization({
        name: 'Analytical Engines',
        slug,
        createdBy: creator.id,
        maxAllowedMemberships: 7,
        publicMetadata: { homeTown: { inCounty: 'London' } },
        privateMetadata: { plan: 'paper' },
      });

      assert.match(organization.id, /^org_/);
      assert.deepEqual([organization.name, organization.slug], ['Analytical Engines', slug]);
      assert.equal(organization.createdBy, creator.id);
      assert.equal(organization.maxAllowedMemberships, 7);
      assert.equal(organization.adminDeleteEnabled, true);
      assert.deepEqual(organization.publicMetadata, { homeTown: { inCounty: 'London' } });
      assert.deepEqual(organization.privateMetadata, { plan: 'paper' });
      assert.match(organization.imageUrl, /^http/);
      assert.equal(organization.hasImage, false);
      const members = await organizations.getOrganizationMembershipList({
        organizationId: organization.id,
      });
      const admins = members.data.map(({ role, publicUserData }) => [role, publicUserData.userId]);
      assert.deepEqual(admins, [['org:admin', creator.id]]);
    });

    for (const [fields, code, paramName] of [
      [{ name: 'see https://example.com' }, 'form_param_value_invalid', 'name'],
      [{ name: 'x'.repeat(257) }, 'form_param_max_length_exceeded', 'name'],
      [{ slug: 'Not A Slug' }, 'form_param_format_invalid', 'slug'],
      [{ maxAllowedMemberships: -1 }, 'form_param_value_invalid', 'max_allowed_memberships'],
      [{ shoeSize: 42 }, 'form_param_unknown', 'shoe_size'],
    ]) {
      test(`create names a wrong ${paramName}: ${code}`, async () => {
        await client.refused(() => client.organization(fields), 422, code, paramName);
      });
    }

    test('create refuses an unknown creator', async () => {
      const call = () => client.organization({ createdBy: UNKNOWN_USER });

      await client.refused(call, 400, 'organization_creator_not_found');
    });

    test('a slug that is taken is refused', async () => {
      const [{ slug }, other] = [await client.organization(), await client.organization()];

      const creation = () => client.organization({ slug });
      const update = () => organizations.updateOrganization(other.id, { slug });

      await client.refused(creation, 422, 'form_identifier_exists', 'slug');
      await client.refused(update, 422, 'form_identifier_exists', 'slug');
    });

    test('get takes the id and the slug', async () => {
      const made = await client.organization();

      const byId = await organizations.getOrganization({ organizationId: made.id });
      const bySlug = await organizations.getOrganization({ slug: made.slug });

      assert.deepEqual(byId, made);
      assert.deepEqual(bySlug, made);
    });

    test('get counts members when asked', async () => {
      const { id: organizationId } = await client.organization();

      const asked = await organizations.getOrganization({
        organizationId,
        includeMembersCount: true,
      });
      const not = await organizations.getOrganization({
        organizationId,
        includeMembersCount: false,
      });

      assert.deepEqual([asked.membersCount, not.membersCount], [1, undefined]);
    });

    describe('list', () => {
      const word = unique('guild');
      const ids = {};

      before(async () => {
        for (const [members, letter] of ['a', 'b', 'c'].entries()) {
          const organization = await client.organization({ name: `${word} ${letter}` });
          ids[letter] = organization.id;
          for (let joined = 0; joined < members; joined += 1) {
            await client.join(organization, await client.user());
          }
        }
      });

      async function letters(query) {
        const page = await organizations.getOrganizationList({ query: word, ...query });
        return [page.data.map(({ name }) => name.at(-1)).join(''), page.totalCount];
      }

      for (const [query, expected] of [
        [{}, 'cba'],
        [{ orderBy: 'name' }, 'abc'],
        [{ orderBy: '-name' }, 'cba'],
        [{ orderBy: '+created_at' }, 'abc'],
        [{ orderBy: '+members_count' }, 'abc'],
        [{ orderBy: '-members_count' }, 'cba'],
        [{ orderBy: 'name', limit: 1, offset: 1 }, 'b'],
      ]) {
        test(`sorts and pages ${JSON.stringify(query)}`, async () => {
          assert.deepEqual(await letters(query), [expected, 3]);
        });
      }

      test('filters by ids', async () => {
        assert.deepEqual(await letters({ organizationId: [ids.a, UNKNOWN_ORGANIZATION] }), [
          'a',
          1,
        ]);
        assert.deepEqual(await letters({ organizationId: [`-${ids.b}`] }), ['ca', 2]);
      });

      test('counts members when asked', async () => {
        const query = { query: word, includeMembersCount: true };

        const { data } = await organizations.getOrganizationList(query);

        assert.deepEqual(
          data.map(({ membersCount }) => membersCount),
          [3, 2, 1],
        );
      });

      test('names a wrong parameter', async () => {
        await client.refused(
          () => letters({ limit: 501 }),
          422,
          'form_param_value_invalid',
          'limit',
        );
      });
    });

    test('update changes what is given', async () => {
      const [made, slug] = [await client.organization(), unique('renamed')];

      const organization = await organizations.updateOrganization(made.id, {
        name: 'Difference Engines',
        slug,
        maxAllowedMemberships: 0,
        adminDeleteEnabled: false,
      });

      assert.deepEqual([organization.id, organization.createdBy], [made.id, made.createdBy]);
      assert.deepEqual([organization.name, organization.slug], ['Difference Engines', slug]);
      assert.equal(organization.maxAllowedMemberships, 0);
      assert.equal(organization.adminDeleteEnabled, false);
      assert.deepEqual(await organizations.getOrganization({ slug }), organization);
    });

    // The newest release sends the metadata to where they are replaced, the others with the rest.
    test('update replaces metadata', async () => {
      const made = await client.organization({
        publicMetadata: { city: 'London' },
        privateMetadata: { cost: 1 },
      });

      const organization = await organizations.updateOrganization(made.id, {
        name: 'Difference Engines',
        publicMetadata: { country: 'UK' },
      });

      assert.equal(organization.name, 'Difference Engines');
      assert.deepEqual(organization.publicMetadata, { country: 'UK' });
      assert.deepEqual(organization.privateMetadata, { cost: 1 });
    });

    test('metadata merges deeply and null removes', async () => {
      const made = await client.organization({
        publicMetadata: { seat: { row: 1, place: 'window' }, city: 'London' },
        privateMetadata: { cost: 1 },
      });

      const organization = await organizations.updateOrganizationMetadata(made.id, {
        publicMetadata: { seat: { row: 2, place: null }, city: null },
      });

      assert.deepEqual(organization.publicMetadata, { seat: { row: 2 } });
      assert.deepEqual(organization.privateMetadata, { cost: 1 });
    });

    if (client.major >= 3) {
      test('metadata is replaced as given', async () => {
        const made = await client.organization({
          publicMetadata: { city: 'London' },
          privateMetadata: { cost: 1 },
        });

        const organization = await organizations.replaceOrganizationMetadata(made.id, {
          publicMetadata: { country: 'UK' },
        });

        assert.deepEqual(organization.publicMetadata, { country: 'UK' });
        assert.deepEqual(organization.privateMetadata, { cost: 1 });
      });
    }

    test('delete answers what was deleted', async () => {
      const [user, made] = [await client.user(), await client.organization()];
      await client.join(made, user);

      const { object, id, deleted } = await organizations.deleteOrganization(made.id);

      assert.deepEqual(
        { object, id, deleted },
        {
          object: 'organization',
          id: made.id,
          deleted: true,
        },
      );
      const left = await users.getOrganizationMembershipList({ userId: user.id });
      assert.deepEqual([left.data, left.totalCount], [[], 0]);
    });

    test('no operation finds an unknown organization', async () => {
      for (const call of [
        () => organizations.getOrganization({ organizationId: UNKNOWN_ORGANIZATION }),
        () => organizations.updateOrganization(UNKNOWN_ORGANIZATION, { name: 'Engines' }),
        () =>
          organizations.updateOrganizationMetadata(UNKNOWN_ORGANIZATION, {
            publicMetadata: { a: 1 },
          }),
        () => organizations.deleteOrganization(UNKNOWN_ORGANIZATION),
      ]) {
        await client.refused(call, 404, 'resource_not_found');
      }
    });

    test('the key has to be known', async () => {
      const { organizations: closed } = client.stranger;

      await client.refused(() => closed.getOrganizationList({}), 401, 'clerk_key_invalid');
      await client.refused(
        () => closed.createOrganization({ name: 'E' }),
        401,
        'clerk_key_invalid',
      );
    });
  });
}
