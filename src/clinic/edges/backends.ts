/**
 * The API server calls admission webhooks and aggregated APIs by their Services; who stands behind one on a host's own
 * port can be proven.
 */
import { readCertificates } from '../../pki/read.js';
import type { ApiObject, Chart } from '../chart/chart.js';
import type { Evidence } from '../../model/fact.js';
import type { Edge, Held } from './edge.js';
import type { HostChart } from '../chart/host-chart.js';
import { flagsOf } from '../read/flags.js';
import { hostsOf } from '../read/hosts.js';
import { at, listAt, type Tree } from '../read/yaml.js';
import { heldAt, servedAt } from './held.js';

interface Called {
  readonly kind: 'apiserver-webhook' | 'apiserver-aggregated';
  readonly source: string;
  readonly service: Tree;
  readonly caBundle: unknown;
  readonly insecure: boolean;
  readonly list: Evidence;
}

export const backendEdges = (chart: Chart): readonly Edge[] => {
  const found = known.get(chart) ?? made(chart);
  known.set(chart, found);
  return found;
};

const known = new WeakMap<Chart, readonly Edge[]>();

const made = (chart: Chart): readonly Edge[] => {
  const called = [...webhooks(chart), ...aggregated(chart)];
  if (called.length === 0) return [];
  const byAddress = new Map(hostsOf(chart).map(host => [host.address, host]));
  return called.flatMap(one =>
    placesOf(chart, one).flatMap(place =>
      hostsOf(chart, 'controlPlane').map(server => edge(chart, one, place, server, byAddress.get(place.ip))),
    ),
  );
};

/** What the bundle holds; undefined: none is given, and the system's roots decide. */
export const bundleOf = (caBundle: unknown): ReturnType<typeof readCertificates>['certificates'] | undefined =>
  typeof caBundle === 'string' && caBundle !== ''
    ? readCertificates(Buffer.from(caBundle, 'base64').toString(), 'caBundle').certificates
    : undefined;

const seen = (chart: Chart, list: string): readonly ApiObject[] => {
  const found = chart.api.objects[list];
  return found && 'value' in found ? found.value : [];
};

const webhooks = (chart: Chart): readonly Called[] =>
  ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']
    .map(plural => `${plural}.admissionregistration.k8s.io`)
    .flatMap(name => {
      const list = chart.api.objects[name];
      return !list
        ? []
        : seen(chart, name).flatMap(one =>
            listAt(one, 'webhooks').flatMap(hook =>
              at(hook, 'clientConfig', 'service')
                ? [
                    {
                      kind: 'apiserver-webhook' as const,
                      source: `${one.metadata.name} ${at(hook, 'name')}`,
                      service: at(hook, 'clientConfig', 'service'),
                      caBundle: at(hook, 'clientConfig', 'caBundle'),
                      insecure: false,
                      list,
                    },
                  ]
                : [],
            ),
          );
    });

const aggregated = (chart: Chart): readonly Called[] => {
  const list = chart.api.objects['apiservices.apiregistration.k8s.io'];
  return !list
    ? []
    : seen(chart, 'apiservices.apiregistration.k8s.io').flatMap(one =>
        at(one, 'spec', 'service')
          ? [
              {
                kind: 'apiserver-aggregated' as const,
                source: one.metadata.name,
                service: at(one, 'spec', 'service'),
                caBundle: at(one, 'spec', 'caBundle'),
                insecure: at(one, 'spec', 'insecureSkipTLSVerify') === true,
                list,
              },
            ]
          : [],
      );
};

interface Place {
  readonly ip: string;
  readonly port: number;
}

/** Ready addresses behind the port of the Service that is called. */
const placesOf = (chart: Chart, { service }: Called): readonly Place[] => {
  const is = (one: ApiObject): boolean =>
    one.metadata.name === at(service, 'name') && one.metadata.namespace === at(service, 'namespace');
  const name: unknown = listAt(seen(chart, 'services').find(is), 'spec', 'ports').find(
    port => Number(at(port, 'port')) === Number(at(service, 'port') ?? 443),
  )?.name;
  return listAt(seen(chart, 'endpoints').find(is), 'subsets').flatMap(subset => {
    const ports = listAt(subset, 'ports');
    const port = ports.length === 1 ? ports[0] : ports.find(one => at(one, 'name') === name);
    return port
      ? listAt(subset, 'addresses').map(one => ({ ip: String(at(one, 'ip')), port: Number(at(port, 'port')) }))
      : [];
  });
};

const edge = (
  chart: Chart,
  one: Called,
  { ip, port }: Place,
  server: HostChart,
  behind: HostChart | undefined,
): Edge => {
  const bundle = bundleOf(one.caBundle);
  const flags = flagsOf(server, 'kube-apiserver').inForce;
  const [shows, accepts] =
    one.kind === 'apiserver-webhook'
      ? []
      : [flags?.get('proxy-client-cert-file'), flags?.get('requestheader-client-ca-file')];
  const trusted: Held | undefined =
    one.insecure || !bundle
      ? undefined
      : {
          path: `caBundle of ${one.source}`,
          certificates: { host: one.list.host, source: one.list.source, at: one.list.at, value: bundle },
        };
  return {
    kind: one.kind,
    dials: `${at(one.service, 'name')}.${at(one.service, 'namespace')}.svc`,
    client: { host: server.name, program: 'kube-apiserver', source: one.source },
    server: { host: behind?.name ?? ip, program: 'backend', address: ip, port },
    ...(trusted && { clientTrusts: trusted }),
    serverShows: behind
      ? servedAt(behind, port, undefined)
      : { path: `${ip}:${port}`, certificates: ofPod(chart, ip, port, one.insecure) },
    ...(shows !== undefined && { clientShows: heldAt(server, shows) }),
    ...(accepts !== undefined && { serverTrusts: heldAt(server, accepts) }),
  };
};

/** Where the client verifies nothing, what a pod serves decides nothing, and nobody misses it. */
const ofPod = (chart: Chart, host: string, port: number, insecure: boolean): Held['certificates'] => {
  const seenAt = { host, source: `port ${port}`, at: chart.now };
  return insecure
    ? { ...seenAt, value: [] }
    : { ...seenAt, missing: 'a pod: what it serves was not looked at', kind: 'not-collected' };
};
