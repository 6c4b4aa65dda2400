/**
 * metrics-server as upstream deploys it (its manifests of 0.9.0), behind the aggregated API that `kubectl top` and
 * autoscalers ask.
 */
import { idOf, clusterHost, type Resource } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import type { Input } from '../input.js';
import { want } from '../wanted.js';
import { account, apiService, objects } from './objects.js';
import { metricsImageOf } from './image.js';

/** Nothing where the file wants none, or somebody else's is there; ours goes where the file wants it no more. */
export function metricsServer(input: Input): readonly Resource[] {
  const image = metricsImageOf(input);
  if (input.metrics === 'other') return [];
  if (!input.spec.addons.metricsServer) return input.metrics === 'ours' ? gone(objects(input, image ?? '')) : [];
  if (image === undefined) return [];
  const wanted = objects(input, image);
  // Without a network no pod runs: its owner has yet to bring one.
  return input.spec.network.provider === 'none' ? wanted : [...wanted, answers(wanted)];
}

/** A namespace can be deleted only once every aggregated API answers: what comes after this finds them so. */
const answers = (wanted: readonly Resource[]): Resource =>
  want(
    'api',
    clusterHost,
    apiService,
    { condition: { type: 'Available', status: 'True' }, seconds: 180, says: 'metrics-server to answer' },
    { stage: 'addons', because: 'an aggregated API that does not answer holds up others', after: wanted.map(idOf) },
  );

/** The API first, so that nobody is sent to pods that are ending; the account last: it is what ours is known by. */
function gone(wanted: readonly Resource<'object', Wants['object']>[]): readonly Resource[] {
  const first = wanted.filter(one => one.key === apiService).map(idOf);
  const others = wanted.filter(one => one.key !== account).map(idOf);
  return wanted.map(one => ({
    ...one,
    want: { ...one.want, absent: true as const },
    because: 'the file wants no metrics-server any more',
    after: one.key === apiService ? [] : one.key === account ? others : first,
  }));
}
