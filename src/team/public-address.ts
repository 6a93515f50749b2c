import { BlockList, isIP } from 'node:net';

/** Ranges that are not for the public internet (IANA special-purpose registries for IPv4 and IPv6, multicast). */
const special: readonly [net: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Of IPv6 only what is allocated as global unicast, less what stands for something else in it. */
const globalUnicast: readonly [net: string, prefix: number] = ['2000::', 3];
const specialV6: readonly [net: string, prefix: number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  // 6to4: what follows is an IPv4 address, which may be any.
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

/** Says of an address whether it is one of the public internet, so that nobody is reached behind a firewall by it. */
export function createAddressCheck(): (address: string) => boolean {
  const refused = new BlockList();
  for (const [net, prefix] of special) refused.addSubnet(net, prefix, 'ipv4');
  for (const [net, prefix] of specialV6) refused.addSubnet(net, prefix, 'ipv6');
  const unicast = new BlockList();
  unicast.addSubnet(...globalUnicast, 'ipv6');
  return (address) => {
    const family = isIP(address);
    if (family === 4) return !refused.check(address, 'ipv4');
    return family === 6 && unicast.check(address, 'ipv6') && !refused.check(address, 'ipv6');
  };
}
