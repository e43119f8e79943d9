/** What an endpoint answers, as the API does. */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

/** Thrown by an endpoint that refuses. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly error: Readonly<Record<string, unknown>>,
  ) {
    super(String(error['message']));
  }
}

export interface FakeIntent {
  readonly id: string;
  readonly object: 'payment_intent';
  readonly created: number;
  readonly amount: number;
  readonly currency: string;
  readonly customer: string;
  readonly payment_method: string;
  readonly metadata: Readonly<Record<string, string>>;
  status: string;
  amount_received: number;
  last_payment_error: object | null;
}

export interface FakeRefund {
  readonly id: string;
  readonly object: 'refund';
  readonly created: number;
  readonly amount: number;
  readonly currency: string;
  readonly payment_intent: string;
  readonly metadata: Readonly<Record<string, string>>;
  status: string;
  failure_reason?: string;
}

export interface FakeDispute {
  readonly id: string;
  readonly object: 'dispute';
  readonly created: number;
  readonly amount: number;
  readonly currency: string;
  readonly payment_intent: string;
  readonly reason: string;
  status: string;
}

export interface FakeSetup {
  readonly id: string;
  readonly object: 'setup_intent';
  readonly client_secret: string;
  readonly customer: string;
  status: string;
  payment_method: string | null;
}

type Form = Readonly<Record<string, string>>;

/** An endpoint: what it takes, and what it does. A name that ends with `[` begins the names of a group. */
interface Endpoint {
  readonly method: string;
  readonly path: RegExp;
  readonly takes: readonly string[];
  readonly needs?: readonly string[];
  readonly run: (form: Form, id: string) => object;
}

/** How a payment method of that id answers; every other one pays. */
const DECLINES: Readonly<Record<string, string>> = {
  pm_insufficient_funds: 'insufficient_funds',
  pm_authentication: 'authentication_required',
};
/** Takes days: the intent is processing until it is finished. */
const SLOW = 'pm_debit';

/** An account's objects, and the endpoints that work on them. */
export class StripeBooks {
  readonly accountId = 'acct_fake';
  readonly customers = new Map<string, { id: string; object: 'customer'; metadata: Form }>();
  readonly intents = new Map<string, FakeIntent>();
  readonly refunds = new Map<string, FakeRefund>();
  readonly disputes = new Map<string, FakeDispute>();
  readonly setups = new Map<string, FakeSetup>();
  #count = 0;

  /** What an account's invoices were charged, in the order in which it was. */
  succeeded(invoiceId: string): FakeIntent[] {
    return [...this.intents.values()].filter(
      ({ metadata, status }) => metadata['invoice_id'] === invoiceId && status === 'succeeded',
    );
  }

