import { exact, protoName, type Malformed } from '../plain';
import { kindOf, STEPS, type PlainArithmetic, type PlainStep, type RatedStep } from './registry';

/** The step as documents hold it and messages carry it. */
export function writeStep(step: RatedStep): PlainStep {
  return {
    quantity: exact.write(step.quantity),
    amount: exact.write(step.amount),
    arithmetic: { case: step.kind, value: kindOf(step.kind).plain.write(step) } as PlainArithmetic,
  };
}

/** A step that is to be read; of a message that another wrote, the kind may be missing. */
export interface UnreadStep {
  readonly quantity: string;
  readonly amount: string;
  readonly arithmetic: PlainArithmetic | { readonly case: undefined };
}

/** The step, whether its arithmetic holds or not. `malformed` is told the path of what cannot be read. */
export function readStep(plain: UnreadStep, path: string, malformed: Malformed): RatedStep {
  const { arithmetic } = plain;
  if (arithmetic.case === undefined || !Object.hasOwn(STEPS, arithmetic.case))
    return malformed(path);
  const { case: kind, value } = arithmetic;
  const own = kindOf(kind).plain.read(value, `${path}.${protoName(kind)}`, malformed);
  const quantity = exact.read(plain.quantity, `${path}.quantity`, malformed);
  const amount = exact.read(plain.amount, `${path}.amount`, malformed);
  return { kind, quantity, amount, ...own } as RatedStep;
}
