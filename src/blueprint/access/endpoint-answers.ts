/** Nobody of the cluster is told of an endpoint before it answers him, and shows a certificate that names it. */
import { type ClusterSpec, type Host, withRole } from '../../model/cluster.js';
import { apiserverPort, sharedBalancersOf } from '../../model/components.js';
import { idOf, type Resource, type ResourceId } from '../../model/resource.js';
import { formatEndpoint, parseEndpoint } from '../../net/endpoint.js';
import { isRoot } from '../components/load-balancer.js';
import { servesAlready } from '../components/endpoints.js';
import type { Input } from '../input.js';
import { pki } from '../render/paths.js';
import { raw, type Script, sh } from '../../shell/sh.js';
import { want } from '../wanted.js';

type Known = Pick<Input, 'spec' | 'facts' | 'authorities'>;

/** A server reads a new certificate by itself within a minute; then the load balancers. */
const seconds = 120;

/**
 * Whether something on this host asks the API elsewhere than the file has it. Where somebody else is to have an address
 * that is carried here, nobody can wait for his answer: it is let go first, by who waits for this host.
 */
const movesOn = ({ spec, facts }: Known, { name }: Host): boolean => {
  if (spec.endpoint.balance === 'external' && carriedHere(facts).has(spec.endpoint.address)) return false;
  const at = placeOf(spec);
  return (facts.get(name)?.built?.asks ?? []).some(one => one !== at);
};

/** Asked for every host: gathered anew each time, it would cost hosts times hosts. */
const carriedHere = (facts: Known['facts']): ReadonlySet<string> => {
  const found =
    byFacts.get(facts) ??
    new Set([...facts.values()].flatMap(({ built }) => (built?.carries ?? []).map(({ address }) => address)));
  byFacts.set(facts, found);
  return found;
};
const byFacts = new WeakMap<Known['facts'], ReadonlySet<string>>();

const placeOf = ({ endpoint: { address, port } }: ClusterSpec): string => {
  const parsed = parseEndpoint(`${address}:${port}`);
  return parsed ? formatEndpoint(parsed) : '';
};

const own = (host: Host): ResourceId => `${host.name}/ready/endpoint`;

/** What a kubeconfig of this host that leads to the endpoint comes after. */
export const endpointAnswers = (known: Known, host: Host): readonly ResourceId[] =>
  movesOn(known, host) ? [own(host)] : [];

/** Everywhere that somebody is about to be told of it. */
export function endpointMoves(input: Known): readonly Resource[] {
  const { spec } = input;
  const hosts = spec.hosts.filter(host => movesOn(input, host));
  if (hosts.length === 0) return [];
  const named = withRole(spec, 'controlPlane')
    .filter(({ name }) => input.facts.get(name)?.built?.runs.includes('apiserver'))
    .map(host => certificateNames(input, host));
  return [...named, ...hosts.map(host => answers(input, host, named.map(idOf)))];
}

const certificateNames = (input: Known, { name, address }: Host): Resource =>
  want(
    'ready',
    name,
    'endpoint-named',
    {
      script: asks(input, sh`--connect-to ::${address}:${apiserverPort}`),
      seconds,
      says: `the API server to show a certificate that names ${input.spec.endpoint.address}`,
    },
    {
      stage: 'control-plane',
      because: 'clients of the new endpoint verify it',
      after: [`${name}/certificate/${pki}/apiserver.crt`],
    },
  );

const answers = (input: Known, host: Host, named: readonly ResourceId[]): Resource => {
  const { spec } = input;
  return want(
    'ready',
    host.name,
    'endpoint',
    { script: asks(input, sh``), seconds, says: `the endpoint ${placeOf(spec)} to answer` },
    {
      stage: 'control-plane',
      because: 'it is told of the new endpoint once that answers it',
      after: [
        `${host.name}/file/${pki}/ca.crt`,
        ...named,
        ...balancersFor(spec, host)
          .filter(one => input.facts.has(one.name) && !servesAlready(input, one))
          .flatMap(({ name }) => partsOf(spec).map(part => `${name}/service/kw-${part}.service`)),
      ],
    },
  );
};

const balancersFor = (spec: ClusterSpec, host: Host): readonly Host[] =>
  spec.endpoint.balance === 'local' ? [host] : sharedBalancersOf(spec);
const partsOf = ({ endpoint: { balance } }: ClusterSpec): readonly string[] =>
  balance === 'virtual-address' ? ['haproxy', 'keepalived'] : balance === 'local' ? ['haproxy'] : [];

/** Any answer over TLS that is verified will do: whether a server is ready is the load balancer's to know. */
const asks = ({ spec, authorities }: Known, more: Script): Script => {
  const verify = isRoot(authorities.ca) ? sh`--cacert ${pki}/ca.crt` : sh`-k`;
  return sh`! command -v curl >/dev/null || curl -s --noproxy '*' --max-time 2 -o /dev/null ${raw(verify)} \
${raw(more)} \
https://${placeOf(spec)}/readyz`;
};
