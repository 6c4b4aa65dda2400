/** The row of `kw revive`. */
import { access } from './access-options.js';
import type { CommandSpec } from './command.js';

export const revive = (group: string, acting: NonNullable<CommandSpec['exits']>): CommandSpec => ({
  name: 'revive',
  group,
  summary: 'bring a cluster back whose certificates have all ended',
  about:
    'For a cluster that nobody can talk to any more, since its certificates have ended: the API refuses, kubelets do ' +
    'not report. Compares the clocks of all hosts, looks what has ended and whether the CAs are valid, and shows the ' +
    'plan. Then controller manager and scheduler are held, and certificates are signed again: of etcd first, then of ' +
    'the API servers, then of all kubelets (over ssh, with the CA). The controllers start when every node reports ' +
    'again, so that no pod is taken from one. No data change, nothing is reset. Cut off ' +
    'anywhere, run it again. kw up does the same on its way; docs/operations/revive.md is written for that night.',
  options: [
    { flags: '--yes', says: 'do not ask' },
    { flags: '--without <w1,w2>', says: 'do not wait for these nodes: their pods will be taken from them' },
    { flags: '--no-verify', says: 'leave out the proof at the end' },
    { flags: '--json', says: 'print events, one JSON object per line' },
    ...access,
  ],
  examples: ['kw certs', 'kw revive', 'kw revive --without w2'],
  exits: acting,
  load: () => import('./commands/revive.js'),
});
