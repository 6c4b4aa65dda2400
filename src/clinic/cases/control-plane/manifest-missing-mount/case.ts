import { isMap, isSeq, type Document } from 'yaml';
import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { readFlags } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { looksForCertificate, looksForKey } from '../../../read/looked-for.js';
import { type Container, containerOf, type StaticPod, staticPods } from '../../../read/manifests.js';
import { textFile } from '../../../therapies/files.js';
import { manifestEdited } from '../../../therapies/place.js';
import { restartedPod } from '../../../therapies/static-pod.js';
import { apiRefused, componentsFileMissing } from '../../../symptoms.js';
import { absolutePath } from '../../../../model/path.js';
import { quote } from '../../../../shell/sh.js';
import { idOf, type Resource } from '../../../../model/resource.js';
import { logsOf } from '../../../read/commands.js';
import { programs, type Told, type Facts, proof, toldText } from './facts.js';

export default defineCase<Facts>({
  id: 'manifest-missing-mount',
  precedence: 410,
  title: 'A static pod is told of a file that it cannot see',
  variants: {
    'no-mount': {
      means: 'the file is on the host, and no volume brings it into the container',
      says: ({ host, facts }) =>
        `${toldText(host, facts)}, but none of its volumes (${facts.mounts.join(', ') || 'none'}) holds that file`,
      shows: proof,
    },
    'no-file': {
      means: 'the file is not on the host either',
      says: ({ host, facts }) => `${toldText(host, facts)}, but ${facts.source} is not on the host`,
      shows: proof,
    },
  },
  about: [
    { who: 'api-server', whom: 'file', how: 'not-found' },
    { who: 'controller-manager', whom: 'file', how: 'not-found' },
    { who: 'scheduler', whom: 'file', how: 'not-found' },
    { who: 'etcd', whom: 'file', how: 'not-found' },
  ],
  told: [
    ['apiserver', 'manifest', 'not-mounted'],
    ['apiserver', 'flag', 'not-mounted'],
  ],
  symptoms: [
    { text: componentsFileMissing },
    { text: /failed to read file path "\/[^"]+": open .{1,200}: no such file or directory/ },
    { text: /invalid argument "\/[^"]+" for "--[a-z-]+" flag/ },
    { text: /Error: .{0,80}stat \/\S+: no such file or directory/ },
    { text: apiRefused },
  ],
  explains: [
    'not-highly-available',
    'waiting-for-leader-lease',
    'quorum-lost',
    'master-endpoints-reset',
    'probe-misses-its-target',
  ],
  lab: true,
  sources: ['kubernetes/kubernetes#53867', 'kubernetes/kubeadm#640', 'kubernetes/kops#15489'],
  badCures: [
    { cure: 'mounting all of / or /etc into the pod', why: 'the API server then sees every secret of the host' },
    { cure: 'taking --encryption-provider-config away', why: 'secrets that are encrypted can then not be read' },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(
      hostsOf(chart).flatMap(host => {
        if (evidence.read(host.files) === undefined || evidence.read(host.processes) === undefined) return [];
        return staticPods(host).flatMap(pod =>
          programs.flatMap(program => {
            const container = containerOf(pod, program);
            return container ? unseen(chart, host, pod, container, program, evidence) : [];
          }),
        );
      }),
    );
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const { path, program, flag, file } = finding.facts;
    if ([path, file].some(one => absolutePath(one) === undefined))
      return {
        refused: 'the manifest names its file by what is not a plain absolute path',
        advice: [`correct --${flag} in ${path} on ${finding.host}`],
      };
    const copy = host && finding.variant === 'no-file' ? copied(chart, host, file) : undefined;
    const after = copy ? [idOf(copy)] : [];
    const mounted = host
      ? manifestEdited(host, program, path, doc => mount(doc, flag, file), `${file} shall be seen in the pod`).map(
          one => ({ ...one, after: [...one.after, ...after] }),
        )
      : [];
    const want = [
      ...(copy ? [copy] : []),
      ...mounted,
      ...(copy && mounted.length === 0
        ? [restartedPod(program, [file], { host: copy.host, because: copy.because, after })]
        : []),
    ];
    if (want.length > 0 && (finding.variant === 'no-mount' || copy))
      return { title: `Bring ${file} into the pod of ${path} on ${finding.host}`, risk: 'restart', want };
    return {
      refused: `${file} is on no control plane that was seen: what stood in it only its owner knows`,
      advice: [
        `put ${file} on ${finding.host} (of an encryption configuration the very one of the other API servers)`,
        `or take --${flag} out of ${path} again, if it was added just now`,
      ],
    };
  },

  verify: (finding, chart) => [
    {
      host: finding.host,
      command: logsOf(chart, finding.host, finding.facts.program),
      answer: finding.shows.at(-1)?.text ?? 'no such file or directory',
      healthy: 'a container that runs',
    },
    {
      host: finding.host,
      command: `grep -n -A1 'mountPath' ${quote(finding.facts.path)}`,
      answer: finding.shows[0]?.text ?? '',
      healthy: 'a mountPath above every file that the flags name',
    },
  ],
});

