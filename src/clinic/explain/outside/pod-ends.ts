/** How a container ended, where that is all that is told: its own program did, with a number that says how. */
import { pattern } from '../../../model/pattern.js';
import type { Known } from './known.js';

/** What the cluster lives of, and what hosts run. */
const ours = pattern(
  /kube-?(?:\w|apiserver)|apiserver|\betcd|coredns|calico|cilium|flannel|containerd|runc\b|konnectivity|\bk3s|\brke2/i,
  /|registry\.k8s\.io|systemd|\.service\b|tables|modprobe|\bcni\b|sandbox|csi|metrics-server|inotify|probe failed/i,
);

export const podEnds: readonly Known[] = [
  {
    kind: 'not-ours',
    id: 'program-ended',
    but: ours,
    // 137 and 143 were sent from outside: who sent them is another question.
    text: pattern(
      /\b[Ee]xit(?:s|ed)?(?: with)?(?: exit)? ?[Cc]ode:?\s{0,12}(?!(?:0|137|143)\b)\d{1,3}\b/m,
      /|\bexit(?:s|ed)? with (?:code |status )?(?:0|[1-9]|1[03]\d)\b.{0,60}/,
      /\b(?:right after|immediately|restart|completed)/,
      /|\b[Ss]egmentation fault(?: \(core dumped\))?\s*$|\bAborted \(core dumped\)|\bBus error \(core dumped\)/,
    ),
    why:
      'the program in the container ended by itself: 1 and 2 are its own errors, 126 and 127 a command that cannot ' +
      'be run or is not there, 134 and 139 a crash, 0 means that it had nothing more to do',
    todo: 'its last words: kubectl logs POD --previous; command and args of the pod against the image',
  },
];
