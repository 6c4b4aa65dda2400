/** Lines that a tool has cut to the width of a terminal: where what is left fits one known sentence, it is that one. */

/** What components say last, from the first word that says something. Longer ones are cut the most. */
const sentences: readonly string[] = [
  'misconfiguration: kubelet cgroup driver: "cgroupfs" is different from docker cgroup driver: "systemd"',
  'misconfiguration: kubelet cgroup driver: "systemd" is different from docker cgroup driver: "cgroupfs"',
  'running with swap on is not supported, please disable swap! or set --fail-swap-on flag to false.',
  'running with swap on is not supported, please disable swap or set --fail-swap-on flag to false',
  'failed to load Kubelet config file /var/lib/kubelet/config.yaml, error failed to read kubelet config file ' +
    '"/var/lib/kubelet/config.yaml", error: open /var/lib/kubelet/config.yaml: no such file or directory',
  'unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory',
  'Container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin ' +
    'returns error: cni plugin not initialized',
  'Container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:docker: network ' +
    'plugin is not ready: cni config uninitialized',
  'Unable to update cni config: no networks found in /etc/cni/net.d',
  'validate service connection: CRI v1 runtime API is not implemented for endpoint ' +
    '"unix:///run/containerd/containerd.sock": rpc error: code = Unimplemented desc = unknown service ' +
    'runtime.v1.RuntimeService',
  'kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is unsupported and will be removed ' +
    'in a future release',
  'x509: certificate has expired or is not yet valid',
  'x509: certificate signed by unknown authority',
  'cannot create certificate signing request: Unauthorized',
  'bind: cannot assign requested address',
  'mvcc: database space exceeded',
];

/** `systemctl status` takes the middle out, a pager the end. */
const cut = /^([^\n]{12,2000}?)(?:\.{3}|\u2026)([^\n]{0,200})$|^([^\n]{12,2000})>$/gm;
/** What is left must be more than a common word. */
const leastBefore = 8;
const leastAfter = 3;
const leastAlone = 24;

/** The text with such lines made whole. */
export const uncut = (text: string): string =>
  text.replace(cut, (whole: string, head = '', after = '', paged = '') => {
    const before: string = head === '' ? paged : head;
    const end = after.trim();
    if (end !== '' && end.length < leastAfter) return whole;
    for (const sentence of sentences) {
      const at = startIn(before, sentence);
      const left = before.length - at;
      if (at < 0 || left < (end === '' ? leastAlone : leastBefore)) continue;
      if (sentence.toLowerCase().endsWith(end.toLowerCase())) return before.slice(0, at) + sentence;
    }
    return whole;
  });

/** Where in `before` the sentence begins that its end is a part of. */
const startIn = (before: string, sentence: string): number => {
  const at = before.toLowerCase().lastIndexOf(sentence.slice(0, leastBefore).toLowerCase());
  return at >= 0 && sentence.toLowerCase().startsWith(before.slice(at).toLowerCase()) ? at : -1;
};
