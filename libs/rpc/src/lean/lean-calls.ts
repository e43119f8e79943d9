import type { ConnectError } from '@connectrpc/connect';
import type { CallHead } from '../call';
import type { RequestHandler } from '../server/listener';
import { Exchange, type ExchangeOptions, type Handover } from './exchange';
import type { LeanMethod } from './lean-method';
import { leanRequest } from './lean-request';

export interface LeanCallsOptions extends Pick<ExchangeOptions, 'ended'> {
  readonly methods: readonly LeanMethod[];
  /** Whether the server no longer takes calls. */
  readonly refusing: () => boolean;
  /** Aborted with a ConnectError when running calls are to end. */
  readonly ending: AbortSignal;
}

type Requests = Parameters<RequestHandler>;

/** The calls that go past the runtime. */
export class LeanCalls {
  readonly #running = new Set<Exchange>();
  readonly #byPath: ReadonlyMap<string, LeanMethod>;

  constructor(private readonly options: LeanCallsOptions) {
    this.#byPath = new Map(
      options.methods.map((lean) => [`/${lean.method.parent.typeName}/${lean.method.name}`, lean]),
    );
    options.ending.addEventListener('abort', () => {
      for (const exchange of [...this.#running])
        exchange.abort(options.ending.reason as ConnectError);
    });
  }

  /** Takes a call if it is a lean one; `handOver` is called when it proves to be none. */
  take(
    head: CallHead,
    request: Requests[0],
    response: Requests[1],
    handOver: (given: Handover) => void,
  ): boolean {
    const lean = this.#byPath.get(request.url ?? '');
    if (lean === undefined || this.options.refusing()) return false;
    const asked = leanRequest(request);
    const { principal } = head;
    if (asked === undefined || principal === undefined) return false;
    const onEnd = (exchange: Exchange): void => void this.#running.delete(exchange);
    const options = { head: { ...head, principal }, ended: this.options.ended, handOver, onEnd };
    this.#running.add(new Exchange(lean, asked, request, response, options));
    return true;
  }
}
