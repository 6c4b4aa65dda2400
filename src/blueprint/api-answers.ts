import { type ClusterSpec, withRole } from '../model/cluster.js';
import type { Resource } from '../model/resource.js';
import { clusterHost, idOf } from '../model/resource.js';
import type { Wants } from '../resources/wants.js';
import { want } from './wanted.js';

/**
 * Any API server answers. Kubelets and everything that lives in the API come after it: components that start
 * before it only burn the processor it needs, and sleep in a back-off when it is there.
 */
export const apiReady = (spec: ClusterSpec): Resource<'api', Wants['api']> => ({
  ...want('api', clusterHost, path, { seconds: 60, says: 'an API server to be ready' }, { stage: 'control-plane', because: 'nodes and addons need the API' }),
  afterAny: withRole(spec, 'controlPlane').map(host => `${host.name}/service/kube-apiserver.service`),
});

const path = '/readyz';
export const apiAnswers = idOf({ kind: 'api', host: clusterHost, key: path });
