import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { flagsOf } from '../../../read/flags.js';
import { containerdSeen, newImages, runtimeKind } from '../../../read/runtime.js';
import { at } from '../../../read/yaml.js';
import { containerdSet, criPart, part } from '../../../therapies/runtime-config.js';
import { quote } from '../../../../shell/sh.js';
import { closed, restore } from '../../../therapies/restore.js';
import { pattern } from '../../../../model/pattern.js';
import { type Quote, quoted, quotedObject } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

/** Image references: the one that containerd asks for, and pause images in its store. `failure`: who says so. */
type Unpulled = {
  readonly wanted: string;
  readonly store: readonly string[];
  readonly failure: { readonly line: string } | { readonly event: string; readonly message: string };
};

type Facts = {
  readonly 'other-tag': Unpulled & { readonly stored: string };
  readonly absent: Unpulled;
};

export default defineCase<Facts>({
  id: 'sandbox-image',
  precedence: 360,
  title: 'No pod can start: its sandbox image is not there',
  variants: {
    'other-tag': {
      means: 'the runtime asks for another pause image than the one that lies in its store',
      says: ({ host, facts: { wanted, stored } }) =>
        `containerd on ${host} asks for ${wanted}, which is not in its store (${stored} is) and could not be pulled`,
      shows: proof,
    },
    absent: {
      means: 'no pause image lies in the runtime’s store, and it cannot be pulled',
      says: ({ host, facts: { wanted } }) =>
        `containerd on ${host} asks for ${wanted}, which is not in its store and could not be pulled`,
      shows: proof,
    },
  },
  told: [['pause-image'], ['pause-image', 'not-pulled']],
  symptoms: [
    // Where the host asks itself for names and gets no answer, no image is to blame.
    {
      text: pattern(
        /failed to get sandbox image "[^"]+"/,
        /(?!.{0,900}lookup \S+ on \[::1\]:53)(?!.{0,900}lookup \S+ on 127\.[\d.]+:53)/,
      ),
    },
    { text: /unable to pull sandbox image|failed to (?:pull|create|ensure) .{0,40}sandbox image/i },
    { text: /failed pulling image "[^"]*pause[^"]*"/ },
    {
      text: pattern(
        /(?:failed to do request|trying next host|failed to resolve reference).{0,120}/,
        /\/pause(?:-\w+)?[:/](?:manifests\/)?/,
        /(?!.{0,900}lookup \S+ on \[::1\]:53)(?!.{0,900}lookup \S+ on 127\.[\d.]+:53)/,
      ),
    },
    { text: /\/pause(?:-\w+)?:\d[\w.]*.{0,200}(?:timeout|timed out|not (?:be )?(?:found|reach|pull)|无法|拉取)/i },
  ],
  explains: ['waiting-for-leader-lease', 'probe-misses-its-target'],
  lab: true,
  sources: ['k3s-io/k3os#431', 'k0sproject/k0s#5140', 'replicatedhq/kURL#1191'],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => finding(chart, host, evidence) ?? []));
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const image =
      finding.variant === 'other-tag' && isReference(finding.facts.stored) ? finding.facts.stored : undefined;
    const because = 'pods start with a sandbox image that is there';
    const loaded = closed(restore(chart, one => one.host === finding.host && one.kind === 'image'));
    const set =
      host && (image !== undefined || loaded.length > 0)
        ? containerdSet(chart, host, because, config => {
            if (config.version >= 3) part(config, 'plugins', newImages, 'pinned_images').sandbox = image;
            else criPart(config).sandbox_image = image;
          })
        : [];
    const want = closed([...set, ...loaded]);
    return want.length > 0
      ? { title: `Let containerd of ${finding.host} use a sandbox image that is there`, risk: 'restart', want }
      : {
          refused: 'no pause image is on this host, and nothing here knows where one is',
          advice: [
            'ctr -n k8s.io images import pause.tar (from a host that has it: ctr -n k8s.io images export ' +
              `pause.tar ${quote(finding.facts.wanted)})`,
            'or let the host reach the registry',
          ],
        };
  },

  verify: finding => [
    {
      host: finding.host,
      command: 'containerd config dump | grep sandbox; ctr -n k8s.io images ls -q | grep pause',
      answer: finding.shows
        .slice(0, 2)
        .map(one => one.text)
        .join('\n'),
      healthy: 'the same reference twice',
    },
    {
      host: 'cluster',
      command: 'kubectl describe pod POD | tail',
      answer: `failed to get sandbox image "${finding.facts.wanted}"`,
      healthy: 'no such event',
    },
  ],
});

const isReference = (text: string): boolean =>
  /^[\w.-]+(:\d+)?(\/[\w.-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/.test(text);

/** A pause image that lies in the store: best the one that the kubelet keeps from its garbage collection. */
const storedIn = (host: HostChart): string | undefined => {
  const all = ('value' in host.images ? host.images.value : []).filter(one => /(^|\/)pause(:|@)/.test(one));
  const kept = flagsOf(host, 'kubelet').inForce?.get('pod-infra-container-image');
  return all.find(one => one === kept) ?? all[0];
};

function finding(chart: Chart, host: HostChart, evidence: EvidenceReader): FoundOf<Facts> | undefined {
  evidence.read(host.processes);
  if (!evidence.read(host.files) || runtimeKind(host) !== 'containerd') return undefined;
  const wanted = containerdSeen(evidence, host)?.sandboxImage;
  const store = evidence.read(host.images);
  if (wanted === undefined || !store || store.includes(wanted)) return undefined;
  // Not there is not yet ill: a registry may serve it. That it could not be had is in the words of kubelet or runtime,
  // or in an event.
  const failure = pullFailure(chart, host, wanted, evidence);
  if (failure === undefined) return undefined;
  const stored = storedIn(host);
  const facts = { wanted, store: store.filter(one => one.includes('pause')), failure };
  const found = {
    host: host.name,
    subject: { image: wanted },
  };
  return stored === undefined
    ? { variant: 'absent', ...found, facts }
    : { variant: 'other-tag', ...found, facts: { ...facts, stored } };
}

const pullFailure = (
  chart: Chart,
  host: HostChart,
  image: string,
  evidence: EvidenceReader,
): Unpulled['failure'] | undefined => {
  const logs = evidence.read(host.logs);
  const is = (line: string): boolean => line.replaceAll('\\', '').includes(`failed to get sandbox image "${image}"`);
  const line = [...(logs?.kubelet ?? []), ...(logs?.containerd ?? [])].find(is);
  if (line !== undefined) return { line: line.slice(0, 400) };
  const event = objectsSeen(evidence, chart, 'events')?.find(
    one => at(one, 'source', 'host') === host.name && is(String(at(one, 'message') ?? '')),
  );
  return event && { event: event.metadata.name, message: String(at(event, 'message')).slice(0, 400) };
};

function proof({ facts: { wanted, store, failure } }: Found<Unpulled>): readonly Quote[] {
  return [
    quoted('containerd', 'containerd config dump', `sandbox image ${wanted}`),
    quoted('images', 'images', store.join(', ') || 'no pause image'),
    'line' in failure
      ? quoted('logs', 'log of kubelet or containerd', failure.line)
      : quotedObject('events', failure.event, failure.message),
  ];
}
