import { bundled, ServiceProcess } from '@billingrails/testing';

const [main] = bundled('src/main.ts');

/** Invoicing as it really runs; `env` is all that it is told but for its key. */
export class InvoicingProcess extends ServiceProcess {
  constructor(env: Readonly<Record<string, string>>) {
    super(main, { SERVICE_KEY: 'br_that_nobody_knows', ...env });
  }
}
