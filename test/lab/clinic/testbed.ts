/** A cluster in the lab that is made ill on purpose: how it is built, reached by the program, and made well again by force. */
import { appendFile, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stringify } from 'yaml';
import {
  clusterFileForLab,
  kubeadmUp,
  labDown,
  labInstall,
  labReset,
  labRestore,
  labSave,
  type LabState,
  labStatus,
  labUp,
} from '../../../src/lab/index.js';
import type { NewestHere } from '../../../src/artifacts/index.js';
import { labCluster, labShell } from '../../../src/lab/faults/break.js';
import { userCache } from '../../../src/lab/world.js';
import { builders, digestOf } from './digest.js';
import { doctor, namesOf, ofTheMachine, type Play, type Output } from './play-fault.js';

export interface TestbedOptions {
  readonly built: 'kubewizard' | 'kubeadm';
  readonly version: NewestHere;
  readonly labName: string;
  readonly hosts: number;
  /** The program. */
  readonly kw: string;
  /** Working directory: the cluster file and the vault are there. */
  readonly dir: string;
  readonly note: (says: string) => void;
}

export interface Testbed {
  readonly play: Play;
  /** What a failed therapy left is cleared away: the saved cluster is brought back, else everything is built anew. */
  restore(): Promise<void>;
}

const mostSeconds = 400;
const clusterName = { kubewizard: 'clinic', kubeadm: 'kubernetes' } as const;

/** A lab that stands is taken as it is; else a saved cluster is brought back; else one is built, and saved. */
export const openTestbed = async (options: TestbedOptions): Promise<Testbed> => {
  if (!(await labStatus(options.labName))) {
    const back = await broughtBack(options);
    if (back && (await settles(wellOf(back.play), 24))) return back;
    if (back) await labDown(options.labName);
  }
  const lab = await standing(options);
  const run = runner(options, lab);
  await prepare(options, lab);
  const on = labShell(options.labName);
  if ((await on('kw-1', '[ -e /etc/kubernetes/admin.conf ]')).code === 0) {
    if (options.built === 'kubewizard') await run(['up', '--yes', '--no-verify']);
    return testbedOf(options, lab);
  }
  await build(options, lab, run);
  const testbed = await testbedOf(options, lab);
  await save(options, testbed);
  return testbed;
};

const testbedOf = async (options: TestbedOptions, lab: LabState): Promise<Testbed> => {
  const run = runner(options, lab);
  const on = labShell(options.labName);
  const sight =
    options.built === 'kubewizard'
      ? []
      : ['--hosts', lab.hosts.map(host => host.address).join(','), '--ssh-key', lab.sshKey];
  const play: Play = {
    lab: await labCluster(lab, on),
    on,
    install: (host, packages) => labInstall(options.labName, host, packages),
    name: clusterName[options.built],
    note: options.note,
    kw: (command, args) => run([command, ...args, ...sight]),
  };
  return { play, restore: () => restore(options, lab, run, play) };
};

/** Far from those that labs take by themselves, so that a saved cluster finds its addresses free. */
const savedSubnet = { kubewizard: '10.88.230.0/24', kubeadm: '10.88.231.0/24' } as const;

const standing = async (options: TestbedOptions): Promise<LabState> => {
  const want = { name: options.labName, hosts: options.hosts };
  if (await labStatus(options.labName)) return labUp(want, { progress: options.note });
  if (savedAs(options) === undefined) return labUp(want, { progress: options.note });
  return labUp({ ...want, subnet: savedSubnet[options.built] }, { progress: options.note }).catch(() =>
    labUp(want, { progress: options.note }),
  );
};

/** undefined in CI, which builds what it tests. What this checkout would build: another source builds another cluster, and what another program builds is its own affair. */
const savedAs = ({ built, hosts, kw, version }: TestbedOptions): string | undefined =>
  kw === resolve('kw') && !process.env.CI
    ? `${built}-${version.kubernetes}-${hosts}-${digestOf(resolve('.'), builders, ['src/lab/faults', 'src/lab/save.ts'])}`
    : undefined;

/** The vault, and what is known of the hosts; the cluster file names the lab's key, and is written anew. */
const besides = ({ dir }: TestbedOptions) => ({ beside: { directory: dir, names: ['.kubewizard', 'home'] } });

const broughtBack = async (options: TestbedOptions): Promise<Testbed | undefined> => {
  const as = savedAs(options);
  const lab = as && (await labRestore(as, options.labName, besides(options), { progress: options.note }));
  if (!lab) return undefined;
  options.note('the saved cluster is brought back');
  await prepare(options, lab);
  // Which hosts have which roles is in their files: no service needs to run yet.
  return testbedOf(options, lab);
};

