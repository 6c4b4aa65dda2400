/** Listings that say that all is well: each of their rows does, and beside them nothing else is told. */
import { pattern } from '../../../model/pattern.js';
import { wasTyped } from '../transcript.js';
import type { Outside } from './known.js';
import { uneasy } from './uneasy.js';

/** A row is well, on its way to it, not well, or no row of a listing. */
type Row = 'well' | 'on-its-way' | 'ill' | undefined;

/** So often a container may have been started anew, for upgrades of its host. */
const mostRestarts = 5;

/** `[NAMESPACE] NAME 1/1 Running 0 3d`; `\S` would take the header too. */
const pod =
  /^(?:[\w.-]+ +)?(?:pod\/)?(?<name>[\w.-]+) +(?<up>\d+)\/(?<of>\d+) +(?<status>[A-Z][\w:/]*) +(?<restarts>\d+)\b/;
const passing = /^(?:Pending|ContainerCreating|PodInitializing|Init:\d+\/\d+|Terminating|Running|NotReady)$/;

const ofPod = (line: string): Row => {
  const { up, of, status = '', restarts } = pod.exec(line)?.groups ?? {};
  if (up === undefined) return undefined;
  if (status === 'Completed' || status === 'Succeeded') return 'well';
  if (status === 'Running' && up === of) return Number(restarts) > mostRestarts ? 'ill' : 'well';
  return passing.test(status) ? 'on-its-way' : 'ill';
};

/** `[NAMESPACE] NAME 3/3 3 3 5d` of Deployments, and `NAME 2/2 5d` of StatefulSets. */
const workload = /^(?:[\w.-]+ +)?[\w.-]+ +(\d+)\/(\d+) +(?:\d+ +\d+ +)?\d+\w*(?: |$)/;

const ofWorkload = (line: string): Row => {
  const [, up, of] = workload.exec(line) ?? [];
  return up === undefined ? undefined : up === of ? 'well' : 'ill';
};

/** `NAME 4 4 4 4 4` of DaemonSets: as many as are wanted. */
const everywhere = /^(?:[\w.-]+ +)?[\w.-]+ +(\d+) +\1 +\1 +\1 +\1 +\S/;

/** `kubectl describe` and `systemctl status`. */
const described = pattern(
  /^ *(?:\w+Pressure|NetworkUnavailable|\w+Problem|\w+Deadlock|ReadonlyFilesystem) +False +\S/,
  /|^ *(?:Ready|Initialized|ContainersReady|PodScheduled|PodReadyToStartContainers|Available|Progressing) +True\b/,
  /|^ *Active: active \((?:running|exited)\) since /,
);

/** What kubectl, kubeadm and the API server say when it is done. */
const done = pattern(
  /^[\w.-]+(?:\/[\w.:-]+)? (?:"[^"]+" )?(?:created|configured|unchanged|patched|labeled|annotated|replaced|exposed)$/,
  /|^[\w.-]+\/[\w.-]+ (?:evicted|deleted|serverside-applied|image updated|autoscaled)$/,
  /|^This node has joined the cluster|^\* Certificate signing request was sent to apiserver and a response was/,
  /|^\* The [Kk]ubelet was informed of the new secure|^(?:< )?HTTP\/[\d.]+ 200(?: OK)?$|^ok$/,
  /|^\{.{0,120}"gitVersion": ?"v\d/,
);

const well = pattern(
  // Nodes, components, what etcd says of its members.
  /^[\w.-]+ +Ready(?:,SchedulingDisabled)? +\S+ +\d+\w+ +v\d|^[\w.-]+ +Healthy +\S/,
  /|^\|? *[0-9a-f]{8,16},? *\|? +started(?! *\|[^|]*\|[^|]*\| *\|).*(?:false *\|?|(?<!true) *\|?|\d)\s*$/,
  /|\bis healthy: successfully committed proposal\b|^\|? *https?:\/\/\S+ *\| +true \|[^|]*\| *\|$/,
  // Volumes.
  /|^[\w.-]+ +(?:[\w.-]+ +)?Bound +\S/,
  // What was asked for is done.
  /|^[\w.-]+(?:\/[\w.-]+)? (?:"[^"]+" )?(?:successfully rolled out|restarted|scaled|cordoned|uncordoned|drained)$/,
  /|^\S+ "[^"]+" (?:successfully rolled out|condition met)$|^[\w./-]+ condition met$/,
  // Names and ends of an HTTP check.
  /|^(?:livez|readyz|healthz) check passed$|^\[\+\]\S+ ok$/,
);
const rollout = /^Waiting for (?:deployment|daemon ?set|statefulset)\b.*\.\.\.$|^evicting pod \S+$/;
const header = pattern(
  /^\|?(?: *[A-Z][A-Z()-]+(?: [A-Z]+)* *(?:\||\s{2}|$))+/,
  /|^ *Type +(?:Status|Reason) +\w|^(?:Conditions|Events): *$/,
);
const ruler = /^\+(?:-+\+)+$|^ *-+(?: +-+)*$/;
/** What stands around a unit's state and an answer of HTTP. */
const around = pattern(
  /^[●○*] [\w@.-]+\.(?:service|socket|timer) - |^ +(?:Loaded: loaded|Drop-In|Docs|Main PID|Tasks|Memory|CPU|CGroup)\b/,
  /|^ +[├└]─|^(?:< )?(?:content-(?:type|length)|date|audit-id|cache-control|x-[\w-]+): /i,
  /|^Run 'kubectl get nodes' on the control-plane|^Warning: (?:spec|metadata)\.\S+: (?:hides|duplicate)/,
);

