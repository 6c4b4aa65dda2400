/** The last proof takes the API's live address from a load balancer for some seconds: said before, and agreed to. */
import type { ClusterSpec } from '../../model/cluster.js';
import type { Asking } from './consent.js';

/**
 * What was agreed to before anybody is asked. `spares`: a change of version costs the cluster's users no request, and a
 * cluster that has just come back has had enough: their proofs cost none, either.
 */
export const agreedByOption = (run: {
  readonly first: boolean;
  readonly yes: boolean;
  readonly spares: boolean;
}): boolean | undefined => {
  if (run.first) return true;
  if (run.spares) return false;
  return run.yes ? true : undefined;
};

/**
 * False: the proof leaves failover out, which is told. Nobody is asked where there is no address that could move.
 * Whoever cancels the question wants no proof without it either, but an end: throws an AbortError.
 * @param agreed `agreedByOption`; undefined: a person is asked, if there is one.
 */
export async function mayFailOver(
  { endpoint }: Pick<ClusterSpec, 'endpoint'>,
  agreed: boolean | undefined,
  { emit, ports }: Asking,
): Promise<boolean> {
  if (endpoint.balance !== 'virtual-address') return false;
  const says =
    `the last proof stops the load balancer that holds ${endpoint.address} for some seconds: ` +
    'clients of the API through it lose their connections once';
  if (agreed) {
    emit({ type: 'note', says });
    return true;
  }
  const may =
    agreed === undefined && (await asked(`${says[0]?.toUpperCase()}${says.slice(1)}. Try it?`, { emit, ports }));
  if (!may)
    emit({ type: 'note', says: 'failover of the API address is left out of the proof; kw verify --failover tries it' });
  return may;
}

async function asked(says: string, { emit, ports }: Asking): Promise<boolean> {
  if (!ports.consent) return false;
  emit({ type: 'consent-needed', risk: 'restart', says });
  const answer = await ports.consent({ risk: 'restart', says });
  const may = answer === true;
  if (may) emit({ type: 'consent-given', risk: 'restart', by: 'person' });
  else emit({ type: 'consent-refused', risk: 'restart', ...(answer === undefined ? {} : { goesOn: true }) });
  if (answer === undefined) throw new DOMException('the question was cancelled', 'AbortError');
  return may;
}
