/** What a kubelet in production is told beyond what it needs to run. */
import { fieldPresence } from '../../catalog/index.js';
import { minorOf } from '../../catalog/index.js';
import type { Site } from '../input.js';
import { evictionHard, kubeReserved, systemReserved } from '../sizes/by-machine.js';
import { ciphers } from './ciphers.js';
import { protectsKernel } from './kernel.js';

export const podPids = 4096;
const parallelPulls = 5;

export function kubeletDefaults(site: Site): Readonly<Record<string, unknown>> {
  const { spec, host, fact } = site;
  const has = (field: string) => fieldPresence('kubelet', field, spec.kubernetes) === 'yes';
  return {
    evictionHard: evictionHard(fact),
    kubeReserved: kubeReserved(fact),
    podPidsLimit: podPids,
    protectKernelDefaults: protectsKernel(site),
    readOnlyPort: 0,
    // Its gate is on by itself from 1.25 on; before that the field alone stops the kubelet.
    ...(minorOf(spec.kubernetes) >= 25 ? { seccompDefault: true } : {}),
    // Without a bound many pods that start at once would share the disk and the line, and none would be first.
    ...(has('maxParallelImagePulls') ? { maxParallelImagePulls: parallelPulls, serializeImagePulls: false } : {}),
    systemReserved: systemReserved(spec, host, fact),
    tlsCipherSuites: ciphers,
    tlsMinVersion: 'VersionTLS12',
  };
}
