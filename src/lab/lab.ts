/** A lab as its users see it, and what of it runs at this moment. */
import { rootOf } from './hosts/disk.js';
import { runningHosts } from './hosts/host.js';
import { hostKey, knownHostsOf, sshKeyOf } from './hosts/identity.js';
import { addressIn } from './layout.js';
import { netnsPath } from './names.js';
import { labDirectory, type LabRecord } from './state.js';
import type { LabWorld } from './world.js';

export interface LabHost {
  readonly name: string;
  readonly address: string;
  readonly running: boolean;
  /** The nspawn process on this machine; 0: off. */
  readonly pid: number;
  /** The host's own PID 1 as this machine numbers it (for nsenter, /proc/N/root); 0: off. */
  readonly leader: number;
  /** Path for `nsenter --net=` and `ip netns exec`. */
  readonly netns: string;
  /** The host's root as mounted on this machine. Without /run, /proc and the plain directories. */
  readonly root: string;
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey: string;
}

export interface LabState {
  readonly name: string;
  readonly bridge: string;
  readonly subnet: string;
  /** This machine's own address in the lab. */
  readonly ownAddress: string;
  readonly directory: string;
  readonly hosts: readonly LabHost[];
  /** Private key that lets root and kw in on every host. */
  readonly sshKey: string;
  readonly knownHostsFile: string;
  readonly knownHosts: readonly string[];
}

export const describe = async (world: LabWorld, lab: LabRecord): Promise<LabState> => {
  const running = await runningHosts();
  const hosts = await Promise.all(
    lab.hosts.map(async (host): Promise<LabHost> => {
      const root = rootOf(world, lab, host);
      const { pid, leader } = running.get(root) ?? { pid: 0, leader: 0 };
      const key = await hostKey(world, lab.name, host.name).catch(() => '');
      return {
        name: host.name,
        address: host.address,
        running: pid > 0,
        pid,
        leader,
        netns: netnsPath(lab, host),
        root,
        hostKey: key,
      };
    }),
  );
  return {
    name: lab.name,
    bridge: lab.id,
    subnet: lab.subnet,
    ownAddress: addressIn(lab.subnet, 1),
    directory: labDirectory(world, lab.name),
    hosts,
    sshKey: sshKeyOf(world, lab.name),
    knownHostsFile: knownHostsOf(world, lab.name),
    knownHosts: hosts.map(host => `${host.address},${host.name} ${host.hostKey}`),
  };
};
