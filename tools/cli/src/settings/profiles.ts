import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CliError } from '../exit-codes';
import { replaceFile } from '../writing';

/** A platform and a key for it, under a name. */
export interface Profile {
  readonly url?: string;
  readonly service_urls?: Readonly<Record<string, string>>;
  readonly key?: string;
  /** Of a service key: which organisation it acts for where none is named. */
  readonly organisation?: string;
}

export interface Profiles {
  /** The one that is used where none is named. */
  readonly current?: string;
  readonly profiles: Readonly<Record<string, Profile>>;
}

const OWNER_ONLY = 0o600;
const OWNER_FOLDER = 0o700;

/** Where profiles are kept: by the XDG base directories. */
export function profilesFile(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  return join(base, 'billingrails', 'profiles.json');
}

/** None where the file is not there. Throws CliError where it cannot be read. */
export function readProfiles(file: string): Profiles {
  if (!existsSync(file)) return { profiles: {} };
  try {
    const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<Profiles>;
    return { ...read, profiles: read.profiles ?? {} };
  } catch (error) {
    throw new CliError(
      `${file} cannot be read: ${(error as Error).message}.`,
      'Mend or remove the file, then log in again.',
    );
  }
}

/** Replaces the file as a whole; nobody but its owner can read it, at no time. */
export function writeProfiles(file: string, profiles: Profiles): void {
  mkdirSync(dirname(file), { recursive: true, mode: OWNER_FOLDER });
  replaceFile(file, `${JSON.stringify(profiles, null, 2)}\n`, OWNER_ONLY);
}
