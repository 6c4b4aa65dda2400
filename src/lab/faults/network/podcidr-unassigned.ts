import { kubectl } from '../breaking.js';
import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { raw, sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'podcidr-unassigned',
  variants: {
    'node-without': {
      on: lab => [firstControlPlane(lab), firstWorker(lab)],
      built: 'kubewizard',
      // A node that somebody deleted and whose kubelet registers it again: nobody gives it its share.
      break: (lab, host) =>
        host === firstControlPlane(lab)
          ? sh`${raw(kubectl)} delete node ${firstWorker(lab)} --ignore-not-found`
          : sh`systemctl restart kubelet`,
      symptom: {
        on: firstControlPlane,
        script: lab =>
          sh`${raw(kubectl)} get node ${firstWorker(lab)} -o jsonpath='{.metadata.name} podCIDR={.spec.podCIDR};'`,
        expect: /podCIDR=;/,
        seconds: 90,
      },
    },
  },
  notes:
    'The other two need flannel or another network that reads podCIDR, which cannot be had in the lab: fixtures. ' +
    'The finding is on `cluster`.',
});
