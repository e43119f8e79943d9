import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** Webhooks of one type that came to a receiver on this machine. */
export interface WebhookFigure {
  readonly type: string;
  /** How many different events. */
  readonly received: number;
  /** Of how many the signature is right. */
  readonly verified: number;
}

/** What a webhook's body tells, as far as it is looked at here. */
interface Told {
  readonly id: string;
  readonly type: string;
  readonly object_id: string;
}

/** Takes webhooks, and verifies them as a customer's backend would. */
export class Receiver {
  #webhook: Webhook | undefined;
  /** By id: the same event may come again. */
  readonly #heard = new Map<string, Told & { readonly verified: boolean }>();
  readonly #server = createServer((request, response) => void this.#take(request, response));

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/webhooks`;
  }

  verifyBy(secret: string): void {
    this.#webhook = new Webhook(secret);
  }

  hasHeard(type: string, objectId: string): boolean {
    return [...this.#heard.values()].some(
      (told) => told.type === type && told.object_id === objectId,
    );
  }

  figures(): WebhookFigure[] {
    const all = [...this.#heard.values()];
    const types = [...new Set(all.map(({ type }) => type))].sort();
    return types.map((type) => {
      const told = all.filter((each) => each.type === type);
      return { type, received: told.length, verified: told.filter((each) => each.verified).length };
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const told = JSON.parse(body) as Told;
    const verified = this.#isVerified(body, request.headers as Record<string, string>);
    this.#heard.set(told.id, { ...told, verified });
    response.end();
  }

  #isVerified(body: string, headers: Record<string, string>): boolean {
    try {
      return this.#webhook?.verify(body, headers) !== undefined;
    } catch {
      return false;
    }
  }
}
