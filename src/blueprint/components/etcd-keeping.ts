/** What etcd's hosts do for it while nobody looks: snapshots, and giving back the space of what was deleted. */
import type { Resource } from '../../model/resource.js';
import { etcdClientPort } from '../../model/components.js';
import { etcdHosts } from '../access/certificates.js';
import type { HostContext } from '../input.js';
import { bin, pki } from '../render/paths.js';
import { backupFile, snapshotHours } from './etcd-backup-script.js';
import { timed } from './timed.js';

export function etcdKeeping(site: HostContext): readonly Resource[] {
  const place = etcdHosts(site.spec).findIndex(({ name }) => name === site.host.name);
  const nice = { Nice: '10', IOSchedulingClass: 'idle' } as const;
  return [
    ...timed(site, {
      name: 'kw-etcd-snapshot',
      description: 'Backup of etcd, proven',
      script: backupFile(site),
      argument: 'take',
      service: nice,
      // Ten minutes apart, so that members never read all their data at once; a host that was off makes up for it.
      timer: {
        OnCalendar: `*-*-* 0/${snapshotHours}:${String((place * 10) % 60).padStart(2, '0')}:00`,
        Persistent: 'true',
      },
      stage: 'nodes',
      because: 'what nobody backs up is lost one day',
    }),
    ...timed(site, {
      name: 'kw-etcd-defragment',
      description: 'Defragmentation of etcd, one member after the other',
      script: defragmentText(site),
      service: nice,
      timer: { OnCalendar: `*-*-* 3:${String((20 + place * 10) % 60).padStart(2, '0')}:00` },
      stage: 'nodes',
      because: 'etcd never gives back space by itself, and stops at its quota',
    }),
  ];
}

const client =
  `--cacert=${pki}/etcd/ca.crt --cert=${pki}/etcd/healthcheck-client.crt ` + `--key=${pki}/etcd/healthcheck-client.key`;
const head = (what: string): string => `#!/bin/sh
# Kubewizard: ${what} Written by kw, do not edit.
set -eu
export ETCDCTL_API=3
ctl() { endpoint=$1; shift; ${bin}/etcdctl "--endpoints=$endpoint" ${client} "$@"; }
`;

const endpoint = (address: string): string => `https://${address}:${etcdClientPort}`;

/**
 * Only the leader's host acts, so that one member is worked on at a time; the leader itself comes last, since it may
 * lose its lead by it. A member is left alone while another one does not answer.
 */
const defragmentText = ({ host, spec }: HostContext): string => {
  const members = etcdHosts(spec);
  const others = members.filter(({ name }) => name !== host.name).map(({ address }) => endpoint(address));
  const own = endpoint(host.address);
  return `${head('gives back the space that etcd does not use.')}field() { sed -n "s/.*\\"$1\\":\\([0-9]*\\).*/\\1/p"; }
status() { ctl "$1" --command-timeout=5s endpoint status -w json 2>/dev/null; }
answers() { ctl "$1" --command-timeout=5s get h >/dev/null 2>&1; }
all_answer() { for each in ${[own, ...others].join(' ')}; do answers "$each" || { echo "$each does not answer" >&2; \
return 1; }; done; }
own=$(status ${own}) || { echo "etcd on this host does not answer" >&2; exit 1; }
# The leader's host does it.
[ "$(echo "$own" | field member_id)" = "$(echo "$own" | field leader)" ] || exit 0
for member in ${[...others, own].join(' ')}; do
  all_answer || { echo "nothing is defragmented while a member is away" >&2; exit 1; }
  state=$(status "$member")
  size=$(echo "$state" | field dbSize) used=$(echo "$state" | field dbSizeInUse)
  # Less than half in use, and more than 100 MiB to win: it holds up the member's writes for about a second per GiB.
  [ "$((size - used))" -gt 104857600 ] && [ "$((used * 2))" -lt "$size" ] || continue
  echo "$member: $size bytes, $used in use"
  ctl "$member" --command-timeout=10m defrag
  tries=0
  until answers "$member"; do tries=$((tries + 1)); [ "$tries" -lt 60 ] || exit 1; sleep 1; done
done
`;
};