/** An event that is no warning; what ends or waits is an event of that kind too. */
const ofEvent = (line: string): Row =>
  /^ *(?:\S+ +){0,2}Normal +[A-Z]\w+ /.test(line)
    ? /\bKilling\b|\bNot[A-Z]|n't\b|\bcannot\b/.test(line) ||
      uneasy.test(line.replace(/\bNodeHas(?:Sufficient|No)\w+/g, 'NodeIsWell'))
      ? 'ill'
      : 'well'
    : undefined;

/** A listing with addresses is asked of its addresses. */
const wide = /\s\d{1,3}(?:\.\d{1,3}){3}(?:\s|$)/;

const isTold = (line: string): boolean => [well, described, done, everywhere].some(one => one.test(line));

const rowOf = (line: string): Row =>
  wide.test(line)
    ? 'ill'
    : (ofPod(line) ??
      ofWorkload(line) ??
      ofEvent(line) ??
      (isTold(line) ? 'well' : rollout.test(line) ? 'on-its-way' : undefined));

/** One condition or event by itself says nothing of the others. */
const isOneOfMany = (line: string): boolean => described.test(line) || ofEvent(line) !== undefined;

export const isWell = (line: string): boolean => rowOf(line) === 'well';

/** The whole text, or nothing: beside a listing that is well somebody tells what is not. */
export const wellIn = (text: string): readonly Outside[] => {
  const lines = text
    .split('\n')
    .map(line => line.replace(/\s+$/, ''))
    .filter(
      line => line.trim() !== '' && !header.test(line) && !ruler.test(line) && !around.test(line) && !isRead(line),
    );
  const rows = lines.map(rowOf);
  const later = (line: string, at: number): boolean => {
    const name = pod.exec(line)?.groups?.name;
    return rows.some(
      (row, index) =>
        index > at && row === 'well' && (name === undefined || pod.exec(lines[index] ?? '')?.groups?.name === name),
    );
  };
  const first = rows.indexOf('well');
  const allWell = rows.every((row, at) => row === 'well' || (row === 'on-its-way' && later(lines[at] ?? '', at)));
  if (first < 0 || !allWell || (rows.length === 1 && isOneOfMany(lines[0] ?? ''))) return [];
  return [
    {
      kind: 'harmless',
      id: 'all-well',
      why: 'every row of this listing is as it should be',
      todo: 'nothing; if something does not work all the same, give the words that it fails with',
      message: (lines[first] ?? '').trim().slice(0, 160),
    },
  ];
};

/** A command that reads, and what kubectl remarks before its answer. */
const isRead = (line: string): boolean =>
  (wasTyped(line) &&
    /\b(?:get|describe|rollout|top|member|endpoint|status|wait|livez|readyz|healthz|version)\b/.test(line)) ||
  /^Warning: v1 ComponentStatus is deprecated/.test(line);
