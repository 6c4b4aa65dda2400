import { defineCase } from '../../../case.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { hostsOf } from '../../../read/hosts.js';
import { componentStatuses, loopbackOnly } from '../../../symptoms.js';
import { quote } from '../../../../shell/sh.js';
import { type Facts, listOf } from './facts.js';
import { missShown, missText, staticPodProbes } from './static-pods.js';
import { therapy } from './therapy.js';
import { workloads, wrongText } from './workloads.js';
import { quotedObject } from '../../../read/quote.js';

export default defineCase<Facts>({
  id: 'probe-misses-its-target',
  precedence: 190,
  title: 'A probe asks where the container does not listen',
  founding: 9,
  variants: {
    port: {
      means: "a static pod's probe asks a port on which its component does not answer health checks",
      says: ({ host, facts }) => missText('port', host, facts),
      shows: missShown,
    },
    host: {
      means: "a static pod's probe asks an address to which its component is not bound",
      says: ({ host, facts }) => missText('host', host, facts),
      shows: missShown,
    },
    scheme: {
      means: "a static pod's probe speaks HTTP where the component speaks TLS, or the other way round",
      says: ({ host, facts }) => missText('scheme', host, facts),
      shows: missShown,
    },
    path: {
      means: "a static pod's probe asks a path that the component does not have",
      says: ({ host, facts }) => missText('path', host, facts),
      shows: missShown,
    },
    workload: {
      means: "a workload's probe asks a port, host, scheme or path at which its container does not answer",
      says: ({ facts: { namespace, name, container, probe, wrong } }) =>
        `the ${probe} of container ${container} in ${namespace}/${name} ${wrongText(wrong)}`,
      shows: ({ facts }) => [
        quotedObject(
          listOf[facts.kind],
          facts.namespace === '' ? facts.name : `${facts.namespace}/${facts.name}`,
          `${JSON.stringify(facts.written.probe)}; ports: ${JSON.stringify(facts.written.ports)}`,
        ),
      ],
    },
  },
  told: [['probe', 'apiserver', 'restarts']],
  symptoms: [
    {
      // Whoever answers with an error of its own listens where it is asked.
      text: /(?:Liveness|Readiness|Startup) probe (?:failed|errored)[^:]{0,40}: (Get|dial|HTTP (?!.{0,35}: 5)|strconv)/,
      benign: 'a few times while a container starts',
    },
    { text: /Container [\w-]+ failed (liveness|startup) probe, will be restarted/ },
    { text: /Client sent an HTTP request to an HTTPS server|server gave HTTP response to HTTPS client/ },
    { text: /probe failed: HTTP probe failed with statuscode: 404/ },
    // A kubelet's words when it kills what a probe finds dead.
    { text: /(Liveness|Readiness|Startup)Probe: ?&?(v1\.)?Probe\{/ },
    { text: /\[control-plane-check\] kube-\S+ is not healthy after/ },
    { text: loopbackOnly },
    {
      text: componentStatuses,
      benign:
        'kubectl get cs asks the ports 10251 and 10252, which are closed by default since 1.18.6: look at /livez of ' +
        'the components instead',
    },
  ],
  explains: ['waiting-for-leader-lease', 'not-highly-available'],
  lab: true,
  sources: [
    'kubernetes/kubernetes#87524',
    'https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/',
  ],
  badCures: [
    { cure: 'remove the liveness probe', why: 'a component that hangs is then never started again' },
    {
      cure: 'raise initialDelaySeconds and failureThreshold',
      why: 'the target stays wrong: the container is killed later',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict([
      ...hostsOf(chart, 'controlPlane').flatMap(host => staticPodProbes(host, evidence)),
      ...workloads(chart, evidence),
    ]);
  },

  therapy,

  verify: finding => [
    finding.variant === 'workload'
      ? {
          host: 'cluster',
          command:
            `kubectl describe ${finding.facts.kind} ${quote(finding.facts.name)} ` +
            `-n ${quote(finding.facts.namespace)}`,
          answer: finding.shows[0]?.text ?? '',
          healthy: 'no event Unhealthy; port, scheme and path of the probe are those at which the container answers',
        }
      : {
          host: finding.host,
          command: `ss -ltnp; grep -A8 Probe ${quote(finding.facts.path)}`,
          answer: finding.shows[0]?.text ?? '',
          healthy: 'address and port of every probe are listened on by the component',
        },
  ],
});
