import { CommanderError, type Command } from 'commander';
import { EXIT, type ExitCode } from './exit-codes';
import { say, styled } from './io';
import { describeProblem } from './rpc/problem';

/** Runs what was asked for, and tells what goes wrong; the answer is what the process ends with. */
export async function run(program: Command, words: readonly string[]): Promise<ExitCode> {
  try {
    await program.parseAsync(words, { from: 'user' });
    return (process.exitCode ?? EXIT.ok) as ExitCode;
  } catch (error) {
    // Commander has told what it does not understand, or has shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { text, exitCode } = describeProblem(error);
    const [first = '', ...more] = text.split('\n');
    if (text !== '') say([styled('red', first, process.stderr), ...more].join('\n'));
    return exitCode;
  }
}
