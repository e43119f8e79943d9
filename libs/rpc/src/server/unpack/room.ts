import { exhausted } from '@billingrails/errors';
import { UNPACKED_BYTES_MAX, UNPACKED_SHARE_BYTES_MAX } from '../../limits';

/** What one call holds of the room. */
export interface Claim {
  /** Takes room for bytes that were just unpacked. Throws DomainError exhausted when there is none. */
  take(bytes: number): void;
  /** Gives back all that was taken. Nothing can be taken any more. */
  close(): void;
}

export interface RoomLimits {
  /** For all calls together. */
  readonly bytesMax: number;
  /** For the calls of one owner, so that nobody takes up the room of all. */
  readonly shareBytesMax: number;
}

const RETRY_MS = 1_000;

/**
 * Room for what compressed requests unpack to, from the first byte until their calls end: a few KB can become MiB, and
 * many of them at once all the memory there is.
 */
export class UnpackRoom {
  #held = 0;
  #total = 0;
  readonly #heldBy = new Map<string, number>();

  constructor(
    private readonly limits: RoomLimits = {
      bytesMax: UNPACKED_BYTES_MAX,
      shareBytesMax: UNPACKED_SHARE_BYTES_MAX,
    },
  ) {}

  /** Bytes that are held now. */
  get bytes(): number {
    return this.#held;
  }

  /** Bytes that were ever taken. */
  get totalBytes(): number {
    return this.#total;
  }

  /** For a call of this owner: an organisation, or '' for all callers without a key. */
  open(owner: string): Claim {
    let taken = 0;
    let isClosed = false;
    return {
      take: (bytes) => {
        const share = (this.#heldBy.get(owner) ?? 0) + bytes;
        const { bytesMax, shareBytesMax } = this.limits;
        if (isClosed || this.#held + bytes > bytesMax || share > shareBytesMax) {
          const message =
            'Compressed requests that run now take up all the room for unpacking. Try again.';
          throw exhausted('UNPACKING_BUSY', message, RETRY_MS);
        }
        taken += bytes;
        this.#held += bytes;
        this.#total += bytes;
        this.#heldBy.set(owner, share);
      },
      close: () => {
        if (isClosed) return;
        isClosed = true;
        this.#held -= taken;
        const share = (this.#heldBy.get(owner) ?? 0) - taken;
        if (share > 0) this.#heldBy.set(owner, share);
        else this.#heldBy.delete(owner);
      },
    };
  }
}
