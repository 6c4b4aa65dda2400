/** What a kubelet in production is told beyond what it needs to run. */
import { fieldPresence, minorOf } from '../../catalog/index.js';
import type { ClusterSpec, Host } from '../../model/cluster.js';
import type { HostContext } from '../input.js';
import { evictionHard, kubeReserved, type Machine, systemReserved } from '../sizes/by-machine.js';
import { ciphers } from './ciphers.js';
import { protectsKernel } from './kernel.js';

const podPids = 4096;
const parallelPulls = 5;

export const kubeletDefaults = (context: HostContext): Readonly<Record<string, unknown>> =>
  kubeletDefaultsFor(context.spec, context.host, context.fact, protectsKernel(context));

/** @param kernel Whether the host's kernel is set as the kubelet wants it. */
export function kubeletDefaultsFor(
  spec: ClusterSpec,
  host: Pick<Host, 'roles'>,
  machine: Machine,
  kernel: boolean,
): Readonly<Record<string, unknown>> {
  const has = (field: string) => fieldPresence('kubelet', field, spec.kubernetes) === 'yes';
  return {
    evictionHard: evictionHard(machine),
    kubeReserved: kubeReserved(machine),
    podPidsLimit: podPids,
    protectKernelDefaults: kernel,
    readOnlyPort: 0,
    // Its gate is on by itself from 1.25 on; before that the field alone stops the kubelet.
    ...(minorOf(spec.kubernetes) >= 25 ? { seccompDefault: true } : {}),
    // Without a bound many pods that start at once would share the disk and the line, and none would be first.
    ...(has('maxParallelImagePulls') ? { maxParallelImagePulls: parallelPulls, serializeImagePulls: false } : {}),
    systemReserved: systemReserved(spec, host, machine),
    tlsCipherSuites: ciphers,
    tlsMinVersion: 'VersionTLS12',
  };
}
