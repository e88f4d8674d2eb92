// Creating, changing and ending memberships through `organizations`.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { UNKNOWN_ORGANIZATION, UNKNOWN_USER, clients } from '../client.mjs';

const MINIMUM = [
  'org:sys_memberships:manage',
  'org:sys_memberships:read',
  'org:sys_profile:delete',
];
const TOO_LARGE = { text: 'x'.repeat(8192) };

for (const client of clients) {
  describe(`memberships of ${client.release}`, () => {
    const { organizations } = client;

    test('create answers the whole membership', async () => {
      const user = await client.user({ firstName: 'Ada', lastName: 'Lovelace' });
      const organization = await client.organization();

      const membership = await client.join(organization, user);

      assert.match(membership.id, /^orgmem_/);
      assert.equal(membership.role, 'org:member');
      const permissions = ['org:sys_billing:read', 'org:sys_memberships:read'];
      assert.deepEqual(membership.permissions.toSorted(), permissions);
      assert.deepEqual([membership.publicMetadata, membership.privateMetadata], [{}, {}]);
      assert.equal(membership.createdAt, membership.updatedAt);
      const { createdAt, ...shown } = membership.organization;
      assert.equal(createdAt, organization.createdAt);
      assert.deepEqual([shown.id, shown.slug], [organization.id, organization.slug]);
      assert.deepEqual(
        { ...membership.publicUserData },
        {
          identifier: user.emailAddresses[0].emailAddress,
          firstName: 'Ada',
          lastName: 'Lovelace',
          imageUrl: user.imageUrl,
          hasImage: false,
          userId: user.id,
        },
      );
      assert.equal(membership.raw.role_name, 'Member');
    });

    test('create takes metadata though its types do not name it', async () => {
      const [user, organization] = [await client.user(), await client.organization()];

      const membership = await organizations.createOrganizationMembership({
        organizationId: organization.id,
        userId: user.id,
        role: 'org:member',
        publicMetadata: { seatRow: { nearWindow: true } },
        privateMetadata: { costCenter: 'R&D' },
      });

      assert.deepEqual(membership.publicMetadata, { seatRow: { nearWindow: true } });
      assert.deepEqual(membership.privateMetadata, { costCenter: 'R&D' });
    });

    test('create refuses a second membership', async () => {
      const [user, organization] = [await client.user(), await client.organization()];
      await client.join(organization, user);

      const again = () => client.join(organization, user, 'org:admin');

      await client.refused(again, 400, 'already_a_member_in_organization');
    });

    test('create refuses to exceed the quota', async () => {
      const user = await client.user();
      const organization = await client.organization({ maxAllowedMemberships: 1 });

      const beyond = () => client.join(organization, user);

      await client.refused(beyond, 403, 'organization_membership_quota_exceeded');
    });

    for (const role of ['org:nobody', 'admin', 'basic_member']) {
      test(`create does not find the role ${role}`, async () => {
        const [user, organization] = [await client.user(), await client.organization()];

        await client.refused(
          () => client.join(organization, user, role),
          404,
          'resource_not_found',
          'role',
        );
      });
    }

    test('create does not find an unknown organization or user', async () => {
      const [user, organization] = [await client.user(), await client.organization()];

      const nowhere = () => client.join({ id: UNKNOWN_ORGANIZATION }, user);
      const nobody = () => client.join(organization, { id: UNKNOWN_USER });

      await client.refused(nowhere, 404, 'resource_not_found');
      await client.refused(nobody, 404, 'resource_not_found');
    });

    test('create names the field that is missing', async () => {
      const organization = await client.organization();

      const nobody = () =>
        organizations.createOrganizationMembership({
          organizationId: organization.id,
          role: 'org:member',
        });

      await client.refused(nobody, 422, 'form_param_missing', 'user_id');
    });

    test('update changes the role', async () => {
      const [user, organization] = [await client.user(), await client.organization()];
      const joined = await client.join(organization, user);

      const membership = await organizations.updateOrganizationMembership({
        organizationId: organization.id,
        userId: user.id,
        role: 'org:admin',
      });

      assert.deepEqual([membership.id, membership.role], [joined.id, 'org:admin']);
      assert.ok(MINIMUM.every((permission) => membership.permissions.includes(permission)));
      assert.ok(membership.updatedAt >= joined.updatedAt);
    });

    test('neither update nor delete takes the last admin', async () => {
      const creator = await client.user();
      const organization = await client.organization({ createdBy: creator.id });
      const path = { organizationId: organization.id, userId: creator.id };

      const update = () =>
        organizations.updateOrganizationMembership({ ...path, role: 'org:member' });
      const removal = () => organizations.deleteOrganizationMembership(path);

      await client.refused(update, 400, 'organization_minimum_permissions_needed');
      await client.refused(removal, 400, 'organization_minimum_permissions_needed');
    });

    test('no operation finds who is no member', async () => {
      const [user, organization] = [await client.user(), await client.organization()];
      const path = { organizationId: organization.id, userId: user.id };

      for (const call of [
        () => organizations.updateOrganizationMembership({ ...path, role: 'org:admin' }),
        () => organizations.deleteOrganizationMembership(path),
        () =>
          organizations.updateOrganizationMembershipMetadata({ ...path, publicMetadata: { a: 1 } }),
      ]) {
        await client.refused(call, 404, 'resource_not_found');
      }
    });

    test('delete answers the membership that was', async () => {
      const [user, organization] = [await client.user(), await client.organization()];
      const joined = await client.join(organization, user);
      const path = { organizationId: organization.id, userId: user.id };

      const membership = await organizations.deleteOrganizationMembership(path);

      assert.equal(membership.constructor, joined.constructor);
      assert.deepEqual([membership.id, membership.role], [joined.id, 'org:member']);
      assert.equal(membership.publicUserData.userId, user.id);
    });

    test('metadata merges deeply and null removes', async () => {
      const [user, organization] = [await client.user(), await client.organization()];
      await client.join(organization, user);
      const path = { organizationId: organization.id, userId: user.id };
      await organizations.updateOrganizationMembershipMetadata({
        ...path,
        publicMetadata: { seat: { row: 1, place: 'window' }, tags: ['a', 'b'] },
        privateMetadata: { cost: 1 },
      });

      const membership = await organizations.updateOrganizationMembershipMetadata({
        ...path,
        publicMetadata: { seat: { row: 2, place: null }, tags: ['c'], absent: null },
      });

      assert.deepEqual(membership.publicMetadata, { seat: { row: 2 }, tags: ['c'] });
      assert.deepEqual(membership.privateMetadata, { cost: 1 });
    });

    test('metadata that is not given stays, without a body too', async () => {
      const [user, organization] = [await client.user(), await client.organization()];
      const joined = await client.join(organization, user);

      const membership = await organizations.updateOrganizationMembershipMetadata({
        organizationId: organization.id,
        userId: user.id,
      });

      assert.deepEqual(membership, joined);
    });

    test('metadata that is too large is named', async () => {
      const [user, organization] = [await client.user(), await client.organization()];
      await client.join(organization, user);
      const path = { organizationId: organization.id, userId: user.id };

      for (const [metadata, name] of [
        [{ publicMetadata: TOO_LARGE }, 'public_metadata'],
        [{ privateMetadata: TOO_LARGE }, 'private_metadata'],
      ]) {
        const call = () =>
          organizations.updateOrganizationMembershipMetadata({ ...path, ...metadata });
        await client.refused(call, 422, 'form_param_exceeds_allowed_size', name);
      }
    });

    test('the key has to be known', async () => {
      const path = { organizationId: UNKNOWN_ORGANIZATION, userId: UNKNOWN_USER };
      const { organizations: closed } = client.stranger;

      const creation = () => closed.createOrganizationMembership({ ...path, role: 'org:member' });
      const removal = () => closed.deleteOrganizationMembership(path);

      await client.refused(creation, 401, 'clerk_key_invalid');
      await client.refused(removal, 401, 'clerk_key_invalid');
    });
  });
}
