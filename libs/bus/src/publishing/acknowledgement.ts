import { NatsError, type Msg } from 'nats';
import { jetStreamError } from '../errors';

/** What JetStream answers to a publication. */
export interface Acknowledgement {
  readonly stream: string;
  /** Of the message; of the last one for a batch. */
  readonly seq: number;
  /** Messages stored by a batch. */
  readonly count: number;
  /** Whether a message with this id had been stored before, so that nothing was added. */
  readonly duplicate: boolean;
}

interface Answer {
  readonly stream?: string;
  readonly seq?: number;
  readonly count?: number;
  readonly duplicate?: boolean;
  readonly error?: { code: number; err_code?: number; description?: string };
}

/** Reads an acknowledgement. Throws a DomainError for full, busy or away, a NatsError for any other refusal. */
export function readAcknowledgement(message: Msg): Acknowledgement {
  const answer = message.json<Answer>();
  if (answer.error !== undefined) {
    const { code, err_code = 0, description = 'refused' } = answer.error;
    const refusal = new NatsError(description, String(code));
    refusal.api_error = { code, err_code, description };
    throw jetStreamError(err_code, refusal) ?? refusal;
  }
  const { stream, seq, count = 1, duplicate = false } = answer;
  if (stream === undefined || seq === undefined) {
    throw new NatsError('the answer is not an acknowledgement of JetStream', '500');
  }
  return { stream, seq, count, duplicate };
}
