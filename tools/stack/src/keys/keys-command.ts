import { Command, Option } from 'commander';
import { createKey, listKeys, revokeKey, type KeyDraft } from '@billingrails/access';
import { parseId } from '@billingrails/ids';
import { LOOPBACK, nodePidFile, readPidFile, StackError } from '@billingrails/servers';
import { newOrganisationId } from './platform-keys';
import { readState } from '../servers/state';
import { withBus } from '../servers/with-bus';

interface DataOption {
  readonly data: string;
}

/** `keys create | list | revoke`: who may call the services. */
export function keysCommand(dataOption: () => Option): Command {
  const keys = new Command('keys').description(
    'API keys, on the NATS of NATS_URL, or else on the one that runs from the data folder',
  );
  keys
    .command('create')
    .description('makes a key and prints it, this once; without options also a new organisation')
    .addOption(new Option('--organisation <id>', 'to which it is a key').conflicts('service'))
    .option('--service', 'for a service: it acts for any organisation')
    .option('--name <text>', 'for people', 'made by hand')
    .addOption(dataOption())
    .action(create);
  keys
    .command('list')
    .description('all keys, oldest first; secrets are stored nowhere')
    .addOption(dataOption())
    .action(list);
  keys
    .command('revoke <key-id>')
    .description('ends a key; services refuse it at once')
    .addOption(dataOption())
    .action(revoke);
  return keys;
}

async function create(
  options: DataOption & { organisation?: string; service?: boolean; name: string },
): Promise<void> {
  const draft = draftOf(options);
  const { secret, record } = await withBus(natsUrlOf(options.data), (bus) => createKey(bus, draft));
  console.log(`key           ${secret}\nkey id        ${record.keyId}`);
  if (record.organisationId) console.log(`organisation  ${record.organisationId}`);
}

function draftOf(options: { organisation?: string; service?: boolean; name: string }): KeyDraft {
  const { name, organisation, service } = options;
  if (service) return { kind: 'service', name };
  if (organisation === undefined) {
    return { kind: 'organisation', organisationId: newOrganisationId(), name };
  }
  const organisationId = parseId('org', organisation);
  if (organisationId) return { kind: 'organisation', organisationId, name };
  throw new StackError(
    `${organisation} is no organisation's id.`,
    'Take one that `keys list` shows, or leave --organisation out to have a new one made.',
  );
}

async function list(options: DataOption): Promise<void> {
  const records = await withBus(natsUrlOf(options.data), listKeys);
  for (const { keyId, kind, organisationId, name, createTimeMs } of records) {
    const time = new Date(createTimeMs).toISOString();
    console.log([keyId, time, kind, organisationId ?? '-', name].join('  '));
  }
}

async function revoke(text: string, options: DataOption): Promise<void> {
  const keyId = parseId('key', text);
  if (!keyId) throw new StackError(`${text} is no key id.`, 'Take one that `keys list` shows.');
  await withBus(natsUrlOf(options.data), (bus) => revokeKey(bus, keyId));
  console.log(`Revoked ${keyId}.`);
}

function natsUrlOf(dataDir: string): string {
  const named = process.env['NATS_URL'];
  if (named) return named;
  const ports = (readState(dataDir)?.nats ?? []).filter((_, index) =>
    readPidFile(nodePidFile(dataDir, 'nats-server', index + 1)),
  );
  if (ports.length > 0) return ports.map(({ client }) => `nats://${LOOPBACK}:${client}`).join(',');
  throw new StackError(
    `No NATS runs from ${dataDir}.`,
    'Start the stack, give its --data, or set NATS_URL.',
  );
}
