/**
 * The nouns of one host's evidence, where case authors look for them; they live beside the collectors that fill them.
 */
export type * from '../../facts/chart/host-chart.js';
