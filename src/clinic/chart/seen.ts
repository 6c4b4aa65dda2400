export type * from '../../facts/chart/seen.js';
