/** What the addons that a cluster needs ask of the API, by the service account that their pods run as. */
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { fullName, objectsSeen } from '../../../read/api-objects.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import type { Permission, Subject } from '../../../read/rbac.js';
import { serviceAccount } from '../../../read/who.js';
import { at } from '../../../read/yaml.js';

export interface AddonNeed {
  readonly workload: string;
  readonly namespace: string;
  readonly name: string;
  readonly who: Subject;
  readonly permissions: readonly Permission[];
}

const rows: readonly { readonly is: (one: ApiObject) => boolean; readonly permissions: readonly Permission[] }[] = [
  {
    is: one => one.metadata.labels?.['k8s-app'] === 'kube-dns',
    permissions: [
      { verb: 'list', resource: 'services' },
      { verb: 'watch', resource: 'services' },
    ],
  },
  {
    is: one => one.metadata.labels?.['k8s-app'] === 'kube-proxy',
    permissions: [
      { verb: 'list', resource: 'services' },
      { verb: 'get', resource: 'nodes' },
    ],
  },
  {
    is: one => one.metadata.labels?.['k8s-app'] === 'metrics-server',
    permissions: [
      { verb: 'list', resource: 'nodes' },
      { verb: 'list', resource: 'pods' },
    ],
  },
  {
    is: one => one.metadata.labels?.app === 'flannel' || /^kube-flannel/.test(one.metadata.name),
    permissions: [
      { verb: 'list', resource: 'nodes' },
      { verb: 'patch', resource: 'nodes/status' },
    ],
  },
];

export const addonNeeds = (chart: Chart, evidence: EvidenceReader): readonly AddonNeed[] =>
  ['deployments.apps', 'daemonsets.apps'].flatMap(list =>
    (objectsSeen(evidence, chart, list) ?? []).flatMap(one => {
      const row = rows.find(each => each.is(one));
      const namespace = one.metadata.namespace ?? 'default';
      const name = String(at(one, 'spec', 'template', 'spec', 'serviceAccountName') ?? 'default');
      return row
        ? [
            {
              workload: fullName(one),
              namespace,
              name,
              who: serviceAccount(namespace, name),
              permissions: row.permissions,
            },
          ]
        : [];
    }),
  );
