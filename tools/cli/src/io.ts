import { readFileSync } from 'node:fs';
import { styleText } from 'node:util';

/** Results go to stdout, all that is said about them to stderr. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') || text === '' ? text : `${text}\n`);
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Whether somebody watches: bars and questions are for people. */
export const isWatched = (): boolean => process.stderr.isTTY === true;

/** Colours are left out for NO_COLOR, and where the text goes into a file. */
export function styled(
  style: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return text;
  const wanted = (FORCE_COLOR ?? '') !== '' && FORCE_COLOR !== '0';
  if (!wanted && (stream.isTTY !== true || TERM === 'dumb' || FORCE_COLOR === '0')) return text;
  return styleText(style, text, { validateStream: false } as never);
}

/** What an option holds, or the file that it names with "@", or stdin for "-". */
export function contentOf(given: string): string {
  if (given === '-') return readFileSync(0, 'utf8');
  return given.startsWith('@') ? readFileSync(given.slice(1), 'utf8') : given;
}
