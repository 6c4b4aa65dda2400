import type { Lacking, Other } from './facts.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

export function named({ facts: { path, name, plugins } }: Found<Other>): readonly Quote[] {
  return [quoted('files', path, `name: ${name}; plugins: ${plugins.join(', ')}`)];
}

export function folders({ facts: { path, bins, inBins, plugins } }: Found<Lacking>): readonly Quote[] {
  const inFolder = (folder: string): string => `${folder}: ${inBins[folder]?.join(' ') ?? 'not there'}`;
  return [
    quoted('cniPlugins', bins.join(', '), bins.map(inFolder).join('; ')),
    quoted('files', path, `plugins: ${plugins.join(', ')}`),
  ];
}
