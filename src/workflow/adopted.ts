/**
 * A file that `kw adopt` drew: whatever would change how the cluster is set up is refused, before a host is connected.
 */
import type { ClusterSpec } from '../model/cluster.js';
import { WorldFailed } from '../model/event.js';

/** For whoever changes what hosts run, or asks what a run of Kubewizard left. Throws WorldFailed (refused). */
export function refuseAdopted({ adopted, name }: ClusterSpec): void {
  if (!adopted) return;
  throw new WorldFailed({
    class: 'refused',
    message:
      `${name} is a cluster of ${adopted.from} (adopted: in the file says so): its components run as ` +
      `${adopted.from} set them up, and this would set them up anew, or needs what only a run of Kubewizard leaves. ` +
      'Nothing was changed, and nothing was copied',
    help:
      'kw doctor, heal, status, certs, backup, kubeconfig, token and upgrade --check take this file. To make ' +
      "Kubewizard's own cluster of it is not possible yet: docs/operations/adopt.md",
  });
}
