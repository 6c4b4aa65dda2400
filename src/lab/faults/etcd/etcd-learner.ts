import { askEtcd } from '../../../clinic/therapies/etcd.js';
import { raw, type Script, sh } from '../../../shell/sh.js';
import { starts, through } from '../breaking.js';
import { addressOf, defineFault, type LabCluster } from '../fault.js';

const servers = (lab: LabCluster) => lab.hosts.filter(host => host.roles.includes('controlPlane'));
const last = (lab: LabCluster): string => servers(lab).at(-1)?.name ?? '';

/** As if it had been lost and had joined anew, and whoever added it had gone away before its promotion. */
const rejoined = (lab: LabCluster, host: string): Script => sh`${raw(askEtcd)}
u=https://${servers(lab)[0]?.address ?? ''}:2379 p=https://${addressOf(lab, host)}:2380
id=$(ask $u cluster/member/list '{}' | tr '{' '\\n' | grep -F "\\"$p\\"" | sed -n 's/.*"ID":"\\([0-9]*\\)".*/\\1/p')
[ -n "$id" ] || { echo "no member at $p" >&2; exit 1; }
${raw(starts('etcd'))}
case $f in *.yaml) mv "$f" /root/kw-etcd.yaml; n=0
while pidof etcd >/dev/null && [ $n -lt 60 ]; do sleep 1; n=$((n+1)); done;;
*) systemctl stop etcd;; esac
ask $u cluster/member/remove "{\\"ID\\":\\"$id\\"}" >/dev/null
rm -rf /var/lib/etcd/member; rm -f /etc/kubernetes/etcd-member
body="{\\"peerURLs\\":[\\"$p\\"],\\"isLearner\\":true}"
n=0; until case $(ask $u cluster/member/add "$body") in *'"member"'*) true;; *) false;; esac
do n=$((n+1)); [ $n -lt 30 ] || { echo 'it was not added' >&2; exit 1; }; sleep 1; done
case $f in *.yaml) mv /root/kw-etcd.yaml "$f"; exit 0;; esac
cp "$f" /run/kw-etcd.service
${raw(through(sh`sed 's/--initial-cluster-state=new/--initial-cluster-state=existing/'`))}
systemctl daemon-reload; systemctl start --no-block etcd
n=0; until [ -e /var/lib/etcd/member/snap/db ] || [ $n -ge 60 ]; do sleep 1; n=$((n+1)); done; sleep 5
cat /run/kw-etcd.service >"$f"; systemctl daemon-reload; systemctl restart --no-block etcd`;

export default defineFault({
  case: 'etcd-learner',
  variants: {
    'never-promoted': {
      on: last,
      needs: { controlPlanes: 3 },
      break: rejoined,
      symptom: {
        on: lab => servers(lab)[0]?.name ?? '',
        script: lab => sh`${raw(askEtcd)}\nask https://${servers(lab)[0]?.address ?? ''}:2379 cluster/member/list '{}'`,
        expect: /"isLearner":true/,
        seconds: 30,
      },
      // Whoever adds a learner has some minutes to promote it.
      settle: { script: sh`[ "$(ps -o etimes= -C etcd | tail -n 1)" -gt 190 ]`, seconds: 260 },
    },
  },
  notes: 'learner-again is covered by a fixture: it takes an etcd of 3.5.1 to 3.5.19 and one of 3.6.',
});
