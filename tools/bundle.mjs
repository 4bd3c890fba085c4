/** Makes the bundle that runs, ahead of the first start: for an image, or a service that cannot write its folder. */
import { fileURLToPath } from 'node:url'
import { makeBundle } from './launch/bundle.mjs'

await makeBundle(fileURLToPath(new URL('..', import.meta.url)))
