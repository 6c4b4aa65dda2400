import type { Target } from '../target.js';
import { apiLists, apiObjects } from './api-answers.js';
import { bundle, bundleAgain, bundleBytes } from './bundle.js';
import { clusterFile } from './cluster-file.js';
import { explain } from './explain.js';
import { hostAnswers, hostCharts } from './host-answers.js';
import { journal, journalEvent, memory } from './journal.js';
import { kubeconfig, recovered } from './kubeconfig.js';

export const targets: readonly Target[] = [
  clusterFile,
  kubeconfig,
  recovered,
  hostAnswers,
  hostCharts,
  apiObjects,
  apiLists,
  journal,
  journalEvent,
  memory,
  bundle,
  bundleBytes,
  bundleAgain,
  explain,
];
