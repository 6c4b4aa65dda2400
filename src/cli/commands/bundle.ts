import { writeBundle } from '../../clinic/bundle/bundle.js';
import { evidence } from '../../workflow/doctor.js';
import type { AccessOptions } from '../access-options.js';
import { telling } from '../ports.js';
import { type SourceOptions, sourceOf } from '../source.js';
import { writeOut } from '../write.js';

/** `kw bundle`: all evidence in one file, redacted, for `kw doctor --bundle` on any control machine. */
export async function run(options: SourceOptions & AccessOptions & { readonly output?: string }): Promise<number> {
  const chart = await telling({ access: options }, ports => evidence(sourceOf(options), ports));
  const file = options.output ?? `${chart.spec?.name ?? 'cluster'}.kwbundle`;
  const bytes = writeBundle(chart);
  await writeOut(file, bytes, 0o600);
  const unobserved = [...chart.hosts.values()].filter(host => 'missing' in host.identity).map(host => host.name);
  const size = `${Math.ceil(bytes.length / 1024)} KiB, ${chart.hosts.size} hosts`;
  process.stdout.write(
    `wrote ${file} (${size}${unobserved.length > 0 ? `, nothing seen of ${unobserved.join(', ')}` : ''}); it ` +
      `holds no keys, tokens or secrets\nexamine it anywhere: kw doctor --bundle ${file}\n`,
  );
  return unobserved.length > 0 ? 3 : 0;
}
