/** The line says itself that it goes on: it mends what it misses, does without it, or would only have it otherwise. */
import { pattern } from '../../../../model/pattern.js';
import type { Framed } from '../known.js';
import { ofPeer } from '../uneasy.js';
import { grave } from './grave.js';

const fails = /\bfail(?!-)\w*|\bunable|\bcan ?not\b|\bcould ?n[o']t\b|\berror(?!"?[=:] ?"?directory)\b/i;

export const goesOn: readonly Framed[] = [
  {
    kind: 'harmless',
    id: 'mends-it',
    unless: grave,
    text: pattern(
      /[;:.,"] ?/im,
      /(?:repairing|rebuilding|regenerating|(?:cleaning|flagging .{0,20}clean) up|re-?(?:creat|add|programm|sync)ing)/,
      /\b[^;]{0,40}$/,
      /|\bRemoveStaleState:? removing \w+|\b(?:triggering|forcing) (?:a )?(?:regeneration|resync|re-?sync)\b/im,
    ),
    why: 'something was not as it should be, and the program that says so is putting it right',
    todo: 'nothing, unless the same line comes again every minute: then its repair does not hold',
    source: ['kubernetes pkg/registry/core/service/ipallocator/controller/repairip.go', 'cilium/cilium#36493'],
    near: [
      'the data of this member is corrupt; rebuilding',
      'no leader on any endpoint; resyncing',
      'lease lost; re-adding',
    ],
  },
  {
    kind: 'harmless',
    id: 'goes-on-without',
    unless: grave,
    text: pattern(
      /\b(?:continuing|carrying on|going on|proceeding) (?:without|anyway|regardless)\b/im,
      /|\bwill (?:continue|proceed|go on|run) without\b|[.;,] (?:continuing|going on|proceeding)\.*"?\s*$/im,
      /|\b(?:can|may) (?:safely )?ignore this (?:message|warning|error|line)\b/im,
      /|\bnon[- ]fatal (?:issue|error|problem)/im,
      /|\bTo require .{1,80} to succeed, set --\w/im,
      /|\bthis is (?:expected|normal|to be expected) (?:if|when|where|while|during|on|for)\b/im,
    ),
    why: 'something was not to be had, and the program says that it goes on without it, or that this may be',
    todo: 'nothing, unless you need just what the line names',
    source: [
      'apiserver pkg/server/options/authentication.go',
      'kubernetes/minikube#9481',
      'cilium/cilium-cli#1083',
      'cilium/cilium-cli#1962',
    ],
    near: [
      'the certificate has expired, continuing without TLS',
      'no leader was found; continuing anyway',
      'access to secrets denied, proceeding without them',
    ],
  },
  {
    kind: 'harmless',
    id: 'advice',
    unless: pattern(grave, /|/, fails),
    text: pattern(
      /\b(?:not|strongly) (?:recommended|discouraged|encouraged)\b|\bthe recommended (?:permission|value|setting)\b/im,
      /|\bconsider (?:using|setting|enabling|adding|switching|moving|migrating)\b|\bshould result in better\b/im,
      /|\bplease (?:migrate|create|upgrade|switch|use)\b|\bin maintenance mode\b|\bmay change behaviou?r in /im,
      /|\bcould be slow, see\b|\bmay not work as expected\b/im,
      /|--\w[\w-]{1,60} .{1,80} but --\w[\w-]{1,60}=\w+ was passed\b/im,
    ),
    why: 'it works; the program only recommends to have it otherwise',
    todo: 'read it once, and change it when you next touch that setting',
    source: [
      'kubernetes/kubernetes#69699',
      'kubernetes cmd/kube-proxy/app/server.go (nodePortAddresses is unset)',
      'etcd client/pkg/fileutil (check file permission)',
      'etcd embed/config.go (grpc and http on a single port)',
      'opsnull/follow-me-install-kubernetes-cluster#393',
    ],
    near: [
      'the leader is overloaded, consider adding a faster disk',
      'kubelet is configured to not run on a host using cgroup v1, please migrate to cgroup v2',
      'error: the pod cannot be evicted, consider using --force',
    ],
  },
  {
    kind: 'harmless',
    id: 'not-compared',
    most: 4,
    unless: /no response|corrupt(?!\.go)|\bhash(?:es)? (?:mis|do(?:es)? not )match|alarm/i,
    text: pattern(
      /\b[Ss]kip(?:ped|ping) (?:the )?(?:peer\W{1,2}s )?(?:hash|check\w*|comparison|verification)\b.{0,400}/im,
      /(?:revision|generation|version)\b.{0,60}\b(?:differ\w*|do(?:es)?(?:n't| not) match)/i,
    ),
    why: 'two were to be compared, are not at the same point yet, and are compared at the next round',
    todo: 'nothing, unless the same one is skipped for hours',
    source: ['etcd server/etcdserver/corrupt.go (Skipped peer hash)'],
    near: [
      '{"level":"warn","msg":"Skipped peer hash","reason":"no response"}',
      '{"level":"error","msg":"the hash of this revision does not match the leader"}',
    ],
  },
  {
    kind: 'harmless',
    id: 'slow-path',
    most: 2,
    but: /\blost\b|failed to renew|leader ?election lost|no longer/i,
    text: /\boptimis?tically\b.{0,600}\bfalling back to slow path/im,
    why: 'the shorter way to renew a lease had no answer in time once, and the longer way is taken',
    todo: 'nothing for one line; if it keeps coming the API or etcd is slow: kw doctor, and etcd’s disk',
    source: ['client-go tools/leaderelection/leaderelection.go (tryAcquireOrRenew)'],
    near: [
      'Failed to update lock optimistically: context deadline exceeded, falling back to slow path\nleaderelection lost',
      [1, 2, 3].map(() => 'Failed to update lock optimistically: no answer, falling back to slow path').join('\n'),
    ],
  },
  {
    kind: 'harmless',
    id: 'taken-instead',
    unless: pattern(
      grave,
      /|/,
      ofPeer,
      /|\bnot falling back\b|schedulable|Error syncing pod|back-?off|\b(?:etcd|member|peer|certificate)\b/,
    ),
    text: pattern(
      /\b(?:falling|falls|fell) back to \w|\b(?:will use|using) (?:the )?default \w/im,
      /|\bassuming (?:none|no|standalone|single)\b|[;,] using (?:the )?(?:cached|last known) \w/im,
      /|\b(?:will )?(?:proceed|continu)(?:ing|e) with (?:an? )?(?:empty|incomplete|the (?:old|previous|remaining))/im,
      /|\b(?:skipped|skipping)\b.{0,60}\b(?:because|since)\b.{0,80}\b(?:already|does not exist|not exist|no \w)/im,
      // Of its own settings one makes another one needless.
      /|\b(?:[Ii]gnoring|[Dd]ropping) .{1,60} (?:since|because|-) .{1,60}\b(?:given|dynamic|configured|specified)\b/,
      /|(?:[.,;:]| -) (?:ignoring|skipping|ignored|skipped)(?: it)?(?:: |\.?"?(?:\s+[\w.]{1,40}[=:]|\s*$))/im,
    ),
    why: 'something was not as it was asked for, and the line says what is done in its place',
    todo: 'nothing, if what it takes is what you want',
    source: [
      'apiserver pkg/endpoints/request (custom timeouts)',
      'kubernetes pkg/kubelet/images (listing ImagePulledRecords)',
      'mount-utils (Unmount skipped because path does not exist)',
    ],
    near: [
      '"Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"web\\" with CrashLoopBackOff"',
      'error: the certificate of this member is expired, ignoring',
      'The preflight check "CreateJob" was skipped because there are no schedulable Nodes in the cluster.',
    ],
  },
  {
    kind: 'harmless',
    id: 'so-already',
    unless: pattern(
      grave,
      /|Error from server|AlreadyExists\)|in use/,
      /|\b(?:kubectl|kubeadm|helm|token|port|device|address|route|cluster|lock)\b/,
    ),
    text: pattern(
      /\b[EWI]\d{4} \d\d:.{0,900}\b(?:pods?|leases?\S*|events?\S*|config ?maps?|endpoint\w*|serviceaccounts?)/im,
      / \\*"[^"\\]{1,253}\\*" already exists/im,
      /|\balready (?:been )?(?:unmounted|unmapped|detached|released|removed|deleted|stopped|closed|exited)\b/im,
      /|\bfailed: bucket already exists\b/,
      /|\balready (?:in the|present in|tracked|registered|initialized)\b/im,
    ),
    why: 'what was to be made or taken away is as it should be already',
    todo: 'nothing, unless the same name comes for minutes',
    source: [
      'kubernetes pkg/kubelet/kubelet.go (Failed creating a mirror pod)',
      'kubernetes pkg/scheduler/backend/queue (was already in)',
      'mount-utils (already unmounted)',
    ],
    near: [
      'Error from server (AlreadyExists): error when creating "web.yaml": pods "web" already exists',
      'E0102 03:04:05.000000 7 bridge.go:1] failed to add the device: link "cni0" already exists',
      'the discovery token was already registered by another cluster',
    ],
  },
];