const save = async (options: TestbedOptions, { play }: Testbed): Promise<void> => {
  const as = savedAs(options);
  const place = (await labStatus(options.labName))?.subnet;
  if (!as || place !== savedSubnet[options.built] || !(await settles(wellOf(play), 12))) return;
  await labSave(options.labName, as, besides(options), { progress: options.note }).catch(error =>
    options.note(`the cluster is not saved: ${error instanceof Error ? error.message : String(error)}`),
  );
  if (!(await settles(wellOf(play), 24))) throw new Error('a cluster is ill after it was saved');
};

/** Where something could not be seen, nothing is proven: a member of etcd that lies there unnamed would spoil all that comes after. */
const wellOf = (play: Play) => (): Promise<boolean> =>
  doctor(play).then(
    ({ verdict, causes }) => verdict !== 'unseen' && namesOf(causes).every(one => ofTheMachine.includes(one)),
    () => false,
  );

type Run = (args: readonly string[]) => Promise<Output>;

const runner =
  ({ kw, dir }: TestbedOptions, lab: LabState): Run =>
  async args => {
    const child = spawn(kw, args, {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        HOME: join(dir, 'home'),
        XDG_CACHE_HOME: dirname(userCache(process.env)),
        KW_LAB: lab.name,
      },
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), mostSeconds * 1000);
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(timer);
    const doctors = args[0] === 'doctor' ? output.stdout.slice(0, 2000) : output.stdout;
    await appendFile(
      join(dir, 'log.txt'),
      `${new Date().toISOString()} $ kw ${args.join(' ')}\n${doctors}${output.stderr}exit code ${code ?? 137}\n`,
    );
    return { code: code ?? 137, ...output };
  };

/** Host keys are known as they are to a person who has been there before. */
const prepare = async ({ dir, built, version }: TestbedOptions, lab: LabState): Promise<void> => {
  await mkdir(join(dir, 'home/.kubewizard'), { recursive: true });
  await copyFile(lab.knownHostsFile, join(dir, 'home/.kubewizard/known_hosts'));
  if (built === 'kubewizard')
    await writeFile(
      join(dir, 'cluster.yaml'),
      stringify(clusterFileForLab(lab, { name: clusterName.kubewizard, version })),
    );
};

const build = async ({ built, note, version }: TestbedOptions, lab: LabState, run: Run): Promise<void> => {
  if (built === 'kubeadm') {
    await kubeadmUp(lab, { version }, { progress: note });
    return;
  }
  const { code, stderr, stdout } = await run(['up', '--yes', '--no-verify']);
  if (code !== 0) throw new Error(`kw up: exit code ${code}: ${stdout.slice(-600)} ${stderr.slice(-600)}`);
};

const restore = async (options: TestbedOptions, lab: LabState, run: Run, play: Play): Promise<void> => {
  const well = wellOf(play);
  await clearAway(lab, labShell(options.labName));
  if (await settles(well, 2)) return;
  const back = await broughtBack(options);
  if (back && (await settles(well, 24))) return;
  if (options.built === 'kubewizard') {
    await run(['up', '--yes', '--no-verify']);
    if (await settles(well, 6)) return options.note('restored by kw up');
  }
  options.note('building everything anew');
  for (const host of lab.hosts) await labReset(options.labName, host.name);
  await build(options, lab, run);
  if (!(await settles(well, 6))) throw new Error('a cluster built anew is ill');
};

/** What faults leave where a therapy is refused; their objects and links are all called kw-… for this. */
const clearAway = async ({ hosts }: LabState, on: ReturnType<typeof labShell>): Promise<void> => {
  const kubectl = 'kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s';
  await on(
    'kw-1',
    `systemctl stop kw-metrics 2>/dev/null; ${kubectl} delete apiservice v1beta1.metrics.kw.example --ignore-not-found; ${kubectl} delete validatingwebhookconfiguration kw-guard --ignore-not-found; ${kubectl} delete clusterrolebinding kw-joan --ignore-not-found
for kind in rolebinding service deployment networkpolicy secret; do ${kubectl} get $kind -A --no-headers -o custom-columns=n:.metadata.namespace,m:.metadata.name | while read -r n m; do case $m in kw-*) ${kubectl} delete $kind "$m" -n "$n" --wait=false;; esac; done; done`,
    60,
  ).catch(() => undefined);
  await Promise.all(
    hosts.map(host =>
      on(host.name, 'for link in kwoverlap kwnat; do ip link del "$link" 2>/dev/null; done').catch(() => undefined),
    ),
  );
};

const settles = async (well: () => Promise<boolean>, most: number): Promise<boolean> => {
  for (let tries = 0; tries < most; tries += 1) {
    if (await well()) return true;
    await new Promise(resolve => setTimeout(resolve, 5000));
  }
  return false;
};
