/** What the cluster file says of containerd and runc, against what a source can bring: never silently ignored. */
import { parseVersion } from '../catalog/index.js';
import { failed } from './failure.js';
import type { Wanted } from './options.js';

const help = 'Leave runtime.version and runtime.runc out, or choose artifacts.source: release or mirror.';

/** Source `debian` and the hosts of source `go`: their package manager decides, and keeps it patched. */
export function refuseRuntime({ runtime = {} }: Wanted, source: 'go' | 'debian'): void {
  const { containerd, runc } = runtime;
  if (runc) throw failed('refused', `source ${source} takes runc from the hosts' packages, not runc ${runc}`, help);
  if (!containerd) return;
  if (source === 'debian')
    throw failed('refused', `source debian takes containerd from the hosts' packages, not ${containerd}`, help);
  if ((parseVersion(containerd)?.major ?? 0) < 2)
    throw failed('refused', `source go builds containerd 2, not ${containerd}`, help);
}

export const canBring = (wanted: Wanted, source: 'go' | 'debian'): boolean => {
  try {
    refuseRuntime(wanted, source);
    return true;
  } catch {
    return false;
  }
};
