import type { OrganisationId } from '@billingrails/ids';
import { acceptAmendment, acceptVoids } from './correction';
import type { CorrectionContext, SubmittedAmendment, SubmittedVoids } from './correction';
import { limits } from './event';
import type { SubmittedEvent } from './event';
import { contextAtArrival, eventWith, songPlayed, violationsOf } from './test-events';

const accountId = 'acct_67890';

function context(changes: Partial<CorrectionContext> = {}): CorrectionContext {
  let made = 0;
  const organisationId = 'org_01j9z3k4m5n6p7q8r9s0t1v2w3' as OrganisationId;
  return {
    ...contextAtArrival(),
    organisationId,
    nextCorrectionId: () => `cor_${++made}`,
    ...changes,
  };
}

function voids(changes: Partial<SubmittedVoids> = {}): SubmittedVoids {
  return { accountId, idempotencyKeys: ['key_1', 'key_2'], reason: '', requestId: '', ...changes };
}

function amendment(changes: Partial<SubmittedAmendment> = {}): SubmittedAmendment {
  return { accountId, event: songPlayed, reason: '', requestId: '', ...changes };
}

describe('a void', () => {
  test('takes back each of its keys, for the reason given', () => {
    const accepted = acceptVoids(voids({ reason: 'sent\ntwice' }), context());
    const common = { accountId, reason: 'sent\ntwice', amended: undefined };
    expect(accepted).toEqual([
      { ...common, idempotencyKey: 'key_1', correctionId: 'cor_1' },
      { ...common, idempotencyKey: 'key_2', correctionId: 'cor_2' },
    ]);
  });

  test.each<[string, Partial<SubmittedVoids>, string[]]>([
    [
      'no account',
      { accountId: '-' },
      [
        'account_id: must be 1-128 characters of A-Z a-z 0-9 . _ : @ - that start with a letter or a digit',
      ],
    ],
    [
      'keys that none can have',
      { idempotencyKeys: ['ok', 'a\u0000b', '\ud800', 'x'.repeat(257)] },
      [
        'idempotency_keys[1]: must not hold control characters',
        'idempotency_keys[2]: must be well-formed Unicode: it holds half of a surrogate pair',
        'idempotency_keys[3]: must have at most 256 characters',
      ],
    ],
    [
      'texts that cannot be stored',
      { reason: '\ud800', requestId: '\udc00' },
      [
        'reason: must be well-formed Unicode: it holds half of a surrogate pair',
        'request_id: must be well-formed Unicode: it holds half of a surrogate pair',
      ],
    ],
  ])('with %s is refused, with all that is wrong by its path', (_what, changes, problems) => {
    expect(violationsOf(() => acceptVoids(voids(changes), context()))).toEqual(problems);
  });
});

describe('an amendment', () => {
  test('is an event that is accepted as any other, with the key and account it corrects', () => {
    const { correction, outcome } = acceptAmendment(amendment({ reason: 'wrong' }), context());
    expect(correction).toMatchObject({
      accountId,
      idempotencyKey: 'unique_event_id_12345',
      correctionId: 'cor_1',
      reason: 'wrong',
      amended: { eventName: 'Song played', accountId, timestampMs: 1_696_161_600_000 },
    });
    expect(outcome).toEqual({
      idempotencyKey: 'unique_event_id_12345',
      timestampMs: 1_696_161_600_000,
      duplicate: false,
    });
  });

  test('keeps its account where the mapping of its event name says', () => {
    const accountPathOf = () => ['user', 'id'];
    const event = eventWith({ user: { id: 'acct_2' } });
    const accept = (account: string) => () =>
      acceptAmendment(amendment({ accountId: account, event }), context({ accountPathOf }));
    expect(violationsOf(accept('acct_2'))).toEqual([]);
    expect(violationsOf(accept(accountId))).toEqual([
      'event.properties.user.id: must be the account of account_id',
    ]);
  });

  test.each<[string, SubmittedEvent | undefined, string[]]>([
    [
      'no event',
      undefined,
      [
        'event.idempotency_key: is required',
        'event.timestamp: is required',
        'event.event_name: is required',
        'event.properties.billingrails_account_id: is required: the account the event is counted for',
      ],
    ],
    [
      'neither key nor time',
      { ...songPlayed, idempotencyKey: '', timestamp: undefined },
      ['event.idempotency_key: is required', 'event.timestamp: is required'],
    ],
    [
      'another account',
      eventWith({ billingrails_account_id: 'acct_1' }),
      ['event.properties.billingrails_account_id: must be the account of account_id'],
    ],
    [
      'an account that is none',
      eventWith({ billingrails_account_id: 17 }),
      ['event.properties.billingrails_account_id: must be a string: the id of an account'],
    ],
    [
      'content that no event may have',
      { ...eventWith({ n: Number.NaN }), eventName: 'x'.repeat(limits.eventNameCharactersMax + 1) },
      ['event.event_name: must have at most 128 characters', 'event.properties.n: must be finite'],
    ],
  ])('with %s is refused, with all that is wrong by its path', (_what, event, problems) => {
    const accept = () => acceptAmendment(amendment({ event }), context());
    expect(violationsOf(accept)).toEqual(problems);
  });
});

describe('the id of a correction', () => {
  const idsOf = (changes: Partial<SubmittedVoids>, of = context()) =>
    acceptVoids(voids(changes), of).map(({ correctionId }) => correctionId);
  const named = idsOf({ requestId: 'r' });

  test('is the same when the request is sent again, and another for each key', () => {
    expect(idsOf({ requestId: 'r', reason: 'again' })).toEqual(named);
    expect(new Set(named).size).toBe(2);
  });

  test('is another one for another request, account or organisation', () => {
    const other = context({ organisationId: 'org_01j9z3k4m5n6p7q8r9s0t1v2w4' as OrganisationId });
    const others = [
      idsOf({ requestId: 'r2' }),
      idsOf({ requestId: 'r', accountId: 'acct_1' }),
      idsOf({ requestId: 'r' }, other),
    ];
    expect(new Set([named, ...others].flat()).size).toBe(8);
  });

  test('is of its method: an amendment with the request id of a void is another correction', () => {
    const event = { ...songPlayed, idempotencyKey: 'key_1' };
    const { correction } = acceptAmendment(amendment({ event, requestId: 'r' }), context());
    expect(named).not.toContain(correction.correctionId);
  });

  test('is new each time without a request id', () => {
    const of = context();
    expect([...idsOf({}, of), ...idsOf({}, of)]).toEqual(['cor_1', 'cor_2', 'cor_3', 'cor_4']);
  });
});
