import { kubectl } from '../breaking.js';
import { defineFault, firstControlPlane } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';

/** The file that the cluster's DNS is handed, through a filter: whether CoreDNS has read it again does not matter. */
const corefile = (filter: Script): Script =>
  sh`f=$(mktemp); ${raw(kubectl)} -n kube-system get configmap coredns -o yaml | ${raw(filter)} >"$f"
${raw(kubectl)} replace -f "$f"; ok=$?; rm -f "$f"; exit $ok`;

export default defineFault({
  case: 'data-path',
  variants: {
    service: {
      on: firstControlPlane,
      break: corefile(sh`sed 's/^\\( *\\)cache 30.*/\\1forward . 192.0.2.53\\n&/'`),
      symptom: {
        script: sh`${raw(kubectl)} -n kube-system get configmap coredns -o yaml`,
        expect: /forward \. 192\.0\.2\.53/,
        seconds: 20,
      },
      tidy: corefile(sh`sed '/forward \\. 192\\.0\\.2\\.53/d'`),
    },
  },
  notes:
    'The finding is on `cluster`: a name server beyond it that nobody answers at. Refused by design. What drops ' +
    'packets is made by test/lab/clinic/drops.ts, at random.',
});
