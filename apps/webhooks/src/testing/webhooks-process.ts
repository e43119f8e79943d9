import { bundled, ServiceProcess } from '@billingrails/testing';
import { SECRETS_KEY } from './world';

const [main] = bundled('src/main.ts');
/** As in the test's world: either opens what the other has sealed. */
const SECRETS_KEYS = SECRETS_KEY.toString('base64');

/** Webhooks as it really runs; `env` is all that it is told but for what it seals with. */
export class WebhooksProcess extends ServiceProcess {
  constructor(env: Readonly<Record<string, string>>) {
    super(main, { SECRETS_KEYS, ...env });
  }
}
