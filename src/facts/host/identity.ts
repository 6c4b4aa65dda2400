import { type Fact, Unreadable } from '../../model/fact.js';
import { fields } from './fields.js';
import { sh } from '../../shell/sh.js';

export interface IdentityFacts {
  readonly hostname: string;
  readonly machineId: string;
  /** Of the board; empty where it may not be read. */
  readonly productUuid: string;
  readonly macs: readonly string[];
  /** IPv4. */
  readonly addresses: readonly string[];
}

/** What must be unlike any other host's: clones of one image share it. */
export const identity: Fact<IdentityFacts> = {
  id: 'identity',
  question: {
    ask: 'host',
    script: sh`read -r h </proc/sys/kernel/hostname && echo "hostname=$h"
[ ! -r /etc/machine-id ] || { read -r m </etc/machine-id; echo "machineId=$m"; }
[ ! -r /sys/class/dmi/id/product_uuid ] || { read -r u </sys/class/dmi/id/product_uuid; echo "uuid=$u"; }
ip -o link 2>/dev/null | sed -n 's|.*link/ether \\([0-9a-f:]*\\).*|mac=\\1|p'
ip -o -4 addr 2>/dev/null | sed -n 's|.* inet \\([0-9.]*\\).*|address=\\1|p'`,
  },
  parse(text) {
    const seen = fields(text);
    const hostname = seen.get('hostname');
    if (!hostname) throw new Unreadable('identity', text, 'it does not say its host name');
    const all = (name: string): readonly string[] =>
      [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(found => found[1] ?? '');
    return {
      hostname,
      machineId: seen.get('machineId') ?? '',
      productUuid: (seen.get('uuid') ?? '').toLowerCase(),
      macs: all('mac'),
      addresses: all('address'),
    };
  },
};