  /** Disputes what an intent took, or a part of it. */
  dispute(
    intentId: string,
    given: Partial<Pick<FakeDispute, 'amount' | 'reason'>> = {},
  ): FakeDispute {
    const { amount: whole, currency } = this.#intent(intentId);
    const { amount = whole, reason = 'fraudulent' } = given;
    const id = this.#id('dp');
    const dispute: FakeDispute = {
      ...{ id, object: 'dispute', created: this.#now(), amount, currency, reason },
      ...{ payment_intent: intentId, status: 'needs_response' },
    };
    this.disputes.set(id, dispute);
    return dispute;
  }

  /** Ends an intent that is processing. */
  finish(intentId: string, isPaid: boolean): FakeIntent {
    const intent = this.#intent(intentId);
    if (isPaid) this.#pay(intent);
    else Object.assign(intent, { status: 'requires_payment_method', ...declined('debit_refused') });
    return intent;
  }

  /** The customer has given its card. */
  completeSetup(setupId: string, paymentMethodId: string): FakeSetup {
    const setup = found(this.setups, setupId, 'setup_intent');
    Object.assign(setup, { status: 'succeeded', payment_method: paymentMethodId });
    return setup;
  }

  answer(method: string, path: string, form: Form): Answer {
    const endpoint = this.#endpoints.find((each) => each.method === method && each.path.test(path));
    if (endpoint === undefined)
      throw new Refusal(404, {
        type: 'invalid_request_error',
        message: 'Unrecognized request URL',
      });
    for (const name of Object.keys(form))
      if (
        !endpoint.takes.some((each) => (each.endsWith('[') ? name.startsWith(each) : name === each))
      )
        throw invalidRequest('parameter_unknown', `Received unknown parameter: ${name}`, name);
    for (const name of endpoint.needs ?? [])
      if (form[name] === undefined || form[name] === '')
        throw invalidRequest('parameter_missing', `Missing required param: ${name}.`, name);
    const [, id = ''] = endpoint.path.exec(path) ?? [];
    return { status: 200, body: endpoint.run(form, id) };
  }

  readonly #endpoints: readonly Endpoint[] = [
    {
      ...{ method: 'GET', path: /^\/v1\/account$/, takes: [] },
      run: () => ({ id: this.accountId, object: 'account' }),
    },
    {
      ...{ method: 'POST', path: /^\/v1\/customers$/, takes: ['name', 'email', 'metadata['] },
      run: (form) => {
        const customer = {
          id: this.#id('cus'),
          object: 'customer',
          metadata: metadataOf(form),
        } as const;
        this.customers.set(customer.id, customer);
        return customer;
      },
    },
    {
      ...{ method: 'GET', path: /^\/v1\/customers\/(\w+)$/, takes: [] },
      run: (_form, id) => found(this.customers, id, 'customer'),
    },
    {
      ...{ method: 'POST', path: /^\/v1\/setup_intents$/, needs: ['customer'] },
      takes: ['customer', 'usage', 'automatic_payment_methods['],
      run: ({ customer = '' }) => {
        found(this.customers, customer, 'customer');
        const id = this.#id('seti');
        const setup: FakeSetup = {
          ...{ id, object: 'setup_intent', client_secret: `${id}_secret_fake`, customer },
          ...{ status: 'requires_payment_method', payment_method: null },
        };
        this.setups.set(id, setup);
        return setup;
      },
    },
    {
      ...{ method: 'GET', path: /^\/v1\/setup_intents\/(\w+)$/, takes: [] },
      run: (_form, id) => found(this.setups, id, 'setup_intent'),
    },
    {
      ...{ method: 'POST', path: /^\/v1\/payment_intents$/, needs: ['amount', 'currency'] },
      takes: [
        ...['amount', 'currency', 'customer', 'payment_method', 'description', 'metadata['],
        'automatic_payment_methods[',
      ],
      run: (form) => this.#createIntent(form),
    },
    {
      ...{ method: 'GET', path: /^\/v1\/payment_intents\/(\w+)$/, takes: [] },
      run: (_form, id) => this.#intent(id),
    },
    {
      ...{
        method: 'POST',
        path: /^\/v1\/payment_intents\/(\w+)\/confirm$/,
        takes: ['off_session'],
      },
      run: (_form, id) => this.#confirm(this.#intent(id)),
    },
    {
      ...{ method: 'POST', path: /^\/v1\/payment_intents\/(\w+)\/cancel$/, takes: [] },
      run: (_form, id) => {
        const intent = this.#intent(id);
        if (['succeeded', 'processing', 'canceled'].includes(intent.status))
          throw unexpected(intent);
        intent.status = 'canceled';
        return intent;
      },
    },
    {
      ...{ method: 'POST', path: /^\/v1\/refunds$/, needs: ['payment_intent'] },
      takes: ['payment_intent', 'amount', 'metadata['],
      run: (form) => this.#refund(form),
    },
    {
      ...{ method: 'GET', path: /^\/v1\/refunds$/, takes: ['payment_intent', 'limit'] },
      run: ({ payment_intent: id }) => list(this.refunds, (each) => each.payment_intent === id),
    },
    {
      ...{ method: 'GET', path: /^\/v1\/disputes$/, takes: ['payment_intent', 'limit'] },
      run: ({ payment_intent: id }) => list(this.disputes, (each) => each.payment_intent === id),
    },
  ];

