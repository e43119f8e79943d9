import { Agent, request } from 'node:http';

/** Sends prepared JSON requests over kept-alive HTTP/1.1 connections. */
export class JsonCaller {
  readonly #agent = new Agent({ keepAlive: true, noDelay: true });

  constructor(
    private readonly address: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** Resolves when the call was answered OK. */
  call(path: string, body: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': body.byteLength,
        ...this.headers,
      };
      const agent = this.#agent;
      const sent = request(`${this.address}${path}`, { method: 'POST', agent, headers });
      sent.on('response', (response) => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`HTTP ${String(response.statusCode)}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
