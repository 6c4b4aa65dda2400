import { logOf } from '../breaking.js';
import { addressOf, defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { askEtcd } from '../../../clinic/therapies/etcd.js';
import { raw, sh } from '../../../shell/sh.js';

/** An address of the lab's network at which nobody lives. */
const nobody = (lab: LabCluster): string => `${lab.hosts[0]?.address.split('.').slice(0, 3).join('.') ?? ''}.229`;

export default defineFault({
  case: 'etcd-stale-member',
  variants: {
    'never-started': {
      // A second member takes the quorum of a single one: another illness.
      on: firstControlPlane,
      needs: { controlPlanes: 3 },
      break: (lab, host) => sh`${raw(askEtcd)}\nu=https://${addressOf(lab, host)}:2379
case $(ask $u cluster/member/list '{}') in *${`https://${nobody(lab)}:2380`}*) exit 0;; esac
said=$(ask $u cluster/member/add ${`{"peerURLs":["https://${nobody(lab)}:2380"]}`}); case $said in *'"member"'*) ;; \
*) echo "$said" >&2; exit 1;; esac`,
      symptom: {
        script: logOf('etcd'),
        expect: /could not connect|prober detected unhealthy status|failed to (dial|reach)|no route to host/,
        seconds: 60,
      },
    },
  },
  notes:
    'host-gone and not-set-up are the same list with other evidence beside it: fixtures. even-etcd appears with ' +
    'it and is hung below.',
});
