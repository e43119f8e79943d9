import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { replaceFile, writing } from '../writing';

/** Where an export goes, and how far it has come. */
export interface ExportTarget {
  /** Of the last part that was written; empty at the start. */
  readonly cursor: string;
  readonly rows: number;
  write(content: Buffer, cursor: string, rows: number): void | Promise<void>;
  /** All of it is written. */
  complete(): void;
}

/** Writes to stdout, as fast as its reader takes it. */
export class StdoutTarget implements ExportTarget {
  cursor = '';
  rows = 0;

  async write(content: Buffer, cursor: string, rows: number): Promise<void> {
    if (!process.stdout.write(content)) await once(process.stdout, 'drain');
    this.cursor = cursor;
    this.rows = rows;
  }

  complete(): void {
    // Nothing is left to do.
  }
}

/** How much of a file is written, of which export. */
interface Written {
  readonly fingerprint: string;
  readonly cursor: string;
  readonly rows: number;
  readonly bytes: number;
}

const REMEDY = 'Name another place: --file FILE.';

/**
 * Writes a file, which is there when it is whole, and not before. Until then it is FILE.part, and FILE.part-state says
 * how far that is: the same export goes on there, however it was interrupted.
 */
export class FileTarget implements ExportTarget {
  #written: Written;
  readonly #part: string;
  readonly #state: string;
  readonly #descriptor: number;

  /** `fingerprint` is of all that the content follows from. Throws CliError where the file cannot be written. */
  constructor(
    private readonly file: string,
    fingerprint: string,
  ) {
    this.#part = `${file}.part`;
    this.#state = `${file}.part-state`;
    this.#written = this.#before(fingerprint) ?? { fingerprint, cursor: '', rows: 0, bytes: 0 };
    this.#descriptor = writing(file, REMEDY, () => {
      if (existsSync(file) && statSync(file).isDirectory()) throw new Error('it is a folder');
      const descriptor = openSync(this.#part, this.#written.bytes > 0 ? 'r+' : 'w');
      ftruncateSync(descriptor, this.#written.bytes);
      return descriptor;
    });
  }

  get cursor(): string {
    return this.#written.cursor;
  }

  get rows(): number {
    return this.#written.rows;
  }

  write(content: Buffer, cursor: string, rows: number): void {
    const { fingerprint, bytes } = this.#written;
    writing(this.file, REMEDY, () => {
      for (let done = 0; done < content.length;) {
        done += writeSync(this.#descriptor, content, done, content.length - done, bytes + done);
      }
      this.#written = { fingerprint, cursor, rows, bytes: bytes + content.length };
      replaceFile(this.#state, JSON.stringify(this.#written));
    });
  }

  complete(): void {
    writing(this.file, REMEDY, () => {
      closeSync(this.#descriptor);
      renameSync(this.#part, this.file);
      rmSync(this.#state, { force: true });
    });
  }

  /** What an earlier run of the same export wrote; undefined where there is none. */
  #before(fingerprint: string): Written | undefined {
    try {
      const written = JSON.parse(readFileSync(this.#state, 'utf8')) as Written;
      const isThere = statSync(this.#part).size >= written.bytes;
      return isThere && written.fingerprint === fingerprint ? written : undefined;
    } catch {
      return undefined;
    }
  }
}
