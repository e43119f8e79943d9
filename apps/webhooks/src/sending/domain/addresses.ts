import ipaddr from 'ipaddr.js';

const { isValid, parse, parseCIDR } = ipaddr;

/** What the library takes for ordinary, and is not: ranges in CIDR. */
const FURTHER = [
  // Answers of a cloud's own host to its machines.
  '168.63.129.16/32',
  // For documentation.
  '3fff::/20',
].map((range) => parseCIDR(range));

/** The only part of IPv6 that is public; what else there is maps, tunnels, or stays on a network. */
const GLOBAL = parseCIDR('2000::/3');

/**
 * Whether an address is none that everybody can reach: private, of this machine or network, shared, reserved, for
 * documentation, multicast, or one that stands for an IPv4 address (mapped, NAT64, 6to4, Teredo), whatever that is.
 * Other texts, such as names, are no addresses, and false.
 */
export function isRefusedAddress(text: string): boolean {
  if (!isValid(text)) return false;
  const address = parse(text);
  if (address.range() !== 'unicast') return true;
  if (address.kind() === 'ipv6' && !address.match(GLOBAL)) return true;
  return FURTHER.some((range) => range[0].kind() === address.kind() && address.match(range));
}

/** Whether a host is this machine by its address, or by the name that stands for it. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  return isValid(host) && parse(host).range() === 'loopback';
}
