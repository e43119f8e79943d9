import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DomainError } from '@billingrails/errors';
import { errorText, StackError } from '@billingrails/servers';
import { InvalidArgumentError, type Command } from 'commander';

/**
 * Reads what a tool was given, and runs it. `--help` is enough, wherever it stands; an option is never taken for the
 * value of the one before it.
 */
export async function parseTool(
  command: Command,
  words: readonly string[] = process.argv.slice(2),
): Promise<void> {
  const asksForHelp = words.includes('--help') || words.includes('-h');
  if (!asksForHelp) refuseOptionsAsValues(command, words);
  const read = asksForHelp ? [...words.filter((word) => !word.startsWith('-')), '--help'] : words;
  await command.parseAsync(read, { from: 'user' });
}

/**
 * Runs a tool. What it cannot do, for what it was given or what the machine lacks, is told in one line, without a
 * stack.
 */
export async function runTool(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StackError || error instanceof DomainError)) throw error;
    console.error(errorText(error).replaceAll('\n', ' '));
    process.exitCode = 1;
  }
}

/**
 * The folder a tool keeps its data in, by its full path: there, or to be made. Throws StackError where it cannot be
 * one.
 */
export function dataFolder(named: string): string {
  const folder = resolve(named);
  for (let path = folder; ; path = dirname(path)) {
    // Below a file there is nothing, either.
    if (!existsSync(path)) continue;
    if (statSync(path).isDirectory()) return folder;
    throw new StackError(`${path} is a file, not a folder.`, 'Give another folder with --data.');
  }
}

/** Reads an option's value that counts something. */
export function countFrom(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('It is no whole number.');
  return Number(text);
}

function refuseOptionsAsValues(command: Command, words: readonly string[]): void {
  const flags = new Map(
    [command, ...allBelow(command)].flatMap(({ options }) =>
      options.map(({ long, required, flags: text }) => [required ? long : undefined, text]),
    ),
  );
  for (const [index, word] of words.entries()) {
    const flag = flags.get(word);
    const value = words[index + 1];
    if (flag === undefined || !value?.startsWith('--')) continue;
    command.error(`error: option '${flag}' needs a value before ${value}; --help says which.`);
  }
}

function allBelow({ commands }: Command): Command[] {
  return commands.flatMap((command) => [command, ...allBelow(command)]);
}
