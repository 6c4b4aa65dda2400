import { through } from '../breaking.js';
import { defineFault, dnsOf, firstControlPlane, isFrom } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';
import { pattern } from '../../../model/pattern.js';

// Events stay for an hour: only those of the last minute tell of now.
const events = sh`since=$(date -u -d '60 seconds ago' +%Y-%m-%dT%H:%M:%SZ)
kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=10s get events \
-A -o go-template='{{range .items}}{{.lastTimestamp}} {{.message}}{{"\\n"}}{{end}}' | awk -v s="$since" '$1 >= s'`;
const scheduler = '/etc/kubernetes/manifests/kube-scheduler.yaml';
// Not `sed -i`: its second file among the manifests would be a second pod for a moment, on which a kubelet can stumble.
const probes = (expression: string): Script =>
  sh`f=${scheduler}\n${raw(through(sh`sed ${`/Probe:/,/timeoutSeconds:/{${expression}}`}`))}`;

export default defineFault({
  case: 'probe-misses-its-target',
  variants: {
    port: {
      on: firstControlPlane,
      built: 'kubeadm',
      break: probes('s/port: \\(10259\\|probe-port\\)$/port: 10251/'),
      symptom: {
        script: events,
        expect: pattern(
          /probe failed: Get "https:\/\/127\.0\.0\.1:10251\/\w+": dial tcp 127\.0\.0\.1:10251: connect: /,
          /connection refused/,
        ),
        seconds: 150,
      },
      also: ['probe-misses-its-target/port'],
    },
    host: {
      on: firstControlPlane,
      built: 'kubeadm',
      break: lab => probes(`s/host: 127.0.0.1/host: ${lab.hosts[0]?.address ?? sh`127.0.0.2`}/`),
      symptom: {
        script: events,
        expect: /probe failed: Get "https:\/\/[\d.]+:10259\/\w+": dial tcp [\d.]+:10259: connect: connection refused/,
        seconds: 150,
      },
      also: ['probe-misses-its-target/host'],
    },
    scheme: {
      on: firstControlPlane,
      built: 'kubeadm',
      break: probes('s/scheme: HTTPS/scheme: HTTP/'),
      symptom: { script: events, expect: /probe failed: HTTP probe failed with statuscode: 400/, seconds: 150 },
      also: ['probe-misses-its-target/scheme'],
    },
    path: {
      on: firstControlPlane,
      built: 'kubeadm',
      break: probes('s#path: /\\(healthz\\|livez\\|readyz\\)$#path: /health#'),
      symptom: { script: events, expect: /probe failed: HTTP probe failed with statuscode: (403|404)/, seconds: 150 },
      also: ['probe-misses-its-target/path'],
    },
    workload: {
      on: firstControlPlane,
      built: 'kubewizard',
      break: lab => sh`kubectl --kubeconfig=/etc/kubernetes/admin.conf -n kube-system \
patch deployment ${dnsOf(lab)} --type=json -p ${`[{"op":"replace","value":5353,
"path":"/spec/template/spec/containers/0/livenessProbe/${isFrom(lab, 30) ? 'httpGet' : 'tcpSocket'}/port"}]`}`,
      symptom: {
        script: events,
        expect: /Liveness probe failed: (?:Get "[^"]+": )?dial tcp [\d.]+:5353: connect: connection refused/,
        seconds: 180,
      },
    },
  },
  notes:
    'kubeadm puts a liveness and a startup probe into each manifest, of late a readiness probe too: all are broken, ' +
    'all are found.',
});
