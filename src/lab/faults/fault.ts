/** How a case is brought about in the lab, as data: the lab's runner carries it out. */

import { minorOf } from '../../catalog/index.js';
import type { Script } from '../../shell/sh.js';

/** What a fault may know of the lab's cluster. */
export interface LabCluster {
  readonly built: 'kubewizard' | 'kubeadm';
  /** Exact, `1.20.2`. */
  readonly kubernetes: string;
  readonly hosts: readonly { readonly name: string; readonly address: string; readonly roles: readonly string[] }[];
  readonly endpoint: { readonly address: string; readonly port: number };
}

export interface FaultVariant {
  /** The hosts on which it is made: one name or several. */
  readonly on: (lab: LabCluster) => string | readonly string[];
  /** POSIX sh, as root on that host; exit code not 0 fails the test. Keeps no backup: the therapy must do without. */
  readonly break: Script | ((lab: LabCluster, host: string) => Script);
  /** How the world notices: run until its output (both streams) matches, or the time is up. */
  readonly symptom: {
    readonly on?: (lab: LabCluster) => string;
    readonly script: Script | ((lab: LabCluster) => Script);
    readonly expect: RegExp;
    readonly seconds?: number;
    /** How long it may be said after the cure, where whoever says it looks again so rarely. Absent: 16 s. */
    readonly lingers?: number;
  };
  /** Exits 0 once the fault has had its effect (a unit has restarted, a lease has run out). */
  readonly settle?: { readonly script: Script; readonly seconds: number };
  /** Absent: both. */
  readonly built?: 'kubewizard' | 'kubeadm';
  /** Minors in which it can be made, `{ from: 34 }`: what it changes came with them, or went. Absent: all. */
  readonly minors?: { readonly from?: number; readonly to?: number };
  /** What the lab needs: so many control planes, hosts in all; Debian packages. */
  readonly needs?: { readonly controlPlanes?: number; readonly hosts?: number; readonly packages?: readonly string[] };
  /**
   * Run on these hosts once a trial is over, one after another: takes away what no therapy takes away, because it is
   * somebody's choice.
   */
  readonly tidy?: Script;
  /** Findings expected besides `variant` on `on`: `case/variant` hung below it or harmless beside it. */
  readonly also?: readonly string[];
}

export interface Fault {
  /** Id of the case. */
  readonly case: string;
  /** By the variant of the case that it brings about. Empty where `Case.lab` is false: then `notes` says why. */
  readonly variants: Readonly<Record<string, FaultVariant>>;
  readonly notes?: string;
}

export const defineFault = (fault: Fault): Fault => Object.freeze(fault);

export const firstControlPlane = (lab: LabCluster): string => first(lab, 'controlPlane');
/** Whether its Kubernetes is of this minor or a newer one. */
export const isFrom = (lab: LabCluster, minor: number): boolean => minorOf(lab.kubernetes) >= minor;
/** The Deployment and the service account of the DNS on a cluster of ours: Debian's 1.20 has no CoreDNS. */
export const dnsOf = (lab: LabCluster): string => (isFrom(lab, 30) ? 'coredns' : 'kubewizard-dns');
/** Where the host listens. */
export const addressOf = (lab: LabCluster, name: string): string =>
  lab.hosts.find(host => host.name === name)?.address ?? name;
export const firstWorker = (lab: LabCluster): string =>
  lab.hosts.find(host => host.roles.includes('worker') && !host.roles.includes('controlPlane'))?.name ??
  first(lab, 'worker');

const first = (lab: LabCluster, role: string): string => {
  const found = lab.hosts.find(host => host.roles.includes(role));
  if (!found) throw new Error(`the lab has no host with the role ${role}`);
  return found.name;
};
