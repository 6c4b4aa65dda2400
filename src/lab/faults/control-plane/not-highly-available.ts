import { defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { sh } from '../../../shell/sh.js';

const config = '/etc/kubernetes/haproxy/haproxy.cfg';
const otherControlPlanes = (lab: LabCluster): readonly string[] =>
  lab.hosts
    .filter(host => host.roles.includes('controlPlane'))
    .slice(1)
    .map(host => host.name);
const lastControlPlane = (lab: LabCluster) => lab.hosts.filter(host => host.roles.includes('controlPlane')).at(-1);

export default defineFault({
  case: 'not-highly-available',
  variants: {
    'tcp-check-only': {
      on: firstControlPlane,
      built: 'kubewizard',
      break: sh`set -e
sed -i -e '/option httpchk/d' -e '/^ *http-check /d' \
-e 's/ check-ssl verify required ca-file [^ ]* verifyhost kubernetes//' ${config}
/usr/sbin/haproxy -c -q -f ${config}
systemctl restart kw-haproxy`,
      symptom: {
        script: sh`grep -q 'option httpchk' ${config} || grep ' check' ${config}`,
        expect: /server \S+ \S+:6443 check/,
      },
    },
    'backend-missing': {
      on: firstControlPlane,
      built: 'kubewizard',
      needs: { controlPlanes: 2 },
      break: lab => sh`set -e
sed -i ${`/^ *server ${lastControlPlane(lab)?.name ?? ''} /d`} ${config}
systemctl restart kw-haproxy`,
      symptom: {
        script: lab =>
          sh`grep -q ${` ${lastControlPlane(lab)?.address ?? ''}:6443`} ${config} || \
echo 'the last API server is not served'`,
        expect: /is not served/,
      },
    },
    'one-replica': {
      on: otherControlPlanes,
      needs: { controlPlanes: 2 },
      break: sh`systemctl disable --now kube-scheduler 2>/dev/null
rm -f /etc/systemd/system/kube-scheduler.service /etc/kubernetes/manifests/kube-scheduler.yaml
systemctl daemon-reload
n=0; while pidof kube-scheduler >/dev/null; do n=$((n+1)); [ $n -lt 60 ] || exit 1; sleep 1; done`,
      symptom: {
        on: lab => lastControlPlane(lab)?.name ?? firstControlPlane(lab),
        script: sh`pidof kube-scheduler || echo "no scheduler here"`,
        expect: /no scheduler here/,
      },
    },
    'nobody-restarts': {
      on: firstControlPlane,
      built: 'kubewizard',
      break: sh`set -e
mkdir -p /etc/systemd/system/kube-scheduler.service.d
printf '[Service]\\nRestart=no\\n' > /etc/systemd/system/kube-scheduler.service.d/restart.conf
systemctl daemon-reload
systemctl kill --signal=KILL kube-scheduler`,
      symptom: { script: sh`sleep 3; systemctl is-active kube-scheduler`, expect: /failed|inactive/, seconds: 20 },
    },
  },
  notes:
    'even-etcd and etcd-on-one-host need another cluster, and their therapy is advice; ill-backend-served is ' +
    'tcp-check-only with one more look: fixtures stand for them.',
});
