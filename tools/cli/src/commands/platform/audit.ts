import type { Command } from 'commander';
import {
  AuditFaultSchema,
  AuditService,
  AuditVerdictSchema,
} from '@billingrails/contracts/billingrails/access/v1/audit_service_pb';
import { objectsIn, type CommonOptions, type Context } from '../../context';
import { CliError, EXIT } from '../../exit-codes';
import { say, styled } from '../../io';
import { enumWord } from '../../output/cells';
import { startProgress, type Progress } from '../../output/progress';
import type { JsonObject } from '../../rpc/connection';
import { isObject } from '../../rpc/request';
import { acting, callCommand, group, leaf } from '../define';
import { methodOf } from './call';

export function audit(): Command {
  const { method } = AuditService;
  return group(
    'audit',
    'Who did what to what, and whether anybody has changed the record of it.',
    callCommand({
      name: 'list',
      summary: 'Lists what was done, newest first.',
      method: method.listAuditRecords,
      options: [
        ['--method <method>', 'method', 'only this, such as PlanService/CreatePlan'],
        ['--key <key>', 'key_id', 'only what it did, key_…'],
        ['--resource <id>', 'object_id', 'only what was done to it'],
        ['--from <time>', 'start_time', 'then or later'],
        ['--to <time>', 'end_time', 'before then'],
      ],
      adjust: withFullMethod,
      shows: 'audit_records',
      columns: ['id', 'time', 'outcome', 'KEY=actor.key_id', 'method', 'RESOURCE=object_id'],
      examples: [
        'audit list --resource acct_67890',
        'audit list --method PlanService/CreatePlan --from -7d --all --csv',
        'audit list --key key_01J… --json',
      ],
    }),
    callCommand({
      name: 'show',
      summary: 'Shows one record: what was asked for, and how the thing was before and after.',
      method: method.getAuditRecord,
      arguments: [['<record>', 'audit_record_id', 'aud_…']],
      shows: 'audit_record',
      examples: ['audit show aud_01J…'],
    }),
    verifyAudit(),
  );
}

/** The platform knows methods by their full names. */
function withFullMethod(request: JsonObject): JsonObject {
  const { method } = request;
  if (typeof method !== 'string') return request;
  const { parent, name } = methodOf(method);
  return { ...request, method: `${parent.typeName}/${name}` };
}

interface VerifyOptions extends CommonOptions {
  readonly anchor?: string;
}

function verifyAudit(): Command {
  const command = leaf(
    'verify',
    'Has the hash of every record computed anew, and names the first that is not as it was written; then it ends with ' +
      `${EXIT.disagrees}. The last hash, kept elsewhere, is an anchor: nobody can write the whole chain anew so that it has it.`,
    ['audit verify', 'audit verify --anchor 1203:4be2… --json'],
  ).option('--anchor <sequence:hash>', "a record's hash, as it was kept elsewhere");
  return acting<VerifyOptions>(command, async (context, { anchor }) => {
    const request = anchor === undefined ? {} : { anchor: anchorFrom(anchor) };
    const { verdict, verified } = await verdictOf(context, request);
    context.show(verdict, { message: AuditVerdictSchema });
    if (verdict['whole'] === true) {
      const kept =
        verified === 0 ? '' : ` Keep it as --anchor ${verified}:${String(verdict['last_hash'])}`;
      say(
        styled('green', `All ${verified} records are as they were written.`, process.stderr) + kept,
      );
      return;
    }
    process.exitCode = EXIT.disagrees;
    say(styled('red', await faultText(context, verdict), process.stderr));
  });
}

async function verdictOf(
  { connection }: Context,
  request: JsonObject,
): Promise<{ verdict: JsonObject; verified: number }> {
  const clock = (): number => performance.now();
  let progress: Progress | undefined;
  try {
    for await (const message of connection.stream(AuditService.method.verifyAudit, request)) {
      const verified = Number(message['verified_count'] ?? 0);
      const total = Number(message['total_count'] ?? 0);
      progress ??= startProgress({ what: 'audit log', total, things: 'records' }, clock);
      progress.tell(verified, verified);
      if (isObject(message['verdict'])) return { verdict: message['verdict'], verified };
    }
  } finally {
    progress?.stop();
  }
  throw new CliError('The platform ended without a verdict.', 'Try again.', EXIT.unavailable);
}

/** Names the record, as far as it is there. */
async function faultText(context: Context, verdict: JsonObject): Promise<string> {
  const sequence = Number(verdict['first_altered_sequence'] ?? 0);
  const fault = enumWord(AuditFaultSchema, String(verdict['fault'] ?? ''));
  const request = { after_sequence: String(sequence - 1), page_size: 1 };
  const answer = await context.call(AuditService.method.exportAuditRecords, request);
  const record = objectsIn(answer['audit_records']).find(
    (each) => Number(each['sequence']) === sequence,
  );
  const name =
    record === undefined ? '' : ` (${String(record['id'])}, ${String(record['method'])})`;
  return `Record ${sequence}${name} is not as it was written: ${fault}.`;
}

function anchorFrom(text: string): JsonObject {
  const [, sequence = '', hash = ''] = /^([1-9]\d{0,17}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (hash !== '') return { sequence, hash };
  throw new CliError(
    `"${text}" is no anchor.`,
    'Write the sequence of a record, a colon, and its hash of 64 hex digits.',
  );
}
