/** The row of `kw rotate`. */
import { access } from './access-options.js';
import type { CommandSpec } from './command.js';

export const rotate = (group: string, acting: NonNullable<CommandSpec['exits']>): CommandSpec => ({
  name: 'rotate',
  group,
  summary: 'exchange a key or a CA that all of the cluster relies on, phase by phase',
  about:
    'Without a name: what can be exchanged, and which phase stands. With one: the next phase, and then it stops. The ' +
    'new one is trusted everywhere before it is used anywhere, and the old one goes last; each phase is a plan that ' +
    'is shown, carried out one control plane at a time, and proven on every API server. Between two phases days may ' +
    'pass: kw up and kw plan keep what stands. A phase that was cut off is gone on with by the same command. What ' +
    'stands is read from the hosts, so another control machine can go on. Who still needs the old one (for the ' +
    'cluster’s own CA: kubeconfigs, pods, tokens of hosts that join) is named before the phase in which it matters.',
  arguments: [
    {
      name: '[name]',
      says: 'what is exchanged',
      among: ['encryption-key', 'front-proxy-ca', 'etcd-ca', 'service-account-key', 'ca'],
    },
  ],
  options: [
    { flags: '--yes', says: 'do not ask' },
    { flags: '--yes-i-mean <name>', says: "the cluster's name: drop the old one though something still needs it" },
    { flags: '--json', says: 'print events, one JSON object per line; without a name one object' },
    ...access,
  ],
  examples: [
    'kw rotate',
    'kw rotate encryption-key',
    'kw rotate etcd-ca',
    'kw rotate ca',
    'kw rotate service-account-key --yes',
  ],
  exits: acting,
  load: () => import('./commands/rotate.js'),
});
