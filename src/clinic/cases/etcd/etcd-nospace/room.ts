/** Room inside etcd's database: history forgotten, every member defragmented in turn, the alarm disarmed. */
import type { Resource, ResourceId } from '../../../../model/resource.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type Script, scripts, sh } from '../../../../shell/sh.js';
import { askEtcd } from '../../../therapies/etcd.js';

/** `own` and `members`: client URLs. */
export const roomMade = (
  host: HostChart,
  own: string,
  members: readonly string[],
  after: readonly ResourceId[],
): Resource => {
  return {
    kind: 'command',
    host: host.name,
    key: 'etcd alarm NOSPACE',
    stage: 'etcd',
    after,
    because: 'etcd takes no writes while the alarm stands',
    want: {
      risk: 'data',
      undo: { cannot: 'history that was compacted is gone (the backup of etcd holds it)' },
      unless: alarmed(own),
      run: madeRoom(own, members),
    },
  };
};

/** Debian's etcd 3.4 gives its answers about alarms no header: {} says that there is none. */
const alarmed = (own: string): Script =>
  scripts([
    askEtcd,
    sh`case $(ask ${own} maintenance/alarm '{"action":"GET"}') in *NOSPACE*) echo 'alarm NOSPACE';; \
'{}'|*'"header"'*) ;; *) echo 'etcd does not answer';; esac`,
  ]);

/**
 * Deleted objects are freed only by compaction; the API server's own cannot run while the alarm stands (etcd#14595).
 * Debian's etcd 3.4 answers a defragmentation that went well with {}.
 */
const madeRoom = (own: string, members: readonly string[]): Script =>
  scripts([
    askEtcd,
    sh`own=${own}
n=0; until ask "$own" maintenance/status '{}' | grep -q '"revision"'; do n=$((n+1)); [ $n -lt 60 ] || \
{ echo 'etcd does not answer' >&2; exit 1; }; sleep 1; done
revision=$(ask "$own" maintenance/status '{}' | sed -n 's/.*"revision":"\\([0-9]*\\)".*/\\1/p')
said=$(ask "$own" kv/compaction "{\\"revision\\":\\"$revision\\",\\"physical\\":true}" 120)
case $said in *'"header"'*|*compacted*) ;; *) echo "not compacted: $said" >&2; exit 1;; esac
for url in ${members}; do
  said=$(ask "$url" maintenance/defragment '{}' 300)
  case $said in '{}'|*'"header"'*) ;; *) echo "$url not defragmented: $said" >&2; exit 1;; esac
  n=0; until ask "$url" kv/range '{"key":"aA=="}' | grep -q '"header"'; do n=$((n+1)); [ $n -lt 60 ] || \
{ echo "$url does not come back" >&2; exit 1; }; sleep 1; done
done
for id in $(ask "$own" maintenance/alarm '{"action":"GET"}' | tr '{' '\\n' | \
sed -n '/NOSPACE/s/.*"memberID":"\\([0-9]*\\)".*/\\1/p'); do
  ask "$own" maintenance/alarm \
"{\\"action\\":\\"DEACTIVATE\\",\\"memberID\\":\\"$id\\",\\"alarm\\":\\"NOSPACE\\"}" >/dev/null
done`,
  ]);
