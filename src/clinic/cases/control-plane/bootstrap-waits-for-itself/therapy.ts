/** A certificate for a kubelet that cannot ask for one; a kubelet that stays. */
import { absolutePath } from '../../../../model/path.js';
import { idOf, type Resource } from '../../../../model/resource.js';
import { isObjectName } from '../../../../spec/names.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { flagsOf } from '../../../read/flags.js';
import { nodesOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { kubeletOf, nodeNameOf } from '../../../read/kubelet.js';
import { freshUnit, signedKubeconfig } from '../../../therapies/files.js';
import { editText } from '../../../therapies/place.js';
import { authorityPem } from '../../../therapies/reissue.js';
import { restoreAt } from '../../../therapies/restore.js';

const unit = 'kubelet.service';

/** Empty: neither a blueprint nor a CA is known, or the host gives a path or a name for which nothing is signed. */
export const certified = (chart: Chart, host: HostChart): readonly Resource[] => {
  const { flags } = kubeletOf(host);
  const path = flags?.get('kubeconfig') ?? '/etc/kubernetes/kubelet.conf';
  if (isOurs(chart))
    return restoreAt(chart, host.name, path, kubeletOf(host).path, `/etc/systemd/system/${unit}`, unit);
  const seen = 'value' in host.kubeconfigs ? host.kubeconfigs.value : [];
  const server = seen.find(one => one.path === flags?.get('bootstrap-kubeconfig'))?.value?.server;
  const caPem = authorityPem(chart, 'ca');
  const name = nodeNameOf(host);
  const isAnothers = nodesOf(chart).some(other => other !== host && nodeNameOf(other) === name);
  if (!server || !caPem || !absolutePath(path) || !isObjectName(name) || isAnothers) return [];
  const user = `system:node:${name}`;
  const place = {
    host: host.name,
    because: 'a kubelet that starts the API server cannot ask it for a certificate',
    stage: 'nodes',
  } as const;
  const config = signedKubeconfig(
    path,
    {
      request: { ca: 'ca', commonName: user, organizations: ['system:nodes'], sans: [], usages: ['client'], days: 365 },
      caPem,
      server,
      cluster: 'kubernetes',
      user,
    },
    place,
  );
  return [config, freshUnit(unit, [path], { ...place, after: [idOf(config)] })];
};

/** `--runonce` is taken out wherever it stands. */
export const longLived = (chart: Chart, host: HostChart): readonly Resource[] => {
  const config = kubeletOf(host).path;
  if (isOurs(chart)) return restoreAt(chart, host.name, config, `/etc/systemd/system/${unit}`, unit);
  const because = 'a kubelet of a cluster stays and watches its pods';
  const places = [
    flagsOf(host, 'kubelet').source ?? '',
    ...dropIns(host),
    '/var/lib/kubelet/kubeadm-flags.env',
    '/etc/default/kubelet',
    '/etc/sysconfig/kubelet',
    config,
  ];
  const edits = places
    .map(path =>
      editText(
        host,
        path,
        text => text.replace(/[ \t]*"?--runonce(=\w+)?"?(?=[\s"\\]|$)/g, '').replace(/^runOnce:.*\n/m, ''),
        because,
      ),
    )
    .filter(one => one !== undefined);
  return edits.length === 0
    ? []
    : [
        ...edits,
        freshUnit(
          unit,
          edits.map(one => one.key),
          { host: host.name, because, stage: 'nodes', after: edits.map(idOf) },
        ),
      ];
};

const dropIns = (host: HostChart): readonly string[] =>
  'value' in host.files ? host.files.value.map(file => file.path).filter(path => path.includes(`/${unit}.d/`)) : [];
