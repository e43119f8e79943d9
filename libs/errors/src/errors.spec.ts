import {
  assert,
  AssertionError,
  conflict,
  DomainError,
  exhausted,
  invalid,
  notFound,
  precondition,
  stale,
  unavailable,
  withViolations,
} from './index';

test('an error holds its kind, reason, message and the violations in the order given', () => {
  const violations = [
    { field: 'start_time', description: 'is required' },
    { field: 'end_time', description: 'must be after start_time' },
  ];
  const error = new DomainError(
    'invalid',
    'USAGE_QUERY_INVALID',
    'The period ends before it starts.',
    violations,
  );
  expect(error).toMatchObject({
    name: 'DomainError',
    kind: 'invalid',
    reason: 'USAGE_QUERY_INVALID',
    message: 'The period ends before it starts.',
    violations,
    retryAfterMs: undefined,
  });
  expect(error).not.toHaveProperty('cause');
});

test.each([
  ['invalid', 'REQUEST_INVALID', invalid('REQUEST_INVALID', 'A sentence.')],
  ['not_found', 'METER_NOT_FOUND', notFound('METER_NOT_FOUND', 'A sentence.')],
  ['conflict', 'FEATURE_EXISTS', conflict('FEATURE_EXISTS', 'A sentence.')],
  ['precondition', 'METER_FULL', precondition('METER_FULL', 'A sentence.')],
  ['stale', 'WRITE_CONFLICT', stale('WRITE_CONFLICT', 'A sentence.')],
  ['exhausted', 'STREAM_FULL', exhausted('STREAM_FULL', 'A sentence.', 1000)],
  ['unavailable', 'BROKER_UNAVAILABLE', unavailable('BROKER_UNAVAILABLE', 'A sentence.', 1000)],
])('%s makes an error of its kind: %s', (kind, reason, error) => {
  expect(error).toBeInstanceOf(DomainError);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ kind, reason, message: 'A sentence.', violations: [] });
  expect(error.stack).toContain('A sentence.');
});

test('invalid, conflict and precondition hand on the violations', () => {
  const violations = [{ field: 'id', description: 'is taken' }];
  for (const error of [
    invalid('REQUEST_INVALID', 'A sentence.', violations),
    conflict('FEATURE_EXISTS', 'A sentence.', violations),
    precondition('METER_FULL', 'A sentence.', violations),
  ])
    expect(error.violations).toEqual(violations);
});

test('an error with other violations is otherwise the same', () => {
  const metadata = { limit: 'calls' };
  const options = { metadata, retryAfterMs: 250, violationCount: 9 };
  const error = new DomainError('exhausted', 'STREAM_BUSY', 'A sentence.', [], options);
  const violations = [{ field: 'id', description: 'is taken' }];
  expect(withViolations(error, violations)).toMatchObject({
    ...{ kind: 'exhausted', reason: 'STREAM_BUSY', message: 'A sentence.', violations },
    ...{ metadata, retryAfterMs: 250, violationCount: 1, cause: error },
  });
});

test('exhausted and unavailable say when to try again, and keep their cause for the log', () => {
  const cause = new Error('socket closed');
  const message = 'The bus cannot be reached.';
  for (const error of [
    exhausted('STREAM_FULL', message, 250, cause),
    unavailable('BROKER_UNAVAILABLE', message, 250, cause),
  ])
    expect(error).toMatchObject({ retryAfterMs: 250, cause });
  expect(unavailable('BROKER_UNAVAILABLE', message, 250)).not.toHaveProperty('cause');
});

test('the trace of a failed assertion begins where the belief is stated', () => {
  function whereItWasBelieved(): unknown {
    try {
      assert(false, 'the sum equals its parts');
    } catch (error) {
      return error;
    }
    return undefined;
  }
  const caught = whereItWasBelieved();
  expect(caught).toBeInstanceOf(AssertionError);
  const stack = caught instanceof Error ? (caught.stack ?? '') : '';
  expect(stack.split('\n').find((line) => /^\s+at /.test(line))).toContain('whereItWasBelieved');
});

test('an assertion that holds does nothing; one that does not is a bug, not an error for callers', () => {
  expect(() => {
    assert(1, 'one is true');
  }).not.toThrow();
  const failing = () => {
    assert(undefined, 'the row exists');
  };
  expect(failing).toThrow(AssertionError);
  expect(failing).toThrow('Believed, but not so: the row exists');
  expect(failing).not.toThrow(DomainError);
});
