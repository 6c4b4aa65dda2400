/** What etcd's hosts do for it while nobody looks: snapshots, and giving back the space of what was deleted. */
import type { Resource } from '../../model/resource.js';
import { etcdClientPort } from '../../model/components.js';
import { etcdHosts } from '../access/certificates.js';
import type { HostContext } from '../input.js';
import { bin, etcdSnapshots, pki } from '../render/paths.js';
import { quote } from '../../shell/sh.js';
import { timed } from './timed.js';

/** Every six hours for three days: what was deleted on Friday evening is there on Monday. */
export const snapshotHours = 6;
export const snapshotsKept = 12;

export function etcdKeeping(site: HostContext): readonly Resource[] {
  const place = etcdHosts(site.spec).findIndex(({ name }) => name === site.host.name);
  const nice = { Nice: '10', IOSchedulingClass: 'idle' } as const;
  return [
    ...timed(site, {
      name: 'kw-etcd-snapshot',
      description: 'Snapshot of etcd',
      script: snapshotText(site),
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

/** Its last 32 bytes are the SHA-256 of all before: what is kept is whole. */
const snapshotText = ({
  host,
  spec,
}: HostContext): string => `${head('a snapshot of etcd, verified; the oldest go.')}umask 077
folder=${etcdSnapshots}
data=${quote(spec.components.etcd.extraArgs['data-dir'] ?? '/var/lib/etcd')}
mkdir -p "$folder"
chmod 0700 "$folder"
rm -f "$folder"/*.part
needed=$(( $(du -sk "$data/member/snap" | cut -f1) * 2 ))
free=$(df -Pk "$folder" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt "$needed" ]; then
  echo "no snapshot: $free KiB are free in $folder, and $needed are wanted, so that etcd keeps room" >&2
  exit 1
fi
snapshot=$folder/etcd-$(date -u +%Y%m%dT%H%M%SZ).db
ctl ${endpoint(host.address)} --command-timeout=5m snapshot save "$snapshot.part" >/dev/null 2>&1 || {
  echo "no snapshot: etcd on this host did not give one" >&2
  exit 1
}
sum=$(head -c -32 "$snapshot.part" | sha256sum | cut -d ' ' -f 1)
if [ "$sum" != "$(tail -c 32 "$snapshot.part" | od -An -v -tx1 | tr -d ' \\n')" ]; then
  echo "the snapshot is not whole, and is thrown away" >&2
  rm -f "$snapshot.part"
  exit 1
fi
sync "$snapshot.part" 2>/dev/null || sync
mv "$snapshot.part" "$snapshot"
ls -1 "$folder" | grep '^etcd-.*[.]db$' | sort -r | tail -n +${snapshotsKept + 1} | while read -r old; do rm -f "$folder/$old"; done
`;

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
all_answer() { for each in ${[own, ...others].join(' ')}; do answers "$each" || { echo "$each does not answer" >&2; return 1; }; done; }
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
