import { Command } from 'commander';
import { CliError, EXIT_MEANINGS } from '../../exit-codes';
import { print } from '../../io';
import { nearestOf } from '../../nearest';
import { own } from '../../own';
import { tableText } from '../../output/render';
import { profilesFile } from '../../settings/profiles';
import { DEFAULT_URL } from '../../settings/target';

/** Help of a command, or on a subject. */
export function help(program: Command): Command {
  return new Command('help')
    .description('Shows help of a command, or on exit-codes or environment.')
    .argument('[words...]', 'a command, or exit-codes, or environment')
    .addHelpText(
      'after',
      '\nExamples:\n  $ billingrails help events import\n  $ billingrails help exit-codes',
    )
    .action((words: string[]) => {
      const subject = own(SUBJECTS, words.join(' '));
      if (subject === undefined) found(program, words).outputHelp();
      else print(subject());
    });
}

const SUBJECTS: Readonly<Record<string, () => string>> = {
  'exit-codes': () =>
    tableText(
      undefined,
      EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning]),
    ),
  environment: () => tableText(undefined, VARIABLES()),
};

const VARIABLES = (): string[][] => [
  ['BILLINGRAILS_URL', `the platform; left out: the profile's, or ${DEFAULT_URL}`],
  ['BILLINGRAILS_KEY', "the API key; left out: the profile's"],
  ['BILLINGRAILS_SERVICE_URLS', 'services by themselves: ingest=http://127.0.0.1:7001,metering=…'],
  ['BILLINGRAILS_ORGANISATION', 'which organisation a service key acts for'],
  ['BILLINGRAILS_PROFILE', 'which profile of `billingrails login`'],
  ['XDG_CONFIG_HOME', `where profiles are kept: now ${profilesFile(process.env)}`],
  ['NO_COLOR', 'leaves colours out'],
];

function found(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) {
    const next = command.commands.find(
      (each) => each.name() === word || each.aliases().includes(word),
    );
    if (next === undefined) {
      const names = [...command.commands.map((each) => each.name()), ...Object.keys(SUBJECTS)];
      const near = nearestOf(word, names);
      throw new CliError(
        `There is no help on "${words.join(' ')}".`,
        near.length > 0 ? `Near it: ${near.join(', ')}.` : 'All commands: billingrails --help',
      );
    }
    command = next;
  }
  return command;
}
