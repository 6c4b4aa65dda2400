/** The row of `kw adopt`. */
import { access } from './access-options.js';
import { type CommandSpec, json } from './command.js';

export const adopt = (group: string, world: NonNullable<CommandSpec['exits']>): CommandSpec => ({
  name: 'adopt',
  group,
  fileless: true,
  summary: 'write a cluster file of a cluster that others built; changes nothing on its hosts',
  about:
    'Looks at the hosts of a running cluster of kubeadm, kubespray, KubeKey or RKE1 and writes a cluster file of it: ' +
    'every value with the place where it was read, arguments word for word. Then it says what the file cannot say, ' +
    'what a kw up would change, what must not be touched and what nobody could see. No host is changed, no key is ' +
    'copied. With that file kw doctor, heal, status, certs, backup, kubeconfig and token work, and kw ' +
    'plan says what stands between it and a cluster of its own; whatever would set the cluster up anew is refused ' +
    'while adopted: stands in it. Refused where another owner lives (k3s, RKE2, ' +
    'Talos, a cloud), where hosts are of two clusters, and where a control plane or a member of etcd was not named.',
  options: [
    { flags: '--hosts <list>', says: 'all control planes, hosts of etcd and workers: a,b,root@c:22' },
    { flags: '-o, --output <path>', says: 'where to write (default cluster.yaml); an existing file stays' },
    { flags: '--name <name>', says: 'name of the cluster (default: as its controller manager calls it)' },
    { flags: '--ssh-user <user>', says: 'user to log in as (default root)' },
    { flags: '--ssh-key <path>', says: 'private key to log in with' },
    json,
    ...access,
  ],
  examples: ['kw adopt --hosts cp1,cp2,cp3,worker1', 'kw adopt --hosts admin@10.0.0.1,10.0.0.2 -o prod.yaml'],
  exits: world,
  load: () => import('./commands/adopt.js'),
});
