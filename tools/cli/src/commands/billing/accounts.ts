import type { Command } from 'commander';
import { AccountService } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import { callCommand, group } from '../define';

const COLUMNS = ['id', 'name', 'email', 'parent_account_id', 'create_time'];

export function accounts(): Command {
  const { method } = AccountService;
  return group(
    'accounts',
    'Who is billed.',
    callCommand({
      name: 'list',
      summary: 'Lists accounts by id.',
      method: method.listAccounts,
      options: [['--parent <account>', 'parent_account_id', 'only those below this one']],
      shows: 'accounts',
      columns: COLUMNS,
      examples: ['accounts list', 'accounts list --all --csv > accounts.csv'],
    }),
    callCommand({
      name: 'show',
      summary: 'Shows one account.',
      method: method.getAccount,
      arguments: [['<account>', 'account_id', 'the id that events name']],
      shows: 'account',
      examples: ['accounts show acct_67890'],
    }),
    callCommand({
      name: 'create',
      summary: 'Creates an account.',
      method: method.createAccount,
      arguments: [['[account]', 'account_id', 'the id that events name; left out: one is made']],
      options: [
        ['--name <name>', 'name', 'for people'],
        ['--email <address>', 'email', 'where its invoices go'],
        ['--parent <account>', 'parent_account_id', 'the account that it belongs to'],
        [
          '--test-clock <time>',
          'test_clock_time',
          'makes it a test account whose clock shows this',
        ],
      ],
      shows: 'account',
      takesData: true,
      examples: [
        'accounts create acct_67890 --name "Ada Ltd"',
        'accounts create try_1 --name Try --test-clock 2026-01-01',
      ],
    }),
    callCommand({
      name: 'update',
      summary: 'Changes what is given; the rest stays.',
      method: method.updateAccount,
      arguments: [['<account>', 'account_id', 'the id that events name']],
      options: [
        ['--name <name>', 'name', 'for people'],
        ['--email <address>', 'email', 'where its invoices go'],
        ['--parent <account>', 'parent_account_id', 'the account that it belongs to'],
      ],
      shows: 'account',
      takesData: true,
      examples: ['accounts update acct_67890 --email ap@example.com'],
    }),
    callCommand({
      name: 'delete',
      summary: 'Deletes a test account and all that was made of it.',
      method: method.deleteTestAccount,
      arguments: [['<account>', 'account_id', 'a test account']],
      examples: ['accounts delete try_1'],
    }),
    callCommand({
      name: 'unbilled',
      summary: 'Lists accounts that events name and that nobody is billed for, with why.',
      method: method.listUnbilledAccounts,
      shows: 'accounts',
      columns: ['account_id', 'reason', 'event_count', 'first_event_time', 'near_account_ids'],
      examples: ['accounts unbilled'],
    }),
  );
}
