import type { Metering } from './metering';

/** Metering that answers each question about usage once, however often it is put: for several bills of one present. */
export function askedOnce(metering: Metering): Metering {
  return {
    ...metering,
    usage: once(metering.usage),
    usages: once(metering.usages),
    usagesByGroup: once(metering.usagesByGroup),
    transactions: once(metering.transactions),
  };
}

function once<Q extends { readonly signal?: AbortSignal }, A>(
  ask: (question: Q) => Promise<A>,
): (question: Q) => Promise<A> {
  const answers = new Map<string, Promise<A>>();
  return (question) => {
    const { signal: _, ...asked } = question;
    const key = JSON.stringify(asked, (_name, value: unknown) => plain(value));
    const answer = answers.get(key) ?? ask(question);
    answers.set(key, answer);
    return answer;
  };
}

/** Maps and sets as lists, and large numbers as texts, which have a text. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Map || value instanceof Set ? [...value] : value;
}
