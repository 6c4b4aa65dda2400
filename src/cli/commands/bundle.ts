import { writeFile } from 'node:fs/promises';
import { writeBundle } from '../../clinic/bundle/bundle.js';
import { see, type Sight } from '../clinic/see.js';

/** `kw bundle`: all evidence in one file, redacted, for `kw doctor --bundle` on any desk. */
export async function run(options: Sight & { readonly output?: string }): Promise<number> {
  const chart = await see(options);
  const file = options.output ?? `${chart.spec?.name ?? 'cluster'}.kwbundle`;
  const bytes = writeBundle(chart);
  await writeFile(file, bytes, { mode: 0o600 });
  const blind = [...chart.hosts.values()].filter(host => 'missing' in host.identity);
  process.stdout.write(
    `wrote ${file} (${Math.ceil(bytes.length / 1024)} KiB, ${chart.hosts.size} hosts${blind.length > 0 ? `, nothing seen of ${blind.map(host => host.name).join(', ')}` : ''}); it holds no keys, tokens or secrets\nexamine it anywhere: kw doctor --bundle ${file}\n`,
  );
  return blind.length > 0 ? 3 : 0;
}
