import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { RefusedLine } from './sender';
import { writing } from '../writing';

/** A file with the refused lines of all inputs of an import, as JSON a line each. */
export class RefusedFile {
  readonly #kept: ReadonlySet<string>;

  /**
   * Begins the file anew, but for what earlier runs wrote of the inputs that go on now. Throws CliError where it cannot
   * be written.
   */
  constructor(
    private readonly file: string,
    goingOn: ReadonlySet<string>,
  ) {
    const kept = writing(file, REMEDY, () => {
      const lines = goingOn.size > 0 && existsSync(file) ? linesOf(file) : [];
      const theirs = lines.filter((line) => goingOn.has(placeOf(line)?.file ?? ''));
      writeFileSync(file, theirs.map((line) => `${line}\n`).join(''));
      return theirs;
    });
    this.#kept = new Set(kept.map((line) => keyOf(placeOf(line)?.file ?? '', placeOf(line)?.line)));
  }

  /** Writes a line, unless an earlier run did: what it had not noted as done is sent again. */
  add(name: string, { line, field, problem }: RefusedLine): void {
    if (this.#kept.has(keyOf(name, line))) return;
    const text = `${JSON.stringify({ file: name, line, field, problem })}\n`;
    writing(this.file, REMEDY, () => appendFileSync(this.file, text));
  }
}

const REMEDY = 'Name another place: --refused FILE.';

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n');
}

/** Undefined for what is none of ours, such as a line that a kill cut. */
function placeOf(line: string): { file: string; line: number } | undefined {
  try {
    return JSON.parse(line) as { file: string; line: number };
  } catch {
    return undefined;
  }
}

function keyOf(name: string, line: number | undefined): string {
  return `${line} ${name}`;
}
