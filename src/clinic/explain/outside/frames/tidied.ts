/** Something was to be closed or taken away after its end, and that did not go smoothly: nobody uses it any more. */
import { pattern } from '../../../../model/pattern.js';
import type { Framed } from '../known.js';
import { grave } from './grave.js';

/** The disk below or the memory of others is in it, or what is tidied is what the cluster lives of. */
const weighty = pattern(
  grave,
  /|input\/output error|\bread-only\b|\bdatabase\b|\b(?:wal|raft|member|snap)\b(?!\/)|\bquota\b|Error from server/i,
  /|\b(?:create|start|run|pull|set ?up)(?:e|ing)?\b.{0,40}\b(?:container|sandbox|pod|image)\b|kubectl|\bkubeadm\b/i,
);

/** What is gone there is missed by somebody, or the way to it is what failed. */
const missed = pattern(
  /\b(?:refused|x509|unauthori[sz]ed|denied|forbidden|deadline|timed? ?out|corrupt\w*|no leader|quorum|lost|plugin)\b/i,
  /|input\/output error|\bread-only\b|\b(?:wal|raft|member|database)\b(?!\/)|Error from server|kubectl|kubeadm|\bpvc-/i,
  /|\b(?:certificates?|kubeconfig|secrets?|tokens?|leases?|nodes?|services?|webhooks?|volumes?)\b(?![/.])/i,
);

