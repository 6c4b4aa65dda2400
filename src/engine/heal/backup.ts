/** A fresh snapshot of etcd on one of its hosts, made and verified before a therapy that could lose data. */
import { WorldFailed } from '../../model/event.js';
import { sh } from '../../shell/quote.js';

export type RunOnHost = (host: string, script: string, timeoutMs?: number) => Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;

const folder = '/var/lib/kubewizard/backup';

/** `host: path`. Throws WorldFailed (refused) where no host can make one: then the therapy must not run. */
export const backupEtcd = async (hosts: readonly string[], name: string, run: RunOnHost): Promise<string> => {
  const whys: string[] = [];
  for (const host of hosts) {
    const path = `${folder}/${name}.db`;
    try {
      const { code, stderr, stdout } = await run(host, snapshotScript(path), 120_000);
      if (code === 0) return `${host}: ${path} (${stdout.trim().split('\n').at(-1) ?? ''})`;
      whys.push(`${host}: ${(stderr.trim() || stdout.trim()).slice(0, 300)}`);
    } catch (error) {
      whys.push(`${host}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new WorldFailed({ class: 'refused', said: `the therapy could lose data, and no backup of etcd could be made (${whys.join('; ') || 'no host of etcd is known'})`, help: 'make one by hand (etcdctl snapshot save), or bring a member of etcd back first' });
};

/**
 * kubeadm's control planes have etcdctl only in etcd's container, which sees the host's /var/lib/etcd. Both layouts keep
 * the health check's certificate in the same place. The file takes its name when it was verified.
 */
export const snapshotScript = (path: string): string => sh`set -e
umask 077
target=${path}; pki=/etc/kubernetes/pki/etcd
mkdir -p "\${target%/*}"
rm -f "$target.part"
flags="--endpoints=https://127.0.0.1:2379 --cacert=$pki/ca.crt --cert=$pki/healthcheck-client.crt --key=$pki/healthcheck-client.key --command-timeout=60s"
export ETCDCTL_API=3
if command -v etcdctl >/dev/null; then
  etcdctl $flags snapshot save "$target.part" >/dev/null
elif command -v crictl >/dev/null && id=$(crictl ps -q --name '^etcd$' | head -n 1) && [ -n "$id" ]; then
  crictl exec "$id" etcdctl $flags snapshot save /var/lib/etcd/.kw-snapshot >/dev/null
  mv /var/lib/etcd/.kw-snapshot "$target.part"
else
  echo 'neither etcdctl nor a running etcd container with one is here' >&2; exit 1
fi
[ -s "$target.part" ] || { echo 'the snapshot is empty' >&2; exit 1; }
if command -v etcdutl >/dev/null; then said=$(etcdutl snapshot status "$target.part")
elif command -v etcdctl >/dev/null; then said=$(etcdctl snapshot status "$target.part")
else said=$(crictl exec -i "$id" sh -c 'cat >/tmp/s.db && etcdctl snapshot status /tmp/s.db; rm -f /tmp/s.db' <"$target.part"); fi
sync
mv "$target.part" "$target"
echo "$said"`;
