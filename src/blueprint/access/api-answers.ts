import { type ClusterSpec, withRole } from '../../model/cluster.js';
import type { Resource } from '../../model/resource.js';
import { clusterHost, idOf } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import { want } from '../wanted.js';

/**
 * Any API server answers. Everything that lives in the API comes after it, and the workers' kube-proxy: what starts
 * before it only burns the processor it needs, and sleeps in a back-off when it is there. (Kubelets: see `kubelet.ts`.)
 */
export const apiReady = (spec: ClusterSpec): Resource<'api', Wants['api']> => ({
  ...want(
    'api',
    clusterHost,
    path,
    { seconds: 60, says: 'an API server to be ready' },
    { stage: 'control-plane', because: 'nodes and addons need the API' },
  ),
  afterAny: withRole(spec, 'controlPlane').map(host => `${host.name}/service/kube-apiserver.service`),
});

const path = '/readyz';
export const apiAnswers = idOf({ kind: 'api', host: clusterHost, key: path });