/** Flags that name files to be read; what is written (logs, data) need not be there. */
const reads = /(-file|-ca|cafile|certfile|keyfile|kubeconfig|-config|-certificate|-key|-authority|^config)$/;
const writes = /^(log-|audit-log|audit-webhook-batch|cert-dir)/;

const unseen = (
  chart: Chart,
  host: HostChart,
  pod: StaticPod,
  container: Container,
  program: Told['program'],
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] => {
  const flags = readFlags([...container.command, ...container.args].slice(1));
  const process = evidence.process(host, program);
  if (process === undefined) return [];
  // What has run for a while with that very path reads it, if only inside its image; one that ends at once is seen too.
  const running =
    process && !(Date.parse(chart.now) - Date.parse(process.startedAt) <= 20_000)
      ? readFlags(process.argv.slice(1))
      : undefined;
  return flags.names
    .filter(flag => reads.test(flag) && !writes.test(flag))
    .flatMap((flag): readonly FoundOf<Facts>[] => {
      const file = flags.get(flag);
      if (!file?.startsWith('/') || running?.get(flag) === file) return [];
      const mounted = within(container, file);
      const there = onHost(host, mounted ?? file, evidence);
      if (there === undefined || (mounted !== undefined && there)) return [];
      const line = complaint(host, program, file);
      const told: Told = { path: pod.path, program, flag, file, mounts: Object.keys(container.mounts), line };
      return [
        {
          ...(there
            ? { variant: 'no-mount', facts: told }
            : { variant: 'no-file', facts: { ...told, source: mounted ?? file } }),
          host: host.name,
          subject: { path: pod.path, flag: `--${flag}`, file },
        },
      ];
    });
};

const complaint = (host: HostChart, program: string, file: string): string | undefined =>
  ('value' in host.logs ? (host.logs.value[program] ?? []) : []).findLast(
    line => line.includes(file) && /no such file or directory/.test(line),
  );

/** Path on the host of a file that a volume brings in; undefined: none does. */
const within = (container: Container, file: string): string | undefined => {
  const [mountPath, source] =
    Object.entries(container.mounts)
      .filter(([at]) => file === at || file.startsWith(`${at.replace(/\/$/, '')}/`))
      .sort(([a], [b]) => b.length - a.length)[0] ?? [];
  return mountPath === undefined || !source ? undefined : `${source}${file.slice(mountPath.length)}`;
};

const onHost = (host: HostChart, path: string, evidence: EvidenceReader): boolean | undefined => {
  const looks = [
    evidence.file(host, path),
    ...(looksForCertificate(path) ? [evidence.certificate(host, path)] : []),
    ...(looksForKey(path) ? [evidence.key(host, path)] : []),
    evidence.kubeconfig(host, path),
  ];
  return looks.some(one => one) ? true : looks.includes(undefined) ? undefined : false;
};

/** The same file of another control plane, if nothing in it was hidden. */
const copied = (chart: Chart, host: HostChart, file: string): Resource | undefined => {
  const text = hostsOf(chart)
    .filter(other => other !== host)
    .flatMap(other => ('value' in other.files ? other.files.value : []))
    .find(one => one.path === file)?.text;
  return text === undefined || /REDACTED|sha256:[0-9a-f]{64}/.test(text)
    ? undefined
    : textFile(file, text, 0o600, { host: host.name, because: 'the other control planes read the same' });
};

const mount = (doc: Document, flag: string, file: string): void => {
  const containers = doc.getIn(['spec', 'containers']);
  if (!isSeq(containers)) return;
  const index = containers.items.findIndex(
    item => isMap(item) && String(item.get('command') ?? '').includes(`--${flag}=`),
  );
  const at = ['spec', 'containers', Math.max(0, index), 'volumeMounts'];
  const pod = doc.toJS() as { spec?: { containers?: { volumeMounts?: { mountPath: string }[] }[] } };
  if (
    pod.spec?.containers?.[Math.max(0, index)]?.volumeMounts?.some(
      one => file === one.mountPath || file.startsWith(`${one.mountPath}/`),
    )
  )
    return;
  const name = `kw-${flag}`;
  if (!isSeq(doc.getIn(at))) doc.setIn(at, doc.createNode([]));
  if (!isSeq(doc.getIn(['spec', 'volumes']))) doc.setIn(['spec', 'volumes'], doc.createNode([]));
  doc.addIn(at, doc.createNode({ name, mountPath: file, readOnly: true }));
  doc.addIn(['spec', 'volumes'], doc.createNode({ name, hostPath: { path: file, type: 'File' } }));
};
