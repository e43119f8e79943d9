import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const TAIL_LINES = 15;
const TAIL_BYTES_MAX = 16 * 1024;

/** The last lines of a log file, which may be large; a note in their place when there is none. */
export function logTail(file: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return '(no log)';
  }
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES_MAX));
    readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes.toString('utf8').trimEnd().split('\n').slice(-TAIL_LINES);
    return lines.join('\n') || '(empty)';
  } finally {
    closeSync(descriptor);
  }
}
