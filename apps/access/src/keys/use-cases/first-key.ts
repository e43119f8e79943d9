import { hashOf, newSecret } from '@billingrails/access';
import type { IdSource } from '@billingrails/ids';
import { idempotently, inTransaction } from '@billingrails/mongo';
import type { Stores } from '../../store/stores';
import type { Key } from '../domain/key';

/** The first organisation, and a key to it. */
export interface FirstKey {
  readonly key: Key;
  readonly secret: string;
}

/** Makes an organisation and a key to all of it, where there is no organisation. Of several at once one does. */
export async function makeFirstKey(
  { mongo, organisations, keys }: Stores,
  ids: IdSource,
  nowMs: number,
): Promise<FirstKey | undefined> {
  return await inTransaction(mongo, async (session) => {
    if (!(await organisations.isEmpty(session))) return undefined;
    let made: FirstKey | undefined;
    await idempotently(mongo, session, FIRST, async () => {
      const [organisationId, testId] = [ids.next('org'), ids.next('org')];
      const organisation = { id: organisationId, testId, name: 'default', createMs: nowMs };
      await organisations.insert(organisation, session);
      const id = ids.next('key');
      const secret = newSecret('live', id);
      const key: Key = {
        ...{ id, ownerId: organisationId, organisationId, environment: 'live' },
        ...{ name: 'first key', scopes: ['admin'], createMs: nowMs, revision: 1 },
        secrets: [{ number: 1, hash: hashOf(secret), createMs: nowMs }],
      };
      await keys.insert(key, session);
      made = { key, secret };
      return new Uint8Array();
    });
    return made;
  });
}

/** What all who try have in common, so that one transaction makes it. */
const FIRST = {
  ...{ organisationId: '', method: 'first key', requestId: 'first' },
  content: new Uint8Array(),
};
