/** A fresh snapshot of etcd on one of its hosts, made and verified before a therapy that could lose data. */
import { etcdClientPort } from '../../model/components.js';
import { WorldFailed } from '../../model/event.js';
import { type Script, sh } from '../../shell/sh.js';

export type RunOnHost = (
  host: string,
  script: Script,
  timeoutMs?: number,
) => Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;

const folder = '/var/lib/kubewizard/backup';

/** A snapshot as it lies on a host of etcd. */
export interface Backup {
  readonly host: string;
  readonly path: string;
  /** Hexadecimal, of its content, as etcd wrote it behind that. */
  readonly sha256: string;
}

export const backupText = ({ host, path, sha256 }: Backup): string =>
  `${host}: ${path} (SHA-256 ${sha256.slice(0, 16)}…, verified)`;

/** Why one is made, for the words of a refusal. */
export interface BackupReason {
  /** `the therapy could lose data`. */
  readonly because: string;
  readonly help: string;
}

const therapy: BackupReason = {
  because: 'the therapy could lose data',
  help: 'make one by hand (etcdctl snapshot save), or bring a member of etcd back first',
};

/** Throws WorldFailed (refused) where no host can make one: then what wants it must not run. */
export const backupEtcd = async (
  hosts: readonly string[],
  name: string,
  run: RunOnHost,
  { because, help }: BackupReason = therapy,
): Promise<Backup> => {
  const whys: string[] = [];
  for (const host of hosts) {
    const path = `${folder}/${name}.db`;
    try {
      const { code, stderr, stdout } = await run(host, snapshotScript(path), 120_000);
      if (code === 0) return { host, path, sha256: stdout.trim().split('\n').at(-1) ?? '' };
      whys.push(`${host}: ${(stderr.trim() || stdout.trim()).slice(0, 300)}`);
    } catch (error) {
      whys.push(`${host}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new WorldFailed({
    class: 'refused',
    message: `${because}, and no backup of etcd could be made (${whys.join('; ') || 'no host of etcd is known'})`,
    help,
  });
};

/**
 * kubeadm's control planes have etcdctl at best in etcd's container, which sees the host's /var/lib/etcd. Where there
 * is none, etcd's own gateway gives the snapshot, a line of JSON for each piece
 * (https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/). Its last 32 bytes are the SHA-256 of all before, which
 * restoring checks too: etcdctl's own look at a snapshot is gone since 3.6. Both layouts keep the health check's
 * certificate in the same place. The file takes its name when it was verified.
 */
export const snapshotScript = (
  path: string,
  url = `https://127.0.0.1:${etcdClientPort}`,
  pki = '/etc/kubernetes/pki/etcd',
): Script => sh`set -e
umask 077
target=${path}; pki=${pki}; url=${url}; said=
mkdir -p "\${target%/*}"
rm -f "$target.part"
flags="--endpoints=$url --cacert=$pki/ca.crt --cert=$pki/healthcheck-client.crt"
flags="$flags --key=$pki/healthcheck-client.key --command-timeout=60s"
inside() { crictl exec "$id" etcdctl "$@"; }
export ETCDCTL_API=3
if command -v etcdctl >/dev/null; then
  etcdctl $flags snapshot save "$target.part" >/dev/null
elif command -v crictl >/dev/null && id=$(crictl ps -q --name '^etcd$' | head -n 1) && [ -n "$id" ] && \
inside version >/dev/null 2>&1; then
  inside $flags snapshot save /var/lib/etcd/.kw-snapshot >/dev/null
  mv /var/lib/etcd/.kw-snapshot "$target.part"
elif command -v curl >/dev/null; then
  curl -sS -f -m 100 --cacert "$pki/ca.crt" --cert "$pki/healthcheck-client.crt" --key "$pki/healthcheck-client.key" \
-X POST -d '{}' "$url/v3/maintenance/snapshot" |
    sed -n 's/.*"blob":"\\([^"]*\\)".*/\\1/p' | base64 -d >"$target.part"
else
  echo 'neither etcdctl, nor a running etcd container with one, nor curl is here' >&2; exit 1
fi
[ -s "$target.part" ] || : >>"$target.part"
said=$(head -c -32 "$target.part" | sha256sum | cut -d ' ' -f 1)
[ "$said" = "$(tail -c 32 "$target.part" | od -An -v -tx1 | tr -d ' \\n')" ] || \
{ echo "etcd gave a snapshot that is not whole" >&2; rm -f "$target.part"; exit 1; }
sync
mv "$target.part" "$target"
echo "$said"`;