  #createIntent(form: Form): FakeIntent {
    const { amount = '', currency = '', customer = '', payment_method: method = '' } = form;
    if (!/^[1-9]\d{0,11}$/.test(amount))
      throw invalidRequest('parameter_invalid_integer', 'Invalid integer', 'amount');
    if (!/^[a-z]{3}$/.test(currency))
      throw invalidRequest('invalid_currency', `Invalid currency: ${currency}`, 'currency');
    if (['kwd', 'bhd', 'jod', 'omr', 'tnd'].includes(currency) && !amount.endsWith('0'))
      throw invalidRequest('amount_invalid', 'The last digit must be 0', 'amount');
    found(this.customers, customer, 'customer');
    const id = this.#id('pi');
    const intent: FakeIntent = {
      ...{ id, object: 'payment_intent', created: this.#now(), amount: Number(amount), currency },
      ...{ customer, payment_method: method, metadata: metadataOf(form) },
      ...{ status: 'requires_confirmation', amount_received: 0, last_payment_error: null },
    };
    this.intents.set(id, intent);
    return intent;
  }

  #confirm(intent: FakeIntent): FakeIntent {
    if (!['requires_confirmation', 'requires_payment_method'].includes(intent.status))
      throw unexpected(intent);
    const code = DECLINES[intent.payment_method];
    if (code !== undefined) {
      const error = declined(code).last_payment_error;
      Object.assign(intent, { status: 'requires_payment_method', last_payment_error: error });
      throw new Refusal(402, { ...error, payment_intent: { ...intent } });
    }
    if (intent.payment_method === SLOW) intent.status = 'processing';
    else this.#pay(intent);
    return intent;
  }

  #pay(intent: FakeIntent): void {
    Object.assign(intent, { status: 'succeeded', amount_received: intent.amount });
  }

  #refund(form: Form): FakeRefund {
    const { payment_intent: intentId = '', amount = '' } = form;
    const intent = this.#intent(intentId);
    const before = [...this.refunds.values()]
      .filter((each) => each.payment_intent === intentId && each.status !== 'failed')
      .reduce((sum, each) => sum + each.amount, 0);
    if (intent.status !== 'succeeded' || before + Number(amount) > intent.amount_received)
      throw invalidRequest(
        'amount_too_large',
        'Refund amount is greater than unrefunded',
        'amount',
      );
    const id = this.#id('re');
    const refund: FakeRefund = {
      ...{ id, object: 'refund', created: this.#now(), amount: Number(amount) },
      ...{ currency: intent.currency, payment_intent: intentId, metadata: metadataOf(form) },
      status: 'succeeded',
    };
    this.refunds.set(id, refund);
    return refund;
  }

  #intent(id: string): FakeIntent {
    return found(this.intents, id, 'payment_intent');
  }

  #id(prefix: string): string {
    this.#count += 1;
    return `${prefix}_fake${String(this.#count).padStart(6, '0')}`;
  }

  #now(): number {
    return Math.floor(Date.now() / 1_000);
  }
}

function list<T>(all: ReadonlyMap<string, T>, matches: (each: T) => boolean): object {
  const data = [...all.values()].filter(matches).reverse();
  return { object: 'list', has_more: false, data };
}

function found<T>(all: ReadonlyMap<string, T>, id: string, what: string): T {
  const one = all.get(id);
  if (one === undefined)
    throw new Refusal(404, {
      ...{ type: 'invalid_request_error', code: 'resource_missing' },
      message: `No such ${what}: '${id}'`,
    });
  return one;
}

function metadataOf(form: Form): Record<string, string> {
  return Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => {
      const key = /^metadata\[(\w+)\]$/.exec(name)?.[1];
      return key === undefined ? [] : [[key, value]];
    }),
  );
}

function declined(code: string) {
  const error = { type: 'card_error', code: 'card_declined', decline_code: code };
  return { last_payment_error: { ...error, message: 'Your card was declined.' } };
}

function unexpected({ status }: FakeIntent): Refusal {
  const message = `This PaymentIntent has a status of ${status}.`;
  return invalidRequest('payment_intent_unexpected_state', message);
}

function invalidRequest(code: string, message: string, param?: string): Refusal {
  return new Refusal(400, {
    type: 'invalid_request_error',
    code,
    message,
    ...(param && { param }),
  });
}
