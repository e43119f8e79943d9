import { isExactNumber } from './number-literal';
import type { Step } from './place';

/** Where there may be a number of more than 15 digits, or one with an exponent. */
const suspicious = /[[:,\s]-?(?:[\d.]{16}|[\d.]+[eE])/;

/** What is no value: the space between tokens. */
const space = /[ \n\r\t]*/y;
const number = /-?[\d.]+(?:[eE][+-]?\d+)?/y;

/** Whether a look at every number is worth its time: nearly always there is none to look at. */
export function mayHoldInexactNumbers(json: string): boolean {
  return suspicious.test(json);
}

/** What nests deeper is refused for that, wherever it stands; below this nothing is looked at any more. */
const LEVELS_MAX = 1_000;

/** Ends a scan that went too deep; one for all, since nobody reads it. */
const tooDeep = new Error('the JSON is nested too deeply');

/** Calls `found` for every number that would not be what it says, in the order of the text, which is valid JSON. */
export function findInexactNumbers(
  json: string,
  found: (steps: readonly Step[], literal: string) => void,
): void {
  new NumberScan(json, found).run();
}

/** The values of a JSON text with the way to them. */
class NumberScan {
  #at = 0;
  readonly #steps: Step[] = [];

  constructor(
    private readonly json: string,
    private readonly found: (steps: readonly Step[], literal: string) => void,
  ) {}

  run(): void {
    this.#skip(space);
    try {
      this.#value();
    } catch (error) {
      if (error !== tooDeep) throw error;
    }
  }

  #value(): void {
    switch (this.json[this.#at]) {
      case '{':
        return this.#members('}', () => {
          const key: unknown = JSON.parse(this.#string());
          this.#skip(space);
          // The colon.
          this.#at += 1;
          this.#skip(space);
          return String(key);
        });
      case '[':
        return this.#members(']', (index) => index);
      case '"':
        return void this.#string();
      case 't':
      case 'n':
        return void (this.#at += 4);
      case 'f':
        return void (this.#at += 5);
      default:
        return this.#number();
    }
  }

  #number(): void {
    const literal = this.#skip(number);
    if (!isExactNumber(literal)) this.found(this.#steps, literal);
  }

  #members(closing: string, step: (index: number) => Step): void {
    if (this.#steps.length > LEVELS_MAX) throw tooDeep;
    this.#at += 1;
    this.#skip(space);
    for (let index = 0; this.json[this.#at] !== closing; index += 1) {
      this.#steps.push(step(index));
      this.#value();
      this.#steps.pop();
      this.#skip(space);
      if (this.json[this.#at] === ',') this.#at += 1;
      this.#skip(space);
    }
    this.#at += 1;
  }

  /** Moves on over the string that begins here, and returns it as it is written. */
  #string(): string {
    const start = this.#at;
    let end = start;
    do end = this.json.indexOf('"', end + 1);
    while (this.#isEscaped(end));
    this.#at = end + 1;
    return this.json.slice(start, this.#at);
  }

  #isEscaped(at: number): boolean {
    let first = at;
    while (this.json[first - 1] === '\\') first -= 1;
    return (at - first) % 2 === 1;
  }

  /** Moves on over what matches here, and returns it. */
  #skip(token: RegExp): string {
    token.lastIndex = this.#at;
    const text = token.exec(this.json)?.[0] ?? '';
    this.#at += text.length;
    return text;
  }
}
