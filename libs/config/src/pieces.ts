import { z } from 'zod';

/*
 * Every message below is fixed text: zod's own may quote what it was given, and a value may be a secret.
 */

/** A whole number between `min` and `max`, both included. */
export function integer(min: number, max: number) {
  const expected = `must be a whole number from ${min} to ${max}`;
  return z
    .string({ error: expected })
    .regex(/^-?\d{1,15}$/, { error: expected })
    .transform(Number)
    .pipe(z.number().min(min, { error: expected }).max(max, { error: expected }));
}

/** A TCP port; 0 asks the system for a free one. */
export function port() {
  return integer(0, 65_535);
}

/** A duration in milliseconds between `min` and `max`, both included. */
export function durationMs(min: number, max: number) {
  return integer(min, max);
}

/** What must not be logged or shown: at least `minLength` characters. */
export function secret(minLength = 16) {
  const expected = `must have at least ${minLength} characters`;
  return z.string({ error: expected }).min(minLength, { error: expected });
}

/** Keys to seal secrets with: 32 bytes each in base64, the one to seal with first, commas between them. */
export function sealingKeys() {
  const expected =
    'must be 32 random bytes in base64, such as "openssl rand -base64 32" gives; older ones may follow after commas';
  return z
    .string({ error: expected })
    .transform((text) => text.split(',').map((one) => Buffer.from(one.trim(), 'base64')))
    .refine((keys) => keys.every((key) => key.length === SEALING_KEY_BYTES), { error: expected });
}

/** Of AES-256. */
const SEALING_KEY_BYTES = 32;

/** How much is logged. */
export function logLevel() {
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
  return z.enum(levels, { error: `must be one of ${levels.join(', ')}` });
}

/**
 * A URL of one of `schemes`, such as 'mongodb'. Several hosts may be given after commas, as MongoDB and NATS
 * take them; each must be a host with an optional port.
 */
export function url(...schemes: readonly [string, ...string[]]) {
  const expected = `must be a URL that starts with ${schemes.map((s) => `${s}://`).join(' or ')}`;
  return z
    .string({ error: expected })
    .refine((text) => isUrlOf(schemes, text), { error: expected });
}

function isUrlOf(schemes: readonly string[], text: string): boolean {
  // Options after the question mark may hold commas of their own.
  const [address = ''] = text.split('?');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(address)?.[1];
  if (scheme === undefined || /\s/.test(text)) return false;
  return address.split(',').every((part) => {
    const whole = part.includes('://') ? part : `${scheme}://${part}`;
    if (!URL.canParse(whole)) return false;
    const { protocol, host, pathname } = new URL(whole);
    // dns:///host:port has its host in the path.
    return schemes.includes(protocol.slice(0, -1)) && (host !== '' || pathname.length > 1);
  });
}

/**
 * Origins of pages, as browsers send them, with commas between several; or "loopback" for those of this machine, "*"
 * for all, "none".
 */
export function origins() {
  const expected =
    'must be origins such as https://console.example, loopback or *, with commas between several; or none';
  return z
    .string({ error: expected })
    .transform((text) => (text.trim() === 'none' ? [] : text.split(',').map((one) => one.trim())))
    .refine((all) => all.every(isOrigin), { error: expected });
}

function isOrigin(text: string): boolean {
  if (text === 'loopback' || text === '*') return true;
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
