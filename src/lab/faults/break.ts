/** Makes a lab's cluster ill as a case's fault says, and waits until the world notices. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { minorOf } from '../../catalog/index.js';
import type { FaultVariant, LabCluster } from './fault.js';
import { adoption, type DiscoveredHost, discoveryScript, readDiscovery } from '../../discovery/hosts.js';
import { WorldFailed } from '../../model/event.js';
import type { LabState } from '../lab.js';
import { labSshArgv } from '../ssh.js';
import type { LabOptions } from '../world.js';

export interface Heard {
  readonly code: number;
  /** Both streams. */
  readonly output: string;
}
/** Runs sh as root on a host of the lab; 124 when the time was up. */
export type OnHost = (host: string, script: string, seconds?: number) => Promise<Heard>;

const defaultSeconds = 120;

export const labShell =
  (lab: string, options: LabOptions = {}): OnHost =>
  async (host, script, seconds = defaultSeconds) => {
    const [program = 'ssh', ...argv] = await labSshArgv(lab, host, options);
    const child = spawn(program, [...argv, '-o', 'ConnectTimeout=5', 'sh -s'], { stdio: ['pipe', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-1_000_000);
      });
    child.stdin.on('error', () => undefined).end(`${script}\n`);
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(timer);
    return { code: code ?? 124, output };
  };

/** What runs on the lab's hosts, asked of them. */
export const labCluster = async (lab: LabState, on: OnHost): Promise<LabCluster> => {
  const asked = await Promise.all(
    lab.hosts.map(
      async ({ name, address }): Promise<{ readonly pods: boolean; readonly discovered: DiscoveredHost }> => {
        const { output } = await on(
          name,
          `${discoveryScript}\n[ -e /etc/kubernetes/manifests/kube-apiserver.yaml ] && echo 'static pods'; true`,
          30,
        );
        return {
          pods: output.includes('\nstatic pods'),
          discovered: {
            host: { name, address, roles: [], labels: {}, taints: [], ssh: { user: 'root', port: 22 } },
            facts: { ...readDiscovery(output), name, address },
          },
        };
      },
    ),
  );
  const { kubernetes, hosts, endpoint } = adoption(asked.map(one => one.discovered));
  if (!hosts.some(host => host.roles.includes('controlPlane')))
    throw new WorldFailed({
      class: 'refused',
      message: `no host of lab '${lab.name}' has a control plane`,
      help: 'build a cluster there first: kw up',
    });
  return {
    built: asked.some(one => one.pods) ? 'kubeadm' : 'kubewizard',
    kubernetes,
    hosts: hosts.map(({ name, address, roles }) => ({ name, address, roles })),
    endpoint,
  };
};

/** Why the fault cannot be made in this lab; undefined: it can. */
export const unfit = (fault: FaultVariant, lab: LabCluster): string | undefined => {
  if (fault.built !== undefined && fault.built !== lab.built) return `only on a cluster that ${fault.built} built`;
  const minor = minorOf(lab.kubernetes);
  const { from = minor, to = minor } = fault.minors ?? {};
  if (minor < from || minor > to) return `not with Kubernetes ${lab.kubernetes}`;
  const { controlPlanes = 1, hosts = 1 } = fault.needs ?? {};
  const planes = lab.hosts.filter(host => host.roles.includes('controlPlane')).length;
  if (planes < controlPlanes) return `it needs ${controlPlanes} control planes, the lab has ${planes}`;
  return lab.hosts.length < hosts ? `it needs ${hosts} hosts, the lab has ${lab.hosts.length}` : undefined;
};

const hostsOf = (fault: FaultVariant, lab: LabCluster): readonly string[] => [fault.on(lab)].flat();

/** Puts Debian packages onto a host of the lab. */
export type Install = (host: string, packages: readonly string[]) => Promise<void>;

/** Throws WorldFailed where the script fails: then nothing is known of what it did. */
export const breakIt = async (fault: FaultVariant, lab: LabCluster, on: OnHost, install?: Install): Promise<void> => {
  for (const host of hostsOf(fault, lab)) {
    await provide(fault.needs?.packages ?? [], host, on, install);
    const script = typeof fault.break === 'string' ? fault.break : fault.break(lab, host);
    const { code, output } = await on(host, script);
    if (code !== 0)
      throw new WorldFailed({
        class: 'exit',
        host,
        message: `the fault could not be made: exit code ${code}: ${output.trim().slice(-500)}`,
      });
  }
};

/**
 * A lab's hosts have no way out: the control machine's apt puts there what is missing, and nothing is started by it.
 */
const provide = async (packages: readonly string[], host: string, on: OnHost, install?: Install): Promise<void> => {
  if (packages.length === 0 || (await installed(packages, host, on))) return;
  await install?.(host, packages);
  await on(host, 'systemctl daemon-reload');
  if (!(await installed(packages, host, on)))
    throw new WorldFailed({
      class: 'refused',
      host,
      message: `the fault needs the Debian packages ${packages.join(', ')} on ${host}`,
      help: "install them there first (the lab's own hosts have no way out)",
    });
};

const installed = async (packages: readonly string[], host: string, on: OnHost): Promise<boolean> =>
  (
    await on(
      host,
      `for p in ${packages.join(' ')}; do dpkg-query -W -f '\${db:Status-Status}\\n' "$p" 2>/dev/null | grep -qx ` +
        'installed || exit 1; done',
    )
  ).code === 0;

export interface Noticed {
  readonly seconds: number;
  /** The piece of output that matched. */
  readonly line: string;
}

/** Until the symptom shows and the fault has settled. Throws WorldFailed (unproven) when the time is up. */
export const awaitSymptom = async (fault: FaultVariant, lab: LabCluster, on: OnHost): Promise<Noticed> => {
  const began = performance.now();
  const { seconds = 60 } = fault.symptom;
  for (;;) {
    const line = await symptomNow(fault, lab, on);
    const gone = (performance.now() - began) / 1000;
    if (line !== undefined) {
      if (fault.settle) await settle(fault.settle, hostsOf(fault, lab), on);
      return { seconds: gone, line };
    }
    if (gone > seconds)
      throw new WorldFailed({
        class: 'unproven',
        message: `the symptom ${fault.symptom.expect} did not appear within ${seconds} s`,
      });
    await sleep(1000);
  }
};

/** The piece of output that shows it; undefined: it is not there. */
export const symptomNow = async (
  { symptom, on: place }: FaultVariant,
  lab: LabCluster,
  on: OnHost,
): Promise<string | undefined> => {
  const host = symptom.on?.(lab) ?? [place(lab)].flat()[0] ?? '';
  const { output } = await on(host, typeof symptom.script === 'string' ? symptom.script : symptom.script(lab), 45);
  return shownIn(output, symptom.expect);
};

/** Components of today log an error as a value, with its quotes escaped: `err="node \\"kw-4\\" is forbidden"`. */
export const shownIn = (output: string, expect: RegExp): string | undefined =>
  (expect.exec(output) ?? expect.exec(output.replaceAll('\\"', '"')))?.[0];

const settle = async (
  { script, seconds }: NonNullable<FaultVariant['settle']>,
  hosts: readonly string[],
  on: OnHost,
): Promise<void> => {
  const end = performance.now() + seconds * 1000;
  for (const host of hosts) {
    while ((await on(host, script)).code !== 0) {
      if (performance.now() > end)
        throw new WorldFailed({ class: 'unproven', host, message: `the fault had not settled after ${seconds} s` });
      await sleep(1000);
    }
  }
};
