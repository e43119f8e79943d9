import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { CallError, type Violation } from '../rpc/call-error';
import type { Connection } from '../rpc/connection';
import { Patience } from '../rpc/patience';

/** An event on its way, as JSON. */
export interface Outgoing {
  readonly line: number;
  readonly json: string;
}

/** A line that was refused, and why. */
export interface RefusedLine {
  readonly line: number;
  readonly field: string;
  readonly problem: string;
}

/** Sends batches, and finds out which events of one are refused. */
export class Sender {
  readonly #patience: Patience;

  constructor(
    private readonly connection: Pick<Connection, 'callOnce'>,
    clock: () => number,
    onWaiting: (error: Error) => void,
  ) {
    this.#patience = new Patience(clock, onWaiting);
  }

  /**
   * Resolves when every event is acknowledged or refused; the answer has those that are refused. A platform that is
   * away or full is waited for, for five minutes: keys count once, however often they are sent. Throws what else goes
   * wrong.
   */
  async send(batch: readonly Outgoing[]): Promise<RefusedLine[]> {
    const refused: RefusedLine[] = [];
    let left = batch;
    while (left.length > 0) {
      const error = await this.#try(left);
      if (error === undefined) return refused;
      const named = refusedIn(error, left);
      if (named.length > 0) {
        refused.push(...named);
        const lines = new Set(named.map(({ line }) => line));
        left = left.filter(({ line }) => !lines.has(line));
        continue;
      }
      // What is wrong is not said of any one event, so halves are tried.
      const middle = Math.floor(left.length / 2);
      if (middle === 0) return [...refused, ...left.map(({ line }) => whole(line, error))];
      const halves = [left.slice(0, middle), left.slice(middle)];
      for (const half of halves) refused.push(...(await this.send(half)));
      return refused;
    }
    return refused;
  }

  /** Undefined when it is acknowledged; the error where the request is refused. */
  async #try(batch: readonly Outgoing[]): Promise<CallError | undefined> {
    const body = `{"events":[${batch.map(({ json }) => json).join(',')}]}`;
    for (let failures = 1; ; failures += 1) {
      try {
        await this.connection.callOnce(EventService.method.ingestEvents, body);
        this.#patience.renew();
        return undefined;
      } catch (error) {
        if (error instanceof CallError && error.code === 'invalid_argument') return error;
        await this.#patience.wait(error, failures);
      }
    }
  }
}

function whole(line: number, { message }: CallError): RefusedLine {
  return { line, field: '', problem: message };
}

const OF_EVENT = /^events\[(\d+)\](?:\.(.*))?$/;

/** The first violation of each event that is named. */
function refusedIn({ details }: CallError, batch: readonly Outgoing[]): RefusedLine[] {
  const byLine = new Map<number, RefusedLine>();
  for (const { field, description } of details.violations satisfies readonly Violation[]) {
    const [, index, path = ''] = OF_EVENT.exec(field) ?? [];
    const line = index === undefined ? undefined : batch[Number(index)]?.line;
    if (line !== undefined && !byLine.has(line)) {
      byLine.set(line, { line, field: path, problem: description });
    }
  }
  return [...byLine.values()];
}
