import { setFlag } from '../breaking.js';
import { defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { askEtcd } from '../../../clinic/therapies/etcd.js';
import { raw, type Script, sh } from '../../../shell/sh.js';

const urlOf = (lab: LabCluster, name: string): Script =>
  sh`https://${lab.hosts.find(host => host.name === name)?.address ?? name}:2379`;

export default defineFault({
  case: 'etcd-nospace',
  variants: {
    full: {
      on: firstControlPlane,
      // A small quota, and one key written over and over: its history fills the database.
      break: (lab, host) => sh`${raw(askEtcd)}\nu=${raw(urlOf(lab, host))}
${raw(setFlag('etcd', 'quota-backend-bytes', '50331648'))}
n=0; until tr '\\000' '\\n' 2>/dev/null < /proc/$(pidof -s etcd)/cmdline | \
grep -q -e '--quota-backend-bytes=50331648' && ask $u kv/range '{"key":"aA=="}' | grep -q '"header"'; do n=$((n+1)); \
[ $n -lt 120 ] || exit 1; sleep 1; done
b=$(mktemp); { printf '{"key":"a3ctZmlsbA==","value":"'; head -c 900000 /dev/urandom | base64 | \
tr -d '\\n'; printf '"}'; } > $b
n=0; while [ $n -lt 120 ]; do n=$((n+1)); \
case $(ask $u kv/put "@$b" 20) in *'space exceeded'*) rm -f $b; exit 0;; esac; done
rm -f $b; exit 1`,
      symptom: {
        script: sh`kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s create namespace kw-nospace`,
        expect: /database space exceeded/,
        seconds: 60,
      },
    },
  },
  notes:
    'alarm-left is the same alarm over a small database: fixture. If the namespace kw-nospace came into being ' +
    'before the alarm, delete it.',
});
