/** The words of logs that say who writes, and what is being done. The first that fits holds. */
import { pattern } from '../../model/pattern.js';
import type { Activity, Component } from './account.js';

export const whos: readonly (readonly [Component, RegExp])[] = [
  ['kernel', /\bkernel: ?|^\s*kern: +\w+: |^\[ *\d+\.\d{4,}\]|audit: type=/],
  ['keepalived', /keepalived/i],
  ['load-balancer', /haproxy|Layer[467] (?:check|timeout|connection|invalid|wrong)/i],
  ['kubeadm', /kubeadm|error execution phase|\[preflight\]|\[kubelet-check\]|\[check-etcd\]|\[ERROR [A-Z]/],
  ['autoscaler', /horizontal-pod-autoscaler|HorizontalPodAutoscaler|the HPA was unable|cluster-autoscaler/],
  ['controller-manager', /(?:kube-)?controller-manager|AttachVolume|Multi-Attach error/],
  ['scheduler', /(?:kube|default)-scheduler/],
  ['kube-proxy', /kube-?proxy|proxier\.go/],
  ['api-server', /(?:kube-?)?apiserver\b|cacher \(|storage_(?:decorator|factory)/],
  ['dns', /coredns|plugin\/(?:errors|loop|kubernetes)/],
  ['routing', /(?:^|[\s"])bird6?(?:\[\d+\])?: |\b(?:bgpd|gobgpd|frr)(?:\[\d+\])?: /],
  ['cni', /\bcalico|\bflannel|\bcilium|\bfelix\b|tunnel-ip-allocator|\bkube-router|\bantrea|\bweave-net|plugin type=/i],
  [
    'kubelet',
    pattern(
      /\bkubelet\b|kuberuntime_manager|pod_workers|MountVolume|MountDevice|FailedMount|(?:\b|Generic)PLEG\b/,
      /|mount volumes for pod/,
    ),
  ],
  ['runtime', /containerd|\brunc\b|\bcrio?\b|dockerd/],
  ['storage', /longhorn|\bceph|rook-|openebs|csi[-.](?:driver|provisioner|attacher|plugin|node|rbd)|iscsiadm/i],
  ['datastore', /\b(?:k8s-)?dqlite\b|\bkine\b|\braft_start\(/],
  [
    'etcd',
    pattern(
      /\betcd(?:\[|:| \|)/,
      /|rejected connection on (?:peer|client) endpoint|prober detected|rafthttp|raft\.node|"logger":"raft|embed\b/,
    ),
  ],
  ['host', /^\s*mount(?:\.\w+)?: /],
  ['package-manager', /^\s*(?:\S+: )?[EW]: |apt-get|\bdnf\b|\byum\b/],
  [
    'kubectl',
    /kubectl|Error in configuration|Unable to connect to the server|Error from server|connection to the server/,
  ],
  [
    'distribution',
    /\b(?:k3s|rke2|k0s|microk8s)(?:-server|-agent)?\[\d+\]|\btalosctl\b|starting kubernetes: preparing server/,
  ],
];

export const doings: readonly (readonly [Activity, RegExp])[] = [
  ['bootstrap', /certificate ?signing ?request|bootstrap[- ]kubeconfig|kubelet-bootstrap/i],
  ['logs', /containerLogs|:10250\/(?:exec|attach|portForward|run)\b|kubectl (?:logs|exec)\b|error dialing backend/],
  ['scrape', /scrape|metrics\/(?:resource|cadvisor)/i],
  [
    'mount',
    /MountVolume|MountDevice|WaitForAttach|AttachVolume|NodeStage|NodePublish|Mounting command|^mount(?:\.\w+)?: /m,
  ],
  ['unpack', /extraction snapshot|failed to unpack image|extract(?:ing)? layer|apply(?:ing)? layer/],
  ['pull', /pull(?:ing|ed)? (?:and unpack )?(?:image|repository)|ErrImagePull|ImagePullBackOff|\/v2\/\S+\/manifests/i],
  ['sandbox', /pod ?sandbox/i],
  ['lease', /resource lock|leader ?lease|leaderelection|\/leases\//i],
  ['register', /register(?:ing)? node/i],
  ['join', /kubeadm join|cluster-info|\/cacerts\b|get CA certs/],
  ['signal', /task kill|unable to signal|error killing/i],
  ['probe', /(?:liveness|readiness|startup) ?probe|health ?check|\/(?:healthz|livez|readyz)\b/i],
  [
    'tidy',
    pattern(
      /\b(?:remov|delet|flush|releas|clean|purg|unmount|detach|deactivat|destroy|tear)/i,
      /(?:e|es|ing|ed)?(?:-?up| down)?\b/,
      /(?! the (?:file|data-dir))/,
    ),
  ],
];

/** Whom a line is about does not write it: the names of pods and containers that it quotes. */
export const withoutPods = (line: string): string =>
  line
    .replace(/(?<![a-z\d.-])[a-z\d.-]{1,253}_[a-z\d.-]{1,63}\([\da-f]{8}-[\da-f-]{4,27}\)?/g, ' ')
    .replace(/\b(pods?|container|PodSandbox|containerName)(=| )"[\w./-]{1,317}"/gi, '$1');
