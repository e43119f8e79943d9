// Exits with 0 when the service on PORT of this machine says that it serves, else with 1: the images' HEALTHCHECK.
const response = await fetch(`http://127.0.0.1:${process.env.PORT}/grpc.health.v1.Health/Check`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: '{}',
  signal: AbortSignal.timeout(2_000),
});
const { status } = await response.json();
process.exit(status === 'SERVING' ? 0 : 1);
