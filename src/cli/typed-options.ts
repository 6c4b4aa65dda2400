/** Options that are a typed phrase: what they allow is refused without them, and no --yes covers it. */
import type { OptionSpec } from './command.js';

export const takeOver: OptionSpec = {
  flags: '--take-over <host=id>',
  says: 'use a host that carries another cluster, named with the id that the refusal shows (repeatable)',
  repeat: true,
};

export const newEtcd: OptionSpec = {
  flags: '--new-etcd <cluster>',
  says: 'begin an empty etcd though this cluster had one that is not seen: all that it held is given up',
};
