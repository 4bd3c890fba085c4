/**
 * Makes the estimator of how hard a password is to guess. In a file of its own, so that it is loaded when it is asked for:
 * the packages are CommonJS, of which a bundle gives a lazy `import()` no names.
 */
import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'

export const createEstimator = (): ZxcvbnFactory => new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs })
