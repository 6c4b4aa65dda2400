/** A mistake with its path in the file; the reader turns the path into line and column. */
import type { Diagnostic } from '../model/diagnostic.js';
import type { ClusterSpec } from '../model/cluster.js';
import type { Path } from './document.js';
import type { ClusterFile } from './schema.js';

export interface Finding {
  readonly code: string;
  readonly severity: Diagnostic['severity'];
  readonly says: string;
  readonly help?: string;
  readonly path: Path;
  readonly at: 'key' | 'value';
}

/** What every check may look at. */
export interface Checkable {
  readonly written: ClusterFile;
  readonly spec: ClusterSpec;
  /** Index of each of `spec.hosts` in the file's list `hosts`. */
  readonly origins: readonly number[];
  /** True when something below this path was so wrong that it was left out: no conclusions from it. */
  readonly broken: (...path: Path) => boolean;
}

export type Check = (input: Checkable) => readonly Finding[];

export const mistake = (code: string, path: Path, says: string, help?: string): Finding => ({
  code,
  severity: 'error',
  says,
  path,
  at: 'value',
  ...(help ? { help } : {}),
});

export const warning = (code: string, path: Path, says: string, help?: string): Finding => ({
  ...mistake(code, path, says, help),
  severity: 'warning',
});

export const onKey = (finding: Finding): Finding => ({ ...finding, at: 'key' });

export const dotted = (path: Path): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text ? `${text}.${step}` : step),
    '',
  );
