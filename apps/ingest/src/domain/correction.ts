import { isWellFormed, nameProblem, readPath } from '@billingrails/filters';
import { derivedId, isAccountId } from '@billingrails/ids';
import type { AccountId, Id, OrganisationId } from '@billingrails/ids';
import { acceptEvent } from './accept-event';
import type { AcceptanceContext } from './accept-event';
import { limits } from './event';
import type { AcceptedEvent, EventOutcome, SubmittedEvent } from './event';
import { propertyFieldPath } from './property-path';
import { Violations } from './violations';

/** A valid correction of one event: it is taken back, or gets other content. */
export interface AcceptedCorrection {
  readonly accountId: AccountId;
  readonly idempotencyKey: string;
  readonly correctionId: Id<'cor'>;
  readonly reason: string;
  /** The event with its new content; undefined: it is taken back. */
  readonly amended: AcceptedEvent | undefined;
}

/** What a correction is judged by, besides itself. */
export interface CorrectionContext extends AcceptanceContext {
  readonly organisationId: OrganisationId;
  /** The id of a correction whose caller gave no request id. */
  readonly nextCorrectionId: () => Id<'cor'>;
}

/** What all corrections say. Lengths and counts are rules of the contract, and held to before this. */
interface SubmittedCorrection {
  readonly accountId: string;
  readonly reason: string;
  /** Empty: the correction has no name, and sent again is another one. */
  readonly requestId: string;
}

export interface SubmittedVoids extends SubmittedCorrection {
  readonly idempotencyKeys: readonly string[];
}

export interface SubmittedAmendment extends SubmittedCorrection {
  readonly event?: SubmittedEvent | undefined;
}

/** Accepts voids, all or none. Throws DomainError invalid with every violation. */
export function acceptVoids(
  request: SubmittedVoids,
  context: CorrectionContext,
): AcceptedCorrection[] {
  const violations = new Violations();
  const note = noteIn(violations);
  const accountId = checkCorrection(request, note);
  for (const [index, key] of request.idempotencyKeys.entries())
    note(`idempotency_keys[${index}]`, nameProblem(key, limits.idempotencyKeyCharactersMax));
  violations.throwIfAny();
  return request.idempotencyKeys.map((key) => ({
    accountId,
    idempotencyKey: key,
    correctionId: correctionIdOf('void', request, accountId, key, context),
    reason: request.reason,
    amended: undefined,
  }));
}

/** An amendment, and what its caller is told about the event. */
export interface AcceptedAmendment {
  readonly correction: AcceptedCorrection;
  readonly outcome: EventOutcome;
}

/**
 * Accepts an amendment: its event by the rules of events, and besides with a key, a time, and the account that it stays
 * with. Throws DomainError invalid with every violation.
 */
export function acceptAmendment(
  request: SubmittedAmendment,
  context: CorrectionContext,
): AcceptedAmendment {
  const { event = { eventName: '', idempotencyKey: '' }, reason } = request;
  const violations = new Violations();
  const note = noteIn(violations);
  const accountId = checkCorrection(request, note);
  if (event.idempotencyKey === '') note('event.idempotency_key', 'is required');
  if (event.timestamp === undefined) note('event.timestamp', 'is required');
  const accountPath = context.accountPathOf(event.eventName);
  const account = readPath(event.properties ?? {}, accountPath);
  if (typeof account === 'string' && isAccountId(account) && account !== request.accountId)
    note(`event.${propertyFieldPath(accountPath)}`, 'must be the account of account_id');
  const amended = acceptEvent(event, 'event.', context, violations);
  violations.throwIfAny();
  if (amended === undefined) throw new Error('An event that is not accepted has a violation.');
  const { idempotencyKey, timestampMs } = amended;
  const correctionId = correctionIdOf('amend', request, accountId, idempotencyKey, context);
  return {
    correction: { accountId, idempotencyKey, correctionId, reason, amended },
    outcome: { idempotencyKey, timestampMs, duplicate: false },
  };
}

type Note = (field: string, problem: string | undefined) => void;

function noteIn(violations: Violations): Note {
  return (field, problem) => {
    if (problem !== undefined) violations.add(() => field, problem);
  };
}

/** The account; it is one when nothing was noted. */
function checkCorrection(
  { accountId, reason, requestId }: SubmittedCorrection,
  note: Note,
): AccountId {
  if (!isAccountId(accountId))
    note(
      'account_id',
      'must be 1-128 characters of A-Z a-z 0-9 . _ : @ - that start with a letter or a digit',
    );
  for (const [field, text] of Object.entries({ reason, request_id: requestId }))
    if (!isWellFormed(text))
      note(field, 'must be well-formed Unicode: it holds half of a surrogate pair');
  return accountId as AccountId;
}

/**
 * Metering applies an id once. What follows from the caller's request is the same when it is sent again; the account is
 * part of it, so that a correction that named the wrong one does not stand in the way of the right one; so is what is
 * done, because each method has request ids of its own.
 */
function correctionIdOf(
  done: 'void' | 'amend',
  { requestId }: SubmittedCorrection,
  accountId: AccountId,
  key: string,
  { organisationId, nextCorrectionId }: CorrectionContext,
): Id<'cor'> {
  return requestId === ''
    ? nextCorrectionId()
    : derivedId('cor', organisationId, accountId, requestId, key, done);
}
