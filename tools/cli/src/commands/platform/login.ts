import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { addTargetOptions } from '../../context';
import { CliError, EXIT } from '../../exit-codes';
import { contentOf, say } from '../../io';
import { CallError } from '../../rpc/call-error';
import { Connection, type Target } from '../../rpc/connection';
import { profilesFile, readProfiles, writeProfiles } from '../../settings/profiles';
import { targetFrom, type TargetOptions } from '../../settings/target';
import { leaf } from '../define';

interface LoginOptions extends TargetOptions {
  readonly keyStdin?: boolean;
  readonly check: boolean;
}

/** Stores an address and a key under a name, and makes it the one that is used. */
export function login(): Command {
  const command = addTargetOptions(
    leaf(
      'login',
      'Stores where the platform is and a key for it, in a file that only you can read. The key is asked for, or read ' +
        'from stdin or BILLINGRAILS_KEY; it is never an argument, which other users of the machine could see.',
      [
        'login --url http://127.0.0.1:7000 --key-stdin < key.txt',
        'login --profile live --url https://billing.example.com',
        'login --profile operator --organisation org_01J… --key-stdin < service-key.txt',
        'login --service-url ingest=http://127.0.0.1:7001 --service-url metering=http://127.0.0.1:7002 --key-stdin < key.txt',
      ],
    )
      .option('--key-stdin', 'reads the key from stdin')
      .option('--no-check', 'stores it without asking the platform whether the key is good'),
  );
  return command.action(async () => {
    const options = command.opts<LoginOptions>();
    const file = profilesFile(process.env);
    const stored = readProfiles(file);
    const name = options.profile ?? (process.env['BILLINGRAILS_PROFILE'] || 'default');
    const key = await keyFrom(options);
    const target = freshTarget(options);
    if (options.check) await checkKey(new Connection({ ...target, key }));
    writeProfiles(file, {
      current: name,
      profiles: {
        ...stored.profiles,
        [name]: {
          url: target.url,
          ...(Object.keys(target.serviceUrls).length > 0
            ? { service_urls: target.serviceUrls }
            : {}),
          key,
          ...(target.organisation === undefined ? {} : { organisation: target.organisation }),
        },
      },
    });
    say(`Profile "${name}" is stored in ${file} and used from now on.`);
  });
}

/** Forgets a profile and its key. */
export function logout(): Command {
  const command = leaf('logout', 'Forgets a profile and its key.', [
    'logout',
    'logout --profile live',
  ]).option('--profile <name>', 'which; left out: the one in use');
  return command.action(() => {
    const file = profilesFile(process.env);
    const { current, profiles } = readProfiles(file);
    const name = command.opts<{ profile?: string }>().profile ?? current ?? 'default';
    const kept = Object.fromEntries(Object.entries(profiles).filter(([each]) => each !== name));
    if (!Object.hasOwn(profiles, name)) {
      throw new CliError(`There is no profile "${name}".`, 'Nothing was changed.', EXIT.notFound);
    }
    writeProfiles(file, { ...(current === name || !current ? {} : { current }), profiles: kept });
    say(`Profile "${name}" is forgotten. The key itself goes on working until it is revoked.`);
  });
}

/** Whatever was stored under the name before has no part in it. */
function freshTarget({ profile: _, ...options }: LoginOptions): Target {
  return targetFrom(options, { ...process.env, BILLINGRAILS_PROFILE: '' }, { profiles: {} });
}

async function keyFrom({ keyStdin }: LoginOptions): Promise<string> {
  const key = (await givenKey(keyStdin === true)).trim();
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new CliError(
    key === '' ? 'No key was given.' : 'The key has characters that no key has.',
    'Give it alone, such as: billingrails login --key-stdin < key.txt',
  );
}

async function givenKey(fromStdin: boolean): Promise<string> {
  if (fromStdin) return contentOf('-');
  const { BILLINGRAILS_KEY } = process.env;
  if (BILLINGRAILS_KEY) return BILLINGRAILS_KEY;
  if (process.stdin.isTTY && process.stderr.isTTY) return askForKey();
  throw new CliError(
    'There is no terminal to ask for the key.',
    'Give it on stdin (--key-stdin) or in BILLINGRAILS_KEY.',
  );
}

/** Asks without showing what is typed. */
function askForKey(): Promise<string> {
  process.stderr.write('API key (br_…), not shown: ');
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  return new Promise((resolve, reject) => {
    reader.question('', (answer) => {
      reader.close();
      process.stderr.write('\n');
      resolve(answer);
    });
    reader.on('SIGINT', () => reject(new CliError('', '', EXIT.interrupted)));
  });
}

/** A key that may not list meters is good all the same. */
async function checkKey(connection: Connection): Promise<void> {
  try {
    await connection.call(MeterService.method.listMeters, { page_size: 1 });
  } catch (error) {
    if (!(error instanceof CallError && error.code === 'permission_denied')) throw error;
  } finally {
    connection.close();
  }
}
