/** Where Stripe's API is, and how its library asks: once, as whoever asks keeps what it asks for and asks again. */
export function stripeConfig({
  url,
  timeoutMs,
}: {
  readonly url: string;
  readonly timeoutMs: number;
}) {
  const { hostname, port, protocol } = new URL(url);
  const isPlain = protocol === 'http:';
  const usual = isPlain ? 80 : 443;
  return {
    host: hostname,
    port: Number(port || usual),
    protocol: isPlain ? ('http' as const) : ('https' as const),
    timeout: timeoutMs,
    maxNetworkRetries: 0,
    telemetry: false,
  };
}
