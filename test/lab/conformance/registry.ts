/**
 * The registry that the stand-ins are pulled from: some tests pull though their image is there. Debian's own
 * docker-registry on the last host of the lab; all runtimes are told to ask it for what is registry.k8s.io's.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { folders, type ResolveOptions } from '../../../src/artifacts/options.js';
import { once } from '../../../src/artifacts/store/record.js';
import { storeFile } from '../../../src/artifacts/store/store.js';
import type { LabHost } from '../../../src/lab/index.js';
import type { Artifact } from '../../../src/model/artifact.js';
import { onHost } from './on-host.js';

export const registryRecord = 'conformance-registry-1';

/** Debian's package, by this machine's own apt. */
export const registryPackage = (options: ResolveOptions): Promise<Artifact> =>
  once(registryRecord, options, async () => {
    const { builds, store } = folders(options.cache);
    const folder = join(builds, registryRecord);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await promisify(execFile)('apt-get', ['download', 'docker-registry'], { cwd: folder });
    const [name = ''] = await readdir(folder);
    const stored = await storeFile(store, join(folder, name));
    await rm(folder, { recursive: true, force: true });
    return { name: 'docker-registry', version: name.split('_')[1] ?? '', ...stored };
  });

const upstream = 'registry.k8s.io';
const port = 5000;

const configuration = `version: 0.1
storage: { filesystem: { rootdirectory: /var/lib/containerd/registry } }
http: { addr: ":${port}" }
`;

/** A unit of systemd, so that it outlives the ssh that starts it. */
const start = `set -e
cat > /run/registry.deb
mkdir -p /opt/registry
dpkg -x /run/registry.deb /opt/registry
cat > /opt/registry/config.yml <<'END'
${configuration}END
systemctl is-active --quiet conformance-registry ||
  systemd-run --quiet --unit=conformance-registry /opt/registry/usr/bin/docker-registry serve /opt/registry/config.yml
for i in $(seq 50); do curl -fs http://127.0.0.1:${port}/v2/ >/dev/null && exit 0; sleep 0.2; done
journalctl -u conformance-registry -n 20 --no-pager >&2
exit 1`;

const push = `for i in $(ctr -n k8s.io images ls -q | grep '^${upstream}/e2e-test-images/'); do
  ctr -n k8s.io images push --plain-http "127.0.0.1:${port}/\${i#*/}" "$i" >&2 || exit 1
done`;

const ask = (address: string): string => `mkdir -p /etc/containerd/certs.d/${upstream}
cat > /etc/containerd/certs.d/${upstream}/hosts.toml <<'END'
[host."http://${address}:${port}"]
capabilities = ["pull", "resolve"]
END`;

/** Needs the images of the tests on the last host. */
export const serveImages = async (lab: string, hosts: readonly LabHost[], program: Artifact): Promise<void> => {
  const last = hosts.at(-1);
  if (!last) return;
  await onHost(lab, last.name, start, program.file);
  await onHost(lab, last.name, push);
  for (const { name } of hosts) await onHost(lab, name, ask(last.address));
};
