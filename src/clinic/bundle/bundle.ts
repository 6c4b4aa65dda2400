/** A chart in one file: gzip over JSON, redacted once more, the same bytes for the same chart. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { redactTree } from '../../model/redaction/redact.js';
import { mask } from '../../model/content.js';
import type { Resource } from '../../model/resource.js';
import type { FileWant } from '../../resources/wants.js';
import { chartFromJson, chartToJson } from './bundle-json.js';
import type { Chart } from '../chart/chart.js';

const mostBytes = 2 * 1024 * 1024 * 1024 - 1;

export const writeBundle = (chart: Chart): Buffer => {
  const { wanted, hosts, ...rest } = chart;
  const safe: Chart = {
    ...redactTree(rest),
    hosts: new Map([...hosts].map(([name, host]) => [name, redactTree(host)])),
    ...(wanted && { wanted: wanted.map(one => redactTree(masked(one))) }),
  };
  const packed = gzipSync(chartToJson(safe), { level: 6 });
  // RFC 1952: the header's operating system would tell machines apart.
  packed[9] = 255;
  return packed;
};

/** Throws RangeError, with the reason, for a file that is damaged, cut off, or no bundle. */
export const readBundle = (bytes: Buffer): Chart => {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw new RangeError('it is not a bundle: not a gzip file');
  let text: string;
  try {
    text = gunzipSync(bytes, { maxOutputLength: mostBytes }).toString();
  } catch (error) {
    throw new RangeError(
      (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
        ? 'it is too large when unpacked'
        : 'the file is damaged or cut off',
    );
  }
  return chartFromJson(text);
};

/** A reference to a secret is not a secret, but a file's text need not travel to be wanted again: its digest stays. */
const masked = (resource: Resource): Resource =>
  resource.kind === 'file'
    ? { ...resource, want: { ...(resource.want as FileWant), content: [mask((resource.want as FileWant).content)] } }
    : resource;
