import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKey, listKeys, type KeyDraft } from '@billingrails/access';
import type { Bus } from '@billingrails/bus';
import { createIdSource, type ApiKeyId, type OrganisationId } from '@billingrails/ids';
import { withLock } from '../servers/lock';
import { withBus } from '../servers/with-bus';

/** An organisation of the platform, with a key to it. */
export interface OrganisationAccess {
  readonly organisationId: OrganisationId;
  readonly key: string;
}

/** A key with its secret. */
interface KnownKey {
  readonly keyId: ApiKeyId;
  readonly key: string;
}

interface KeysFile {
  readonly service?: KnownKey;
  readonly secretsKey?: string;
  readonly organisations: Readonly<Record<string, OrganisationAccess & KnownKey>>;
}

const SECRETS_KEY_BYTES = 32;

const ids = createIdSource(
  () => Date.now(),
  () => randomInt(2 ** 32) / 2 ** 32,
);

/** The id of an organisation that does not exist yet. */
export const newOrganisationId = (): OrganisationId => ids.next('org');

/**
 * The keys that a local platform made for itself, in `keys.json` of its data folder, readable by its owner alone: the
 * servers hold only hashes, so a second start could not print them again. A key that the servers do not know, or know
 * no longer, is replaced.
 */
export class PlatformKeys {
  readonly #dataDir: string;
  readonly #natsUrl: string;

  constructor(dataDir: string, natsUrl: string) {
    this.#dataDir = dataDir;
    this.#natsUrl = natsUrl;
  }

  /** What billing shows to metering. */
  serviceKey(): Promise<string> {
    return this.#change(async (file, bus) => {
      const service = await validKey(bus, file.service, { kind: 'service', name: 'billing' });
      return { file: { ...file, service }, result: service.key };
    });
  }

  /** What webhooks seals the secrets of endpoints with: made once, as what is sealed is read with no other. */
  secretsKey(): Promise<string> {
    return this.#change((file) => {
      const secretsKey = file.secretsKey ?? randomBytes(SECRETS_KEY_BYTES).toString('base64');
      return Promise.resolve({ file: { ...file, secretsKey }, result: secretsKey });
    });
  }

  /** The organisation of that name; made, with a key, when it is asked for the first time. */
  organisation(name: string): Promise<OrganisationAccess> {
    return this.#change(async (file, bus) => {
      const known = file.organisations[name];
      const organisationId = known?.organisationId ?? newOrganisationId();
      const key = await validKey(bus, known, { kind: 'organisation', organisationId, name });
      const organisations = { ...file.organisations, [name]: { organisationId, ...key } };
      return { file: { ...file, organisations }, result: { organisationId, key: key.key } };
    });
  }

  #change<T>(
    step: (file: KeysFile, bus: Bus) => Promise<{ file: KeysFile; result: T }>,
  ): Promise<T> {
    return withLock(this.#dataDir, () =>
      withBus(this.#natsUrl, async (bus) => {
        const { file, result } = await step(readKeys(this.#dataDir), bus);
        writeKeys(this.#dataDir, file);
        return result;
      }),
    );
  }
}

/** The known key where the servers know it too, otherwise a new one. */
async function validKey(bus: Bus, known: KnownKey | undefined, draft: KeyDraft): Promise<KnownKey> {
  if (known && (await listKeys(bus)).some(({ keyId }) => keyId === known.keyId)) {
    return { keyId: known.keyId, key: known.key };
  }
  const { secret, record } = await createKey(bus, draft);
  return { keyId: record.keyId, key: secret };
}

const fileOf = (dataDir: string) => join(dataDir, 'keys.json');

function readKeys(dataDir: string): KeysFile {
  try {
    return JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as KeysFile;
  } catch {
    // None yet, or unreadable: then the keys are lost, and others are made.
    return { organisations: {} };
  }
}

function writeKeys(dataDir: string, file: KeysFile): void {
  const temporary = `${fileOf(dataDir)}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, fileOf(dataDir));
}
