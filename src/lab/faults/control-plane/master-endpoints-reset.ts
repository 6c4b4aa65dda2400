import { starts, through } from '../breaking.js';
import { defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';

const controlPlanes = (lab: LabCluster): readonly string[] =>
  lab.hosts.filter(host => host.roles.includes('controlPlane')).map(host => host.name);

/**
 * Its kubelet replaces a static pod in its own time, and the first new process may end at once, while the old one still
 * has the port: until the new one has lasted.
 */
const told = (filter: Script): Script =>
  sh`n=0; l=0; until [ $l -ge 10 ]; do n=$((n+1)); [ $n -lt 200 ] || exit 1; if for p in $(pidof kube-apiserver); \
do tr "\\000" " " < /proc/$p/cmdline; done 2>/dev/null | ${raw(filter)}; then l=$((l+1)); else l=0; fi; sleep 1; done`;
/** Killed, as an API server that is asked to stop drains its watches for a minute, on each of three hosts. */
const startedAnew = (filter: Script): Script =>
  sh`if [ "\${f%.yaml}" = "$f" ]; then systemctl daemon-reload; systemctl kill -s KILL kube-apiserver || :; \
systemctl restart kube-apiserver; else ${raw(told(filter))}; fi`;

/** The API server is told how to keep its endpoints, whatever it was told before. */
const reconciles = (type: string, more: readonly string[] = []): Script => {
  const flags = [`--endpoint-reconciler-type=${type}`, ...more];
  return sh`set -e
${raw(starts('kube-apiserver'))}
if grep -q reconciler-type=${type} "$f"; then :
elif [ "\${f%.yaml}" = "$f" ]; then ${raw(through(sh`sed ${`s# --endpoint-reconciler-type=[^ ]*##; s#^ExecStart=[^ ]*kube-apiserver#& ${flags.join(' ')}#`}`))}
else ${raw(through(sh`sed ${`/--endpoint-reconciler-type=/d; s#^\\( *\\)- --advertise-address=.*#&${flags.map(flag => `\\n\\1- ${flag}`).join('')}#`}`))}
fi
${raw(startedAnew(sh`grep -q reconciler-type=${type}`))}`;
};

const asByDefault = sh`${raw(starts('kube-apiserver'))}
if [ "\${f%.yaml}" = "$f" ]; then ${raw(through(sh`sed 's# --endpoint-reconciler-type=[^ ]*##'`))}; \
else ${raw(through(sh`sed '/--endpoint-reconciler-type=/d'`))}; fi
${raw(startedAnew(sh`awk '/reconciler/ { old = 1 } /kube-apiserver/ { up = 1 } END { exit !up || old }'`))}`;

export default defineFault({
  case: 'master-endpoints-reset',
  variants: {
    'master-count': {
      on: controlPlanes,
      needs: { controlPlanes: 2 },
      break: reconciles('master-count', ['--apiserver-count=1']),
      symptom: {
        on: firstControlPlane,
        script: sh`journalctl -u kube-apiserver --since=-60s -o cat --no-pager 2>/dev/null | grep Resetting; \
find /var/log/pods/kube-system_kube-apiserver* -name '*.log' -mmin -1 2>/dev/null | \
xargs -r grep -h Resetting | tail -n 5; true`,
        expect: /Resetting endpoints for master service "kubernetes" to/,
        seconds: 150,
      },
    },
    'dead-endpoint': {
      on: controlPlanes,
      // Nobody corrects what is written by hand.
      break: lab => sh`${raw(reconciles('none'))}
n=0; until kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=5s -n default patch endpoints kubernetes \
--type=merge -p ${`{"subsets":[{"addresses":[${lab.hosts
        .filter(host => host.roles.includes('controlPlane'))
        .map(host => `{"ip":"${host.address}"}`)
        .join(',')},{"ip":"192.0.2.99"}],"ports":[{"name":"https","port":6443,"protocol":"TCP"}]}]}`}; do n=$((n+1)); \
[ $n -lt 60 ] || exit 1; sleep 2; done`,
      // The plain table shows three addresses, "+ 1 more...".
      symptom: {
        on: firstControlPlane,
        script: sh`kubectl --kubeconfig=/etc/kubernetes/admin.conf -n default describe endpoints kubernetes`,
        expect: /Addresses:.*192\.0\.2\.99/,
        seconds: 60,
      },
      tidy: asByDefault,
    },
  },
  notes:
    'dead-endpoint: the therapy writes the endpoints; --endpoint-reconciler-type=none remains, which is ' +
    'somebody’s choice. A server that is told `none` removes its own lease when it stops. missing-endpoint lasts ' +
    'seconds with leases: fixtures stand for it.',
});
