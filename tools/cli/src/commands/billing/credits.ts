import type { Command } from 'commander';
import { CreditService } from '@billingrails/contracts/billingrails/billing/v1/credit_service_pb';
import { callCommand, group, type FieldOption } from '../define';

const ACCOUNT: FieldOption = ['<account>', 'account_id', 'whose'];
const UNIT: FieldOption = ['<unit>', 'credit_unit_id', 'cun_…, of `credits units`'];

export function credits(): Command {
  const { method } = CreditService;
  return group(
    'credits',
    'What accounts have in advance.',
    callCommand({
      name: 'units',
      summary: 'Lists the units of credits, oldest first.',
      method: method.listCreditUnits,
      shows: 'credit_units',
      columns: ['id', 'code', 'name', 'currency_code', 'overage', 'create_time'],
      examples: ['credits units'],
    }),
    callCommand({
      name: 'list',
      summary: 'Lists grants, oldest first.',
      method: method.listCreditGrants,
      options: [['--account <account>', 'account_id', 'only those of this account']],
      shows: 'credit_grants',
      columns: [
        ...['id', 'account_id', 'credit_unit_id', 'amount', 'category', 'effective_time'],
        ...['expiry_time', 'void_time', 'memo'],
      ],
      examples: ['credits list --account acct_67890'],
    }),
    callCommand({
      name: 'grant',
      summary: 'Grants an account credits.',
      method: method.createCreditGrant,
      arguments: [ACCOUNT, UNIT, ['<amount>', 'amount', 'a decimal above 0']],
      options: [
        ['--category <category>', 'category', 'what they are'],
        ['--priority <number>', 'priority', 'lower ones are burned first: 0-255'],
        ['--from <time>', 'effective_time', 'left out: now'],
        ['--expires <time>', 'expiry_time', 'left out: never'],
        ['--memo <text>', 'memo', 'for people'],
      ],
      shows: 'credit_grant',
      takesData: true,
      examples: ['credits grant acct_67890 cun_01J… 100 --category promotional --memo Welcome'],
    }),
    callCommand({
      name: 'void',
      summary: 'Takes back what is left of a grant.',
      method: method.voidCreditGrant,
      arguments: [['<grant>', 'credit_grant_id', 'cgr_…']],
      shows: 'credit_grant',
      examples: ['credits void cgr_01J…'],
    }),
    callCommand({
      name: 'balance',
      summary: 'Tells what usage has left of credits, at any instant.',
      method: method.getCreditBalance,
      arguments: [ACCOUNT, UNIT],
      options: [
        ['--at <time>', 'time', 'left out: now'],
        ['--known-at <time>', 'known_at', 'by what was known then'],
      ],
      shows: 'balance',
      examples: ['credits balance acct_67890 cun_01J… --at 2026-03-01'],
    }),
    callCommand({
      name: 'ledger',
      summary: 'Lists the entries of the ledger, in the order of posting.',
      method: method.listCreditEntries,
      arguments: [ACCOUNT, UNIT],
      options: [
        ['--from <time>', 'day_start_time', 'only of days that begin then or later'],
        ['--to <time>', 'day_end_time', 'only of days that begin before'],
        ['--posted-from <time>', 'post_start_time', 'only what became known then or later'],
        ['--posted-to <time>', 'post_end_time', 'only what was known before'],
      ],
      shows: 'entries',
      columns: ['sequence', 'day_time', 'kind', 'category', 'amount', 'balance', 'credit_grant_id'],
      examples: [
        'credits ledger acct_67890 cun_01J… --all --csv',
        'credits ledger acct_67890 cun_01J… --from 2026-03 --to 2026-04',
      ],
    }).alias('entries'),
  );
}
