import {
  ACCESS_KEYS,
  decodeRecord,
  putRecord,
  type KeyRecord,
  type StoredRecord,
} from '@billingrails/access';
import { openBucket, type Bus } from '@billingrails/bus';
import { derivedId, type ApiKeyId } from '@billingrails/ids';
import type { Logger } from '@billingrails/log';
import type { Stores } from '../../store/stores';
import { keyOf, recordsOf } from '../contract/key-record';
import { acceptedSecrets, type Key } from '../domain/key';

/** The bucket that services follow, and what is kept of keys here, held to each other: the higher revision holds. */
export interface KeyRecords {
  /** Whether an organisation's key is there, as far as was told by now. */
  readonly hasKeys: boolean;
  /** Tells services of a key as it is stored. Throws DomainError unavailable when the bus is away. */
  tell(id: ApiKeyId): Promise<void>;
  /** Tells services of those that they may not have been told of. */
  tellUntold(): Promise<void>;
  /** Resolves when all that was told by now is noted. */
  noted(): Promise<void>;
  close(): Promise<void>;
}

const BATCH = 500;

/** Resolves when both are held to each other once; then follows keys that are made or revoked without this service. */
export async function followKeyRecords(
  bus: Bus,
  stores: Pick<Stores, 'organisations' | 'keys'>,
  logger: Logger,
): Promise<KeyRecords> {
  const { keys } = stores;
  const bucket = await openBucket(bus, ACCESS_KEYS);
  /** The revision that services have of each secret. */
  const revisions = new Map<string, number>();
  let hasKeys = false;
  let noting = Promise.resolve();

  async function note(stored: StoredRecord): Promise<void> {
    const key = keyOf(stored);
    if (key === undefined) return;
    hasKeys = true;
    const there = await keys.find(key.id);
    if (there?.secrets.some(({ hash }) => hash === stored.hash) === false) {
      // Of a key that was noted by another of its secrets: revoking it ends this one, too.
      const [secret] = acceptedSecrets(key, Date.now());
      if (secret !== undefined) await keys.noteSecret(key.id, secret);
    }
    if (there !== undefined && there.revision >= key.revision) return;
    if (there === undefined) return await noteNew(key);
    await keys.note(key);
  }

  /** One that was made without this service has the limits of its organisation, too. */
  async function noteNew(key: Key): Promise<void> {
    await noteOrganisation(stores, key);
    const { limits } = (await stores.organisations.find(key.ownerId))?.organisation ?? {};
    if (limits === undefined) return await keys.note(key);
    await keys.note({ ...key, organisationLimits: limits, revision: key.revision + 1 });
    await keys.tellAgain([key.id]);
  }

  function onRecord(hash: string, record: KeyRecord | undefined): void {
    if (record === undefined) return;
    revisions.set(hash, record.revision ?? 0);
    noting = noting
      .then(() => note({ hash, record }))
      .catch((error: unknown) =>
        logger.warn({ err: error, keyId: record.keyId }, 'a key was not noted'),
      );
  }

  const watch = await new Promise<{ close(): Promise<void> }>((ready) => {
    const opened = bucket.watchAll(
      ({ key: hash, value }) => onRecord(hash, value && decodeRecord(value)),
      () => queueMicrotask(() => ready(opened)),
    );
  });
  await noting;

  async function put(key: Key): Promise<void> {
    for (const stored of recordsOf(key)) await putRecord(bucket, stored);
    await keys.told(key);
  }

  for (let last = ''; ;) {
    const page = await keys.after(last, BATCH);
    const missed = page.filter((key) =>
      recordsOf(key).some(({ hash }) => (revisions.get(hash) ?? -1) < key.revision),
    );
    await keys.tellAgain(missed.map(({ id }) => id));
    if (page.length < BATCH) break;
    last = page.at(-1)?.id ?? '';
  }

  return {
    get hasKeys() {
      return hasKeys;
    },
    async tell(id) {
      const key = await keys.find(id);
      if (key !== undefined) await put(key);
    },
    async tellUntold() {
      for (;;) {
        const page = await keys.untold(BATCH);
        for (const key of page) await put(key);
        if (page.length < BATCH) return;
      }
    },
    noted: () => noting,
    async close() {
      await watch.close();
      await noting;
    },
  };
}

/** A key that was made without this service may be the first of its organisation. */
async function noteOrganisation({ organisations }: Pick<Stores, 'organisations'>, key: Key) {
  const { ownerId: id, organisationId, environment, name, createMs } = key;
  const testId = environment === 'test' ? organisationId : derivedId('org', id, 'test');
  await organisations.ensure({ id, testId, name, createMs });
}
