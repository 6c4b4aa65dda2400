/** A file that `kw adopt` drew: who only looks goes on, everything else is refused before a host is connected. */
import type { ClusterSpec, Host } from '../model/cluster.js';
import { WorldFailed } from '../model/event.js';

/** For whoever changes hosts, signs with keys, or asks what runs of Kubewizard left. Throws WorldFailed (refused). */
export function refuseAdopted({ adopted, name, hosts }: ClusterSpec): void {
  if (!adopted) return;
  throw new WorldFailed({
    class: 'refused',
    message:
      `${name} is a cluster of ${adopted.from} (adopted: in the file says so): it is only looked at, and this would ` +
      "change it, or needs keys or runs of Kubewizard's own. Nothing was changed, and nothing was copied",
    help:
      `kw doctor, kw status and kw certs take this file; kw heal --hosts ${hostWords(hosts)} cures it. To make ` +
      "Kubewizard's own cluster of it is not possible yet: docs/operations/adopt.md",
  });
}

const most = 20;

/** As --hosts takes them. */
const hostWords = (hosts: readonly Host[]): string => {
  const words = hosts.map(({ address, ssh }) => {
    const at = ssh.address ?? address;
    return `${ssh.user === undefined ? '' : `${ssh.user}@`}${at}${ssh.port === undefined ? '' : `:${ssh.port}`}`;
  });
  return words.length > most ? `${words.slice(0, most).join(',')},…` : words.join(',');
};
