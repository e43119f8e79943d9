import { Command } from 'commander';
import { accounts } from './commands/billing/accounts';
import { bills } from './commands/billing/bills';
import { clock } from './commands/billing/clock';
import { credits } from './commands/billing/credits';
import { exportFile } from './commands/invoicing/export';
import { invoices } from './commands/invoicing/invoices';
import { plans } from './commands/billing/plans';
import { simulate } from './commands/billing/simulate';
import { subscriptions } from './commands/billing/subscriptions';
import { verify } from './commands/invoicing/verify';
import { webhooks } from './commands/billing/webhooks';
import { audit } from './commands/platform/audit';
import { call } from './commands/platform/call';
import { dev } from './commands/platform/dev';
import { help } from './commands/platform/help';
import { keys } from './commands/platform/keys';
import { login, logout } from './commands/platform/login';
import { organisations } from './commands/platform/organisations';
import { events } from './commands/usage/events';
import { meters } from './commands/usage/meters';
import { report } from './commands/usage/report';
import { usage } from './commands/usage/usage';

/** All commands, in the order of a day's work. `version` is the package's. */
export function makeProgram(version: string): Command {
  const program = new Command('billingrails')
    .description('Open usage billing: events in, usage, bills and invoices out.')
    .version(version, '-V, --version')
    .addHelpText('after', MORE)
    .helpCommand(false)
    .showSuggestionAfterError(true);
  const parts: readonly (readonly [string, readonly Command[]])[] = [
    ['Platform:', [login(), logout(), dev(), organisations(), keys(), audit(), call()]],
    ['Usage:', [events(), meters(), usage()]],
    ['Billing:', [accounts(), plans(), subscriptions(), credits(), simulate(), clock()]],
    ['Money:', [bills(), invoices(), verify(), report(), exportFile(), webhooks()]],
  ];
  for (const [heading, commands] of parts) {
    for (const command of commands) program.addCommand(command.helpGroup(heading));
  }
  program.addCommand(help(program).helpGroup('Help:'));
  for (const command of allBelow(program)) {
    command.showSuggestionAfterError(true).exitOverride();
    if (command.commands.length === 0) {
      command.showHelpAfterError('What it takes: add --help.');
    }
  }
  return program.exitOverride();
}

const MORE = `
Examples:
  $ billingrails login --url http://127.0.0.1:7000 --key-stdin < key.txt
  $ billingrails events import usage.csv --event-name "Song played" --map account=customer_id
  $ billingrails usage Plays --window day
  $ billingrails invoices list --overdue --csv

Scripts: billingrails help exit-codes. Everything else that the platform has: billingrails call --list.`;

function allBelow({ commands }: Command): Command[] {
  return commands.flatMap((command) => [command, ...allBelow(command)]);
}
