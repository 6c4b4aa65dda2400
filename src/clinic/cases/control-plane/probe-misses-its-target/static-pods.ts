/** Probes of the control plane's static pods against the flags of their components. */
import type { FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { withAllFlags } from '../../../read/etcd-settings.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { type Container, type StaticPod, staticPods } from '../../../read/manifests.js';
import { at } from '../../../read/yaml.js';
import { type Asked, readProbe, urlOf } from './asked.js';
import { type Facts, type Misses, probeNames } from './facts.js';
import { type Listener, listenersOf, flagsIn, isToldElsewhere, programOf, reaches, socketsOf } from './listens.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

type Step = 'port' | 'host' | 'scheme' | 'path';

export const staticPodProbes = (host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] => {
  evidence.read(host.files);
  // Its kubelet says in which folder they lie.
  evidence.read(host.processes);
  return staticPods(host)
    .filter(pod => pod.hostNetwork)
    .flatMap(pod =>
      pod.containers.flatMap(one => {
        const container = programOf(one) === 'etcd' ? withAllFlags(one, textOf(host)) : one;
        return wrongProbes(host, pod, container, evidence);
      }),
    );
};

const textOf =
  (host: HostChart) =>
  (path: string): string | undefined =>
    'value' in host.files ? host.files.value.find(one => one.path === path)?.text : undefined;

const wrongProbes = (
  host: HostChart,
  pod: StaticPod,
  container: Container,
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] => {
  const program = programOf(container);
  const listeners = listenersOf(program, flagsIn(container));
  return probeNames.flatMap((probe): readonly FoundOf<Facts>[] => {
    const written = container.probes[probe];
    const asked = listeners && written && readProbe(written, container.ports);
    if (!listeners || !asked) return [];
    const unread = (why: string): [] => {
      evidence.note(host.name, `${probe} in ${pod.path}`, why);
      return [];
    };
    if ('unreadable' in asked) return unread(asked.unreadable);
    if (isToldElsewhere(container)) return unread(`where ${program} listens stands in no flag`);
    const wrong = missed(asked, asked.way === 'httpGet' ? listeners : socketsOf(program, flagsIn(container)));
    if (!wrong)
      return asked.way === 'grpc' ? unread(`whether ${program} answers gRPC on port ${asked.port} is not known`) : [];
    const flags = [...container.command, ...container.args].filter(word => listenFlag.test(word)).join(' ');
    return [
      {
        variant: wrong.variant,
        host: host.name,
        subject: { path: pod.path, probe },
        facts: {
          path: pod.path,
          container: container.name,
          program,
          probe,
          asked,
          own: host.address,
          listeners: wrong.listeners.map(({ port, scheme, address }) => ({ port, scheme, address })),
          written: at(written, asked.way),
          ports: container.ports,
          flags,
        },
      },
    ];
  });
};

const listenFlag = /^--(secure-port|bind-address|port|address|listen-(metrics|client)-urls)=/;

const portsText = (ports: Misses['ports']): string => {
  const all = Object.entries(ports);
  return all.length === 0 ? '' : `ports: ${all.map(([name, port]) => `${name} ${port}`).join(', ')}; `;
};

/** The first thing in which no listener fits; of what fits the least is said. */
const missed = (
  asked: Asked,
  listeners: readonly Listener[],
): { readonly variant: Step; readonly listeners: readonly Listener[] } | undefined => {
  const steps: readonly (readonly [Step, (listener: Listener) => boolean])[] = [
    ['port', listener => listener.port === asked.port],
    ['host', listener => isReached(asked, listener)],
    ['scheme', listener => listener.scheme === asked.scheme],
    ['path', listener => listener.paths.some(path => path.test(asked.path))],
  ];
  let left = listeners;
  for (const [variant, fits] of asked.way === 'httpGet' ? steps : steps.slice(0, 2)) {
    const next = left.filter(fits);
    if (next.length === 0) return { variant, listeners: left };
    left = next;
  }
  return undefined;
};

/** Without a host the kubelet asks the node's own address, which need not be the one that is known of the host. */
const isReached = ({ host }: Asked, { address }: Listener): boolean =>
  host === undefined ? !/^(127\.|::1$|localhost$)/.test(address) : reaches(host, address);

export const missShown = ({ facts: { path, probe, written, ports, flags } }: Found<Misses>): readonly Quote[] => [
  quoted('files', path, `${probe}: ${JSON.stringify(written)}; ${portsText(ports)}flags: ${flags}`),
];

export const missText = (variant: Step, host: string, facts: Misses): string =>
  `the ${facts.probe} in ${facts.path} on ${host} asks ${urlOf(facts.asked, facts.own)}, but ${facts.program} ` +
  insteadText(variant, facts);

/** What the component does instead of what was asked. */
const insteadText = (variant: Step, { asked, listeners }: Misses): string =>
  variant === 'port' && asked.port === undefined
    ? 'declares no port of that name'
    : variant === 'path'
      ? listeners.map(() => 'has no such path').join(' and ')
      : listeners
          .map(({ port, address, scheme }) =>
            variant === 'port'
              ? `${asked.way === 'httpGet' ? 'answers health checks' : 'listens'} on port ${port}`
              : variant === 'host'
                ? `is bound to ${address} there`
                : `speaks ${scheme} on port ${port}`,
          )
          .join(' and ') || 'listens nowhere without a client certificate (--listen-metrics-urls is missing)';
