/** A webhook that is called by a Service: why nobody answers there. */
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { bundleOf } from '../../../edges/backends.js';
import { unverified } from '../../../edges/unverified.js';
import { inNamespace } from '../../../read/api-objects.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { at, listAt, type Tree } from '../../../read/yaml.js';
import type { Asked, Facts, Hook } from './facts.js';

export const readyBehind = (endpoints: readonly ApiObject[], target: Tree): boolean =>
  listAt(
    endpoints.find(each => inNamespace(each, String(at(target, 'namespace')), String(at(target, 'name')))),
    'subsets',
  ).some(each => listAt(each, 'addresses').length > 0);

type OfService = Exclude<keyof Facts, 'left-open' | 'url-unanswered'>;
type Trouble = {
  [K in OfService]: { readonly variant: K; readonly facts: Facts[K] };
}[OfService];

/** Why it cannot be asked; undefined: it can, as far as is seen. */
export function troubleOf(
  chart: Chart,
  facts: Hook,
  hook: Tree,
  target: Tree,
  { services, endpoints }: Readonly<Record<'services' | 'endpoints', readonly ApiObject[]>>,
  evidence: EvidenceReader,
): Trouble | undefined {
  const [namespace, name] = [String(at(target, 'namespace')), String(at(target, 'name'))];
  const asked: Asked = { ...facts, service: `${namespace}/${name}` };
  const service = services.find(each => inNamespace(each, namespace, name));
  if (!service) return { variant: 'service-absent', facts: asked };
  const port = Number(at(target, 'port') ?? 443);
  const ports = listAt(service, 'spec', 'ports').map(each => Number(at(each, 'port')));
  if (ports.length > 0 && !ports.includes(port)) return { variant: 'wrong-port', facts: { ...asked, port, ports } };
  if (at(service, 'spec', 'type') === 'ExternalName') return undefined;
  if (!readyBehind(endpoints, target)) return { variant: 'no-endpoints', facts: asked };
  const source = `${facts.configuration} ${facts.webhook}`;
  const wrong = unverified(chart, 'apiserver-webhook', source, at(hook, 'clientConfig', 'caBundle'), evidence);
  return (
    wrong && {
      variant: 'ca-bundle',
      facts: { ...asked, wrong, bundle: bundleOf(at(hook, 'clientConfig', 'caBundle')) ?? [] },
    }
  );
}
