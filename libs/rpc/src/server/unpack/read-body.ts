import { LARGE_MESSAGE_BYTES } from '../../limits';
import { protocolOf } from '../../protocol';
import { isConnectStream } from '../answers/error-answer';
import { unpackedEnvelopes } from './envelopes';
import type { Claim } from './room';
import type { Turns } from './turns';
import { isPacking, unpacked } from './unpack';

export interface BodyOptions {
  readonly claim: Claim;
  readonly turns: Turns;
  /** The largest message, in bytes. */
  readonly bytesMax: number;
  /** Whether the method takes one message, and no stream of them. */
  readonly isOneMessage: boolean;
  /** Told of what a body could not be read for; the runtime tells it in other words. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * The body as the runtime is to read it: unpacked, so that it need not, and its end held back until it is the turn of a
 * large one. `header` is changed to say so.
 */
export function readableBody(
  body: AsyncIterable<Uint8Array>,
  header: Headers,
  options: BodyOptions,
): AsyncIterable<Uint8Array> {
  const plain = plainBody(body, header, options);
  return told(options.isOneMessage ? inTurn(plain, options.turns) : plain, options.onFailure);
}

function plainBody(
  body: AsyncIterable<Uint8Array>,
  header: Headers,
  { claim, bytesMax }: BodyOptions,
): AsyncIterable<Uint8Array> {
  const contentType = header.get('content-type');
  const isFramed = protocolOf(contentType) !== 'connect' || isConnectStream(contentType);
  if (isFramed) {
    const isConnect = isConnectStream(contentType);
    const packing = header.get(isConnect ? 'connect-content-encoding' : 'grpc-encoding');
    return isPacking(packing) ? unpackedEnvelopes(body, packing, bytesMax, claim) : body;
  }
  const packing = header.get('content-encoding');
  if (!isPacking(packing)) return body;
  header.delete('content-encoding');
  header.delete('content-length');
  // A caller that packs can unpack: the runtime packs its answer for such callers unless they say otherwise.
  if (!header.has('accept-encoding')) header.set('accept-encoding', packing);
  return unpacked(body, packing, bytesMax, claim);
}

/** The last piece, without which nothing is read, waits for its turn. Only for bodies of one message. */
async function* inTurn(body: AsyncIterable<Uint8Array>, turns: Turns): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let last: Uint8Array | undefined;
  for await (const piece of body) {
    if (last !== undefined) yield last;
    last = piece;
    bytes += piece.byteLength;
  }
  if (bytes >= LARGE_MESSAGE_BYTES) await turns.next();
  if (last !== undefined) yield last;
}

async function* told(
  body: AsyncIterable<Uint8Array>,
  onFailure: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    onFailure(error);
    throw error;
  }
}