export const tidied: readonly Framed[] = [
  {
    kind: 'harmless',
    id: 'not-closed',
    most: 5,
    unless: weighty,
    text: pattern(
      /\b(?:failed to|unable to|could not|couldn't|error|cannot) (?:un)?(?:lock\/)?clos(?:e|ing)\b/im,
      /(?!.{0,60}\b(?:database|db|backend)\b)/,
    ),
    why: 'something that was read or written to its end could not be closed in good order; its content is through',
    todo: 'nothing, unless it keeps coming: then files stay open, and their number grows',
    source: [
      'containerd core/remotes/docker/httpreadseeker.go (failed to close ReadCloser)',
      'etcd client/pkg/fileutil/purge.go (failed to unlock/close)',
    ],
    near: ['failed to close the database: no space left on device', 'failed to close the WAL: input/output error'],
  },
  {
    kind: 'harmless',
    id: 'nothing-to-tidy',
    most: 5,
    but: /\bstuck\b|\bTerminating\b|Error from server|\breset\b|\bumount: /,
    unless: missed,
    // What is not there need not be taken away; a folder that somebody fills again goes at the next round.
    text: pattern(
      /\b(?:[EW]\d{4} \d\d:|level=(?:error|warning)|"level":"(?:error|warn)").{0,200}/m,
      /\b(?:[Rr]emov|[Dd]elet|[Uu]nmount|[Cc]lean|[Rr]elease?|[Rr]eclaim|[Dd]etach|[Pp]run)\w*\b.{0,500}/,
      /(?:: |=\\*"|":")(?:.{0,300} )?/,
      /(?:no such file or directory|not found|not added|does not exist|directory not empty)/,
    ),
    why: 'it was to be taken away and was gone already, or was not empty yet',
    todo: 'nothing, unless the same path comes for minutes',
    source: [
      'containerd plugins/snapshots/overlay (failed to reclaim snapshot directory)',
      'kubernetes pkg/proxy/ipvs/ipset.go (Failed to delete ip set entry)',
      'etcd client/pkg/fileutil/fileutil.go (remove file failed)',
    ],
    near: [
      'E0102 03:04:05.000000 7 a.go:1] "Failed to remove member" err="etcdserver: member not found"',
      'level=error msg="failed to delete bundle" error="remove /run/containerd/4f: read-only file system"',
      'level=error msg="failed to remove network" error="failed to find plugin \\"a\\" in path: not found"',
    ],
  },
  {
    kind: 'harmless',
    id: 'left-to-tidy',
    most: 4,
    but: /\bstuck\b|\bTerminating\b|Error from server|\breset\b/,
    unless: weighty,
    text: pattern(
      /\b[Ff]ailed to (?:remove|delete|unmount|destroy|clean ?up)\b.{0,80}/m,
      /(?:\borphaned\b|\bbundle\b|tmpmounts?\b|\bsandbox root\b|\bvolatile\b|\b(?:temp(?:orary)?|stale|dead|old)\b)/,
      /.{0,400}(?:directory not empty|resource busy|no such file|not found|already)/,
    ),
    why: 'what a container or pod has left behind could not be taken away yet; it is tried again',
    todo: 'nothing, unless the same path comes for minutes: fuser -vm PATH says who holds it',
    source: [
      'containerd core/runtime/v2/shim.go (failed to delete bundle)',
      'kubernetes pkg/kubelet/kubelet_volumes.go (orphaned pod subdir)',
      'containerd internal/cri/server/podsandbox (volatile sandbox root directory)',
    ],
    near: [
      'level=error msg="failed to delete bundle" error="remove /run/containerd/4f: read-only file system"',
      'E0102 03:04:05.000000 7 a.go:1] "Failed to remove orphaned pod subdir" err="input/output error"',
    ],
  },
  {
    kind: 'harmless',
    id: 'ended-already',
    most: 5,
    but: /Error from server|kubectl|\bhelm\b|CrashLoop/,
    unless: pattern(weighty, /|\bplugin type=|\bimages?\b|\bmanifest\b|\bstop(?:ped|ping) lead/),
    text: pattern(
      /\b(?:[Ff]ailed to|[Uu]nable to|[Cc]onverting) /m,
      /(?:stop|kill|signal|get|wait|resize|pause|inspect|task)\b.{0,120}/,
      /(?:\bcontainer|\btask|\bsandbox|\bexec\b|containerID|\bprocess\b).{0,300}/,
      /(?:not found\b|code = NotFound|already (?:stopped|exited|finished)|no such process|ttrpc: closed|is closing\b)/,
      // That alone is what went wrong.
      /|\b(?:err|error)(?:=|":\s?)\\*"(?:rpc error: code = \w+ desc = )?(?:container|task|sandbox)(?: \S{1,80})?/,
      /(?: is)? not (?:found|running)\\*"/,
    ),
    why: 'the container had ended by itself before it was asked or stopped',
    todo: 'nothing, unless the pod was to stay: kubectl describe pod says why it ended',
    source: [
      'kubernetes pkg/kubelet/kuberuntime/kuberuntime_gc.go (Failed to stop container)',
      'containerd plugins/services/tasks/local.go (converting task to protobuf)',
    ],
    near: [
      'level=error msg="failed to create containerd task" error="ttrpc: closed: unknown"',
      'E0102 03:04:05.000000 7 a.go:1] "Failed to stop container" err="context deadline exceeded" containerID="4f"',
    ],
  },
  {
    kind: 'harmless',
    id: 'asked-too-late',
    most: 5,
    unless: /no leader|refused|x509|heartbeat|unauthori[sz]ed/i,
    text: pattern(
      /\b[Rr]eceived (?:a )?requests? for (?:a )?(?:closed|stopped|deleted|removed)\b/m,
      /|\bRemoveEndpoints\(\) timed out\s*"?\s*$/,
      /|\bkeepalive response queue is full; dropping response\b/,
    ),
    why: 'somebody was asked, or was to be told, who was just going or did not listen any more',
    todo: 'nothing, unless it keeps coming for minutes',
    source: [
      'kubernetes pkg/proxy/healthcheck/service_health.go (closed healthcheck)',
      'kubernetes pkg/controlplane/controller/kubernetesservice (RemoveEndpoints)',
      'etcd client/v3/lease.go (response queue is full)',
    ],
    near: ['RemoveEndpoints() timed out: etcdserver: no leader', 'lease queue is full; dropping heartbeat'],
  },
];
