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
} from './index';

test('an error holds its kind, reason, message and the violations in the order given', () => {
  const violations = [
    { field: 'start_time', description: 'is required' },
    { field: 'end_time', description: 'must be after start_time' },
  ];
  const error = new DomainError(
    'invalid',
    'PERIOD_REVERSED',
    'The period ends before it starts.',
    violations,
  );
  expect(error).toMatchObject({
    name: 'DomainError',
    kind: 'invalid',
    reason: 'PERIOD_REVERSED',
    message: 'The period ends before it starts.',
    violations,
    retryAfterMs: undefined,
  });
  expect(error).not.toHaveProperty('cause');
});

test.each([
  ['invalid', invalid('A_REASON', 'A sentence.')],
  ['not_found', notFound('A_REASON', 'A sentence.')],
  ['conflict', conflict('A_REASON', 'A sentence.')],
  ['precondition', precondition('A_REASON', 'A sentence.')],
  ['stale', stale('A_REASON', 'A sentence.')],
  ['exhausted', exhausted('A_REASON', 'A sentence.', 1000)],
  ['unavailable', unavailable('A_REASON', 'A sentence.', 1000)],
])('%s makes an error of its kind', (kind, error) => {
  expect(error).toBeInstanceOf(DomainError);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ kind, reason: 'A_REASON', message: 'A sentence.', violations: [] });
  expect(error.stack).toContain('A sentence.');
});

test.each([invalid, conflict, precondition])('%p hands on the violations', (make) => {
  const violations = [{ field: 'id', description: 'is taken' }];
  expect(make('A_REASON', 'A sentence.', violations).violations).toEqual(violations);
});

test.each([exhausted, unavailable])(
  '%p says when to try again, and keeps its cause for the log',
  (make) => {
    const cause = new Error('socket closed');
    expect(make('BUS_LOST', 'The bus cannot be reached.', 250, cause)).toMatchObject({
      retryAfterMs: 250,
      cause,
    });
    expect(make('BUS_LOST', 'The bus cannot be reached.', 250)).not.toHaveProperty('cause');
  },
);

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
