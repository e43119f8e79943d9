import { decodeEventBatch, partitionOf } from '@billingrails/bus';
import type { OutgoingMessage } from '@billingrails/bus';
import { DomainError, exhausted, unavailable } from '@billingrails/errors';
import { isAccountId } from '@billingrails/ids';
import { waitFor } from '@billingrails/testing';
import type { AcceptedEvent } from '../domain/event';
import type { Submission } from './envelopes';
import { GroupCommitter } from './group-committer';

const partitions = 16;
/** As large as the properties of an event may be. */
const large = 'x'.repeat(64 * 1024);
const patient = { signal: new AbortController().signal, remainingMs: undefined };

/** A broker's side of the committer: what was sent to it, and the power to answer each commit. */
class Commits {
  readonly sent: { keys: string[]; acknowledge(): void; refuse(error: unknown): void }[] = [];
  connected = true;
  #sequence = 0;

  readonly commit = (messages: readonly OutgoingMessage[]): Promise<readonly number[]> =>
    new Promise((resolve, reject) => {
      this.sent.push({
        keys: messages.flatMap(keysOf),
        acknowledge: () => resolve(messages.map(() => (this.#sequence += 1))),
        refuse: reject,
      });
    });

  /** The commit with this number, from 0, once it was sent. */
  async at(index: number) {
    await waitFor(() => this.sent.length > index, { what: `commit ${index}` });
    const commit = this.sent[index];
    if (commit === undefined) throw new Error('no such commit');
    return commit;
  }
}

function start(limits = { requestsMax: 1_000, bytesMax: 64 * 1024 * 1024 }, patienceMs = 10_000) {
  const commits = new Commits();
  const steadyMs = () => performance.now();
  const { commit } = commits;
  const isConnected = () => commits.connected;
  const options = { partitions, commit, isConnected, limits, patienceMs, steadyMs };
  const committer = new GroupCommitter(options);
  return { commits, committer };
}

const kindOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: unknown) => (error instanceof DomainError ? `${error.kind} ${error.reason}` : error),
  );

test('requests that come while a commit is on its way leave together in the next one', async () => {
  const { commits, committer } = start();
  const busy = await startCommit(committer, commits);
  const waiting = Array.from({ length: 50 }, (_, index) =>
    committer.submit(submissionOf(`waiting_${index}`), patient),
  );
  (await commits.at(0)).acknowledge();
  const gathered = await commits.at(1);
  expect(gathered.keys).toHaveLength(50);
  gathered.acknowledge();
  await Promise.all([busy.answer, ...waiting]);
  expect(commits.sent).toHaveLength(2);
});

test('the events of a request are in one commit, and a commit is at most 8 MiB', async () => {
  const { commits, committer } = start();
  const answers = Array.from({ length: 9 }, (_, request) =>
    committer.submit(
      submissionOf(...Array.from({ length: 50 }, (_, event) => `${request}.${event}.${large}`)),
      patient,
    ),
  );
  let seen = 0;
  for (let index = 0; seen < 9 * 50; index += 1) {
    const commit = await commits.at(index);
    const requests = commit.keys.map((key) => key.split('.')[0]);
    for (const request of new Set(requests))
      expect(requests.filter((each) => each === request)).toHaveLength(50);
    expect(requests.length).toBeLessThanOrEqual(2 * 50); // of 3 MiB each
    seen += requests.length;
    commit.acknowledge();
  }
  expect(await Promise.all(answers)).toHaveLength(9);
});

test('an answer names exactly the partitions its events went to, with a committed sequence', async () => {
  const { commits, committer } = start();
  const one = committer.submit(submissionOf('a', 'b', 'c'), patient);
  const other = committer.submit(submissionOf('d'), patient);
  (await commits.at(0)).acknowledge();
  const partition = (account: string) => partitionOf('org_1', account, partitions);
  expect([...(await one).keys()].sort()).toEqual(
    [...new Set(['a', 'b', 'c'].map(partition))].sort(),
  );
  expect([...(await other).keys()]).toEqual([partition('d')]);
  for (const sequence of (await one).values()) expect(sequence).toBeGreaterThan(0);
});

test('a commit with an unknown outcome is tried again with the same keys', async () => {
  const { commits, committer } = start();
  const answer = committer.submit(submissionOf('a', 'b'), patient);
  const first = await commits.at(0);
  first.refuse(unavailable('BROKER_UNAVAILABLE', 'Lost.', 100));
  const second = await commits.at(1);
  expect(second.keys).toEqual(first.keys);
  second.acknowledge();
  expect(await kindOf(answer)).toBe('ok');
});

test('while the connection is lost nothing is sent; when it is back, what waits is', async () => {
  const { commits, committer } = start();
  commits.connected = false;
  const left = committer.submit(submissionOf('a'), { signal: patient.signal, remainingMs: 200 });
  expect(await kindOf(left)).toBe('unavailable BROKER_UNAVAILABLE');
  const stayed = committer.submit(submissionOf('b'), patient);
  commits.connected = true;
  const commit = await commits.at(0);
  expect(commit.keys).toEqual(['key_b']);
  commit.acknowledge();
  expect(await kindOf(stayed)).toBe('ok');
});

test('a broker that stays away is UNAVAILABLE by the caller’s deadline, however patient it is otherwise', async () => {
  const { commits, committer } = start(undefined, 3_600_000);
  const answer = kindOf(
    committer.submit(submissionOf('a'), { signal: patient.signal, remainingMs: 400 }),
  );
  const refusing = refuseAll(commits, unavailable('BROKER_UNAVAILABLE', 'Lost.', 100), answer);
  expect(await answer).toBe('unavailable OUTCOME_UNKNOWN');
  await refusing;
});

test('a broker that says nothing is UNAVAILABLE when patience ends, for who waits and who queues', async () => {
  const { commits, committer } = start(undefined, 200);
  const hanging = await startCommit(committer, commits);
  const queued = committer.submit(submissionOf('queued'), patient);
  expect(await kindOf(hanging.answer)).toBe('unavailable OUTCOME_UNKNOWN');
  expect(await kindOf(queued)).toBe('unavailable BROKER_UNAVAILABLE');
});

test('a full stream is told at once and not tried again', async () => {
  const { commits, committer } = start();
  const answer = committer.submit(submissionOf('a'), patient);
  (await commits.at(0)).refuse(exhausted('STREAM_FULL', 'Full.', 1_000));
  expect(await kindOf(answer)).toBe('exhausted STREAM_FULL');
  expect(commits.sent).toHaveLength(1);
});

test('a bug is told to those it concerns; the next request is served', async () => {
  const { commits, committer } = start();
  const bug = new TypeError('a bug');
  const answer = committer.submit(submissionOf('a'), patient);
  (await commits.at(0)).refuse(bug);
  await expect(answer).rejects.toBe(bug);
  const next = committer.submit(submissionOf('b'), patient);
  (await commits.at(1)).acknowledge();
  expect(await kindOf(next)).toBe('ok');
});

test.each([
  ['requests', { requestsMax: 3, bytesMax: 1024 * 1024 }],
  // An event takes 40 here.
  ['bytes', { requestsMax: 1_000, bytesMax: 130 }],
])('more waiting %s than allowed are refused, until there is room again', async (_what, limits) => {
  const { commits, committer } = start(limits);
  const held = ['a', 'b', 'c'].map((account) => committer.submit(submissionOf(account), patient));
  const refused = committer.submit(submissionOf('d'), patient);
  expect(await kindOf(refused)).toBe('exhausted INGEST_BUSY');
  (await commits.at(0)).acknowledge();
  await Promise.all(held);
  const next = committer.submit(submissionOf('e'), patient);
  (await commits.at(1)).acknowledge();
  expect(await kindOf(next)).toBe('ok');
});

test('who left while queueing is not published', async () => {
  const { commits, committer } = start();
  const busy = await startCommit(committer, commits);
  const leaving = new AbortController();
  const left = kindOf(
    committer.submit(submissionOf('left'), { signal: leaving.signal, remainingMs: undefined }),
  );
  leaving.abort();
  expect(await left).toBe('unavailable BROKER_UNAVAILABLE');
  const stayed = committer.submit(submissionOf('stayed'), patient);
  (await commits.at(0)).acknowledge();
  const next = await commits.at(1);
  expect(next.keys).toEqual(['key_stayed']);
  next.acknowledge();
  await Promise.all([busy.answer, stayed]);
});

/** Brings a commit on its way, so that whatever comes next must wait; gives the answer to its request. */
async function startCommit(committer: GroupCommitter, commits: Commits) {
  const answer = committer.submit(submissionOf('busy'), patient);
  await commits.at(0);
  return { answer };
}

async function refuseAll(commits: Commits, error: unknown, until: Promise<unknown>) {
  let over = false;
  void until.then(() => (over = true));
  for (let index = 0; !over; index += 1) {
    await waitFor(() => over || commits.sent.length > index, { what: 'the next try' });
    commits.sent[index]?.refuse(error);
  }
}

function submissionOf(...accounts: string[]): Submission {
  return { organisationId: 'org_1', receiveTimeMs: 1, events: accounts.map(eventOf) };
}

/** A long text is the event's properties, too. */
function eventOf(text: string): AcceptedEvent {
  const accountId = text.slice(0, 20);
  if (!isAccountId(accountId)) throw new Error(`${accountId} is no account`);
  return {
    eventName: 'Song played',
    accountId,
    idempotencyKey: `key_${accountId}`,
    timestampMs: 1,
    timestampAssigned: false,
    propertiesJson: Buffer.from(text.length > 20 ? text : '{}'),
  };
}

function keysOf(message: OutgoingMessage): string[] {
  const list = decodeEventBatch(message.data);
  if ('problem' in list) throw new Error(list.problem);
  return list.events.map((event) => event.idempotencyKey);
}
