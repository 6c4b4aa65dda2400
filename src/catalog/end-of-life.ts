/** Until when a minor gets patches. Source: kubernetes/website data/releases/eol.yaml and schedule.yaml. */
import { minorOf } from './versions.js';

/** ISO dates. From 1.36 on by the rule of the schedule: fourteen months after the month of the release, on the 28th. */
const ends: Readonly<Record<number, string>> = {
  20: '2022-02-28',
  21: '2022-06-28',
  22: '2022-12-08',
  23: '2023-02-28',
  24: '2023-07-28',
  25: '2023-10-28',
  26: '2024-02-28',
  27: '2024-07-16',
  28: '2024-10-22',
  29: '2025-02-28',
  30: '2025-07-15',
  31: '2025-11-11',
  32: '2026-02-28',
  33: '2026-06-28',
  34: '2026-10-27',
  35: '2027-02-28',
  36: '2027-06-28',
  37: '2027-10-28',
};

/** `2025-11-11`; undefined: this catalog does not know the minor. */
export const endOfLife = (version: string): string | undefined => ends[minorOf(version)];
