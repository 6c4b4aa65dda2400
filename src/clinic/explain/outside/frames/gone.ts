/** An object, a pod or a container went away while somebody still had it in hand. */
import { pattern } from '../../../../model/pattern.js';
import type { Framed } from '../known.js';
import { followed } from './followed.js';
import { grave, kept } from './grave.js';

/** What clusters make and take away all the time. */
const passing =
  /(?:pods?|jobs?|replica ?sets?|endpoint ?slices?|endpoints|events?|resourceclaims?|podgroups?)(?:\.[\w.]+)?/;
/** What stays, and is written to, marked or taken away all the same. */
const lasting = /(?:nodes?|services?|secrets?|serviceaccounts?|volumeattachments?|csinodes?|leases?)(?:\.[\w.-]+)?/;
const writes = pattern(
  /\b(?:[Uu]pdat|[Pp]atch|[Dd]elet|[Rr]emov|[Ll]abel|[Tt]aint|[Ee]vict|[Cc]lean|[Pp]opulat|[Rr]equeu|[Dd]etach)\w*/,
  /|\b(?:[Dd]ropp|[Rr]eleas|[Nn]ominat|[Mm]ark|[Ff]inaliz|[Uu]nreserv)\w*|\bGetting \w/,
);
/** Who goes through all namespaces, and through one that was just deleted. */
const goesThrough = /\b\w*(?:[Qq]uota|[Ss]ync(?:ing)?|[Cc]ontroller|[Cc]ollector|[Cc]leaner)\w*\b/;
/** klog, at a level that frightens. */
const record = /\b[EW]\d{4} \d\d:\S+ /m;
const named = / \\*"[^"\\]{1,253}\\*" not found/;

export const gone: readonly Framed[] = [
  {
    kind: 'harmless',
    id: 'gone-in-between',
    but: /Error from server|kubectl|\bhelm\b|\bkubeadm\b/,
    unless: pattern(
      kept,
      /|MountVolume|SetUp|\breference|kubelet_node_status|node status|\bregister|\betcdserver\b|deadline/,
      /|persistentvolumeclaim|storageclass/,
    ),
    text: pattern(
      followed(record, 900, pattern(passing, named)),
      /|/,
      followed(followed(record, 300, writes), 700, pattern(lasting, named)),
      /|/,
      followed(followed(record, 100, goesThrough), 700, pattern(/namespaces?/, named)),
    ),
    why: 'a component still had it in hand when it was deleted',
    todo: 'nothing, unless nobody deleted it, or the same name comes for minutes',
    source: [
      'kubernetes pkg/controller/serviceaccount/tokens_controller.go',
      'kubernetes pkg/scheduler/schedule_one.go',
      'kubernetes pkg/kubelet/pod/mirror_client.go',
    ],
    near: [
      'MountVolume.SetUp failed for volume "a" : secrets "web" not found',
      'Error from server (NotFound): pods "web-1" not found',
      'E0203 04:05:06.000000 7 kubelet.go:2448] "Error getting node" err="node \\"blue-1\\" not found"',
    ],
  },
  {
    kind: 'harmless',
    id: 'deleted-meanwhile',
    unless: pattern(grave, /|\b(?:holder|lease|member|data|kubeconfig|certificate|file|folder|directory|manifest)\b/),
    text: pattern(
      /\b(?:pod|node|job|service|endpoint\w*|VolumeAttachment|claim|namespace|object|replica ?set)\b[^.;]{0,80}\b/im,
      /(?:(?:probably|may have|might have|has|have) (?:already )?(?:been |was )?|was (?:probably |already )?)deleted\b/,
    ),
    why: 'the object was deleted while a controller still had it in hand',
    todo: 'nothing, unless nobody deleted it',
    source: ['kubernetes pkg/controller/nodelifecycle', 'kubernetes pkg/volume/csi/csi_attacher.go'],
    near: ['the certificate of the node has been deleted', 'the member’s node was deleted: quorum is at risk'],
  },
  {
    kind: 'harmless',
    id: 'probed-while-it-ends',
    unless: /executable|refused|timed? ?out|deadline|CreateContainer|RunPodSandbox|StartContainer/i,
    text: pattern(
      /\bprobe errored\b.{0,400}(?:no running task found|container not running|container is in CONTAINER_EXITED)/im,
      /|\bExecSync\b.{0,300}no running task found|\btry to find sandbox\b.{0,80}not found/,
      /|\bcollecting metrics for .{1,100}(?:ttrpc: closed|cgroup deleted)/,
    ),
    why: 'the kubelet asked for a container that was ending just then',
    todo: 'nothing, unless the pod was to stay: kubectl describe pod says why it ended',
    source: ['kubernetes pkg/kubelet/prober/prober.go', 'containerd internal/cri/server (collecting metrics)'],
    near: [
      'Readiness probe errored: rpc error: code = Unknown desc = failed to exec: executable file not found in $PATH',
      'failed to create containerd task: ttrpc: closed: unknown',
    ],
  },
  {
    kind: 'harmless',
    id: 'namespace-goes',
    but: /\bstuck\b|finaliz|Error from server|\bfor (?:hours|days|an hour)\b|kubectl/i,
    text: /unable to create new content in namespace \S{1,63} because it is being terminated/m,
    why: 'a controller wanted to fill a namespace that is just being deleted',
    todo:
      'nothing; it ends with the namespace. If that stays in Terminating: ' +
      'kw cases namespace-terminating-apiservice',
    source: ['kubernetes pkg/controller/serviceaccount/tokens_controller.go'],
    near: [
      'Error from server (Forbidden): unable to create new content in namespace x because it is being terminated',
      'namespace x is stuck: unable to create new content in namespace x because it is being terminated',
    ],
  },
];
