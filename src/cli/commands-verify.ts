/** `kw verify`: proofs of a living cluster, our own and upstream's. */
import { access } from './access-options.js';
import type { CommandSpec } from './command.js';

export const verify = (group: string, acting: Readonly<Record<number, string>>): CommandSpec => ({
  name: 'verify',
  group,
  summary: 'prove that the cluster carries traffic, or have upstream’s conformance tests judge it',
  about:
    'Makes a namespace with a deployment over two hosts and tests pod to pod, Service, NodePort, DNS, ' +
    'logs and exec; and, where you agree, the API while the load balancer that holds its address is away. ' +
    'Then everything made for it is removed.\n\n' +
    'With --conformance it runs upstream’s own tests instead, by an e2e.test of the cluster’s minor that you name: ' +
    'those that bear others beside them first, then the serial ones. They make and break pods all over the cluster, ' +
    'some drain and taint hosts: not beside work that matters. Images that are not on the hosts and cannot be pulled ' +
    'are named before anything begins. Their namespaces and their kubeconfig are removed at the end, also after ' +
    'Ctrl-C. What was not run is named with its reason, and never counted as passed.',
  options: [
    { flags: '--failover', says: 'stop the load balancer that holds the address for some seconds, without asking' },
    { flags: '--conformance <path>', says: 'run upstream’s conformance tests with this e2e.test' },
    { flags: '--focus <expression>', says: 'of these only tests whose name it finds (repeatable)', repeat: true },
    { flags: '--skip <expression>', says: 'none whose name it finds (repeatable)', repeat: true },
    { flags: '--parallel <number>', says: 'tests at a time (default: two for each worker, at most 8)', count: true },
    { flags: '--without-images', says: 'begin though images are missing: what asks for them will fail' },
    { flags: '--results <path>', says: 'folder for results and logs (default: a new one beside the journal)' },
    { flags: '--json', says: 'print events, one JSON object per line' },
    ...access,
  ],
  examples: [
    'kw verify',
    'kw verify --failover',
    'kw verify --conformance ./e2e.test',
    "kw verify --conformance ./e2e.test --focus 'sig-network' --skip 'Serial'",
  ],
  exits: {
    2: 'something does not work: a proof or a conformance test failed',
    3: 'no conformance test failed, but not all that were chosen could be run',
    ...acting,
  },
  load: () => import('./commands/verify.js'),
});
