import type { DescMethod } from '@bufbuild/protobuf';
import type { Progress } from '../output/progress';
import { CallError } from '../rpc/call-error';
import type { Connection, JsonObject } from '../rpc/connection';
import type { Patience } from '../rpc/patience';
import { isObject } from '../rpc/request';
import type { ExportTarget } from './target';

export interface ExportOptions {
  readonly connection: Pick<Connection, 'stream'>;
  readonly method: DescMethod;
  readonly request: JsonObject;
  readonly target: ExportTarget;
  readonly patience: Patience;
  /** Asked once it is known how many things there are. */
  readonly startProgress: (total: number) => Progress;
}

/**
 * Writes an export, to its end: one that breaks off is continued by the cursor of its last part, as long as the
 * platform is not away for five minutes. Resolves with how many rows the file has.
 */
export async function runExport(options: ExportOptions): Promise<number> {
  const { target, patience } = options;
  let progress: Progress | undefined;
  const onPart = (rows: number, { done_count, total_count }: JsonObject): void => {
    patience.renew();
    progress ??= options.startProgress(Number(total_count ?? 0));
    progress.tell(rows, Number(done_count ?? 0));
  };
  try {
    for (let failures = 1; ; failures += 1) {
      const before = target.cursor;
      try {
        await writeParts(options, onPart);
        return target.rows;
      } catch (error) {
        if (target.cursor !== before) failures = 1;
        await patience.wait(error, failures);
      }
    }
  } finally {
    progress?.stop();
  }
}

/** Writes what comes from the target's cursor on. Throws where that is not all. */
async function writeParts(
  { connection, method, request, target }: ExportOptions,
  onPart: (rows: number, part: JsonObject) => void,
): Promise<void> {
  const rowsBefore = target.rows;
  for await (const { part } of connection.stream(method, { ...request, cursor: target.cursor })) {
    if (!isObject(part)) continue;
    const content = Buffer.from(String(part['content'] ?? ''), 'base64');
    const rows = rowsBefore + Number(part['row_count'] ?? 0);
    await target.write(content, String(part['cursor'] ?? ''), rows);
    onPart(rows, part);
    if (part['complete'] === true) return target.complete();
  }
  const details = { reason: '', violations: [], retryMs: undefined, requestId: '' };
  throw new CallError('unavailable', 'The export ended before it was whole.', details);
}
