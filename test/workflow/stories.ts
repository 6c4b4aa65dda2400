/** Every command that reads a cluster file and speaks to its hosts, as tests play it. */
import { backup, listedBackups } from '../../src/workflow/backup.js';
import { certs } from '../../src/workflow/certs.js';
import type { ClusterFile } from '../../src/workflow/cluster-file.js';
import { doctor, evidence, explain } from '../../src/workflow/doctor.js';
import { drift } from '../../src/workflow/drift.js';
import { heal } from '../../src/workflow/heal.js';
import { kubeconfig } from '../../src/workflow/kubeconfig.js';
import { plan } from '../../src/workflow/plan.js';
import type { Ports } from '../../src/workflow/ports.js';
import { recover } from '../../src/workflow/recover.js';
import { replace } from '../../src/workflow/replace.js';
import { reset } from '../../src/workflow/reset.js';
import { restore } from '../../src/workflow/restore.js';
import { revive } from '../../src/workflow/revive.js';
import { rotate } from '../../src/workflow/rotate.js';
import { status } from '../../src/workflow/status.js';
import { createToken, removeToken, tokens } from '../../src/workflow/token.js';
import { up } from '../../src/workflow/up.js';
import { checkUpgrade } from '../../src/workflow/upgrade.js';
import { verify } from '../../src/workflow/verify.js';

const noSave = (): Promise<void> => Promise.reject(new Error('the cluster file is not written where it is refused'));

export const stories: Readonly<Record<string, (file: ClusterFile, ports: Ports) => Promise<unknown>>> = {
  plan: (file, ports) => plan(file, ports),
  up: (file, ports) => up(file, ports, { yes: true }),
  verify,
  status,
  drift,
  kubeconfig: (file, ports) =>
    kubeconfig(
      file,
      ports,
      { user: 'anna', groups: [], role: 'view', life: 3_600_000, breaksGlass: false },
      'ada@laptop',
    ),
  'token create': (file, ports) => createToken(file, ports, { ttl: 60_000, description: '' }),
  'token list': tokens,
  'token delete': (file, ports) => removeToken(file, ports, 'abcdef'),
  reset: (file, ports) => reset(file, ports, { phrase: file.spec.name, withoutBackup: true }),
  doctor: (file, ports) => doctor({ file: async () => file }, ports),
  heal: (file, ports) => heal({ file: async () => file }, ports, { yes: true }),
  explain: (file, ports) => explain('Unauthorized', { file: async () => file }, ports),
  bundle: (file, ports) => evidence({ file: async () => file }, ports),
  certs: (file, ports) => certs({ file: async () => file }, ports),
  upgrade: (file, ports) => checkUpgrade({ file: async () => file }, '1.30.14', ports),
  backup: (file, ports) => backup(file, ports),
  'backup list': (file, ports) => listedBackups(file, ports, {}),
  restore: (file, ports) => restore(file, ports, { phrase: file.spec.name }),
  'etcd recover': (file, ports) => recover(file, ports, { phrase: file.spec.name }),
  revive: (file, ports) => revive(file, ports, { yes: true }),
  rotate: (file, ports) => rotate(file, ports, { name: 'encryption-key', yes: true }),
  replace: (file, ports) =>
    replace(file, ports, { path: 'cluster.yaml', names: [file.spec.hosts[1]?.name ?? ''], yes: true, save: noSave }),
};
