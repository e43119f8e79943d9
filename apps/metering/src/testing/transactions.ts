import type { MongoClient } from 'mongodb';

/** What one attempt at a transaction did. */
export interface TransactionWork {
  /** Commands sent, reading on in an answer too. */
  commands: number;
  /** Documents read. */
  read: number;
  /** Inserts, updates, replacements and deletions. */
  written: number;
  /** The collections that were written. */
  readonly into: Set<string>;
}

interface Command {
  readonly [name: string]: unknown;
  readonly lsid?: { readonly id: { toString(encoding: string): string } };
  readonly txnNumber?: unknown;
  readonly autocommit?: boolean;
}

interface Answer {
  readonly cursor?: { readonly firstBatch?: unknown[]; readonly nextBatch?: unknown[] };
}

/** Follows the transactions of a client that was connected with `monitorCommands`, from now on. */
export function followTransactions(client: MongoClient): () => readonly TransactionWork[] {
  const works = new Map<string, TransactionWork>();
  const asked = new Map<number, TransactionWork>();
  client.on('commandStarted', ({ requestId, commandName, command: told }) => {
    const command = told as Command;
    if (command.autocommit !== false || command.lsid === undefined) return;
    const name = `${command.lsid.id.toString('hex')}/${String(command.txnNumber)}`;
    const work = works.get(name) ?? { commands: 0, read: 0, written: 0, into: new Set() };
    works.set(name, work);
    asked.set(requestId, work);
    work.commands += 1;
    const written = sizeOf(command['documents'] ?? command['updates'] ?? command['deletes']);
    work.written += written;
    if (written > 0) work.into.add(String(command[commandName]));
  });
  client.on('commandSucceeded', ({ requestId, reply }) => {
    const work = asked.get(requestId);
    const { cursor } = (reply ?? {}) as Answer;
    if (work !== undefined) work.read += (cursor?.firstBatch ?? cursor?.nextBatch ?? []).length;
    asked.delete(requestId);
  });
  client.on('commandFailed', ({ requestId }) => void asked.delete(requestId));
  return () => [...works.values()];
}

/** The driver sends many documents as a list, or as a sequence that holds one. */
function sizeOf(documents: unknown): number {
  if (Array.isArray(documents)) return documents.length;
  const { documents: sequence } = (documents ?? {}) as { documents?: unknown };
  return Array.isArray(sequence) ? sequence.length : 0;
}
