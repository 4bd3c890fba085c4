#!/usr/bin/env node
/** The command line from a clone: `npx gatehouse why ana nextcloud`. */
import { gatehouse } from './launch/gatehouse.mjs'

await gatehouse(process.argv.slice(2))
